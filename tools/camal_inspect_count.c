#include "camal_inspect_count.h"

inspect_counts inspect_count(const store_round *round)
{
    inspect_counts counts = {0};
    size_t i;

    for (i = 0; i < round->classes; i++) {
        const store_class *c = &round->class_state[i];

        counts.start += c->labelled - c->added;
        counts.added += c->added;
        counts.status[c->status]++;
    }
    for (i = 0; i < round->samples; i++) {
        counts.pool += round->pool_state[i] == STORE_POOL_UNLABELLED;
        counts.outside += round->pool_state[i] == STORE_POOL_OUTSIDE;
    }
    for (i = 0; i < round->queries; i++) {
        const store_query *q = &round->query[i];

        counts.by_reason[q->reason]++;
        counts.answered += q->answer != STORE_LABEL_UNKNOWN;
        counts.as_predicted += q->answer == q->predicted;
    }
    return counts;
}

int64_t inspect_queries_of(const store_round *round, int32_t c, int answers)
{
    int64_t count = 0;
    size_t i;

    for (i = 0; i < round->queries; i++)
        count += (answers ? round->query[i].answer : round->query[i].predicted) == c;
    return count;
}

const inspect_line *inspect_stop(const inspect_line *lines, size_t count, const camal_stops *stops,
                                 int32_t rule)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (lines[i].round == stops->found[rule].round)
            return &lines[i];
    return NULL;
}
