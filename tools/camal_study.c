/** camal-study: the runs of a study, data sets x seeds x arms. */
#include "base_log.h"
#include "base_options.h"
#include "study_run.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 1024

static const char usage[] =
    "usage: camal-study STUDY.yaml [--only PATTERN]\n"
    "       camal-study STUDY.yaml --run [--jobs N] [--only PATTERN] [--launch COMMAND] [-- OPTION...]\n"
    "       camal-study STUDY.yaml --task K [--print] [--launch COMMAND] [-- OPTION...]\n"
    "\n"
    "Run a study: data sets by seeds by arms, each a run of camal-learn.\n"
    "\n"
    "Without an option, list the tasks with their state: waiting, round K of N, or done. All arms and data\n"
    "sets with the first seed come first. Runs go to FOLDER/DATASET/ARM-seedN; what is done is not run\n"
    "again, what was cut short goes on. On a cluster, slurm/study.sbatch runs the tasks as a job array.\n"
    "camal-compare --study STUDY.yaml compares the arms.\n"
    "\n"
    "options:\n"
    "  --run             run what is not done here; the output of a run goes to the log beside its folder\n"
    "  -j, --jobs N      runs at a time, 1..1024 (default 1)\n"
    "  --task K          become the camal-learn of task K, 0 to the number of tasks less 1\n"
    "  --print           print commands, do not run them\n"
    "  --only PATTERN    tasks whose names match, such as 'factory15/cam*-seed1'\n"
    "  --launch COMMAND  words before camal-learn, such as 'mpirun -n 2'\n"
    "  -- OPTION...      for camal-learn, after all others, such as --set run.threads=2\n"
    "  -q, --quiet       say warnings and errors only\n"
    "  -h, --help        this text\n"
    "  -V, --version     camal's version\n"
    "\n"
    "a study file:\n"
    "  study: {folder: runs/mine, seeds: 1..5}  where runs go; seeds as a range, a list or one\n"
    "  run: base.yaml        what all runs share, relative to the study file\n"
    "  datasets:             each with name, file, and what it sets\n"
    "    - {name: mine, file: mine.h5, set: {data.budget: 200}}\n"
    "  arms:                 each with name, what it sets, and what it takes away from the proposed arm\n"
    "    - {name: random, set: {select.strategy: random}}\n"
    "    - {name: cam, set: {select.strategy: cam}}\n"
    "    - {name: cam-all, without: exclusion, set: {select.strategy: cam, exclude.rule: none}}\n"
    "  compare: {default: random, proposed: cam, against: [random]}  what camal-compare compares\n"
    "\n"
    "examples:\n"
    "  camal-study jobs/studies/strategies.yaml\n"
    "  camal-study jobs/studies/strategies.yaml --run --jobs 2\n"
    "  camal-study jobs/studies/strategies.yaml --task 3 --print\n"
    "\n"
    "exit codes: 0 done, 1 failure (of a run: its log says why), 2 usage or a study that is refused,\n"
    "3 runs wait for labels, 75 interrupted by SIGTERM or SIGUSR1: the same command goes on\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

typedef struct request {
    const char *file;
    bool run, print, one;
    uint64_t task;
    study_run how;
} request;

static base_status take_option(int option, request *asked)
{
    uint64_t jobs;
    base_status status = BASE_OK;

    switch (option) {
    case 'r':
        asked->run = true;
        break;
    case 'j':
        status = base_options_whole("--jobs", optarg, 1, JOBS_MAX, &jobs);
        asked->how.jobs = status == BASE_OK ? (size_t)jobs : 1;
        break;
    case 't':
        asked->one = true;
        status = base_options_whole("--task", optarg, 0, UINT32_MAX, &asked->task);
        break;
    case 'p':
        asked->print = true;
        break;
    case 'o':
        asked->how.only = optarg;
        break;
    case 'l':
        asked->how.launch = optarg;
        break;
    case 'q':
        base_options_quiet();
        break;
    default: /* told already */
        status = BASE_ERR_USAGE;
    }
    return status;
}

/* What stands behind "--" is camal-learn's. */
static int find_end(int argc, char **argv)
{
    int i = 1;

    while (i < argc && strcmp(argv[i], "--") != 0)
        i++;
    return i;
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {
        {"run", no_argument, NULL, 'r'},        {"jobs", required_argument, NULL, 'j'},
        {"task", required_argument, NULL, 't'}, {"print", no_argument, NULL, 'p'},
        {"only", required_argument, NULL, 'o'}, {"launch", required_argument, NULL, 'l'},
        {"quiet", no_argument, NULL, 'q'},      {NULL, 0, NULL, 0}};
    int end = find_end(argc, argv), option;
    base_status status = BASE_OK;

    while (status == BASE_OK && (option = base_options_next(end, argv, "j:q", known)) != -1)
        status = take_option(option, asked);
    if (status != BASE_OK)
        return status;
    if (optind + 1 != end)
        return base_options_refuse("one STUDY.yaml is needed, %d given", end - optind);
    if (asked->run && (asked->one || asked->print))
        return base_options_refuse("--run goes neither with --task nor with --print");
    asked->file = argv[optind];
    asked->how.extra = argv + end + (end < argc);
    asked->how.extras = (size_t)(argc - end - (end < argc));
    return BASE_OK;
}

static base_status print_command(const study_file *study, const study_task *task, const study_run *how)
{
    char **command = study_task_command(study, task, how->launch, how->extra, how->extras);

    if (!command)
        return BASE_ERR_MEMORY;
    study_task_print(command, stdout);
    study_task_command_free(command);
    return BASE_OK;
}

/* Become camal-learn: its signals and its exit code are then those of this process. */
static base_status become(const study_file *study, const study_task *task, const study_run *how)
{
    char **command = study_task_command(study, task, how->launch, how->extra, how->extras);

    if (!command)
        return BASE_ERR_MEMORY;
    execvp(command[0], command);
    base_log_error("%s: cannot be run: %s", command[0], strerror(errno));
    study_task_command_free(command);
    return BASE_ERR_LIBRARY;
}

static base_status one_task(const study_file *study, const request *asked)
{
    study_task task;
    base_status status;

    if (asked->task >= study_tasks_count(study))
        return base_options_refuse("--task %llu: %s has tasks 0 to %zu", (unsigned long long)asked->task,
                                   asked->file, study_tasks_count(study) - 1);
    status = study_task_make(study, (size_t)asked->task, &task);
    if (status != BASE_OK)
        return status;
    status = asked->print ? print_command(study, &task, &asked->how) : become(study, &task, &asked->how);
    study_task_clear(&task);
    return status;
}

/* Numbers of tasks as sbatch --array takes them: 0-3,7. */
typedef struct ranges {
    size_t first, last; /* of the range that is open; first > last: none */
    char text[4096];
} ranges;

static void end_range(ranges *open)
{
    size_t used = strlen(open->text);

    if (open->first > open->last)
        return;
    snprintf(open->text + used, sizeof open->text - used, open->last > open->first ? "%s%zu-%zu" : "%s%zu",
             used ? "," : "", open->first, open->last);
    open->first = 1;
    open->last = 0;
}

static void add_to_range(ranges *open, size_t number)
{
    if (open->first > open->last || number != open->last + 1) {
        end_range(open);
        open->first = number;
    }
    open->last = number;
}

static base_status list_task(const study_file *study, const study_task *task, const request *asked)
{
    char text[64];

    if (asked->print)
        return print_command(study, task, &asked->how);
    study_task_state(task, text, sizeof text);
    printf("%4zu  %-40s  %s\n", task->index, task->name, text);
    return BASE_OK;
}

static base_status list(const study_file *study, const request *asked)
{
    size_t count = study_tasks_count(study), done = 0, wanted = 0, i;
    ranges open = {1, 0, ""};
    base_status status = BASE_OK;
    study_task task;

    for (i = 0; i < count && status == BASE_OK; i++) {
        status = study_task_make(study, i, &task);
        if (status != BASE_OK)
            return status;
        if (study_run_wanted(&task, asked->how.only)) {
            status = list_task(study, &task, asked);
            wanted++;
            if (study_task_done(&task))
                done++;
            else
                add_to_range(&open, i);
        }
        study_task_clear(&task);
    }
    if (status != BASE_OK || asked->print)
        return status;
    end_range(&open);
    printf("%zu tasks, %zu done%s%s\n", wanted, done, open.text[0] ? "; not done: " : "", open.text);
    return BASE_OK;
}

static base_status study(const request *asked)
{
    study_file file;
    base_status status = study_file_read(asked->file, &file);

    if (status != BASE_OK)
        return status;
    if (asked->one)
        status = one_task(&file, asked);
    else
        status = asked->run ? study_run_all(&file, &asked->how) : list(&file, asked);
    study_file_clear(&file);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        base_log_error("cannot write to standard output: %s", strerror(errno));
        return BASE_ERR_IO;
    }
    return status;
}

int main(int argc, char **argv)
{
    request asked = {.how = {.jobs = 1}};
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = parse(argc, argv, &asked);
    if (status == BASE_OK)
        status = study(&asked);
    return base_status_exit_code(status);
}
