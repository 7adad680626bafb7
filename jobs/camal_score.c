/** camal-score: any data set by any round's model. */
#include "base_config.h"
#include "base_log.h"
#include "base_options.h"
#include "base_progress.h"
#include "base_signal.h"
#include "comm_place.h"
#include "comm_watch.h"
#include "comm_world.h"
#include "round_model.h"
#include "round_score.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OVERRIDES_MAX  8
#define OVERRIDE_BYTES 128

typedef struct options {
    round_model_source source;
    round_score_options scoring;
    const char *dataset, *out;
    size_t top;
    char text[OVERRIDES_MAX][OVERRIDE_BYTES]; /* "section.key=value" */
    const char *set[OVERRIDES_MAX];           /* into text, source.sets of them */
} options;

static const char usage[] =
    "usage: camal-score --round R.h5 --dataset D.h5 --out SCORES.h5 [options]\n"
    "\n"
    "Score the samples of a data set with the model of a round.\n"
    "\n"
    "Predicted class, confidence, margin, entropy and what Grad-CAM says, as in the round's own /scores.\n"
    "The data set may be another than the model was trained on, and far larger; its labels and masks are\n"
    "not looked at. The file is the same, byte for byte, on any number of ranks.\n"
    "\n"
    "options:\n"
    "  --round R.h5           round file, such as runs/factory15/round-005.h5\n"
    "  --dataset D.h5         data set to score; its images must have the size of the network's\n"
    "  -o, --out SCORES.h5    file to write; it must not exist\n"
    "  --samples pool|all     pool: what the round left unlabelled, if D.h5 is the data set of the\n"
    "                         round's run, else all; all: every sample (default pool)\n"
    "  --trained-on T.h5      data set that the model was trained on: only for rounds of older versions,\n"
    "                         which do not hold its mean, deviation and image size, and if it is not\n"
    "                         where they say\n"
    "  --top N                print the N samples to look at first, as tab-separated values by score, what\n"
    "                         --strategy ranks by, smaller = earlier; 1..2147483647\n"
    "  --strategy random|least_confidence|margin|entropy|power_margin|cam|cam_margin|cam_consistency|\n"
    "             cam_overlap\n"
    "                         how --top ranks (default: as the run did, if it is one of these)\n"
    "  --prefer low|high      for cam and cam_margin: which activation first (default: as the run did)\n"
    "  --threads N            OpenMP threads a rank, 1..1024 (default: as the run did)\n"
    "  --dtype f32|bf16|auto  numbers of activations (default: as the run did)\n"
    "  --kernels tuned|direct\n"
    "                         not the round's kernels, but this machine's own, measured or oneDNN's first\n"
    "                         choice. Without it, and with the run's threads and dtype, scores have the\n"
    "                         bits of the round's own\n"
    "  --oversubscribe        allow more threads than cores\n"
    "  -q, --quiet            say warnings and errors only\n"
    "  -h, --help             this text\n"
    "  -V, --version          camal's version\n"
    "\n"
    "examples:\n"
    "  mpirun -n 4 camal-score --round runs/factory15/round-005.h5 --dataset line7.h5 --out line7-scores.h5\n"
    "  camal-score --round round-002.h5 --dataset factory15.h5 --out s.h5 --top 20 --strategy margin\n"
    "\n"
    "memory: rank 0 needs about 200 bytes a sample, the others 60, and 56 more for each they score;\n"
    "pixels are read in windows.\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or input, 75 interrupted by SIGTERM or SIGUSR1: nothing is\n"
    "written, and the same command starts anew\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

/* ---- the command line ---- */

static base_status override(options *o, const char *key, const char *value)
{
    size_t i = o->source.sets;
    int length = 0;

    if (i < OVERRIDES_MAX)
        length = snprintf(o->text[i], OVERRIDE_BYTES, "%s=%s", key, value);
    if (length < 1 || length >= OVERRIDE_BYTES) {
        base_log_error("%s=%s: allowed are %d settings of %d bytes", key, value, OVERRIDES_MAX,
                       OVERRIDE_BYTES - 1);
        return BASE_ERR_USAGE;
    }
    o->set[i] = o->text[i];
    o->source.sets++;
    return BASE_OK;
}

static base_status parse_samples(const char *text, bool *all)
{
    static const char *const names[] = {"pool", "all"};
    size_t which;
    base_status status = base_options_choice("--samples", text, names, 2, &which);

    if (status == BASE_OK)
        *all = which == 1;
    return status;
}

static base_status parse_top(const char *text, size_t *top)
{
    uint64_t value;
    base_status status = base_options_whole("--top", text, 1, INT32_MAX, &value);

    if (status == BASE_OK)
        *top = (size_t)value;
    return status;
}

static base_status take_option(int option, const char *value, options *o)
{
    switch (option) {
    case 'r':
        o->source.round = value;
        return BASE_OK;
    case 'd':
        o->dataset = value;
        return BASE_OK;
    case 'o':
        o->out = value;
        return BASE_OK;
    case 'n':
        o->source.trained_on = value;
        return BASE_OK;
    case 'w':
        return parse_samples(value, &o->scoring.all);
    case 't':
        return parse_top(value, &o->top);
    case 's':
        return override(o, "select.strategy", value);
    case 'p':
        return override(o, "select.prefer", value);
    case 'c':
        return override(o, "run.threads", value);
    case 'y':
        return override(o, "train.dtype", value);
    case 'k':
        o->scoring.own_kernels = true;
        return override(o, "train.kernels", value);
    case 'x':
        return override(o, "run.oversubscribe", "yes");
    case 'q':
        base_options_quiet();
        return BASE_OK;
    default: /* told already */
        return BASE_ERR_USAGE;
    }
}

static base_status parse_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {{"round", required_argument, NULL, 'r'},
                                          {"dataset", required_argument, NULL, 'd'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"samples", required_argument, NULL, 'w'},
                                          {"trained-on", required_argument, NULL, 'n'},
                                          {"top", required_argument, NULL, 't'},
                                          {"strategy", required_argument, NULL, 's'},
                                          {"prefer", required_argument, NULL, 'p'},
                                          {"threads", required_argument, NULL, 'c'},
                                          {"dtype", required_argument, NULL, 'y'},
                                          {"kernels", required_argument, NULL, 'k'},
                                          {"oversubscribe", no_argument, NULL, 'x'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int option;

    while (status == BASE_OK && (option = base_options_next(argc, argv, "o:q", known)) != -1)
        status = take_option(option, optarg, o);
    if (status != BASE_OK)
        return status;
    if (optind < argc)
        return base_options_refuse("\"%s\" is no option", argv[optind]);
    if (!o->source.round || !o->dataset || !o->out)
        return base_options_refuse("--round, --dataset and --out are needed");
    return BASE_OK;
}

/* ---- before the work: everything that can be refused ---- */

/* A place for the file, found out now and not after hours of scoring. */
static base_status check_out(const char *out)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.tmp", out);
    FILE *file;

    if (length < 0 || length >= PATH_MAX) {
        base_log_error("--out: path of %zu bytes, allowed are %d", strlen(out), PATH_MAX - 5);
        return BASE_ERR_USAGE;
    }
    if (base_file_exists(out)) {
        base_log_error("--out %s exists already: remove it, or give another name", out);
        return BASE_ERR_USAGE;
    }
    file = fopen(temporary, "wb");
    if (!file) {
        base_log_error("--out %s: cannot write there: %s", out, strerror(errno));
        return BASE_ERR_USAGE;
    }
    fclose(file);
    unlink(temporary);
    return BASE_OK;
}

static base_status check_files(const options *o)
{
    const char *const inputs[] = {o->source.round, o->dataset};
    size_t i;

    for (i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        if (base_file_exists(inputs[i]))
            continue;
        base_log_error("%s: no such file", inputs[i]);
        return BASE_ERR_NOT_FOUND;
    }
    return check_out(o->out);
}

/* ---- after the work: what was written, how to read it, what next; rank 0 ---- */

static void tell_classes(const store_scores *scores, bool active, const char *what)
{
    char text[1024];
    size_t c, used = 0, count = 0, listed = 0;

    for (c = 0; c < scores->classes; c++) {
        size_t length = strlen(scores->class_name[c]) + 2;

        if ((scores->class_active[c] == 1) != active)
            continue;
        count++;
        if (used + length >= sizeof text)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? ", " : "",
                                 scores->class_name[c]);
        listed++;
    }
    if (count > 0)
        base_log_info("%s %zu classes: %s%s", what, count, text, listed < count ? ", ..." : "");
}

static bool same_classes(const store_scores *scores, const store_table *table)
{
    size_t c;

    for (c = 0; c < scores->classes && scores->classes == table->classes; c++)
        if (strcmp(scores->class_name[c], table->class_info[c].name) != 0)
            return false;
    return scores->classes == table->classes;
}

static void summarise(const options *o, const store_scores *scores, const store_table *table, double seconds)
{
    base_log_info("%s: %zu of %zu samples of %s by round %d (%s), %.1f s, %.0f images/s", o->out,
                  scores->scores, table->samples, o->dataset, (int)scores->round, o->source.round, seconds,
                  (double)scores->scores / (seconds > 0 ? seconds : 1));
    tell_classes(scores, true, "scores are over the model's");
    tell_classes(scores, false, "never predicted, since the model was not trained on them:");
    if (!same_classes(scores, table))
        base_log_info("%s has other classes (%zu); they play no part", o->dataset, table->classes);
    base_log_info("to read it: /scores/sample are rows of %s, the other columns of /scores go with them; "
                  "Python: h5py.File(\"%s\")[\"scores/margin\"][:]",
                  o->dataset, o->out);
    base_log_info("next: camal-check %s%s", o->out,
                  o->top > 0 ? "" : "; --top N prints the samples to look at first");
}

/* The record of a sample that was scored. */
static const store_score *score_of(const store_scores *scores, int64_t sample)
{
    size_t low = 0, high = scores->scores;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (scores->score[middle].sample < sample)
            low = middle + 1;
        else
            high = middle;
    }
    return &scores->score[low];
}

static base_status print_first(const options *o, const round_model *model, const store_scores *scores,
                               const store_table *table)
{
    store_query *first = NULL;
    size_t count = 0, i;
    base_status status = round_score_first(model, scores, o->top, &first, &count);

    if (status != BASE_OK)
        return status;
    base_log_info("%zu samples to look at first, by strategy %s", count,
                  base_config_strategy_name(model->config.select.strategy));
    puts("# rank\tsample\tscore\tpredicted\tconfidence\tsecond\tmargin\tcam_activation\tannotation_id\t"
         "picture");
    for (i = 0; i < count; i++) {
        const store_score *s = score_of(scores, first[i].sample);

        printf("%zu\t%" PRId64 "\t%.6g\t%s\t%.4f\t%s\t%.4f\t%.4f\t%" PRId64 "\t%s\n", i, s->sample,
               (double)first[i].score, scores->class_name[s->predicted], (double)s->confidence,
               scores->class_name[s->second], (double)s->margin, (double)s->cam_activation,
               table->annotation_id[s->sample], store_table_picture(table, (size_t)s->sample));
    }
    free(first);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return BASE_OK;
    base_log_error("cannot write to standard output: %s", strerror(errno));
    return BASE_ERR_IO;
}

/* ---- the work ---- */

static base_status look_around(const comm_world *world, const base_config *config)
{
    comm_place place;
    base_status status =
        comm_place_find(world, config->run.threads, config->run.oversubscribe == BASE_YES, &place);

    if (status == BASE_OK && world->rank == 0)
        base_log_info("ranks %d, threads of a rank %d, nodes %d%s", world->size, config->run.threads,
                      place.nodes, place.crowded ? "; more threads than cores: slow" : "");
    return status;
}

static base_status finish(const options *o, const round_model *model, const store_table *table,
                          const store_scores *scores, double seconds)
{
    base_status status = store_scores_commit(o->out, scores);

    if (status == BASE_OK)
        summarise(o, scores, table, seconds);
    return status == BASE_OK && o->top > 0 ? print_first(o, model, scores, table) : status;
}

static base_status score_by(const options *o, const comm_world *world, const round_model *model,
                            const store_dataset *dataset)
{
    double start = base_progress_clock();
    comm_watch *watch = NULL;
    store_scores scores = {0};
    base_status status = look_around(world, &model->config);

    if (status == BASE_OK)
        status = comm_watch_start(world, model->config.run.timeout, &watch);
    if (status == BASE_OK)
        status = round_score(world, model, dataset, &o->scoring, &scores);
    if (status == BASE_OK && world->rank == 0)
        status = finish(o, model, store_dataset_table(dataset), &scores, base_progress_clock() - start);
    status = comm_agree(world, status);
    comm_watch_stop(&watch);
    store_scores_destroy(&scores);
    return status;
}

static base_status score(const options *o, const comm_world *world)
{
    store_dataset *dataset = NULL;
    round_model model = {0};
    base_status status = comm_agree(world, base_signal_catch(BASE_SIGNAL_USR1 | BASE_SIGNAL_TERM));

    if (status == BASE_OK)
        status = comm_agree(world, world->rank == 0 ? check_files(o) : BASE_OK);
    if (status == BASE_OK)
        status = comm_agree(world, store_dataset_open(o->dataset, &dataset));
    if (status == BASE_OK)
        status = comm_agree_on_file(world, o->dataset, store_dataset_table(dataset)->digest);
    if (status == BASE_OK)
        status = round_model_open(world, &o->source, o->dataset, store_dataset_table(dataset), &model);
    if (status == BASE_OK)
        status =
            comm_agree(world, o->top > 0 && world->rank == 0 ? round_score_ranks(&model.config) : BASE_OK);
    if (status == BASE_OK)
        status = score_by(o, world, &model, dataset);
    if (status == BASE_INTERRUPTED)
        base_log_info("interrupted: nothing was written; the same command starts anew");
    round_model_close(&model);
    store_dataset_close(&dataset);
    return status;
}

int main(int argc, char **argv)
{
    options o = {0};
    comm_world world;
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = comm_world_open(&argc, &argv, &world);
    if (status != BASE_OK)
        return base_status_exit_code(status);
    o.source.set = o.set;
    status = comm_agree(&world, parse_options(argc, argv, &o));
    if (status == BASE_OK)
        status = score(&o, &world);
    comm_world_close(&world);
    return base_status_exit_code(status);
}
