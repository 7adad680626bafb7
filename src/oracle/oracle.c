#include "oracle.h"
#include "base_log.h"
#include "oracle_people.h"
#include "oracle_truth.h"
#include <stdlib.h>
#include <string.h>

struct oracle {
    base_oracle_kind kind;
    const store_table *table; /* the data set's */
    char *folder;
};

base_status oracle_create(base_oracle_kind kind, store_dataset *dataset, const char *folder, oracle **out)
{
    oracle *o = malloc(sizeof *o);

    if (!o)
        goto err_memory;
    o->folder = strdup(folder);
    if (!o->folder)
        goto err_memory;
    o->kind = kind;
    o->table = store_dataset_table(dataset);
    *out = o;
    return BASE_OK;

err_memory:
    base_log_error("oracle: no memory for the oracle of %s", folder);
    free(o);
    return BASE_ERR_MEMORY;
}

void oracle_destroy(oracle **o)
{
    if (!o || !*o)
        return;
    free((*o)->folder);
    free(*o);
    *o = NULL;
}

base_status oracle_initial(oracle *o, const int64_t *samples, size_t count, int32_t *labels)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < count && status == BASE_OK; i++)
        status = oracle_truth_label(o->table, samples[i], &labels[i]);
    return status;
}

base_status oracle_draw_initial(oracle *o, double share, uint64_t seed, int64_t **samples, size_t *count)
{
    return oracle_truth_draw(o->table, share, seed, samples, count);
}

/* In place, all or none. */
static base_status truth_answers(const store_table *table, store_query *queries, size_t count)
{
    int32_t *answers = malloc((count + 1) * sizeof *answers);
    base_status status = BASE_OK;
    size_t i;

    if (!answers) {
        base_log_error("oracle: no memory for %zu answers", count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count && status == BASE_OK; i++)
        status = oracle_truth_label(table, queries[i].sample, &answers[i]);
    for (i = 0; i < count && status == BASE_OK; i++)
        queries[i].answer = answers[i];
    free(answers);
    return status;
}

base_status oracle_ask(oracle *o, const oracle_round *round, store_query *queries, size_t count)
{
    if (count == 0)
        return BASE_OK; /* nobody to wait for */
    if (o->kind == BASE_ORACLE_TRUTH)
        return truth_answers(o->table, queries, count);
    return oracle_people_ask(o->table, o->folder, round, queries, count);
}

/* Both are few. */
static void spread(const store_answer *answers, size_t answered, store_query *queries, size_t count)
{
    size_t i, k;

    for (i = 0; i < answered; i++)
        for (k = 0; k < count; k++)
            if (queries[k].sample == answers[i].sample)
                queries[k].answer = answers[i].answer;
}

base_status oracle_collect(oracle *o, const oracle_round *round, store_query *queries, size_t count,
                           store_answer **answers, size_t *answered)
{
    store_answer *found;
    base_status status;

    *answers = NULL;
    *answered = 0;
    if (o->kind == BASE_ORACLE_TRUTH)
        return truth_answers(o->table, queries, count);
    found = calloc(count + 1, sizeof *found);
    if (!found) {
        base_log_error("oracle: no memory for %zu answers", count);
        return BASE_ERR_MEMORY;
    }
    status = oracle_people_collect(o->table, o->folder, round, queries, count, found, answered);
    if (status == BASE_OK) {
        spread(found, *answered, queries, count);
        *answers = found;
        found = NULL;
    }
    free(found);
    return status;
}
