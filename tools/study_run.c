#include "study_run.h"
#include "base_file.h"
#include "base_log.h"
#include "base_progress.h"
#include "base_signal.h"
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MICROSECONDS 100000

/* A place for one task at a time. */
typedef struct place {
    pid_t process; /* 0: free */
    study_task task;
    char log[PATH_MAX];
    double begun; /* seconds */
} place;

typedef struct campaign {
    const study_file *study;
    const study_run *how;
    place *places; /* [how->jobs] */
    size_t next;   /* task to look at next */
    size_t busy, done, failed, waiting, interrupted;
    bool ending; /* a signal came */
} campaign;

bool study_run_wanted(const study_task *task, const char *only)
{
    return !only || fnmatch(only, task->name, 0) == 0;
}

/* In the child: the run's output goes to its log, and it ends if this program is killed. */
static void become(char **command, const char *log)
{
    int in = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);

    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) {
        base_log_error("%s: cannot be written: %s", log, strerror(errno));
        _exit(1);
    }
    base_signal_release();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execvp(command[0], command);
    base_log_error("%s: cannot be run: %s", command[0], strerror(errno));
    _exit(1);
}

static base_status make_log(place *at)
{
    char folder[PATH_MAX], *slash;

    if (snprintf(at->log, sizeof at->log, "%s.log", at->task.config.run.folder) >= (int)sizeof at->log) {
        base_log_error("%s.log: the path is too long", at->task.config.run.folder);
        return BASE_ERR_USAGE;
    }
    strcpy(folder, at->log);
    slash = strrchr(folder, '/'); /* there is one: FOLDER/DATASET/ARM-seedN */
    *slash = 0;
    return base_file_make_folder(folder);
}

static base_status start(campaign *c, place *at)
{
    base_status status = make_log(at);
    char **command;

    if (status != BASE_OK)
        return status;
    command = study_task_command(c->study, &at->task, c->how->launch, c->how->extra, c->how->extras);
    if (!command)
        return BASE_ERR_MEMORY;
    fflush(NULL);
    at->begun = base_progress_clock();
    at->process = fork();
    if (at->process == 0)
        become(command, at->log);
    study_task_command_free(command);
    if (at->process < 0) {
        at->process = 0;
        base_log_error("no process for %s: %s", at->task.name, strerror(errno));
        return BASE_ERR_LIBRARY;
    }
    c->busy++;
    base_log_info("task %zu, %s: begins", at->task.index, at->task.name);
    return BASE_OK;
}

/* Whether a run that has begun may still be measuring kernels. */
static bool measuring(const campaign *c)
{
    char path[PATH_MAX];
    size_t i;

    for (i = 0; i < c->how->jobs; i++)
        if (c->places[i].process && (base_file_join(c->places[i].task.config.run.folder, "kernels.plan", path,
                                                    sizeof path) != BASE_OK ||
                                     !base_file_exists(path)))
            return true;
    return false;
}

/* The next task that is not done goes to a free place, if there is one. */
static base_status start_next(campaign *c)
{
    base_status status = BASE_OK;
    size_t i = 0;

    while (i < c->how->jobs && c->places[i].process)
        i++;
    if (i == c->how->jobs || c->next == study_tasks_count(c->study) || measuring(c))
        return BASE_OK;
    status = study_task_make(c->study, c->next++, &c->places[i].task);
    if (status != BASE_OK)
        return status;
    if (study_run_wanted(&c->places[i].task, c->how->only)) {
        if (!study_task_done(&c->places[i].task)) {
            status = start(c, &c->places[i]);
            if (status == BASE_OK)
                return BASE_OK;
        } else {
            c->done++;
        }
    }
    study_task_clear(&c->places[i].task);
    return status;
}

static void tell(campaign *c, const place *at, int result)
{
    double seconds = base_progress_clock() - at->begun;
    int code = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);

    if (code == base_status_exit_code(BASE_OK)) {
        c->done++;
        base_log_info("task %zu, %s: done in %.0f s", at->task.index, at->task.name, seconds);
    } else if (code == base_status_exit_code(BASE_WAITING)) {
        c->waiting++;
        base_log_info("task %zu, %s: waits for labels", at->task.index, at->task.name);
    } else if (code == base_status_exit_code(BASE_INTERRUPTED)) {
        c->interrupted++;
        base_log_info("task %zu, %s: interrupted at a safe point", at->task.index, at->task.name);
    } else {
        c->failed++;
        base_log_error("task %zu, %s: failed after %.0f s with exit code %d; see %s", at->task.index,
                       at->task.name, seconds, code, at->log);
    }
}

static void reap(campaign *c)
{
    size_t i;
    int result;

    for (i = 0; i < c->how->jobs; i++) {
        place *at = &c->places[i];

        if (!at->process || waitpid(at->process, &result, WNOHANG) != at->process)
            continue;
        tell(c, at, result);
        study_task_clear(&at->task);
        at->process = 0;
        c->busy--;
    }
}

static void pass_on_signal(campaign *c)
{
    size_t i;

    if (c->ending || !base_signal_caught())
        return;
    c->ending = true;
    base_log_info("the runs are to keep what they have and end");
    for (i = 0; i < c->how->jobs; i++)
        if (c->places[i].process)
            kill(c->places[i].process, SIGTERM);
}

static base_status verdict(const campaign *c)
{
    base_log_info("%zu done, %zu failed, %zu interrupted, %zu waiting for labels", c->done, c->failed,
                  c->interrupted, c->waiting);
    if (c->failed > 0)
        return BASE_ERR_LIBRARY;
    if (c->ending || c->interrupted > 0)
        return BASE_INTERRUPTED;
    return c->waiting > 0 ? BASE_WAITING : BASE_OK;
}

base_status study_run_all(const study_file *study, const study_run *how)
{
    campaign c = {.study = study, .how = how, .places = calloc(how->jobs, sizeof *c.places)};
    base_status status = base_signal_catch(BASE_SIGNAL_USR1 | BASE_SIGNAL_TERM), broken = BASE_OK;

    if (!c.places) {
        base_log_error("no memory for %zu tasks at a time", how->jobs);
        return BASE_ERR_MEMORY;
    }
    while (status == BASE_OK) {
        size_t before = c.next;

        reap(&c);
        pass_on_signal(&c);
        if (!c.ending && broken == BASE_OK)
            broken = start_next(&c);
        if (c.busy == 0 && (c.ending || broken != BASE_OK || c.next == study_tasks_count(study)))
            break;
        if (c.next == before)
            usleep(LOOK_MICROSECONDS);
    }
    free(c.places);
    if (status == BASE_OK)
        status = broken;
    return status == BASE_OK ? verdict(&c) : status;
}
