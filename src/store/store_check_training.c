#include "store_check.h"
#include "store_columns.h"
#include "store_report.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool is_digest(const char *text)
{
    return strspn(text, "0123456789abcdef") == BASE_DIGEST_TEXT - 1;
}

static void check_provenance(store_report *report, const store_training *t)
{
    if (t->sequence < 1 || t->round < 0 || t->step < 0)
        store_report_add(
            report, "attributes sequence, round and step are %lld, %d and %lld, expected at least 1, 0, 0",
            (long long)t->sequence, (int)t->round, (long long)t->step);
    if (t->finished != 0 && t->finished != 1)
        store_report_add(report, "attribute finished is %d, expected 0 or 1", (int)t->finished);
    if (t->version[0] == 0 || t->config[0] == 0)
        store_report_add(report, "attribute version or /config is empty");
    if (!is_digest(t->config_digest) || !is_digest(t->dataset_digest) ||
        (t->round > 0 ? !is_digest(t->parent_digest) : t->parent_digest[0] != 0))
        store_report_add(
            report,
            "attributes config_digest, dataset_digest and parent_digest are \"%.32s\", "
            "\"%.32s\" and \"%.32s\", expected hexadecimal digits (the last is empty in round 0)",
            t->config_digest, t->dataset_digest, t->parent_digest);
    if (t->start_digest[0] != 0 && !is_digest(t->start_digest))
        store_report_add(report, "attribute start_digest is \"%.32s\", expected 32 hexadecimal digits",
                         t->start_digest);
    if (t->ranks < 1 || t->threads < 1)
        store_report_add(report, "attributes ranks and threads are %d and %d, expected at least 1",
                         (int)t->ranks, (int)t->threads);
}

static void check_epochs(store_report *report, const store_training *t)
{
    size_t i;

    for (i = 0; i < t->epochs; i++)
        if (t->epoch[i].epoch != (int32_t)i || t->epoch[i].steps > t->step) {
            store_report_add(
                report, "/metrics/epoch[%zu] is epoch %d up to step %lld, expected %zu up to at most %lld", i,
                (int)t->epoch[i].epoch, (long long)t->epoch[i].steps, i, (long long)t->step);
            break;
        }
    if (t->best_epoch < -1 || t->best_epoch >= (int64_t)t->epochs)
        store_report_add(report, "/metrics attribute best_epoch is %d, expected -1 to %lld",
                         (int)t->best_epoch, (long long)t->epochs - 1);
    if (!isfinite(t->running_loss) || !isfinite(t->running_correct) || !isfinite(t->running_rate))
        store_report_add(report,
                         "/metrics attributes running_loss, running_correct and running_rate are %g, %g and "
                         "%g, expected finite numbers",
                         t->running_loss, t->running_correct, (double)t->running_rate);
}

static void check_finite(store_report *report, const char *group, const store_tensor *list, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        size_t elements = store_tensor_count(&list[i]), k = 0;

        while (k < elements && isfinite(list[i].data[k]))
            k++;
        if (k == elements)
            continue;
        store_report_add(report, "%s/%s[%zu] is %g, expected a finite number", group, list[i].name, k,
                         (double)list[i].data[k]);
        return;
    }
}

/* Have two groups the same tensors? */
static bool same_tensors(const store_tensor *a, int32_t a_count, const store_tensor *b, int32_t b_count)
{
    int32_t i;

    for (i = 0; i < a_count && a_count == b_count; i++) {
        const store_tensor *other = store_tensor_find(b, b_count, a[i].name);

        if (!other || other->rank != a[i].rank || memcmp(other->dims, a[i].dims, sizeof a[i].dims) != 0)
            return false;
    }
    return a_count == b_count;
}

base_status store_check_training(const store_training *t, const char *where, size_t *problems)
{
    store_report report = {.where = where};
    bool best = t->best_epoch >= 0;

    check_provenance(&report, t);
    check_epochs(&report, t);
    check_finite(&report, "/model", t->model, t->model_tensors);
    check_finite(&report, "/optimizer", t->optimizer, t->optimizer_tensors);
    check_finite(&report, "/best_model", t->best_model, t->best_model_tensors);
    check_finite(&report, "/best_optimizer", t->best_optimizer, t->best_optimizer_tensors);
    if (t->model_tensors < 1 || t->optimizer_tensors < 1)
        store_report_add(&report, "/model has %d tensors, /optimizer %d, expected at least 1",
                         (int)t->model_tensors, (int)t->optimizer_tensors);
    if (best ? !same_tensors(t->model, t->model_tensors, t->best_model, t->best_model_tensors) ||
                   !same_tensors(t->optimizer, t->optimizer_tensors, t->best_optimizer,
                                 t->best_optimizer_tensors)
             : t->best_model_tensors != 0 || t->best_optimizer_tensors != 0)
        store_report_add(&report, "/best_model and /best_optimizer have %d and %d tensors, expected %s",
                         (int)t->best_model_tensors, (int)t->best_optimizer_tensors,
                         best ? "those of /model and /optimizer" : "none before the first best epoch");
    return store_report_end(&report, problems);
}
