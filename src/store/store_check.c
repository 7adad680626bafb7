#include "store_check.h"
#include "base_log.h"
#include "store_attributes.h"
#include "store_h5.h"
#include "store_round_layout.h"
#include "store_schema.h"
#include "store_shards.h"
#include "store_table.h"
#include "store_weights.h"
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    int64_t group;
    size_t sample;
} member;

static int by_group(const void *a, const void *b)
{
    const member *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

/* No group in two splits: validation and test would have what is trained on. */
static base_status check_groups(const char *path, const store_table *table)
{
    member *members = malloc((table->samples + 1) * sizeof *members);
    base_status status = BASE_OK;
    size_t i;

    if (!members) {
        base_log_error("%s: out of memory for the groups of %zu samples", path, table->samples);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < table->samples; i++)
        members[i] = (member){table->group[i], i};
    qsort(members, table->samples, sizeof *members, by_group);
    for (i = 1; i < table->samples && status == BASE_OK; i++) {
        size_t a = members[i - 1].sample, b = members[i].sample;

        if (members[i].group != members[i - 1].group || table->split[a] == table->split[b])
            continue;
        base_log_error("%s: samples %zu and %zu of group %" PRId64 " are in splits %d and %d, expected one: "
                       "make the data set again",
                       path, a, b, members[i].group, table->split[a], table->split[b]);
        status = BASE_ERR_INPUT;
    }
    free(members);
    return status;
}

static base_status check_dataset(const char *path)
{
    store_dataset *dataset = NULL;
    base_status status = store_dataset_open(path, &dataset);

    if (status == BASE_OK)
        status = check_groups(path, store_dataset_table(dataset));
    if (status == BASE_OK)
        status = store_dataset_verify(dataset);
    store_dataset_close(&dataset);
    return status;
}

/* The file of the round before, if it lies in the same folder as this one. */
static bool parent_of(const char *path, int32_t index, char parent[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) : 1;

    return index > 0 &&
           snprintf(parent, PATH_MAX, "%.*s/round-%03d.h5", folder, slash ? path : ".", (int)index - 1) <
               PATH_MAX &&
           base_file_exists(parent);
}

/* As store_round_read(), which stops at the first broken rule's status; here they are counted. */
static base_status check_round(const char *path, size_t *problems)
{
    char parent[PATH_MAX];
    size_t broken = 0;
    store_round round;
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status == BASE_OK)
        status = store_round_layout_read(&h5, &round);
    store_h5_drop(&h5);
    if (status != BASE_OK)
        return status;
    status = store_check_round(&round, path, problems);
    if (status == BASE_OK && parent_of(path, round.index, parent)) {
        status = store_check_parent(&round, parent, path, &broken);
        *problems += broken;
    }
    store_round_destroy(&round);
    return status;
}

static base_status check_training(const char *path)
{
    store_training training;
    base_status status = store_training_read(path, &training);

    if (status == BASE_OK)
        store_training_destroy(&training);
    return status;
}

static base_status check_scores(const char *path)
{
    store_scores scores;
    base_status status = store_scores_read(path, &scores);

    if (status == BASE_OK)
        store_scores_destroy(&scores);
    return status;
}

base_status store_check_file(const char *path, const char *schemas, size_t *problems)
{
    size_t found = 0;
    char kind[STORE_ATTRIBUTES_KIND];
    base_status status = store_schema_check(path, schemas, &found);

    if (status == BASE_OK)
        status = store_attributes_kind(path, kind);
    if (status == BASE_OK && strcmp(kind, STORE_ROUND_SCHEMA) == 0)
        status = check_round(path, &found);
    else if (status == BASE_OK && strcmp(kind, STORE_TRAINING_SCHEMA) == 0)
        status = check_training(path);
    else if (status == BASE_OK && strcmp(kind, STORE_SCORES_SCHEMA) == 0)
        status = check_scores(path);
    else if (status == BASE_OK && strcmp(kind, STORE_WEIGHTS_SCHEMA) == 0)
        status = store_weights_check(path, &found);
    else if (status == BASE_OK &&
             strcmp(kind, STORE_SHARD_SCHEMA) != 0) /* a shard is pixels, which were read */
        status = check_dataset(path);
    if (status != BASE_OK && found == 0)
        found = 1;
    if (problems)
        *problems = found;
    return status;
}
