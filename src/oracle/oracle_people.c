#include "oracle_people.h"
#include "base_log.h"
#include "oracle_labels.h"
#include "oracle_time.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static base_status wait_for(const oracle_queries *queries, const char *run, size_t open)
{
    char path[PATH_MAX];
    base_status status = oracle_queries_path(run, queries->round, "json", path);

    if (status != BASE_OK)
        return status;
    base_log_info("round %" PRId32 " waits for labels: %zu of %zu samples of %s are open; label them, then "
                  "camal-label %s EXPORT.json (camal-label %s --finish: without the rest), then this "
                  "command again",
                  queries->round, open, queries->count, path, run, run);
    return BASE_WAITING;
}

base_status oracle_people_ask(const store_table *table, const char *run, const oracle_round *round,
                              const store_query *queries, size_t count)
{
    oracle_queries made;
    base_status status = oracle_queries_make(table, round, queries, count, &made);

    if (status != BASE_OK)
        return status;
    status = oracle_queries_write(&made, run);
    if (status == BASE_OK)
        status = wait_for(&made, run, count);
    oracle_queries_destroy(&made);
    return status;
}

static int compare_answers(const void *left, const void *right)
{
    const store_answer *a = left, *b = right;

    return (a->sample > b->sample) - (a->sample < b->sample);
}

/* What counts of the labels. @return queries still open */
static size_t take_answers(const oracle_labels *labels, const store_query *queries, size_t count,
                           store_answer *answers, size_t *answered)
{
    size_t open = 0, i;

    *answered = 0;
    for (i = 0; i < count; i++) {
        oracle_outcome outcome = oracle_labels_settle(labels, i);
        store_answer *answer = &answers[*answered];

        if (outcome.kind == ORACLE_UNANSWERED || outcome.kind == ORACLE_CONFLICTING) {
            open++;
            continue;
        }
        *answer = (store_answer){.sample = queries[i].sample, .answer = outcome.label->answer};
        memcpy(answer->annotator, outcome.label->by, sizeof answer->annotator);
        oracle_time_write(outcome.label->at, answer->answered_at);
        ++*answered;
    }
    qsort(answers, *answered, sizeof *answers, compare_answers);
    return open;
}

static base_status collect(const oracle_queries *made, const char *run, const store_query *queries,
                           store_answer *answers, size_t *answered)
{
    char path[PATH_MAX];
    oracle_labels labels;
    base_status status = oracle_queries_path(run, made->round, "labels.json", path);
    size_t open;

    if (status == BASE_OK)
        status = oracle_queries_write(made, run);
    if (status == BASE_OK)
        status = oracle_labels_read(path, made, &labels);
    if (status != BASE_OK)
        return status;
    open = take_answers(&labels, queries, made->count, answers, answered);
    if (open > 0 && !labels.finished)
        status = wait_for(made, run, open);
    else
        base_log_info("round %" PRId32 ": %zu of %zu samples answered by people, %zu stay open", made->round,
                      *answered, made->count, open);
    oracle_labels_destroy(&labels);
    return status;
}

base_status oracle_people_collect(const store_table *table, const char *run, const oracle_round *round,
                                  const store_query *queries, size_t count, store_answer *answers,
                                  size_t *answered)
{
    oracle_queries made;
    base_status status = oracle_queries_make(table, round, queries, count, &made);

    if (status != BASE_OK)
        return status;
    status = collect(&made, run, queries, answers, answered);
    oracle_queries_destroy(&made);
    return status;
}
