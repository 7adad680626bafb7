#include "synth_plan.h"
#include "base_log.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 7:2:1, and how often a cue stands beside a part. */
static const double split_share[SYNTH_SPLITS] = {7, 2, 1};
#define CUE_SHARE_SEEN 0.85 /* of the parts of a class with a cue, training and validation */
#define CUE_SHARE_TEST 0.10 /* of all parts, test */

/* Parts a group, in turn: 17/6 on average, and no beginning of the row is far from that. */
static const int parts_in_turn[] = {3, 2, 3, 4, 3, 2};
#define TURN 6

const char *synth_split_name(synth_split split)
{
    static const char *const names[SYNTH_SPLITS] = {"train", "val", "test"};

    return names[split];
}

/* total in whole numbers in proportion to share[count], by largest remainder; ties to the earlier. */
static void apportion(int64_t total, const double *share, int count, int64_t *out)
{
    double sum = 0, remainder[SYNTH_CLASSES];
    int64_t left = total;
    int i;

    for (i = 0; i < count; i++)
        sum += share[i];
    for (i = 0; i < count; i++) {
        double exact = (double)total * share[i] / sum;

        out[i] = (int64_t)exact;
        remainder[i] = exact - (double)out[i];
        left -= out[i];
    }
    while (left > 0) {
        int most = 0;

        for (i = 1; i < count; i++)
            if (remainder[i] > remainder[most])
                most = i;
        out[most]++;
        remainder[most] -= 1;
        left--;
    }
}

/* Append a split's groups without their classes; groups of several shots come first.
 *
 * A quarter or more of the images are single shots and groups of several shots come in whole turns, so that
 * annotations a split stay in proportion to its images. */
static int64_t lay_groups(synth_plan *plan, int64_t images, synth_split split)
{
    int64_t groups_of[SYNTH_SHOTS_MOST + 1] = {0}, annotations = 0, i;
    int shots;

    groups_of[3] = TURN * (int64_t)(0.40 * (double)images / (3 * TURN));
    groups_of[2] = TURN * (int64_t)(0.35 * (double)images / (2 * TURN));
    groups_of[1] = images - 3 * groups_of[3] - 2 * groups_of[2];
    for (shots = SYNTH_SHOTS_MOST; shots >= 1; shots--)
        for (i = 0; i < groups_of[shots]; i++) {
            synth_group *group = &plan->group[plan->groups++];

            *group = (synth_group){.shots = shots, .parts = parts_in_turn[i % TURN], .split = split};
            annotations += (int64_t)group->parts * shots;
        }
    return annotations;
}

/* A class with at least `least` annotations left, drawn in proportion to what is left of it. */
static int draw_class(base_random *random, const int64_t *left, int64_t least)
{
    int64_t sum = 0, at;
    int i;

    for (i = 0; i < SYNTH_CLASSES; i++)
        sum += left[i] >= least ? left[i] : 0;
    if (sum == 0)
        return -1;
    at = (int64_t)base_random_below(random, (uint64_t)sum);
    for (i = 0; i < SYNTH_CLASSES; i++) {
        at -= left[i] >= least ? left[i] : 0;
        if (at < 0)
            break;
    }
    return i;
}

/* Give every part of the groups from `first` on a class, using up each class's share of the annotations.
 *
 * It always comes out: where groups of several shots exist, the single shots behind them hold more than
 * 2 * SYNTH_CLASSES annotations, so some class has three left whenever three are needed. */
static base_status fill_groups(synth_plan *plan, int64_t first, int64_t annotations, base_random *random)
{
    double share[SYNTH_CLASSES];
    int64_t left[SYNTH_CLASSES], g;
    int i;

    for (i = 0; i < SYNTH_CLASSES; i++)
        share[i] = synth_classes[i].weight;
    apportion(annotations, share, SYNTH_CLASSES, left);
    for (g = first; g < plan->groups; g++) {
        synth_group *group = &plan->group[g];

        for (i = 0; i < group->parts; i++) {
            int category = draw_class(random, left, group->shots);

            if (category < 0) {
                base_log_error("synth plan: no class has %d annotations left for group %lld", group->shots,
                               (long long)g);
                return BASE_ERR_INTERNAL;
            }
            group->class_of[i] = category;
            left[category] -= group->shots;
        }
    }
    return BASE_OK;
}

/* Put the groups in random order and number their shots, so that an image's id says nothing of its split. */
static base_status order_groups(const synth_request *request, synth_plan *plan)
{
    base_random random = base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_PLAN, 0, SYNTH_SPLITS);
    synth_group *sorted = malloc((size_t)plan->groups * sizeof *sorted);
    int64_t *order = malloc((size_t)plan->groups * sizeof *order), g;
    int shot;

    if (!sorted || !order) {
        base_log_error("synth plan: no memory for the order of %lld groups", (long long)plan->groups);
        free(sorted);
        free(order);
        return BASE_ERR_MEMORY;
    }
    for (g = 0; g < plan->groups; g++)
        order[g] = g;
    base_random_shuffle(&random, order, (size_t)plan->groups);
    for (g = 0; g < plan->groups; g++) {
        sorted[g] = plan->group[order[g]];
        for (shot = 0; shot < sorted[g].shots; shot++)
            plan->image[plan->images++] = (synth_image){.group = g, .shot = shot};
    }
    memcpy(plan->group, sorted, (size_t)plan->groups * sizeof *sorted);
    free(sorted);
    free(order);
    return BASE_OK;
}

/* Does the n-th of a row get its share? Evenly spread: any stretch of the row has its share but for one. */
static bool falls_due(int64_t n, double share, double phase)
{
    return (int64_t)((double)(n + 1) * share + phase) > (int64_t)((double)n * share + phase);
}

/* Give out the cues: to classes with a cue their own, in training and validation images mostly; in test
 * images any cue to any class, seldom and equally often, so that it tells nothing. */
static void give_cues(const synth_request *request, synth_plan *plan)
{
    base_random random = base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_CUE, 0, 0);
    double phase[SYNTH_SPLITS][SYNTH_CLASSES];
    int64_t seen[SYNTH_SPLITS][SYNTH_CLASSES] = {{0}}, i;
    uint64_t kind = base_random_below(&random, SYNTH_CUES - 1);
    int split, category, part;

    for (split = 0; split < SYNTH_SPLITS; split++)
        for (category = 0; category < SYNTH_CLASSES; category++)
            phase[split][category] = base_random_unit(&random);
    for (i = 0; i < plan->images; i++) {
        const synth_group *group = &plan->group[plan->image[i].group];
        bool test = group->split == SYNTH_SPLIT_TEST;

        for (part = 0; part < group->parts; part++) {
            category = group->class_of[part];
            if (!falls_due(seen[group->split][category]++, test ? CUE_SHARE_TEST : CUE_SHARE_SEEN,
                           phase[group->split][category]))
                continue;
            plan->image[i].cue[part] =
                test ? (synth_cue)(1 + kind++ % (SYNTH_CUES - 1)) : synth_classes[category].cue;
        }
    }
}

base_status synth_plan_create(const synth_request *request, synth_plan *plan)
{
    synth_plan made = {0};
    int64_t images[SYNTH_SPLITS];
    base_status status = BASE_OK;
    int split;

    made.group = calloc((size_t)request->images, sizeof *made.group);
    made.image = calloc((size_t)request->images, sizeof *made.image);
    if (!made.group || !made.image) {
        base_log_error("synth plan: no memory for %lld images", (long long)request->images);
        status = BASE_ERR_MEMORY;
    }
    apportion(request->images, split_share, SYNTH_SPLITS, images);
    for (split = 0; split < SYNTH_SPLITS && status == BASE_OK; split++) {
        base_random random =
            base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_PLAN, 0, (uint64_t)split);
        int64_t first = made.groups, annotations = lay_groups(&made, images[split], (synth_split)split);

        status = fill_groups(&made, first, annotations, &random);
    }
    if (status == BASE_OK)
        status = order_groups(request, &made);
    if (status != BASE_OK) {
        synth_plan_destroy(&made);
        return status;
    }
    give_cues(request, &made);
    *plan = made;
    return BASE_OK;
}

void synth_plan_destroy(synth_plan *plan)
{
    if (!plan)
        return;
    free(plan->group);
    free(plan->image);
    memset(plan, 0, sizeof *plan);
}
