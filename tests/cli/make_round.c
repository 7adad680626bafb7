/** Makes the round files of a run with known numbers, for the tests of the tools that read them.
 *
 * usage: test_make_round FOLDER < SPECIFICATION
 *
 *     digest 0123456789abcdef0123456789abcdef      of the data set
 *     seed 1
 *     set select.copies=2       any key of run.yaml
 *     class bolt 4 9 20 10      name; samples labelled at the start, in the pool, of validation, of test
 *     round 0.75                kappa with the round before, or nothing; then each class in order:
 *     bolt 18 9 0.5 3 active    right on validation, on test, energy, labels asked for, status
 *
 * Pool samples are predicted and answered as their class; wrong answers of validation and test go to the next
 * class. */
#include "base_config.h"
#include "base_log.h"
#include "store_round.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CLASSES 16
#define MOST_ROUNDS  8

typedef struct entry {
    int validation, test, asked, status;
    double energy;
} entry;

typedef struct specification {
    uint64_t seed;
    char digest[BASE_DIGEST_TEXT];
    base_config config;
    int classes, rounds;
    struct {
        char name[64];
        int start, pool, validation, test;
    } class[MOST_CLASSES];
    double kappa[MOST_ROUNDS];
    entry entry[MOST_ROUNDS][MOST_CLASSES];
} specification;

static void require(bool good, const char *what)
{
    if (good)
        return;
    base_log_error("%s", what);
    exit(EXIT_FAILURE);
}

static int status_of(const char *name)
{
    static const char *const names[STORE_CLASS_STATUSES] = {"active", "finished", "excluded", "paused"};
    int i;

    for (i = 0; i < STORE_CLASS_STATUSES; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    require(false, name);
    return -1;
}

static void read_entry(specification *s, const char *line, int number)
{
    entry *e = &s->entry[s->rounds - 1][number];
    char name[64], status[16];

    require(sscanf(line, "%63s %d %d %lf %d %15s", name, &e->validation, &e->test, &e->energy, &e->asked,
                   status) == 6,
            line);
    require(strcmp(name, s->class[number].name) == 0, line);
    e->status = status_of(status);
}

static void read_class(specification *s, const char *line)
{
    int c = s->classes++;

    require(c < MOST_CLASSES, "too many classes");
    require(sscanf(line, "class %63s %d %d %d %d", s->class[c].name, &s->class[c].start, &s->class[c].pool,
                   &s->class[c].validation, &s->class[c].test) == 5,
            line);
}

static void read_specification(specification *s)
{
    char line[256], word[16], value[200];
    int next = 0;

    while (fgets(line, sizeof line, stdin)) {
        value[0] = 0;
        if (sscanf(line, "%15s %199s", word, value) < 1)
            continue;
        if (strcmp(word, "digest") == 0)
            snprintf(s->digest, sizeof s->digest, "%.32s", value);
        else if (strcmp(word, "seed") == 0)
            s->seed = strtoull(value, NULL, 10);
        else if (strcmp(word, "set") == 0)
            require(base_config_set(&s->config, value) == BASE_OK, line);
        else if (strcmp(word, "class") == 0)
            read_class(s, line);
        else if (strcmp(word, "round") == 0) {
            require(s->rounds < MOST_ROUNDS, "too many rounds");
            s->kappa[s->rounds++] = value[0] ? strtod(value, NULL) : NAN;
            next = 0;
        } else {
            require(s->rounds > 0 && next < s->classes, line);
            read_entry(s, line, next++);
        }
    }
    require(s->rounds > 0 && s->classes > 1 && next == s->classes, "incomplete specification");
}

static int class_samples(const specification *s, int c)
{
    return s->class[c].start + s->class[c].pool + s->class[c].validation + s->class[c].test;
}

static bool was_excluded(const specification *s, int round, int c)
{
    return round > 0 && s->entry[round - 1][c].status == STORE_CLASS_EXCLUDED;
}

/* Round that brings the i-th train sample of a class its label; -1 for one that is never asked for. */
static int label_round(const specification *s, int c, int i)
{
    int r;

    if (i < s->class[c].start)
        return 0;
    i -= s->class[c].start;
    for (r = 0; r < s->rounds; r++) {
        if (i < s->entry[r][c].asked)
            return r + 1;
        i -= s->entry[r][c].asked;
    }
    return -1;
}

static void put_train_sample(const specification *s, store_round *round, int64_t sample, int c, int i)
{
    int since = label_round(s, c, i);
    bool trained = since >= 0 && since <= round->index, asked = since == round->index + 1;

    round->pool_state[sample] = trained || asked ? STORE_POOL_LABELLED : STORE_POOL_UNLABELLED;
    round->pool_round[sample] = trained || asked ? since : -1;
    round->pool_label[sample] = trained || asked ? c : STORE_LABEL_UNKNOWN;
    round->pool_copies[sample] = trained || asked ? (since > 0 ? s->config.select.copies : 1) : 0;
    round->class_state[c].labelled += trained;
    round->class_state[c].added += trained && since > 0;
    if (trained)
        return;
    round->score[round->scores].sample = sample;
    round->score[round->scores].predicted = c;
    round->score[round->scores].second = (c + 1) % s->classes;
    round->scores++;
    round->class_state[c].pool_predicted++;
    if (!asked)
        return;
    round->query[round->queries] =
        (store_query){sample, c, (int32_t)round->queries, 0.5f, c, STORE_QUERY_QUOTA};
    round->queries++;
    round->class_state[c].quota++;
}

static void put_evaluation(const specification *s, store_round *round, int64_t sample, int c, bool test,
                           bool right)
{
    store_evaluation *e = &round->evaluation[round->evaluations++];
    int64_t *confusion = test ? round->test_confusion : round->validation_confusion;

    e->sample = sample;
    e->label = c;
    e->predicted = right ? c : (c + 1) % s->classes;
    e->energy = (float)s->entry[round->index][c].energy;
    e->split = test ? STORE_SPLIT_TEST : STORE_SPLIT_VALIDATION;
    confusion[c * s->classes + e->predicted]++;
    round->pool_round[sample] = round->pool_label[sample] = -1;
}

/* Samples class by class: train, validation, test. */
static void put_samples(const specification *s, store_round *round)
{
    int64_t sample = 0;
    int c, i;

    for (c = 0; c < s->classes; c++) {
        const entry *e = &s->entry[round->index][c];

        for (i = 0; i < s->class[c].start + s->class[c].pool; i++)
            put_train_sample(s, round, sample++, c, i);
        for (i = 0; i < s->class[c].validation; i++)
            put_evaluation(s, round, sample++, c, false, i < e->validation);
        for (i = 0; i < s->class[c].test; i++)
            put_evaluation(s, round, sample++, c, true, i < e->test);
    }
}

static float share(int right, int all)
{
    return all > 0 ? (float)right / (float)all : -1;
}

static void put_classes(const specification *s, store_round *round)
{
    static const int32_t reasons[STORE_CLASS_STATUSES] = {STORE_REASON_NONE, STORE_REASON_FINISHED,
                                                          STORE_REASON_BELOW_THRESHOLD, STORE_REASON_PLATEAU};
    int c, r;

    for (c = 0; c < s->classes; c++) {
        const entry *e = &s->entry[round->index][c];
        store_class *state = &round->class_state[c];

        snprintf(round->class_name[c], sizeof round->class_name[c], "%s", s->class[c].name);
        state->status = e->status;
        state->reason = reasons[e->status];
        state->decided_round = -1;
        for (r = round->index;
             r >= 0 && e->status != STORE_CLASS_ACTIVE && s->entry[r][c].status == e->status; r--)
            state->decided_round = r;
        state->below = e->status == STORE_CLASS_EXCLUDED ? 2 : 0;
        state->validation_count = s->class[c].validation;
        state->test_count = s->class[c].test;
        state->validation_accuracy = share(e->validation, s->class[c].validation);
        state->best_validation_accuracy = -1;
        for (r = 0; r <= round->index; r++)
            state->best_validation_accuracy = fmaxf(state->best_validation_accuracy,
                                                    share(s->entry[r][c].validation, s->class[c].validation));
        state->test_accuracy = share(e->test, s->class[c].test);
        state->cam_score = s->class[c].validation > 0 ? (float)e->energy : -1;
        state->test_cam_score = s->class[c].test > 0 ? (float)e->energy : -1;
        state->need = s->class[c].validation > 0 ? 1 - state->validation_accuracy * state->cam_score : 1;
    }
}

static void put_metrics(const specification *s, store_round *round)
{
    double right = 0, kept = 0, all = 0, validation = 0, validated = 0, test = 0, tested = 0;
    int c;

    for (c = 0; c < s->classes; c++) {
        all += s->class[c].test;
        if (was_excluded(s, round->index, c))
            continue;
        right += s->entry[round->index][c].test;
        kept += s->class[c].test;
        test += (double)round->class_state[c].test_accuracy;
        tested++;
        if (s->class[c].validation == 0)
            continue;
        validation += (double)round->class_state[c].validation_accuracy;
        validated++;
    }
    round->kept_test_accuracy = right / kept;
    round->all_test_accuracy = right / all;
    round->validation_accuracy = validation / validated;
    round->test_accuracy = test / tested;
    round->validation_calibration = 0.0625;
    round->test_calibration = 0.125;
    round->agreement = s->kappa[round->index];
    round->agreement_samples = isnan(round->agreement) ? 0 : (int64_t)round->scores;
    round->timing = (store_timing){10, 1, 2, 0.5};
    round->epoch[0] = (store_epoch){0, 10, 0.1f, 2, 0.5f, 1.5f, 0.625f};
    round->epoch[1] = (store_epoch){1, 20, 0.05f, 1, 0.75f, NAN, NAN};
    round->best_epoch = 0;
}

static void put_texts(const specification *s, store_round *round, const char *parent)
{
    static const store_tensor like = {"fc.bias", 1, {3, 0, 0, 0}, NULL};
    size_t size;

    round->seed = s->seed;
    round->ranks = 2;
    round->threads = 1;
    snprintf(round->version, sizeof round->version, "%s", CAMAL_VERSION);
    memcpy(round->dataset_digest, s->digest, sizeof round->dataset_digest);
    snprintf(round->parent_digest, sizeof round->parent_digest, "%s", parent);
    round->plan = strdup("conv1 forward jit:avx512_core\n");
    require(round->plan != NULL, "no memory");
    require(base_config_write(&s->config, &round->config, &size) == BASE_OK, "configuration");
    require(store_tensor_list_create(&like, 1, &round->model) == BASE_OK, "model");
    require(store_tensor_list_create(&like, 1, &round->optimizer) == BASE_OK, "optimizer");
    round->model_tensors = round->optimizer_tensors = 1;
    round->model[0].data[0] = (float)s->config.train.epochs; /* other training, other weights */
}

/* Write one round; its digest into parent[], for the next. */
static void make_round(const specification *s, const char *folder, int index, char parent[BASE_DIGEST_TEXT])
{
    size_t samples = 0;
    char path[PATH_MAX];
    store_round round;
    int c;

    for (c = 0; c < s->classes; c++)
        samples += (size_t)class_samples(s, c);
    require(store_round_create(samples, (size_t)s->classes, samples, samples, samples, 2, &round) == BASE_OK,
            "round");
    round.index = index;
    round.scores = round.queries = round.evaluations = 0; /* counted while they are filled */
    put_samples(s, &round);
    put_classes(s, &round);
    put_metrics(s, &round);
    put_texts(s, &round, parent);
    require(store_round_commit(folder, &round) == BASE_OK, "commit");
    store_round_destroy(&round);
    require(store_round_path(folder, index, path, sizeof path) == BASE_OK, "path");
    require(base_file_digest(path, parent) == BASE_OK, "digest");
}

int main(int argc, char **argv)
{
    specification s = {.seed = 1, .digest = "00000000000000000000000000000001"};
    char parent[BASE_DIGEST_TEXT] = "", seed[40];
    int r;

    require(argc == 2, "usage: test_make_round FOLDER < SPECIFICATION");
    require(base_config_defaults(&s.config) == BASE_OK, "defaults");
    read_specification(&s);
    snprintf(seed, sizeof seed, "run.seed=%" PRIu64, s.seed);
    require(base_config_set(&s.config, seed) == BASE_OK, seed);
    require(base_file_make_folder(argv[1]) == BASE_OK, argv[1]);
    for (r = 0; r < s.rounds; r++)
        make_round(&s, argv[1], r, parent);
    base_config_clear(&s.config);
    return EXIT_SUCCESS;
}
