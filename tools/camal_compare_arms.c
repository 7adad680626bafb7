#include "camal_compare_arms.h"
#include "base_log.h"
#include "camal_compare_settings.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pairs ---- */

static int compare_seeds(const void *left, const void *right)
{
    const compare_run *a = left, *b = right;

    return (a->seed > b->seed) - (a->seed < b->seed);
}

static base_status read_arm(char *const *paths, size_t count, const char *arm, compare_run **runs)
{
    compare_run *made = calloc(count, sizeof *made);
    base_status status = BASE_OK;
    size_t i;

    if (!made) {
        base_log_error("no memory for %zu runs", count);
        return BASE_ERR_MEMORY;
    }
    *runs = made; /* cleared with the arms, in success and failure */
    for (i = 0; i < count && status == BASE_OK; i++)
        status = compare_run_read(paths[i], &made[i]);
    if (status != BASE_OK)
        return status;
    qsort(made, count, sizeof *made, compare_seeds);
    for (i = 1; i < count; i++) {
        if (made[i].seed != made[i - 1].seed)
            continue;
        base_log_error("%s and %s: two runs of the %s arm with seed %" PRIu64
                       "; runs of an arm must differ in seed",
                       made[i - 1].path, made[i].path, arm, made[i].seed);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

static const char *member_text(uint8_t member)
{
    static const char *const names[] = {"in the pool", "labelled at the start", "for validation", "for test"};

    return names[member];
}

/* The two runs of a pair, or two runs of an arm: what must be alike in any case. */
static base_status check_dataset(const compare_run *a, const compare_run *b)
{
    if (strcmp(a->digest, b->digest) == 0 && a->samples == b->samples && a->classes == b->classes)
        return BASE_OK;
    base_log_error("%s and %s are of different data sets, %s of %zu samples and %s of %zu: not comparable",
                   a->path, b->path, a->digest, a->samples, b->digest, b->samples);
    return BASE_ERR_INPUT;
}

static base_status check_pair(const compare_run *a, const compare_run *b)
{
    base_status status;
    size_t i = 0;

    if (a->seed != b->seed) {
        base_log_error("%s has seed %" PRIu64 ", %s has seed %" PRIu64
                       ": each run of one arm needs one of the other with its seed",
                       a->path, a->seed, b->path, b->seed);
        return BASE_ERR_INPUT;
    }
    status = check_dataset(a, b);
    if (status != BASE_OK)
        return status;
    while (i < a->samples && a->member[i] == b->member[i])
        i++;
    if (i < a->samples) {
        base_log_error("%s and %s differ in %s: sample %zu is %s in the one, %s in the other: not comparable",
                       a->path, b->path,
                       a->member[i] > COMPARE_START || b->member[i] > COMPARE_START
                           ? "their split"
                           : "their first labels (L0)",
                       i, member_text(a->member[i]), member_text(b->member[i]));
        return BASE_ERR_INPUT;
    }
    if (a->rounds != b->rounds)
        base_log_warn("%s has %" PRId32 " rounds of labelling, %s has %" PRId32
                      ": the table compares runs of different length",
                      a->path, a->rounds, b->path, b->rounds);
    return BASE_OK;
}

/* Means over runs of different settings would mean nothing. */
static base_status check_arm(const compare_run *runs, size_t count)
{
    char *differences = NULL;
    base_status status = BASE_OK;
    size_t i;

    for (i = 1; i < count && status == BASE_OK; i++) {
        status = check_dataset(&runs[0], &runs[i]);
        if (status == BASE_OK)
            status = compare_settings(&runs[0].config, &runs[i].config, false, &differences);
        if (status == BASE_OK && differences) {
            base_log_error("%s and %s are of one arm but differ in more than their seed: %s", runs[0].path,
                           runs[i].path, differences);
            status = BASE_ERR_INPUT;
        }
        free(differences);
        differences = NULL;
    }
    return status;
}

base_status compare_arms_read(char *const *standard, size_t standards, char *const *proposed,
                              size_t proposeds, compare_arms *arms)
{
    compare_arms made = {.pairs = standards};
    base_status status = BASE_OK;
    size_t i;

    if (standards != proposeds) {
        base_log_error(
            "%zu runs of the default arm and %zu of the proposed: each needs one of the other with its seed",
            standards, proposeds);
        return BASE_ERR_INPUT;
    }
    status = read_arm(standard, standards, "default", &made.standard);
    if (status == BASE_OK)
        status = read_arm(proposed, proposeds, "proposed", &made.proposed);
    for (i = 0; i < standards && status == BASE_OK; i++)
        status = check_pair(&made.standard[i], &made.proposed[i]);
    if (status == BASE_OK)
        status = check_arm(made.standard, standards);
    if (status == BASE_OK)
        status = check_arm(made.proposed, proposeds);
    if (status == BASE_OK)
        status = compare_settings(&made.standard[0].config, &made.proposed[0].config, true, &made.differs);
    for (i = 0; i < standards && status == BASE_OK; i++)
        made.unlike += strcmp(made.standard[i].start, made.proposed[i].start) != 0;
    if (status == BASE_OK)
        *arms = made;
    else
        compare_arms_clear(&made);
    return status;
}

void compare_arms_clear(compare_arms *arms)
{
    size_t i;

    if (!arms)
        return;
    for (i = 0; i < arms->pairs; i++) {
        if (arms->standard)
            compare_run_clear(&arms->standard[i]);
        if (arms->proposed)
            compare_run_clear(&arms->proposed[i]);
    }
    free(arms->standard);
    free(arms->proposed);
    free(arms->differs);
    memset(arms, 0, sizeof *arms);
}
