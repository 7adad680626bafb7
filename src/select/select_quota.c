#include "select_quota.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>

/* A class that still takes part in sharing. */
typedef struct claim {
    size_t class_index;
    double weight, remainder;
    int64_t cap, share;
} claim;

double select_need(base_quota rule, float recall, float energy)
{
    if (!(recall >= 0))
        return 1;
    return 1 - (double)recall * (rule == BASE_QUOTA_RECALL_NEED ? 1 : (double)energy);
}

static int64_t class_cap(double cap, int64_t predicted)
{
    int64_t most;

    if (predicted <= 0)
        return 0;
    most = (int64_t)floor(cap * (double)predicted);
    if (most > predicted)
        return predicted;
    return most < 1 ? 1 : most;
}

static double class_weight(base_quota rule, double need, int64_t predicted)
{
    if (rule == BASE_QUOTA_BALANCED)
        return 1;
    if (isnan(need) || need > 1)
        need = 1;
    if (need < 0)
        need = 0;
    return rule == BASE_QUOTA_RECALL_NEED ? need : need * (double)predicted;
}

/* Largest remainder first, ties by class number. */
static int compare_remainders(const void *left, const void *right)
{
    const claim *a = left, *b = right;

    if (a->remainder != b->remainder)
        return a->remainder > b->remainder ? -1 : 1;
    return (a->class_index > b->class_index) - (a->class_index < b->class_index);
}

/* Share `budget` by weight, largest remainder; the shares sum to it exactly. Caps are not looked at. */
static void share_budget(claim *claims, size_t count, int64_t budget)
{
    double sum = 0;
    int64_t left = budget;
    size_t i;

    for (i = 0; i < count; i++)
        sum += claims[i].weight;
    for (i = 0; i < count; i++) {
        double exact = sum > 0 ? (double)budget * claims[i].weight / sum : (double)budget / (double)count;

        claims[i].share = (int64_t)floor(exact);
        claims[i].remainder = exact - floor(exact);
        left -= claims[i].share;
    }
    qsort(claims, count, sizeof *claims, compare_remainders);
    for (i = 0; left > 0; i = (i + 1) % count) {
        claims[i].share++;
        left--;
    }
}

/* Grant the cap to every class whose share exceeds it and drop it from the claims; returns how many are left.
 */
static size_t settle_capped(claim *claims, size_t count, int64_t *budget, int64_t *quota)
{
    size_t i, kept = 0;

    for (i = 0; i < count; i++) {
        if (claims[i].share > claims[i].cap) {
            quota[claims[i].class_index] = claims[i].cap;
            *budget -= claims[i].cap;
        } else {
            claims[kept++] = claims[i];
        }
    }
    return kept;
}

base_status select_quota(base_quota rule, double cap, const double *need, const int64_t *predicted,
                         const uint8_t *closed, size_t classes, int64_t budget, int64_t *quota)
{
    claim *claims;
    size_t c, count = 0, kept;

    claims = malloc((classes ? classes : 1) * sizeof *claims);
    if (!claims) {
        base_log_error("select: no memory for the quotas of %zu classes", classes);
        return BASE_ERR_MEMORY;
    }
    for (c = 0; c < classes; c++) {
        int64_t most = closed[c] ? 0 : class_cap(rule == BASE_QUOTA_NONE ? 1 : cap, predicted[c]);

        quota[c] = rule == BASE_QUOTA_NONE ? most : 0;
        if (rule == BASE_QUOTA_NONE || most == 0)
            continue;
        claims[count].class_index = c;
        claims[count].weight = class_weight(rule, need[c], predicted[c]);
        claims[count].cap = most;
        count++;
    }
    /* Every turn but the last settles a class at least, so there are at most `classes` turns. */
    while (count > 0 && budget > 0) {
        share_budget(claims, count, budget);
        kept = settle_capped(claims, count, &budget, quota);
        if (kept == count) {
            for (c = 0; c < count; c++)
                quota[claims[c].class_index] = claims[c].share;
            break;
        }
        count = kept;
    }
    free(claims);
    return BASE_OK;
}
