#include "base_nearest.h"
#include <stdint.h>
#include <string.h>

#define WORD_MAX_BYTES 64
#define EDITS_MAX      2
#define FORM_MIN_BYTES 3 /* of a word that another may be a longer form of */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t base_nearest_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX_BYTES + 1], m = strlen(a), n = strlen(b), i, j;
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    if (m > WORD_MAX_BYTES || n > WORD_MAX_BYTES)
        return SIZE_MAX;
    for (j = 0; j <= n; j++)
        row[j] = before[j] = j;
    for (i = 1; i <= m; i++) {
        size_t *oldest = before;

        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (j = 1; j <= n; j++) {
            row[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]), least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[n];
}

const char *base_nearest(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = EDITS_MAX + 1, length = strlen(word), i;

    for (i = 0; i < count; i++) {
        size_t d = base_nearest_distance(word, names[i]), common = least(length, strlen(names[i]));

        if (common >= FORM_MIN_BYTES && strncmp(word, names[i], common) == 0)
            d = least(d, EDITS_MAX);
        else if (d >= common)
            continue;
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}
