#include "camal_label_run.h"
#include "base_file.h"
#include "base_log.h"
#include "oracle_time.h"
#include "store_round.h"
#include "store_training.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- which round ---- */

/* Number of round-NNN.json, -1 for other names. */
static int32_t number_of(const char *name)
{
    char expected[64], *end;
    long number;

    if (strncmp(name, "round-", 6) != 0)
        return -1;
    number = strtol(name + 6, &end, 10);
    if (number < 0 || number > INT32_MAX)
        return -1;
    snprintf(expected, sizeof expected, "round-%03ld.json", number);
    return strcmp(name, expected) == 0 ? (int32_t)number : -1;
}

static base_status find_newest(const char *folder, int32_t *round)
{
    const struct dirent *entry;
    char path[PATH_MAX];
    base_status status = base_file_join(folder, "queries", path, sizeof path);
    int32_t newest = -1;
    DIR *dir;

    if (status != BASE_OK)
        return status;
    dir = opendir(path);
    if (!dir) {
        base_log_error("%s: %s; expected the folder of a run that has asked people (oracle.kind: people)",
                       path, strerror(errno));
        return BASE_ERR_NOT_FOUND;
    }
    while ((entry = readdir(dir)))
        newest = number_of(entry->d_name) > newest ? number_of(entry->d_name) : newest;
    closedir(dir);
    if (newest < 0) {
        base_log_error("%s: no round-NNN.json in it: the run has not asked people yet", path);
        return BASE_ERR_NOT_FOUND;
    }
    *round = newest;
    return BASE_OK;
}

base_status label_run_open(const char *folder, int32_t round, label_run *run)
{
    char path[PATH_MAX];
    base_status status = BASE_OK;

    *run = (label_run){.folder = folder, .lock = -1};
    if (round < 0)
        status = find_newest(folder, &round);
    if (status == BASE_OK)
        status = oracle_queries_path(folder, round, "json", path);
    if (status == BASE_OK)
        status = oracle_queries_path(folder, round, "labels.json", run->labels_path);
    if (status == BASE_OK)
        status = oracle_queries_path(folder, round, "new.json", run->boxes_path);
    if (status == BASE_OK)
        status = oracle_queries_read(path, &run->queries);
    if (status == BASE_OK && run->queries.round != round) {
        base_log_error("%s: is of round %" PRId32 ", expected %" PRId32 " as its name says", path,
                       run->queries.round, round);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = oracle_labels_read(run->labels_path, &run->queries, &run->labels);
    return status == BASE_OK ? oracle_boxes_read(run->boxes_path, &run->queries, &run->boxes) : status;
}

void label_run_close(label_run *run)
{
    if (run->lock >= 0)
        close(run->lock);
    run->lock = -1;
    oracle_boxes_destroy(&run->boxes);
    oracle_labels_destroy(&run->labels);
    oracle_queries_destroy(&run->queries);
}

/* ---- may they still change? ---- */

static base_status hold(label_run *run)
{
    char path[PATH_MAX];
    base_status status = base_file_join(run->folder, "lock", path, sizeof path);
    bool mine;

    if (status != BASE_OK)
        return status;
    run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (run->lock < 0) {
        base_log_error("%s: cannot open: %s", path, strerror(errno));
        return BASE_ERR_IO;
    }
    status = base_file_lock(run->lock, path, &mine);
    if (status != BASE_OK || mine)
        return status;
    base_log_error("%s: camal-learn or another camal-label works on this run; wait for it", run->folder);
    return BASE_ERR_USAGE;
}

/* Is there a checkpoint of a round after that of the queries? Those of earlier ones, which a job that was
 * killed as it committed leaves behind, do not count. @param path  the checkpoint's */
static base_status find_checkpoint(const label_run *run, char path[PATH_MAX], bool *found)
{
    store_training training;
    int file;

    for (file = 0; file < STORE_TRAINING_FILES && !*found; file++) {
        base_status status = store_training_path(run->folder, file, path, PATH_MAX);

        if (status == BASE_OK && !base_file_exists(path))
            continue;
        if (status == BASE_OK)
            status = store_training_read(path, &training);
        if (status == BASE_ERR_INPUT)
            continue; /* damaged: camal-learn does not go on from it either */
        if (status != BASE_OK)
            return status;
        *found = training.round > run->queries.round;
        store_training_destroy(&training);
    }
    return BASE_OK;
}

/* A round that learns from the labels: committed, or with a checkpoint. */
static base_status check_unused(const label_run *run)
{
    char path[PATH_MAX];
    base_status status = store_round_path(run->folder, run->queries.round + 1, path, sizeof path);
    bool used = status == BASE_OK && base_file_exists(path);

    if (status == BASE_OK && !used)
        status = find_checkpoint(run, path, &used);
    if (status != BASE_OK || !used)
        return status;
    base_log_error("the labels of round %" PRId32 " are in use: %s was trained with them, and they cannot "
                   "change any more; branch with camal-learn --from-round %" PRId32 " --run NEW",
                   run->queries.round, path, run->queries.round);
    return BASE_ERR_USAGE;
}

base_status label_run_claim(label_run *run)
{
    base_status status = hold(run);

    return status == BASE_OK ? check_unused(run) : status;
}

base_status label_run_save(const label_run *run)
{
    base_status status = BASE_OK;

    if (run->boxes.count > 0)
        status = oracle_boxes_write(run->boxes_path, &run->queries, &run->boxes);
    return status == BASE_OK ? oracle_labels_write(run->labels_path, &run->queries, &run->labels) : status;
}

size_t label_run_asked(const label_run *run, bool all, uint8_t *asked)
{
    size_t count = 0, i;

    for (i = 0; i < run->queries.count; i++) {
        asked[i] = all || oracle_labels_settle(&run->labels, i).kind <= ORACLE_CONFLICTING;
        count += asked[i];
    }
    return count;
}

/* ---- what there is to say ---- */

typedef struct tally {
    size_t answered, doubted, conflicting, unanswered;
    size_t repeated, agreed; /* samples that several people answered; that they agree on */
} tally;

/* All answers to a sample on which people differ. */
static void print_dispute(const label_run *run, size_t query, const oracle_outcome *o)
{
    const oracle_query *asked = &run->queries.query[query];
    char at[STORE_TIME_MAX];
    size_t i;

    if (o->kind == ORACLE_CONFLICTING)
        printf("conflict: %" PRId64 " in %s:", asked->id, run->queries.picture[asked->picture].name);
    else
        printf("settled by %s: %" PRId64 " in %s is %s:", oracle_conflict_names[run->labels.conflict],
               asked->id, run->queries.picture[asked->picture].name,
               oracle_labels_name(&run->queries, o->label->answer));
    for (i = 0; i < o->answers; i++) {
        oracle_time_write(o->answer[i].at, at);
        printf("%s %s by %s (%s)", i ? "," : "", oracle_labels_name(&run->queries, o->answer[i].answer),
               o->answer[i].by, at);
    }
    putchar('\n');
}

/* Do all who answered say the same, doubts too? */
static bool all_agree(const oracle_outcome *o)
{
    size_t i = 1;

    while (i < o->answers && o->answer[i].answer == o->answer[0].answer)
        i++;
    return i >= o->answers;
}

static tally count_and_print_disputes(const label_run *run)
{
    tally t = {0};
    size_t i;

    for (i = 0; i < run->queries.count; i++) {
        oracle_outcome o = oracle_labels_settle(&run->labels, i);

        t.answered += o.kind == ORACLE_ANSWERED;
        t.doubted += o.kind == ORACLE_DOUBTED;
        t.conflicting += o.kind == ORACLE_CONFLICTING;
        t.unanswered += o.kind == ORACLE_UNANSWERED;
        t.repeated += o.people > 1;
        t.agreed += o.people > 1 && all_agree(&o);
        if (o.disputed)
            print_dispute(run, i, &o);
    }
    return t;
}

base_status label_run_report(const label_run *run)
{
    tally t = count_and_print_disputes(run);
    size_t open = t.conflicting + t.unanswered;

    printf("round %" PRId32 ": %zu samples asked for: %zu answered, %zu could not be told, %zu open",
           run->queries.round, run->queries.count, t.answered, t.doubted, open);
    if (t.conflicting > 0)
        printf(" (%zu of them in conflict)", t.conflicting);
    putchar('\n');
    if (t.repeated > 0)
        printf("answered by two or more people: %zu samples; they agree on %zu (%.0f %%)\n", t.repeated,
               t.agreed, 100.0 * (double)t.agreed / (double)t.repeated);
    if (run->boxes.count > 0)
        printf("boxes and outlines kept for camal-ingest: %zu, in %s\n", run->boxes.count, run->boxes_path);
    if (open == 0)
        printf("next: start camal-learn again\n");
    else if (run->labels.finished)
        printf("next: start camal-learn again; the %zu open ones stay in the pool, as --finish said\n", open);
    else
        printf("next: label the rest%s and give the export to camal-label %s FILE, or do without: "
               "camal-label %s "
               "--finish\n",
               t.conflicting ? ", settle the conflicts (by new answers, or --conflict newest or majority)"
                             : "",
               run->folder, run->folder);
    if (fflush(stdout) != 0) {
        base_log_error("cannot write to standard output: %s", strerror(errno));
        return BASE_ERR_IO;
    }
    return open == 0 || run->labels.finished ? BASE_OK : BASE_WAITING;
}
