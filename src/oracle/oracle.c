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

static base_status truth_answers(const store_table *table, const store_query *queries, size_t count,
                                 int32_t *answers)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < count && status == BASE_OK; i++)
        status = oracle_truth_label(table, queries[i].sample, &answers[i]);
    return status;
}

base_status oracle_answer(oracle *o, int32_t round, store_query *queries, size_t count)
{
    int32_t *answers;
    base_status status;
    size_t i;

    if (count == 0)
        return BASE_OK; /* nobody to wait for */
    answers = malloc(count * sizeof *answers);
    if (!answers) {
        base_log_error("oracle: no memory for %zu answers", count);
        return BASE_ERR_MEMORY;
    }
    if (o->kind == BASE_ORACLE_TRUTH)
        status = truth_answers(o->table, queries, count, answers);
    else
        status = oracle_people_answer(o->table, o->folder, round, queries, count, answers);
    for (i = 0; i < count && status == BASE_OK; i++)
        queries[i].answer = answers[i];
    free(answers);
    return status;
}
