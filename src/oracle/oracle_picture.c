#include "oracle_picture.h"
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 8 /* in front of the name of an upload: 8f3b2c1a-name.jpg */

/* Value of a hexadecimal digit, -1 for others. */
static int digit(char letter)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = letter ? strchr(digits, letter) : NULL;

    if (!found)
        return -1;
    return found - digits < 16 ? (int)(found - digits) : (int)(found - digits) - 6;
}

/* Without the escapes of a URL and with slashes alone; of "/data/local-files/?d=a/b.jpg" what is behind d=.
 */
static void make_plain(const char *name, char plain[PATH_MAX])
{
    const char *query = strstr(name, "?d=");
    size_t used = 0;

    for (name = query ? query + 3 : name; *name && used < PATH_MAX - 1; name++) {
        if (*name == '%' && digit(name[1]) >= 0 && digit(name[2]) >= 0) {
            plain[used++] = (char)(16 * digit(name[1]) + digit(name[2]));
            name += 2;
        } else {
            plain[used++] = *name;
        }
        if (plain[used - 1] == '\\')
            plain[used - 1] = '/';
    }
    plain[used] = 0;
}

/* Does the longer one end with the shorter, at a slash? */
static bool ends_with(const char *longer, const char *shorter)
{
    size_t all = strlen(longer), end = strlen(shorter);

    return end > 0 && all > end && longer[all - end - 1] == '/' && strcmp(longer + all - end, shorter) == 0;
}

static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

/* The last part without an upload's digits; NULL if it has none. */
static const char *without_digits(const char *name)
{
    const char *last = last_part(name);
    int i;

    for (i = 0; i < DIGITS; i++)
        if (digit(last[i]) < 0)
            return NULL;
    return last[DIGITS] == '-' ? last + DIGITS + 1 : NULL;
}

/* Uploads lose what is no letter, digit, dot, dash or underscore. */
static bool is_upload_of(const char *upload, const char *name)
{
    for (; *upload && *name; upload++, name++)
        if (*upload != *name && !(*upload == '_' && strchr(" ()[]{},;:+&@!#$%'\"", *name)))
            return false;
    return *upload == *name;
}

/* 0: another picture; else the larger the surer. */
static int likeness(const char *plain, const char *upload, const char *name)
{
    if (strcmp(plain, name) == 0)
        return 4;
    if (ends_with(plain, name))
        return 3;
    if (ends_with(name, plain))
        return 2;
    return upload && is_upload_of(upload, last_part(name));
}

static bool find_crop(const oracle_queries *queries, const char *last, size_t *index)
{
    const oracle_query *query;
    char expected[64], *end;
    int64_t id;

    if (strncmp(last, "query-", 6) != 0)
        return false;
    id = strtoll(last + 6, &end, 10);
    query = oracle_queries_find(queries, id);
    if (!query)
        return false;
    oracle_picture_crop_name(query, expected, sizeof expected);
    *index = (size_t)(query - queries->query);
    return strcmp(last, expected) == 0;
}

oracle_picture_found oracle_picture_find(const oracle_queries *queries, const char *name, size_t *index)
{
    char plain[PATH_MAX];
    const char *upload;
    int best = 0;
    bool several = false;
    size_t i;

    make_plain(name, plain);
    upload = without_digits(plain);
    for (i = 0; i < queries->pictures; i++) {
        int found = likeness(plain, upload, queries->picture[i].name);

        if (found == 0 || found < best)
            continue;
        several = found == best;
        best = found;
        *index = i;
    }
    if (best > 0)
        return several ? ORACLE_PICTURE_SEVERAL : ORACLE_PICTURE_ONE;
    if (find_crop(queries, last_part(plain), index) || (upload && find_crop(queries, upload, index)))
        return ORACLE_PICTURE_CROP;
    return ORACLE_PICTURE_NONE;
}

void oracle_picture_crop_name(const oracle_query *query, char *name, size_t size)
{
    snprintf(name, size, "query-%" PRId64 ".png", query->id);
}
