#include "round_folder.h"
#include "base_log.h"
#include "round_history.h"
#include "round_start.h"
#include "store_training.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAN_FILE "kernels.plan"

/* Open and lock; a file that was removed by the job that held it (round_folder_release()) does not count. */
static base_status lock_file(const char *folder, const char *path, int *lock)
{
    struct stat held, named;
    base_status status;
    bool mine;
    int fd = -1;

    do {
        if (fd >= 0)
            close(fd);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0) {
            base_log_error("%s: cannot open: %s", path, strerror(errno));
            return BASE_ERR_IO;
        }
        status = base_file_lock(fd, path, &mine);
        if (status == BASE_OK && !mine) {
            base_log_error("%s: another job works on this run folder; wait for it, or use another run.folder",
                           folder);
            status = BASE_ERR_USAGE;
        }
        if (status != BASE_OK) {
            close(fd);
            return status;
        }
    } while (fstat(fd, &held) != 0 || stat(path, &named) != 0 || held.st_ino != named.st_ino);
    *lock = fd;
    return BASE_OK;
}

base_status round_folder_hold(const char *folder, int *lock)
{
    char path[PATH_MAX];
    base_status status = base_file_make_folder(folder);

    if (status == BASE_OK)
        status = base_file_join(folder, "lock", path, sizeof path);
    return status == BASE_OK ? lock_file(folder, path, lock) : status;
}

void round_folder_release(const char *folder, int lock)
{
    char path[PATH_MAX];

    if (lock < 0)
        return;
    if (base_file_join(folder, "run.yaml", path, sizeof path) == BASE_OK && !base_file_exists(path) &&
        base_file_join(folder, "lock", path, sizeof path) == BASE_OK) {
        unlink(path);  /* a run that never began leaves nothing behind */
        rmdir(folder); /* fails, as it should, where other files are in it */
    }
    close(lock);
}

/* A configuration's text with what may differ between continuations made equal. */
static base_status comparable_text(const base_config *config, char **text)
{
    base_config copy, standard;
    base_status status = base_config_copy(config, &copy);
    size_t size;

    if (status != BASE_OK)
        return status;
    status = base_config_defaults(&standard);
    if (status == BASE_OK) {
        copy.run.folder[0] = 0;
        copy.run.rounds = 0;
        copy.run.checkpoint = standard.run.checkpoint;
        copy.run.signals = standard.run.signals;
        copy.run.verify = standard.run.verify;
        copy.run.timeout = standard.run.timeout;
        copy.run.oversubscribe = standard.run.oversubscribe;
        copy.stop = standard.stop;
        status = base_config_write(&copy, text, &size);
        base_config_clear(&standard);
    }
    base_config_clear(&copy);
    return status;
}

base_status round_folder_config_digest(const base_config *config, char digest[BASE_DIGEST_TEXT])
{
    char *text = NULL;
    base_status status = comparable_text(config, &text);

    if (status == BASE_OK)
        base_file_digest_bytes(text, strlen(text), digest);
    free(text);
    return status;
}

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

/* Log the first line in which two texts differ. */
static base_status compare_texts(const char *stored, const char *given, const char *path)
{
    while (*stored && *given) {
        size_t old = line_length(stored), new = line_length(given);

        if (old != new || memcmp(stored, given, old) != 0) {
            base_log_error(
                "%s was made with \"%.*s\", the configuration says \"%.*s\": a run keeps its settings; "
                "branch with --from-round N --run NEW to change them",
                path, (int)old, stored, (int)new, given);
            return BASE_ERR_USAGE;
        }
        stored += old + (stored[old] != 0);
        given += new + (given[new] != 0);
    }
    return BASE_OK;
}

base_status round_folder_check(const base_config *config)
{
    char path[PATH_MAX], *given = NULL, *stored = NULL;
    base_config old = {0};
    base_status status = base_file_join(config->run.folder, "run.yaml", path, sizeof path);

    if (status != BASE_OK || !base_file_exists(path))
        return status;
    status = base_config_defaults(&old);
    if (status == BASE_OK)
        status = base_config_read(&old, path);
    if (status == BASE_OK)
        status = comparable_text(&old, &stored);
    if (status == BASE_OK)
        status = comparable_text(config, &given);
    if (status == BASE_OK)
        status = compare_texts(stored, given, path);
    free(stored);
    free(given);
    base_config_clear(&old);
    return status;
}

/* A round's bytes, checked by reading them as a round first. */
static base_status copy_round(const char *from, const char *folder, int32_t index)
{
    char source[PATH_MAX], target[PATH_MAX], *bytes = NULL;
    store_round round;
    size_t size;
    base_status status = store_round_path(from, index, source, sizeof source);

    if (status == BASE_OK)
        status = store_round_path(folder, index, target, sizeof target);
    if (status == BASE_OK)
        status = store_round_read(source, &round);
    if (status != BASE_OK)
        return status;
    store_round_destroy(&round);
    status = base_file_read(source, &bytes, &size);
    if (status == BASE_OK)
        status = base_file_write(target, bytes, size);
    free(bytes);
    return status;
}

base_status round_folder_branch(const char *from, int32_t last, const char *folder)
{
    char path[PATH_MAX], wanted[PATH_MAX];
    base_status status = store_round_path(folder, 0, path, sizeof path);
    int32_t index, newest = -1;

    if (status == BASE_OK)
        status = store_round_path(from, last, wanted, sizeof wanted);
    if (status != BASE_OK)
        return status;
    if (base_file_exists(path)) {
        base_log_info("%s already holds rounds: going on with them", folder);
        return BASE_OK;
    }
    if (!base_file_exists(wanted)) {
        base_log_error("--from-round %" PRId32 ": there is no %s", last, wanted);
        return BASE_ERR_NOT_FOUND;
    }
    status = store_round_newest(folder, &newest);
    if (status == BASE_OK && newest > last) {
        base_log_error(
            "--from-round %" PRId32 ": %s holds round %" PRId32
            " of a branch from a later round, which was interrupted: remove it, or give another --run",
            last, folder, newest);
        return BASE_ERR_USAGE;
    }
    for (index = last; status == BASE_OK && index >= 0; index--) /* round 0 last: it marks a complete copy */
        status = copy_round(from, folder, index);
    return status;
}

base_status round_folder_plan(const char *folder, char *source, char **text, bool *binding)
{
    base_status status = base_file_join(folder, PLAN_FILE, source, PATH_MAX);
    store_round round;
    int32_t newest;
    size_t size;

    *text = NULL;
    if (status != BASE_OK)
        return status;
    *binding = base_file_exists(source);
    if (*binding)
        return base_file_read(source, text, &size);
    status = store_round_newest(folder, &newest);
    if (status != BASE_OK || newest < 0)
        return status;
    status = store_round_path(folder, newest, source, PATH_MAX);
    if (status == BASE_OK)
        status = store_round_read(source, &round);
    if (status != BASE_OK)
        return status;
    *text = round.plan;
    round.plan = NULL;
    store_round_destroy(&round);
    return BASE_OK;
}

/* A run keeps the plan of its first start. */
static base_status keep_plan(const char *folder, const char *text)
{
    char path[PATH_MAX];
    base_status status = base_file_join(folder, PLAN_FILE, path, sizeof path);

    if (status != BASE_OK || base_file_exists(path))
        return status;
    return base_file_write(path, text, strlen(text));
}

static base_status write_configuration(const round_job *job)
{
    char path[PATH_MAX], *text = NULL;
    size_t size;
    base_status status = base_file_join(job->folder, "run.yaml", path, sizeof path);

    if (status == BASE_OK)
        status = base_config_write(job->config, &text, &size);
    if (status == BASE_OK)
        status = base_file_write(path, text, size);
    free(text);
    return status;
}

/* The state before round 0. Rank 0. */
static base_status begin(round_job *job, round_state *state)
{
    base_status status = round_state_begin(state, job->config, job->answers);

    return status == BASE_OK ? round_start(job, state) : status;
}

/* Answers that were missing when the round was committed. */
static base_status collect_answers(round_job *job, round_state *state, store_round *round)
{
    const oracle_round asked = {round->index, round->class_state, round->score, round->scores};
    size_t i, waiting = 0;
    base_status status;

    for (i = 0; i < round->queries; i++)
        waiting += round->query[i].answer == STORE_LABEL_UNKNOWN;
    if (waiting == 0)
        return BASE_OK;
    status =
        oracle_collect(job->answers, &asked, round->query, round->queries, &state->answer, &state->answers);
    if (status == BASE_OK)
        base_log_info("round %" PRId32 ": %zu of %zu samples asked for are labelled", round->index,
                      round_state_label(state, round->query, round->queries, job->config), round->queries);
    return status;
}

/* A run that was at its end and is to go on: its last round chose nothing, and cannot choose any more. */
static void warn_of_no_labels(const round_job *job, const round_state *state, const store_round *round,
                              const char *path)
{
    if (state->stopped || state->next > job->config->run.rounds || round->queries > 0 ||
        round_state_count(state, STORE_POOL_UNLABELLED) == 0)
        return;
    base_log_warn("%s asked for no labels, as the last round of a run does not: round %" PRId32
                  " learns from the same ones; for labels from there on, branch before it (--from-round) or "
                  "begin anew",
                  path, state->next);
}

/* The state after round `newest`. Rank 0. */
static base_status read_round(round_job *job, round_state *state, int32_t newest)
{
    char path[PATH_MAX], digest[BASE_DIGEST_TEXT];
    store_round round;
    base_status status = store_round_path(job->folder, newest, path, sizeof path);

    if (status == BASE_OK)
        status = base_file_digest(path, digest);
    if (status == BASE_OK)
        status = store_round_read(path, &round);
    if (status != BASE_OK)
        return status;
    if (strcmp(round.dataset_digest, job->table->digest) != 0) {
        base_log_error("%s was made from the data set %s, %s is %s: give the run its own data set again",
                       path, round.dataset_digest, job->config->data.dataset, job->table->digest);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = round_state_resume(state, &round, digest);
    if (status == BASE_OK)
        status = round_history_read(job->folder, &round, job->config, state);
    if (status == BASE_OK && !state->stopped)
        base_log_info("going on after %s", path);
    if (status == BASE_OK)
        warn_of_no_labels(job, state, &round, path);
    if (status == BASE_OK)
        status = collect_answers(job, state, &round);
    store_round_destroy(&round);
    return status;
}

base_status round_folder_resume(round_job *job, round_state *state)
{
    base_status status = BASE_OK;

    if (job->world->rank == 0) {
        int32_t newest = -1;

        status = store_round_newest(job->folder, &newest);
        if (status == BASE_OK)
            status = newest < 0 ? begin(job, state) : read_round(job, state, newest);
        if (status == BASE_OK)
            status = write_configuration(job);
        if (status == BASE_OK)
            status = keep_plan(job->folder, job->plan);
        /* Killed between the last round's commit and the removal of its checkpoints. */
        if (status == BASE_OK && (state->stopped || state->next > job->config->run.rounds))
            status = store_training_remove(job->folder);
    }
    status = comm_agree(job->world, status);
    if (status == BASE_OK)
        round_state_broadcast(state, job->world);
    return status;
}
