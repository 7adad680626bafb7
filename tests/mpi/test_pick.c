/* Picks by all ranks against plain implementations over all samples at once: f64, every distance computed,
 * nothing left out and nothing incremental. They are equal on 1, 2 and 4 ranks, however samples are dealt. */
#include "base_random.h"
#include "mpi_check.h"
#include "round_features.h"
#include "round_pick.h"
#include "select_balance.h"
#include "select_cluster.h"
#include <math.h>
#include <string.h>

enum { N = 600, LABELLED = 40, WIDTH = 19, CLASSES = 5, BUDGET = 60, SEED = 9, ROUND = 3 };

static float feature[N][WIDTH], softmax[N][CLASSES];
static int32_t predicted[N];
static const uint8_t closed[CLASSES] = {0, 0, 0, 1, 0};
static const int64_t labelled[CLASSES] = {3, 20, 7, 4, 6};

/* ---- plain ---- */

typedef struct plain {
    base_strategy strategy;
    bool taken[N];
    int64_t left[CLASSES];
    bool quotas, widened;
    int64_t pick[BUDGET];
    size_t count;
    int cluster[N];
} plain;

static bool is_sample_open(const plain *p, int i)
{
    if (p->taken[i] || closed[predicted[i]])
        return false;
    return !p->quotas || p->widened || p->left[predicted[i]] > 0;
}

static double gradient(int i, int c)
{
    return (double)softmax[i][c] - (c == predicted[i]);
}

/* |a_i (x) h_i - a_j (x) h_j|^2 element by element; j = -1: against zero. */
static double distance(base_strategy strategy, int i, int j)
{
    double sum = 0;
    int c, k, outputs = strategy == BASE_STRATEGY_BADGE ? CLASSES : 1;

    for (c = 0; c < outputs; c++)
        for (k = 0; k < WIDTH; k++) {
            double a = outputs > 1 ? gradient(i, c) : 1, b = 0;

            if (j >= 0)
                b = (outputs > 1 ? gradient(j, c) : 1) * (double)feature[j][k];
            sum += (a * (double)feature[i][k] - b) * (a * (double)feature[i][k] - b);
        }
    return sum;
}

/* To the nearest centre: the labelled samples (coreset) and the picks. Their number is 0 for none. */
static double nearest(const plain *p, int i, int *centres)
{
    double least = INFINITY;
    size_t t;
    int j;

    *centres = 0;
    for (j = 0; j < LABELLED && p->strategy == BASE_STRATEGY_CORESET; j++, ++*centres)
        least = fmin(least, distance(p->strategy, i, j));
    for (t = 0; t < p->count; t++, ++*centres)
        least = fmin(least, distance(p->strategy, i, (int)p->pick[t]));
    return least;
}

static double gumbel(int i, size_t turn)
{
    base_random random = base_random_at(SEED, BASE_RANDOM_SELECT, ROUND, (uint32_t)turn, (uint64_t)i);

    return -log(-log1p(-base_random_unit(&random)));
}

static double balance_value(const plain *p, int i)
{
    double value = 0, all = BUDGET, missing;
    int c, open = 0;
    size_t t;

    for (c = 0; c < CLASSES; c++) {
        value -= softmax[i][c] > 0 ? (double)softmax[i][c] * log((double)softmax[i][c]) : 0;
        all += closed[c] ? 0 : (double)labelled[c];
        open += !closed[c];
    }
    for (c = 0; c < CLASSES; c++) {
        missing = closed[c] ? 0 : fmax(all / open - (double)labelled[c], 0);
        for (t = 0; t < p->count; t++)
            missing -= (double)softmax[p->pick[t]][c];
        value -= SELECT_BALANCE_WEIGHT * (fabs(missing - (double)softmax[i][c]) - fabs(missing));
    }
    return value;
}

static double value_of(const plain *p, int i)
{
    int centres;
    double least;

    if (p->strategy == BASE_STRATEGY_CLASS_BALANCED)
        return balance_value(p, i);
    least = nearest(p, i, &centres);
    if (centres == 0)
        return distance(p->strategy, i, -1);
    return p->strategy == BASE_STRATEGY_BADGE ? log(least) + gumbel(i, p->count) : least;
}

/* ---- plain clusters ---- */

static double gap(const double *centre, int i)
{
    double sum = 0;
    int k;

    for (k = 0; k < WIDTH; k++)
        sum += ((double)feature[i][k] - centre[k]) * ((double)feature[i][k] - centre[k]);
    return sum;
}

static void assign_all(plain *p, double (*centre)[WIDTH], int clusters)
{
    int i, k;

    for (i = 0; i < N; i++)
        for (p->cluster[i] = 0, k = 1; k < clusters; k++)
            if (gap(centre[k], i) < gap(centre[p->cluster[i]], i))
                p->cluster[i] = k;
}

static void plain_clusters(plain *p)
{
    static double centre[LABELLED + BUDGET][WIDTH];
    int clusters = LABELLED + BUDGET, i, k, j, turn;

    for (k = 0; k < clusters; k++) {
        double most = -INFINITY;
        int drawn = 0;

        for (i = 0; i < N; i++) {
            double weight = k == 0 ? 1 : INFINITY;

            for (j = 0; j < k; j++)
                weight = fmin(weight, gap(centre[j], i));
            if (log(weight) + gumbel(i, (size_t)k) > most) {
                most = log(weight) + gumbel(i, (size_t)k);
                drawn = i;
            }
        }
        for (j = 0; j < WIDTH; j++)
            centre[k][j] = (double)feature[drawn][j];
    }
    for (turn = 0; turn < SELECT_CLUSTER_ITERATIONS; turn++) {
        assign_all(p, centre, clusters);
        for (k = 0; k < clusters; k++) {
            double sum[WIDTH] = {0};
            int members = 0;

            for (i = 0; i < N; i++)
                if (p->cluster[i] == k)
                    for (members++, j = 0; j < WIDTH; j++)
                        sum[j] += (double)feature[i][j];
            for (j = 0; j < WIDTH && members; j++)
                centre[k][j] = (double)(float)(sum[j] / members);
        }
    }
    assign_all(p, centre, clusters);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double typicality(const plain *p, int i)
{
    static double other[N];
    int count = 0, j, members = 1, most;
    double sum = 0;

    for (j = LABELLED; j < N; j++)
        if (j != i && p->cluster[j] == p->cluster[i]) {
            other[count++] = sqrt(distance(BASE_STRATEGY_CORESET, i, j));
            members++;
        }
    qsort(other, (size_t)count, sizeof *other, by_size);
    most = members / 2 < SELECT_CLUSTER_NEIGHBOURS ? members / 2 : SELECT_CLUSTER_NEIGHBOURS;
    most = most < 1 ? 1 : most;
    most = most > count ? count : most;
    for (j = 0; j < most; j++)
        sum += other[j];
    return most ? 1 / (sum / most + 1e-5) : 0;
}

/* The best open sample of the cluster whose turn it is, -1 if no cluster has one. */
static int plain_cluster_pick(const plain *p)
{
    int best = -1, best_labels = 0, best_members = 0, k, i;

    for (k = 0; k < LABELLED + BUDGET; k++) {
        int labels = 0, members = 0, first = -1;

        for (i = 0; i < N; i++) {
            if (p->cluster[i] != k)
                continue;
            labels += p->taken[i];
            members += i >= LABELLED;
            if (is_sample_open(p, i) && (first < 0 || typicality(p, i) > typicality(p, first)))
                first = i;
        }
        if (first < 0)
            continue;
        if (best < 0 || (members >= 5) > (best_members >= 5) ||
            ((members >= 5) == (best_members >= 5) &&
             (labels < best_labels || (labels == best_labels && members > best_members)))) {
            best = first;
            best_labels = labels;
            best_members = members;
        }
    }
    return best;
}

static int plain_pick(const plain *p)
{
    double most = -INFINITY;
    int best = -1, i;

    if (p->strategy == BASE_STRATEGY_TYPICLUST)
        return plain_cluster_pick(p);
    for (i = 0; i < N; i++)
        if (is_sample_open(p, i) && value_of(p, i) > most) {
            most = value_of(p, i);
            best = i;
        }
    return best;
}

static void plain_choose(base_strategy strategy, const int64_t *quota, size_t budget, plain *p)
{
    memset(p, 0, sizeof *p);
    p->strategy = strategy;
    p->quotas = quota != NULL;
    if (quota)
        memcpy(p->left, quota, sizeof p->left);
    memset(p->taken, 1, LABELLED * sizeof *p->taken);
    if (strategy == BASE_STRATEGY_TYPICLUST)
        plain_clusters(p);
    while (p->count < budget) {
        int best = plain_pick(p);

        if (best < 0 && p->quotas && !p->widened) {
            p->widened = true;
            continue;
        }
        if (best < 0)
            return;
        p->left[predicted[best]]--;
        p->taken[best] = true;
        p->pick[p->count++] = best;
    }
}

/* ---- by all ranks ---- */

typedef struct share {
    select_points points;
    int64_t sample[N];
    int32_t predicted[N];
    float value[N];
    uint8_t taken[N];
    float output[N * CLASSES], feature[N * WIDTH];
} share;

/* What falls to this rank when samples are dealt by chance; in descending order, to have no order in common.
 */
static void deal(const comm_world *part, base_strategy strategy, uint64_t deal_number, share *s)
{
    select_needs needs = select_strategy_needs(strategy);
    select_points *p = &s->points;
    int i, c;

    *p = (select_points){.width = needs.keeps ? WIDTH : 0,
                         .outputs = needs.output ? CLASSES : 0,
                         .sample = s->sample,
                         .predicted = s->predicted,
                         .value = s->value,
                         .taken = s->taken,
                         .output = s->output,
                         .feature = s->feature};
    for (i = N - 1; i >= 0; i--) {
        base_random random = base_random_at(deal_number, BASE_RANDOM_TEST, 1, 0, (uint64_t)i);
        double entropy = 0;

        if ((int)base_random_below(&random, (uint64_t)part->size) != part->rank)
            continue;
        if (i < LABELLED && !needs.labelled)
            continue;
        for (c = 0; c < CLASSES; c++) {
            entropy -= softmax[i][c] > 0 ? (double)softmax[i][c] * log((double)softmax[i][c]) : 0;
            if (p->outputs)
                s->output[p->count * CLASSES + (size_t)c] =
                    needs.output == SELECT_OUTPUT_GRADIENT ? (float)gradient(i, c) : softmax[i][c];
        }
        s->sample[p->count] = i;
        s->predicted[p->count] = predicted[i];
        s->value[p->count] = -(float)entropy;
        s->taken[p->count] = i < LABELLED;
        memcpy(s->feature + p->count * p->width, feature[i], p->width * sizeof(float));
        p->count++;
    }
}

static base_status choose(const comm_world *part, base_strategy strategy, const int64_t *quota, size_t budget,
                          uint64_t deal_number, store_query *chosen, size_t *count)
{
    static share s;
    round_pick_task task = {.strategy = strategy,
                            .seed = SEED,
                            .round = ROUND,
                            .classes = CLASSES,
                            .budget = budget,
                            .quota = quota,
                            .closed = closed,
                            .labelled = labelled};

    deal(part, strategy, deal_number, &s);
    return round_pick(part, &task, &s.points, chosen, count);
}

static size_t differences(const plain *expected, const store_query *chosen, size_t count)
{
    size_t i, found = 0;

    for (i = 0; i < count && i < expected->count; i++)
        found += chosen[i].sample != expected->pick[i] || chosen[i].rank != (int32_t)i ||
                 chosen[i].predicted != predicted[chosen[i].sample];
    return found + (count != expected->count);
}

static const base_strategy strategies[] = {BASE_STRATEGY_CORESET, BASE_STRATEGY_BADGE,
                                           BASE_STRATEGY_TYPICLUST, BASE_STRATEGY_CLASS_BALANCED};

START_TEST(picks_are_those_of_a_plain_implementation)
{
    static const int64_t quotas[CLASSES] = {4, 9, 0, 7, 20}; /* of class 3, which is closed, none */
    static plain expected;
    store_query chosen[BUDGET];
    int with;

    for (with = 0; with < 2; with++) {
        const int64_t *quota = with ? quotas : NULL;
        size_t count = 0, filled = 0, i;

        plain_choose(strategies[_i], quota, BUDGET, &expected);
        MPI_CHECK(choose(&world, strategies[_i], quota, BUDGET, 1, chosen, &count) == BASE_OK);
        MPI_CHECK(count == BUDGET);
        MPI_CHECK(differences(&expected, chosen, count) == 0);
        for (i = 0; i < count; i++)
            filled += chosen[i].reason == STORE_QUERY_FILL;
        MPI_CHECK(filled == (with ? BUDGET - 33 : 0));
    }
}
END_TEST

START_TEST(who_holds_a_sample_does_not_matter)
{
    const comm_world alone = {.comm = MPI_COMM_SELF, .rank = 0, .size = 1};
    store_query one[BUDGET], other[BUDGET];
    size_t count = 0, other_count = 0;
    uint64_t dealt;

    memset(one, 0, sizeof one);
    memset(other, 0, sizeof other);
    MPI_CHECK(choose(&alone, strategies[_i], NULL, BUDGET, 1, one, &count) == BASE_OK);
    for (dealt = 2; dealt < 4; dealt++) {
        MPI_CHECK(choose(&world, strategies[_i], NULL, BUDGET, dealt, other, &other_count) == BASE_OK);
        MPI_CHECK(count == other_count && memcmp(one, other, sizeof one) == 0);
    }
}
END_TEST

/* Everything may be chosen but what is labelled or predicted as a closed class. */
START_TEST(picks_end_with_the_open_samples)
{
    static store_query chosen[N];
    static bool seen[N];
    size_t count = 0, open = 0, i, wrong = 0;

    memset(seen, 0, sizeof seen);
    for (i = LABELLED; i < N; i++)
        open += !closed[predicted[i]];
    MPI_CHECK(choose(&world, strategies[_i], NULL, N, 5, chosen, &count) == BASE_OK);
    for (i = 0; i < count; i++) {
        wrong += seen[chosen[i].sample] || closed[chosen[i].predicted] ||
                 (select_strategy_needs(strategies[_i]).labelled && chosen[i].sample < LABELLED);
        seen[chosen[i].sample] = true;
    }
    MPI_CHECK(wrong == 0);
    MPI_CHECK(count == open);
}
END_TEST

/* Only the samples below `end` are there, all with the vectors and the class of sample 0. */
static void make_alike(share *s, int64_t end)
{
    select_points *p = &s->points;
    size_t i, kept = 0, c;

    for (i = 0; i < p->count; i++) {
        if (p->sample[i] >= end)
            continue;
        p->sample[kept] = p->sample[i];
        p->taken[kept] = p->taken[i];
        p->predicted[kept] = 1;
        p->value[kept] = -0.5f;
        for (c = 0; c < p->outputs; c++)
            p->output[kept * p->outputs + c] = softmax[0][c];
        memcpy(p->feature + kept * p->width, feature[0], p->width * sizeof(float));
        kept++;
    }
    p->count = kept;
}

/* Few samples, none of them on most ranks, and none to be told from another: ties go by number. */
START_TEST(samples_that_are_alike_are_picked_by_number)
{
    static const int64_t ends[] = {LABELLED, LABELLED + 1, LABELLED + 17};
    static share s;
    store_query chosen[BUDGET];
    round_pick_task task = {.strategy = strategies[_i],
                            .seed = SEED,
                            .classes = CLASSES,
                            .budget = BUDGET,
                            .closed = closed,
                            .labelled = labelled};
    size_t count, i, e, wrong = 0;

    for (e = 0; e < 3; e++) {
        deal(&world, strategies[_i], 6, &s);
        make_alike(&s, ends[e]);
        count = BUDGET + 1;
        MPI_CHECK(round_pick(&world, &task, &s.points, chosen, &count) == BASE_OK);
        MPI_CHECK(count == (size_t)(ends[e] - LABELLED));
        for (i = 0; i < count; i++)
            wrong += chosen[i].sample != LABELLED + (int64_t)i;
    }
    MPI_CHECK(wrong == 0);
}
END_TEST

START_TEST(more_memory_than_allowed_is_refused)
{
    round_features_size size = round_features_measure(BASE_STRATEGY_BADGE, 1000000, 70000, 15, 512, 500, 2);

    ck_assert_double_eq(size.bytes, 1e6 * ((15 + 512) * 4 + 45)); /* the labelled ones are not kept */
    ck_assert_int_eq(round_features_allow(BASE_STRATEGY_BADGE, &size, 1.1), BASE_OK);
    ck_assert_int_eq(round_features_allow(BASE_STRATEGY_BADGE, &size, 1), BASE_ERR_USAGE);
    size = round_features_measure(BASE_STRATEGY_CORESET, 1000000, 70000, 15, 512, 500, 2);
    ck_assert_double_eq(size.bytes, 1.07e6 * (512 * 4 + 45));
    size = round_features_measure(BASE_STRATEGY_MARGIN, 1000000, 70000, 15, 512, 500, 2);
    ck_assert_double_eq(size.bytes, 0);
}
END_TEST

/* Clusters of points, positive as after a ReLU, with softmax by their distance; */
static void begin(void)
{
    base_random random = base_random_at(4, BASE_RANDOM_TEST, 0, 0, 0);
    float middle[CLASSES * 2][WIDTH];
    int i, c, k;

    for (c = 0; c < CLASSES * 2; c++)
        for (k = 0; k < WIDTH; k++)
            middle[c][k] = (float)fabs(2 * base_random_normal(&random));
    for (i = 0; i < N; i++) {
        int from = (int)base_random_below(&random, CLASSES * 2);
        double sum = 0, p[CLASSES];

        for (k = 0; k < WIDTH; k++)
            feature[i][k] = (float)fmax(0, middle[from][k] + 0.7 * base_random_normal(&random));
        for (c = 0; c < CLASSES; c++) {
            p[c] = exp(1.5 * base_random_normal(&random) + (from % CLASSES == c ? 2 : 0));
            sum += p[c];
        }
        for (predicted[i] = 0, c = 0; c < CLASSES; c++) {
            softmax[i][c] = (float)(p[c] / sum);
            if (softmax[i][c] > softmax[i][predicted[i]])
                predicted[i] = c;
        }
    }
}

int main(int argc, char **argv)
{
    enum { STRATEGIES = sizeof strategies / sizeof *strategies };
    Suite *suite = suite_create("pick");
    TCase *tests = tcase_create("pick");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 0);
    tcase_add_unchecked_fixture(tests, begin, NULL);
    tcase_add_loop_test(tests, picks_are_those_of_a_plain_implementation, 0, STRATEGIES);
    tcase_add_loop_test(tests, who_holds_a_sample_does_not_matter, 0, STRATEGIES);
    tcase_add_loop_test(tests, picks_end_with_the_open_samples, 0, STRATEGIES);
    tcase_add_loop_test(tests, samples_that_are_alike_are_picked_by_number, 0, STRATEGIES);
    tcase_add_test(tests, more_memory_than_allowed_is_refused);
    return mpi_check_main(argc, argv, suite);
}
