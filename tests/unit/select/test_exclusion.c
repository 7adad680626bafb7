#include "base_random.h"
#include "select_exclusion.h"
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CLASSES 12
#define RANDOM_CASES 1000000

static const select_exclusion_options usual = {.rule = BASE_EXCLUDE_THRESHOLD,
                                               .accuracy = 0.6,
                                               .rise = 0.02,
                                               .rounds = 2,
                                               .hysteresis = 0.05,
                                               .target = 0.95,
                                               .cost = 200,
                                               .after_round = 2,
                                               .min_classes = 1,
                                               .finish = 0.9999};

/* An active class with this accuracy, below the threshold in `below` rounds before. */
static store_class class_with(float accuracy, int32_t below)
{
    store_class state;

    memset(&state, 0, sizeof state);
    state.validation_accuracy = accuracy;
    state.below = below;
    state.decided_round = -1;
    return state;
}

/* select_exclusion() where one round went before, with these accuracies. */
static void exclude(const select_exclusion_options *options, int32_t round, const float *previous,
                    store_class *state, size_t classes)
{
    float accuracy[2 * MOST_CLASSES];
    int64_t labelled[2 * MOST_CLASSES] = {0};
    double agreement[2] = {NAN, NAN};
    select_history history = {2, classes, accuracy, labelled, agreement};
    size_t c;

    for (c = 0; c < classes; c++) {
        accuracy[c] = previous[c];
        accuracy[classes + c] = state[c].validation_accuracy >= 0 ? state[c].validation_accuracy : -1;
    }
    select_exclusion(options, round, &history, state, classes);
}

/* Decide one class next to a good one; returns its new state. */
static store_class decide(const select_exclusion_options *options, int32_t round, float previous,
                          store_class state)
{
    store_class both[2] = {state, class_with(0.95f, 0)};
    float before[2] = {previous, 0.95f};

    exclude(options, round, before, both, 2);
    ck_assert_int_eq(both[1].status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(both[1].reason, STORE_REASON_NONE);
    return both[0];
}

static void check_reason(const store_class *state, const select_exclusion_options *options,
                         const char *expected)
{
    char text[160];

    select_exclusion_reason(state, options, text, sizeof text);
    ck_assert_str_eq(text, expected);
}

START_TEST(class_below_twice_without_improving_is_excluded)
{
    store_class state = decide(&usual, 3, 0.41f, class_with(0.42f, 1));

    ck_assert_int_eq(state.status, STORE_CLASS_EXCLUDED);
    ck_assert_int_eq(state.reason, STORE_REASON_BELOW_THRESHOLD);
    ck_assert_int_eq(state.decided_round, 3);
    ck_assert_int_eq(state.below, 2);
    check_reason(
        &state, &usual,
        "excluded in round 3: accuracy below 0.60 in 2 rounds running, and not up by 0.02 in the last");
}
END_TEST

START_TEST(class_below_for_the_first_time_is_watched)
{
    store_class state = decide(&usual, 3, 0.7f, class_with(0.41f, 0));

    ck_assert_int_eq(state.status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state.reason, STORE_REASON_WATCHED);
    ck_assert_int_eq(state.below, 1);
    check_reason(&state, &usual, "active: accuracy 0.41 below 0.60 for the first time, watched");
}
END_TEST

START_TEST(improving_class_is_kept_from_exactly_two_points_on)
{
    store_class state = decide(&usual, 3, 0.40f, class_with(0.42f, 4));

    ck_assert_int_eq(state.status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state.reason, STORE_REASON_IMPROVING);
    ck_assert_int_eq(state.below, 5);
    check_reason(&state, &usual, "active: accuracy 0.42 below 0.60, improving");
    state = decide(&usual, 3, 0.401f, class_with(0.42f, 4));
    ck_assert_int_eq(state.status, STORE_CLASS_EXCLUDED);
    state = decide(&usual, 3, -1, class_with(0.42f, 4)); /* no last accuracy: not an improvement */
    ck_assert_int_eq(state.status, STORE_CLASS_EXCLUDED);
}
END_TEST

START_TEST(nothing_is_excluded_before_after_round)
{
    store_class state = decide(&usual, 1, 0.41f, class_with(0.41f, 1));

    ck_assert_int_eq(state.status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state.reason, STORE_REASON_TOO_EARLY);
    check_reason(&state, &usual, "active: accuracy 0.41 below 0.60, none is excluded before round 2");
    state = decide(&usual, 2, 0.41f, state); /* the rounds before count */
    ck_assert_int_eq(state.status, STORE_CLASS_EXCLUDED);
}
END_TEST

START_TEST(floor_keeps_the_best_of_the_bad)
{
    select_exclusion_options options = usual;
    store_class state[5] = {class_with(0.3f, 3), class_with(0.2f, 3), class_with(0.4f, 3),
                            class_with(0.2f, 3), class_with(1, 0)};
    float previous[5] = {0.3f, 0.2f, 0.4f, 0.2f, 1};

    options.min_classes = 3;
    exclude(&options, 3, previous, state, 5);
    ck_assert_int_eq(state[1].status, STORE_CLASS_EXCLUDED); /* worst first, ties by number */
    ck_assert_int_eq(state[3].status, STORE_CLASS_EXCLUDED);
    ck_assert_int_eq(state[0].status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state[0].reason, STORE_REASON_FLOOR);
    ck_assert_int_eq(state[2].reason, STORE_REASON_FLOOR);
    ck_assert_int_eq(state[4].status, STORE_CLASS_FINISHED); /* counts as not excluded */
    check_reason(&state[0], &options, "active: accuracy 0.30 below 0.60, kept for the floor of 3 classes");

    options.min_classes = 4;
    memset(state, 0, sizeof state);
    state[0] = state[2] = class_with(0.3f, 3);
    state[1] = state[3] = class_with(0.2f, 3);
    state[4] = class_with(1, 0);
    exclude(&options, 3, previous, state, 5);
    ck_assert_int_eq(state[1].status, STORE_CLASS_EXCLUDED);
    ck_assert_int_eq(state[3].reason, STORE_REASON_FLOOR);
}
END_TEST

START_TEST(finished_class_is_active_again_when_it_falls_below)
{
    store_class state = decide(&usual, 1, 1, class_with(1, 0));

    ck_assert_int_eq(state.status, STORE_CLASS_FINISHED);
    ck_assert_int_eq(state.reason, STORE_REASON_FINISHED);
    ck_assert_int_eq(state.decided_round, 1);
    check_reason(&state, &usual, "finished in round 1: accuracy at or above 0.9999 in 2 rounds running");
    state = decide(&usual, 2, 1, state);
    ck_assert_int_eq(state.decided_round, 1); /* the round in which it was reached */
    state.validation_accuracy = 0.9f;
    state = decide(&usual, 3, 1, state);
    ck_assert_int_eq(state.status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state.reason, STORE_REASON_NONE);
    ck_assert_int_eq(state.decided_round, -1);
    check_reason(&state, &usual, "active");
    state.validation_accuracy = 1;
    state = decide(&usual, 4, 1, state);
    ck_assert_int_eq(state.decided_round, 4);
}
END_TEST

START_TEST(one_round_at_the_limit_does_not_finish_a_class)
{
    ck_assert_int_eq(decide(&usual, 1, 0.9f, class_with(1, 0)).status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(decide(&usual, 0, -1, class_with(1, 0)).status, STORE_CLASS_ACTIVE);
}
END_TEST

START_TEST(excluded_class_stays_as_it_is)
{
    store_class state = class_with(0.99f, 2), after;

    state.status = STORE_CLASS_EXCLUDED;
    state.reason = STORE_REASON_BELOW_THRESHOLD;
    state.decided_round = 2;
    after = decide(&usual, 5, 0.1f, state);
    ck_assert_mem_eq(&after, &state, sizeof state);
}
END_TEST

START_TEST(class_without_validation_sample_stays_active)
{
    store_class state = decide(&usual, 3, -1, class_with(-1, 1));

    ck_assert_int_eq(state.status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state.reason, STORE_REASON_NO_VALIDATION);
    ck_assert_int_eq(state.below, 0);
    check_reason(&state, &usual, "active: no validation sample to judge by");
    state = decide(&usual, 3, -1, class_with(NAN, 1));
    ck_assert_int_eq(state.reason, STORE_REASON_NO_VALIDATION);
}
END_TEST

START_TEST(accuracy_at_a_limit_counts_as_reaching_it)
{
    select_exclusion_options options = usual;
    store_class state = class_with(0.9f, 0);
    float previous = 0.9f;

    options.accuracy = 0.7; /* 0.7f is below 0.7 as a double */
    ck_assert_int_eq(decide(&options, 3, 0.7f, class_with(0.7f, 1)).below, 0);
    options.finish = 0.9; /* 0.9f is below 0.9 as a double */
    exclude(&options, 3, &previous, &state, 1);
    ck_assert_int_eq(state.status, STORE_CLASS_FINISHED);
}
END_TEST

START_TEST(rule_none_excludes_nothing_but_finishes)
{
    select_exclusion_options options = usual;
    store_class state;

    options.rule = BASE_EXCLUDE_NONE;
    state = decide(&options, 4, 0.1f, class_with(0.1f, 3));
    ck_assert_int_eq(state.status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(state.reason, STORE_REASON_NONE);
    ck_assert_int_eq(state.below, 4);
    ck_assert_int_eq(decide(&options, 4, 1, class_with(1, 0)).status, STORE_CLASS_FINISHED);
}
END_TEST

/* ---- rules that look back over rounds ---- */

#define ROUNDS 6

/* A run of one class next to a good one, by its accuracies; `labelled` of the first class. Returns its state
 * after each round. */
typedef struct course {
    store_class state[ROUNDS];
    char sentence[ROUNDS][160];
} course;

static course run_course(const select_exclusion_options *options, size_t rounds, const float *accuracies,
                         const float *good, const int64_t *labelled)
{
    course found = {0};
    select_history history = {0};
    store_class state[2] = {class_with(0, 0), class_with(0, 0)};
    uint8_t trained[2] = {1, 1};
    size_t r;

    for (r = 0; r < rounds; r++) {
        trained[0] = state[0].status != STORE_CLASS_EXCLUDED;
        state[0].validation_accuracy = trained[0] ? accuracies[r] : 0;
        state[1].validation_accuracy = good[r];
        state[0].labelled = labelled[r];
        ck_assert_int_eq(select_history_add(&history, state, trained, 2, NAN), BASE_OK);
        select_exclusion(options, (int32_t)r, &history, state, 2);
        found.state[r] = state[0];
        select_exclusion_reason(&state[0], options, found.sentence[r], sizeof found.sentence[r]);
    }
    select_history_destroy(&history);
    return found;
}

static const float steady[ROUNDS] = {0.9f, 0.9f, 0.9f, 0.9f, 0.9f, 0.9f};
static const int64_t growing[ROUNDS] = {10, 20, 30, 40, 50, 60};

static select_exclusion_options by_rule(base_exclude_rule rule, base_exclude_from from)
{
    select_exclusion_options options = usual;

    options.rule = rule;
    options.from = from;
    return options;
}

START_TEST(plateau_waits_for_its_rounds_and_for_the_best_of_them)
{
    static const float flat[ROUNDS] = {0.40f, 0.41f, 0.40f}, slow[ROUNDS] = {0.40f, 0.41f, 0.42f},
                       fallen[ROUNDS] = {0.40f, 0.45f, 0.40f}, late[ROUNDS] = {0.70f, 0.40f, 0.41f};
    select_exclusion_options options = by_rule(BASE_EXCLUDE_PLATEAU, BASE_EXCLUDE_FROM_TRAINING);
    course found = run_course(&options, 3, flat, steady, growing);

    ck_assert_int_eq(found.state[2].status, STORE_CLASS_EXCLUDED);
    ck_assert_str_eq(found.sentence[2],
                     "excluded in round 2: accuracy below 0.60, and no rise by 0.02 in 2 rounds");
    ck_assert_int_eq(run_course(&options, 3, slow, steady, growing).state[2].reason, STORE_REASON_IMPROVING);
    ck_assert_int_eq(run_course(&options, 3, fallen, steady, growing).state[2].reason,
                     STORE_REASON_IMPROVING);
    ck_assert_int_eq(run_course(&options, 3, late, steady, growing).state[2].reason, STORE_REASON_PLATEAU);
    options.rounds = 3;
    found = run_course(&options, 3, flat, steady, growing);
    ck_assert_int_eq(found.state[2].reason, STORE_REASON_WATCHED);
    ck_assert_str_eq(found.sentence[2],
                     "active: accuracy 0.40 below 0.60, watched until 3 rounds of labels can tell");
}
END_TEST

START_TEST(paused_class_is_trained_and_comes_back_above_the_hysteresis)
{
    static const float rising[ROUNDS] = {0.40f, 0.40f, 0.40f, 0.64f, 0.65f, 0.50f};
    select_exclusion_options options = by_rule(BASE_EXCLUDE_PLATEAU, BASE_EXCLUDE_FROM_BUDGET);
    course found = run_course(&options, ROUNDS, rising, steady, growing);

    ck_assert_int_eq(found.state[2].status, STORE_CLASS_PAUSED);
    ck_assert_int_eq(found.state[3].status, STORE_CLASS_PAUSED); /* above the level, below the hysteresis */
    ck_assert_int_eq(found.state[3].decided_round, 2);
    ck_assert_str_eq(found.sentence[3],
                     "paused in round 2: accuracy below 0.60, and no rise by 0.02 in 2 rounds");
    ck_assert_int_eq(found.state[4].status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(found.state[4].decided_round, -1);
    ck_assert_str_eq(found.sentence[4], "active again: accuracy rose to 0.65 or more");
    ck_assert_int_eq(found.state[5].reason, STORE_REASON_WATCHED); /* judged anew */
}
END_TEST

START_TEST(threshold_pauses_too)
{
    static const float low[ROUNDS] = {0.40f, 0.40f, 0.40f};
    select_exclusion_options options = by_rule(BASE_EXCLUDE_THRESHOLD, BASE_EXCLUDE_FROM_BUDGET);
    course found = run_course(&options, 3, low, steady, growing);

    ck_assert_int_eq(found.state[2].status, STORE_CLASS_PAUSED);
    ck_assert_str_eq(
        found.sentence[2],
        "paused in round 2: accuracy below 0.60 in 3 rounds running, and not up by 0.02 in the last");
}
END_TEST

/* Its accuracy stays low for a round, rises above the threshold and comes back. */
START_TEST(paused_class_keeps_the_sentence_of_its_decision)
{
    static const float wandering[ROUNDS] = {0.40f, 0.40f, 0.40f, 0.30f, 0.62f, 0.70f};
    select_exclusion_options options = by_rule(BASE_EXCLUDE_THRESHOLD, BASE_EXCLUDE_FROM_BUDGET);
    course found = run_course(&options, ROUNDS, wandering, steady, growing);

    ck_assert_int_eq(found.state[2].status, STORE_CLASS_PAUSED);
    ck_assert_str_eq(found.sentence[3], found.sentence[2]);
    ck_assert_str_eq(found.sentence[4], found.sentence[2]);
    ck_assert_int_eq(found.state[5].status, STORE_CLASS_ACTIVE);
    ck_assert_int_eq(found.state[5].below, 0);
}
END_TEST

START_TEST(finished_class_keeps_the_sentence_of_its_decision)
{
    static const float high[ROUNDS] = {0.96f, 0.97f, 0.99f};
    select_exclusion_options options = usual;
    course found;

    options.finish = 0.95;
    found = run_course(&options, 3, high, steady, growing);
    ck_assert_int_eq(found.state[2].decided_round, 1);
    ck_assert_str_eq(found.sentence[1], "finished in round 1: accuracy at or above 0.95 in 2 rounds running");
    ck_assert_str_eq(found.sentence[2], found.sentence[1]);
}
END_TEST

START_TEST(guard_takes_a_class_back_that_the_kept_ones_miss)
{
    static const float low[ROUNDS] = {0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.40f},
                       worse[ROUNDS] = {0.9f, 0.9f, 0.9f, 0.9f, 0.89f, 0.9f};
    select_exclusion_options options = by_rule(BASE_EXCLUDE_PLATEAU, BASE_EXCLUDE_FROM_GUARDED);
    course found = run_course(&options, ROUNDS, low, worse, growing);

    ck_assert_int_eq(found.state[2].status, STORE_CLASS_PAUSED);
    ck_assert_int_eq(found.state[3].status, STORE_CLASS_EXCLUDED);
    ck_assert_str_eq(
        found.sentence[3],
        "excluded in round 3: paused before and not recovered, out of training for a round on trial");
    ck_assert_int_eq(found.state[4].status, STORE_CLASS_PAUSED);
    ck_assert_str_eq(found.sentence[4],
                     "paused in round 4: in training again, the kept classes lost accuracy in "
                     "the round without it");
    ck_assert_int_eq(found.state[5].status, STORE_CLASS_PAUSED); /* not tried again */

    found = run_course(&options, ROUNDS, low, steady, growing);
    ck_assert_int_eq(found.state[4].status, STORE_CLASS_EXCLUDED);
    ck_assert_int_eq(found.state[4].decided_round, 3);
    ck_assert_str_eq(found.sentence[5],
                     "excluded in round 3: the kept classes lost no accuracy in the round without it");
}
END_TEST

/* The slope by another way: the mean of the slopes of all pairs, weighted by the square of their distance. */
static double slope_of_pairs(const float *accuracy, const int64_t *labelled, size_t count)
{
    double above = 0, below = 0;
    size_t i, j;

    for (i = 0; i < count; i++)
        for (j = i + 1; j < count; j++) {
            double run = (double)(labelled[j] - labelled[i]);

            above += run * ((double)accuracy[j] - (double)accuracy[i]);
            below += run * run;
        }
    return above / below;
}

START_TEST(labels_needed_follow_the_line_through_the_newest_rounds)
{
    select_exclusion_options options = by_rule(BASE_EXCLUDE_COST_AWARE, BASE_EXCLUDE_FROM_BUDGET);
    int costly = 0, cheap = 0, never = 0;

    options.rounds = 3;
    options.after_round = 3;
    for (uint64_t n = 0; n < 20000; n++) {
        base_random random = base_random_at(32, BASE_RANDOM_TEST, 0, 0, n);
        float accuracy[ROUNDS];
        int64_t labelled[ROUNDS], needed;
        double slope, labels;
        course found;
        size_t r;

        for (r = 0; r < 4; r++) {
            accuracy[r] = (float)base_random_below(&random, 59) / 100;
            labelled[r] = 1 + (r ? labelled[r - 1] + (int64_t)base_random_below(&random, 30) : 5);
        }
        slope = slope_of_pairs(accuracy, labelled, 4);
        labels = (0.95 - (double)accuracy[3]) / slope;
        found = run_course(&options, 4, accuracy, steady, labelled);
        needed = found.state[3].labels_needed;
        if (slope <= 1e-9) {
            ck_assert_int_ge(needed, 100000000); /* a slope of 0 may come out as one of rounding */
            never++;
        } else {
            ck_assert_double_le(fabs((double)needed - ceil(labels)), 1 + 1e-5 * labels);
        }
        ck_assert_int_eq(found.state[3].status, needed > 200 ? STORE_CLASS_PAUSED : STORE_CLASS_ACTIVE);
        costly += needed > 200 && needed < STORE_LABELS_NEVER;
        cheap += needed <= 200;
    }
    ck_assert(costly > 100 && cheap > 100 && never > 100);
}
END_TEST

START_TEST(cost_is_told_and_unknown_where_no_label_came)
{
    static const float up[ROUNDS] = {0.30f, 0.35f, 0.40f}, down[ROUNDS] = {0.30f, 0.29f, 0.28f};
    static const int64_t none[ROUNDS] = {10, 10, 10};
    select_exclusion_options options = by_rule(BASE_EXCLUDE_COST_AWARE, BASE_EXCLUDE_FROM_TRAINING);
    course found = run_course(&options, 3, up, steady, growing);

    ck_assert_str_eq(found.sentence[2],
                     "active: accuracy 0.40 below 0.60, 110 labels expected to reach 0.95");
    options.cost = 109;
    found = run_course(&options, 3, up, steady, growing);
    ck_assert_str_eq(found.sentence[2],
                     "excluded in round 2: 110 labels expected to reach 0.95, more than 109");
    found = run_course(&options, 3, down, steady, growing);
    ck_assert_str_eq(found.sentence[2],
                     "excluded in round 2: accuracy below 0.60, and labels do not raise it");
    found = run_course(&options, 3, up, steady, none);
    ck_assert_int_eq(found.state[2].reason, STORE_REASON_WATCHED);
    ck_assert_int_eq(found.state[2].labels_needed, -1);
}
END_TEST

/* Rounds of random accuracies: the floor holds, exclusion is for ever, each status has its reason. */
START_TEST(invariants_hold_in_a_million_random_decisions)
{
    int reached[STORE_REASON_WATCHED + 1] = {0};

    for (uint64_t n = 0; n < RANDOM_CASES; n++) {
        base_random random = base_random_at(31, BASE_RANDOM_TEST, 0, 0, n);
        size_t classes = 1 + (size_t)base_random_below(&random, MOST_CLASSES), c;
        select_exclusion_options options = usual;
        int32_t round = (int32_t)base_random_below(&random, 6), before = 0, after = 0;
        store_class state[MOST_CLASSES], old[MOST_CLASSES];
        float previous[MOST_CLASSES];
        bool good = true;

        options.rule = base_random_below(&random, 8) ? BASE_EXCLUDE_THRESHOLD : BASE_EXCLUDE_NONE;
        options.after_round = (int32_t)base_random_below(&random, 4);
        options.min_classes = (int32_t)base_random_below(&random, 8);
        options.finish = 0.9;
        for (c = 0; c < classes; c++) {
            state[c] = class_with((float)base_random_below(&random, 12) / 10 - 0.1f,
                                  (int32_t)base_random_below(&random, 3));
            previous[c] = (float)base_random_below(&random, 12) / 10 - 0.1f;
            state[c].status = (int32_t)base_random_below(&random, 3);
            state[c].reason = state[c].status == STORE_CLASS_EXCLUDED ? STORE_REASON_BELOW_THRESHOLD : 0;
            before += state[c].status != STORE_CLASS_EXCLUDED;
        }
        memcpy(old, state, sizeof old);
        exclude(&options, round, previous, state, classes);
        for (c = 0; c < classes; c++) {
            after += state[c].status != STORE_CLASS_EXCLUDED;
            reached[state[c].reason]++;
            if (old[c].status == STORE_CLASS_EXCLUDED) {
                good = good && memcmp(&old[c], &state[c], sizeof old[c]) == 0;
                continue;
            }
            good = good && (state[c].status == STORE_CLASS_EXCLUDED) ==
                               (state[c].reason == STORE_REASON_BELOW_THRESHOLD);
            good = good &&
                   (state[c].status == STORE_CLASS_FINISHED) == (state[c].reason == STORE_REASON_FINISHED);
            good = good && (state[c].status != STORE_CLASS_EXCLUDED ||
                            (round >= options.after_round && state[c].validation_accuracy < 0.6f));
        }
        good = good && after >= (before < options.min_classes ? before : options.min_classes);
        if (!good) /* asserting costs a system call */
            ck_abort_msg("case %zu", (size_t)n);
    }
    for (int reason = 0; reason <= STORE_REASON_WATCHED; reason++)
        ck_assert_msg(reached[reason] > 0, "reason %d was never given", reason);
}
END_TEST

START_TEST(reason_is_cut_to_the_space_given)
{
    store_class state = class_with(0.5f, 0);
    char text[4] = "abc";

    select_exclusion_reason(&state, &usual, text, sizeof text);
    ck_assert_str_eq(text, "act");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select_exclusion");
    TCase *known = tcase_create("known"), *random = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_test(known, class_below_twice_without_improving_is_excluded);
    tcase_add_test(known, class_below_for_the_first_time_is_watched);
    tcase_add_test(known, improving_class_is_kept_from_exactly_two_points_on);
    tcase_add_test(known, nothing_is_excluded_before_after_round);
    tcase_add_test(known, floor_keeps_the_best_of_the_bad);
    tcase_add_test(known, finished_class_is_active_again_when_it_falls_below);
    tcase_add_test(known, one_round_at_the_limit_does_not_finish_a_class);
    tcase_add_test(known, excluded_class_stays_as_it_is);
    tcase_add_test(known, class_without_validation_sample_stays_active);
    tcase_add_test(known, accuracy_at_a_limit_counts_as_reaching_it);
    tcase_add_test(known, rule_none_excludes_nothing_but_finishes);
    tcase_add_test(known, reason_is_cut_to_the_space_given);
    tcase_add_test(known, plateau_waits_for_its_rounds_and_for_the_best_of_them);
    tcase_add_test(known, paused_class_is_trained_and_comes_back_above_the_hysteresis);
    tcase_add_test(known, threshold_pauses_too);
    tcase_add_test(known, paused_class_keeps_the_sentence_of_its_decision);
    tcase_add_test(known, finished_class_keeps_the_sentence_of_its_decision);
    tcase_add_test(known, guard_takes_a_class_back_that_the_kept_ones_miss);
    tcase_add_test(known, labels_needed_follow_the_line_through_the_newest_rounds);
    tcase_add_test(known, cost_is_told_and_unknown_where_no_label_came);
    tcase_add_test(random, invariants_hold_in_a_million_random_decisions);
    tcase_set_timeout(random, 240);
    suite_add_tcase(suite, known);
    suite_add_tcase(suite, random);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
