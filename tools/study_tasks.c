#include "study_tasks.h"
#include "base_file.h"
#include "base_log.h"
#include "camal_rounds.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t study_tasks_count(const study_file *study)
{
    return study->dataset_count * study->arm_count * study->seed_count;
}

/* The newest round of a folder that may not be there yet. */
static base_status find_newest(const char *folder, int32_t *newest)
{
    char path[PATH_MAX];
    int32_t *indices;
    size_t count;
    base_status status = store_round_path(folder, 0, path, sizeof path);

    *newest = -1;
    if (status != BASE_OK || !base_file_exists(path))
        return status;
    status = camal_rounds_list(folder, &indices, &count);
    if (status != BASE_OK)
        return status;
    *newest = indices[count - 1];
    free(indices);
    return BASE_OK;
}

/* Whether the last line of the run's events says that a rule of stop ended it: "done" with another
 * reason than the budget. */
static base_status find_stop(const char *folder, bool *stopped)
{
    char path[PATH_MAX], *text, *last;
    base_status status = base_file_join(folder, "events.jsonl", path, sizeof path);
    size_t size;

    *stopped = false;
    if (status != BASE_OK || !base_file_exists(path))
        return status;
    status = base_file_read(path, &text, &size);
    if (status != BASE_OK)
        return status;
    while (size > 0 && text[size - 1] == '\n')
        text[--size] = 0;
    last = strrchr(text, '\n');
    last = last ? last + 1 : text;
    *stopped = strstr(last, "\"event\":\"done\"") && strstr(last, "\"reason\":\"") &&
               !strstr(last, "\"reason\":\"budget");
    free(text);
    return BASE_OK;
}

base_status study_task_make(const study_file *study, size_t index, study_task *task)
{
    size_t arms = study->arm_count, datasets = study->dataset_count;
    study_task made = {.index = index,
                       .arm = index % arms,
                       .dataset = index / arms % datasets,
                       .seed = study->seeds[index / arms / datasets]};
    base_status status = study_file_config(study, made.dataset, made.arm, made.seed, &made.config);

    if (status != BASE_OK)
        return status;
    snprintf(made.name, sizeof made.name, "%s/%s-seed%" PRIu64, study->datasets[made.dataset].name,
             study->arms[made.arm].name, made.seed);
    status = find_newest(made.config.run.folder, &made.newest);
    if (status == BASE_OK)
        status = find_stop(made.config.run.folder, &made.stopped);
    if (status == BASE_OK)
        *task = made;
    else
        study_task_clear(&made);
    return status;
}

void study_task_clear(study_task *task)
{
    base_config_clear(&task->config);
}

bool study_task_done(const study_task *task)
{
    return task->newest >= task->config.run.rounds || (task->stopped && task->newest >= 0);
}

void study_task_state(const study_task *task, char *text, size_t size)
{
    if (task->stopped && study_task_done(task))
        snprintf(text, size, "done, stopped in round %" PRId32, task->newest);
    else if (study_task_done(task))
        snprintf(text, size, "done");
    else if (task->newest < 0)
        snprintf(text, size, "waiting");
    else
        snprintf(text, size, "round %" PRId32 " of %" PRId32, task->newest, task->config.run.rounds);
}

/* ---- the command ---- */

typedef struct words {
    char **word;
    size_t count, space;
    bool failed;
} words;

/* Takes `text` over; NULL is a failure. */
static void add(words *list, char *text)
{
    if (list->count + 2 > list->space) {
        size_t space = list->space ? 2 * list->space : 32;
        char **more = realloc(list->word, space * sizeof *more);

        if (!more) {
            list->failed = true;
            free(text);
            return;
        }
        list->word = more;
        list->space = space;
    }
    list->failed = list->failed || !text;
    list->word[list->count] = text;
    list->count += text != NULL;
    list->word[list->count] = NULL;
}

static void add_option(words *list, const char *option, const char *value)
{
    add(list, strdup(option));
    add(list, strdup(value));
}

static void add_launch(words *list, const char *launch)
{
    while (launch && *(launch += strspn(launch, " "))) {
        size_t length = strcspn(launch, " ");

        add(list, strndup(launch, length));
        launch += length;
    }
}

/* camal-learn beside this program; else by the PATH. */
static char *find_learn(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "camal-learn");
    char *slash;

    if (length > 0) {
        path[length] = 0;
        slash = strrchr(path, '/');
        if (slash) {
            strcpy(slash + 1, "camal-learn");
            if (access(path, X_OK) == 0)
                return strdup(path);
        }
    }
    return strdup("camal-learn");
}

char **study_task_command(const study_file *study, const study_task *task, const char *launch,
                          char *const *extra, size_t extras)
{
    const study_entry *part[] = {&study->datasets[task->dataset], &study->arms[task->arm]};
    words list = {0};
    char seed[40];
    size_t p, i;

    add_launch(&list, launch);
    add(&list, find_learn());
    add(&list, strdup(study->run));
    for (p = 0; p < sizeof part / sizeof *part; p++)
        for (i = 0; i < part[p]->sets; i++)
            add_option(&list, "--set", part[p]->set[i].text);
    snprintf(seed, sizeof seed, "run.seed=%" PRIu64, task->seed);
    add_option(&list, "--set", seed);
    add_option(&list, "--dataset", task->config.data.dataset);
    add_option(&list, "--run", task->config.run.folder);
    for (i = 0; i < extras; i++)
        add(&list, strdup(extra[i]));
    if (!list.failed)
        return list.word;
    base_log_error("no memory for the command of task %zu", task->index);
    study_task_command_free(list.word);
    return NULL;
}

void study_task_command_free(char **command)
{
    char **word;

    for (word = command; word && *word; word++)
        free(*word);
    free(command);
}

void study_task_print(char *const *command, FILE *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
    const char *c;
    size_t i;

    for (i = 0; command[i]; i++) {
        fputs(i ? " " : "", out);
        if (command[i][0] && !command[i][strspn(command[i], plain)]) {
            fputs(command[i], out);
            continue;
        }
        putc('\'', out);
        for (c = command[i]; *c; c++)
            fputs(*c == '\'' ? "'\\''" : (char[]){*c, 0}, out);
        putc('\'', out);
    }
    putc('\n', out);
}
