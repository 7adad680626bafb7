#include "ingest_quality.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

static base_status no_memory(size_t samples)
{
    base_log_error("no memory to look for copies among %zu samples", samples);
    return BASE_ERR_MEMORY;
}

/* ---- same bytes ---- */

static int by_digest(const void *a, const void *b)
{
    const ingest_sight *x = *(const ingest_sight *const *)a, *y = *(const ingest_sight *const *)b;
    int sign = strcmp(x->digest, y->digest);

    return sign ? sign : (x->image > y->image) - (x->image < y->image);
}

/* Number the sights that share their bytes with another; *same counts all but the first of each set. */
static base_status number_bytes(const ingest_sight *sights, size_t count, size_t *set_of, size_t *same)
{
    const ingest_sight **sorted = malloc((count + 1) * sizeof *sorted);
    size_t i, kept = 0, set = 0;

    if (!sorted)
        return no_memory(count);
    for (i = 0; i < count; i++) {
        set_of[i] = SIZE_MAX;
        if (sights[i].digest[0])
            sorted[kept++] = &sights[i];
    }
    if (kept)
        qsort(sorted, kept, sizeof *sorted, by_digest);
    for (i = 1; i < kept; i++) {
        if (strcmp(sorted[i]->digest, sorted[i - 1]->digest) != 0)
            continue;
        if (set_of[sorted[i - 1] - sights] == SIZE_MAX)
            set_of[sorted[i - 1] - sights] = set++;
        set_of[sorted[i] - sights] = set - 1;
        (*same)++;
    }
    free(sorted);
    return BASE_OK;
}

static bool passes_edge(const ingest_annotation *annotation, const ingest_sight *sight)
{
    const double *box = annotation->box;

    return annotation->has_box && (box[0] < -1 || box[1] < -1 || box[0] + box[2] > sight->result.width + 1 ||
                                   box[1] + box[3] > sight->result.height + 1);
}

/* Rows and sights are both in order of image. */
static void number_rows(const ingest_coco *coco, const ingest_sight *sights, size_t sight_count,
                        const size_t *set_of, const size_t *rows, size_t samples, ingest_quality *quality)
{
    size_t row, sight = 0;

    for (row = 0; row < samples; row++) {
        const ingest_annotation *annotation = &coco->annotations[rows[row]];

        quality->bytes_set[row] = SIZE_MAX;
        while (sight < sight_count && sights[sight].image < annotation->image)
            sight++;
        if (sight == sight_count || sights[sight].image != annotation->image)
            continue;
        quality->bytes_set[row] = set_of[sight];
        quality->boxes_outside += passes_edge(annotation, &sights[sight]);
    }
}

static base_status find_same_bytes(const ingest_coco *coco, const ingest_sight *sights, size_t sight_count,
                                   const size_t *rows, size_t samples, ingest_quality *quality)
{
    size_t *set_of = malloc((sight_count + 1) * sizeof *set_of);
    base_status status;

    quality->bytes_set = malloc((samples + 1) * sizeof *quality->bytes_set);
    if (!set_of || !quality->bytes_set) {
        free(set_of);
        return no_memory(samples);
    }
    status = number_bytes(sights, sight_count, set_of, &quality->same_bytes);
    if (status == BASE_OK)
        number_rows(coco, sights, sight_count, set_of, rows, samples, quality);
    free(set_of);
    return status;
}

/* ---- near copies ---- */

static base_status find_near(const ingest_coco *coco, const ingest_outcome *outcomes, const size_t *rows,
                             size_t samples, ingest_quality *quality)
{
    ingest_looked *looked = malloc((samples + 1) * sizeof *looked);
    base_status status;
    size_t row, count = 0;

    if (!looked)
        return no_memory(samples);
    for (row = 0; row < samples; row++) {
        const uint64_t *look = outcomes[rows[row]].look;

        if (look[0] || look[1])
            looked[count++] = (ingest_looked){{look[0], look[1]}, row, coco->annotations[rows[row]].image};
    }
    status = ingest_look_pairs(looked, count, &quality->pairs, &quality->pair_count);
    free(looked);
    return status;
}

base_status ingest_quality_find(const ingest_coco *coco, const ingest_outcome *outcomes,
                                const ingest_sight *sights, size_t sight_count, const size_t *rows,
                                size_t samples, ingest_quality *quality)
{
    ingest_quality found = {0};
    base_status status = find_same_bytes(coco, sights, sight_count, rows, samples, &found);

    if (status == BASE_OK)
        status = find_near(coco, outcomes, rows, samples, &found);
    if (status == BASE_OK)
        *quality = found;
    else
        ingest_quality_clear(&found);
    return status;
}

void ingest_quality_clear(ingest_quality *quality)
{
    if (!quality)
        return;
    free(quality->bytes_set);
    free(quality->pairs);
    memset(quality, 0, sizeof *quality);
}
