#include "base_log.h"
#include "store_check.h"
#include "store_report.h"
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Two rounds that follow each other, and the queries of both. */
typedef struct pair {
    const store_round *parent, *child;
    store_report report;
    uint8_t *asked; /* [samples] 1: by the child and answered, 2: by the parent and not answered then */
} pair;

static void check_same_run(pair *l)
{
    const store_round *p = l->parent, *c = l->child;

    if (c->index != p->index + 1)
        store_report_add(&l->report, "attribute index is %d after %d", (int)c->index, (int)p->index);
    if (strcmp(c->dataset_digest, p->dataset_digest) != 0)
        store_report_add(&l->report, "attribute dataset_digest is %s, the round before has %s",
                         c->dataset_digest, p->dataset_digest);
    if (memcmp(c->class_name, p->class_name, c->classes * sizeof *c->class_name) != 0)
        store_report_add(&l->report, "/classes/name differs from the round before");
}

/* 2: the parent waits for an answer; 1: the child has had one of its own. */
static void note_queries(pair *l)
{
    size_t i;

    for (i = 0; i < l->parent->queries; i++)
        if (l->parent->query[i].answer == STORE_LABEL_UNKNOWN)
            l->asked[l->parent->query[i].sample] = 2;
    for (i = 0; i < l->child->queries; i++)
        if (l->child->query[i].answer != STORE_LABEL_UNKNOWN)
            l->asked[l->child->query[i].sample] = 1;
}

/* False, and a message, for the first sample that breaks a rule. */
static bool check_sample(pair *l, size_t i)
{
    const store_round *p = l->parent, *c = l->child;
    bool was = p->pool_state[i] == STORE_POOL_LABELLED, is = c->pool_state[i] == STORE_POOL_LABELLED;

    bool was_aside = p->pool_state[i] == STORE_POOL_ASIDE, is_aside = c->pool_state[i] == STORE_POOL_ASIDE;

    if ((p->pool_state[i] == STORE_POOL_OUTSIDE) != (c->pool_state[i] == STORE_POOL_OUTSIDE) ||
        (was && !is) || (was_aside && !is_aside))
        store_report_add(&l->report, "/pool/state[%zu] is %d, the round before has %d", i, c->pool_state[i],
                         p->pool_state[i]);
    else if (was && (p->pool_label[i] != c->pool_label[i] || p->pool_round[i] != c->pool_round[i] ||
                     p->pool_copies[i] != c->pool_copies[i]))
        store_report_add(
            &l->report,
            "/pool/label, round_labelled and copies[%zu] are %d, %d and %d, the round before has %d, "
            "%d and %d",
            i, (int)c->pool_label[i], (int)c->pool_round[i], (int)c->pool_copies[i], (int)p->pool_label[i],
            (int)p->pool_round[i], (int)p->pool_copies[i]);
    else if (!was && is && c->pool_round[i] != c->index + (l->asked[i] == 1))
        store_report_add(&l->report, "/pool/round_labelled[%zu] is %d, expected %d", i, (int)c->pool_round[i],
                         (int)c->index + (l->asked[i] == 1));
    else if (!was && is && l->asked[i] == 0)
        store_report_add(&l->report, "/pool/state[%zu] is labelled, but neither round has asked for it", i);
    else if (!was_aside && is_aside && l->asked[i] != 2)
        store_report_add(&l->report, "/pool/state[%zu] is %d, but the round before has not asked for it", i,
                         c->pool_state[i]);
    else
        return true;
    return false;
}

base_status store_check_link(const store_round *parent, const store_round *child, const char *where,
                             size_t *problems)
{
    pair l = {.parent = parent, .child = child, .report = {.where = where}};
    size_t i;

    if (parent->samples != child->samples || parent->classes != child->classes) {
        store_report_add(&l.report, "is of %zu samples in %zu classes, the round before of %zu in %zu",
                         child->samples, child->classes, parent->samples, parent->classes);
        return store_report_end(&l.report, problems);
    }
    l.asked = calloc(child->samples + 1, 1);
    if (!l.asked) {
        base_log_error("%s: out of memory for %zu samples", where, child->samples);
        return BASE_ERR_MEMORY;
    }
    check_same_run(&l);
    note_queries(&l);
    for (i = 0; i < child->samples && check_sample(&l, i); i++)
        ;
    free(l.asked);
    return store_report_end(&l.report, problems);
}

base_status store_check_parent(const store_round *child, const char *parent_path, const char *where,
                               size_t *problems)
{
    store_report report = {.where = where};
    char digest[BASE_DIGEST_TEXT];
    store_round parent;
    base_status status = base_file_digest(parent_path, digest);

    if (status != BASE_OK)
        return status;
    if (strcmp(digest, child->parent_digest) != 0) {
        store_report_add(&report, "attribute parent_digest is %s, but %s has %s", child->parent_digest,
                         parent_path, digest);
        return store_report_end(&report, problems);
    }
    status = store_round_read(parent_path, &parent);
    if (status != BASE_OK)
        return status;
    status = store_check_link(&parent, child, where, problems);
    store_round_destroy(&parent);
    return status;
}
