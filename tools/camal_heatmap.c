/** camal-heatmap: what the model of a round looked at, as pictures. */
#include "base_file.h"
#include "base_log.h"
#include "base_options.h"
#include "camal_heatmap_write.h"
#include "camal_rounds.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FACTOR 64

static const char usage[] =
    "usage: camal-heatmap ROUND.h5 --dataset D.h5 -o DIR [options]\n"
    "\n"
    "Draw Grad-CAM heat maps of samples: what the model of a round looked at.\n"
    "\n"
    "Each sample is shown plain and, beside it, under its heat map; where its mask is known, the mask's\n"
    "edge is drawn around it in white. Heat runs from dark violet to pale yellow, lighter the hotter: it\n"
    "reads the same in gray. Labels and masks of samples that are in the pool, where nobody has answered\n"
    "yet, are not shown, nor read.\n"
    "\n"
    "options:\n"
    "  --dataset D.h5         the data set that the round's run names\n"
    "  -o, --out DIR          folder to write to; made if it is not there, else it must be empty\n"
    "  --samples LIST         these rows of the data set, such as 3,17,40-49\n"
    "  --class NAME           validation and test samples of a class\n"
    "  --worst N              the N validation and test samples with the largest loss, 1..1000000; if no\n"
    "                         samples are asked for, the worst 30 are shown\n"
    "  --by loss|energy       for --worst; energy: of those that are right the ones with the least heat in\n"
    "                         their mask, right for the wrong reason (default loss)\n"
    "  --queries              the samples that the round chose to be labelled, in their order\n"
    "  --most N               no more than N samples, 1..1000000\n"
    "  --of predicted|label|CLASS\n"
    "                         whose heat map: that of the predicted class, of the label where it is known\n"
    "                         (else of the predicted class), or of a class by name (default predicted)\n"
    "  --scale N              enlarge single pictures N times, 1..64 (default: to about 256 pixels)\n"
    "  --npy                  raw maps too: maps.npy, f32 [samples,h,w] in the order of index.csv\n"
    "  --kernels round|direct\n"
    "                         round: the kernels that the round's scores were made with, where this\n"
    "                         machine has them; direct: oneDNN's first choice in f32 (default round)\n"
    "  --threads N            OpenMP threads, 1..1024 (default: as the run, at most the processors here)\n"
    "  -q, --quiet            say warnings and errors only\n"
    "  -h, --help             this text\n"
    "  -V, --version          camal's version\n"
    "\n"
    "output: sample-NNNNNNN-CLASS.png for each sample, NNNNNNN its row and CLASS the class of the map;\n"
    "sheet-NN.png with 30 samples each, under each its row, confidence, predicted class and label; "
    "index.csv,\n"
    "one line a sample: place in the sheets, file, set, label, predicted class, confidence, class of the "
    "map\n"
    "and its probability, energy (share of the label's map in the mask, as the round measured it),\n"
    "activation (as scored), largest value and sum of the raw map, COCO annotation. index.csv is written\n"
    "last: where it is, all is.\n"
    "\n"
    "examples:\n"
    "  camal-heatmap runs/factory15/round-005.h5 --dataset factory15.h5 -o worst\n"
    "  camal-heatmap round-002.h5 --dataset factory15.h5 --queries -o asked\n"
    "  camal-heatmap round-005.h5 --dataset factory15.h5 --class crack --of label --npy -o crack\n"
    "  camal-heatmap round-005.h5 --dataset factory15.h5 --worst 60 --by energy -o wrong-reason\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or input\n";

typedef struct request {
    const char *round, *dataset, *out, *of;
    heatmap_wish wish;
    size_t kinds; /* of choice that were asked for */
    bool npy, direct;
    int32_t factor, threads;
} request;

static void help(FILE *out)
{
    fputs(usage, out);
}

/* ---- the command line ---- */

static base_status take_number(const char *option, const char *text, uint64_t most, uint64_t *value)
{
    return base_options_whole(option, text, 1, most, value);
}

static base_status take_kind(request *asked, heatmap_kind kind)
{
    asked->wish.kind = kind;
    asked->kinds++;
    return BASE_OK;
}

static base_status take_word(int option, const char *text, request *asked)
{
    static const char *const measures[] = {"loss", "energy"}, *const kernels[] = {"round", "direct"};
    size_t index = 0;
    base_status status = option == 'b' ? base_options_choice("--by", text, measures, 2, &index)
                                       : base_options_choice("--kernels", text, kernels, 2, &index);

    if (option == 'b')
        asked->wish.measure = index == 1 ? HEATMAP_BY_ENERGY : HEATMAP_BY_LOSS;
    else
        asked->direct = index == 1;
    return status;
}

static base_status take_count(int option, const char *text, request *asked)
{
    uint64_t value = 0;
    base_status status;

    switch (option) {
    case 'w':
        status = take_number("--worst", text, 1000000, &value);
        asked->wish.most = (size_t)value;
        return status == BASE_OK ? take_kind(asked, HEATMAP_WORST) : status;
    case 'm':
        status = take_number("--most", text, 1000000, &value);
        asked->wish.most = (size_t)value;
        return status;
    case 's':
        status = take_number("--scale", text, MOST_FACTOR, &value);
        asked->factor = (int32_t)value;
        return status;
    default:
        status = take_number("--threads", text, 1024, &value);
        asked->threads = (int32_t)value;
        return status;
    }
}

static base_status take_option(int option, const char *text, request *asked)
{
    switch (option) {
    case 'd':
        asked->dataset = text;
        return BASE_OK;
    case 'o':
        asked->out = text;
        return BASE_OK;
    case 'l':
        asked->wish.samples = text;
        return take_kind(asked, HEATMAP_SAMPLES);
    case 'c':
        asked->wish.class_name = text;
        return take_kind(asked, HEATMAP_CLASS);
    case 'u':
        return take_kind(asked, HEATMAP_QUERIES);
    case 'f':
        asked->of = text;
        return BASE_OK;
    case 'n':
        asked->npy = true;
        return BASE_OK;
    case 'q':
        base_options_quiet();
        return BASE_OK;
    case 'b':
    case 'k':
        return take_word(option, text, asked);
    case '?':
        return BASE_ERR_USAGE;
    default:
        return take_count(option, text, asked);
    }
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {{"dataset", required_argument, NULL, 'd'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"samples", required_argument, NULL, 'l'},
                                          {"class", required_argument, NULL, 'c'},
                                          {"worst", required_argument, NULL, 'w'},
                                          {"by", required_argument, NULL, 'b'},
                                          {"queries", no_argument, NULL, 'u'},
                                          {"most", required_argument, NULL, 'm'},
                                          {"of", required_argument, NULL, 'f'},
                                          {"scale", required_argument, NULL, 's'},
                                          {"npy", no_argument, NULL, 'n'},
                                          {"kernels", required_argument, NULL, 'k'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int option;

    while (status == BASE_OK && (option = base_options_next(argc, argv, "o:q", known)) != -1)
        status = take_option(option, optarg, asked);
    if (status != BASE_OK)
        return status;
    if (optind != argc - 1)
        return base_options_refuse("one round file is needed, %d are given", argc - optind);
    asked->round = argv[optind];
    if (!asked->dataset || !asked->out)
        return base_options_refuse("--dataset and --out are needed");
    if (asked->kinds > 1)
        return base_options_refuse("--samples, --class, --worst and --queries: one of them");
    if (asked->kinds == 0) {
        asked->wish.kind = HEATMAP_WORST;
        asked->wish.most = asked->wish.most > 0 ? asked->wish.most : 30;
    }
    return BASE_OK;
}

/* ---- the folder ---- */

static base_status check_empty(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    bool empty = true;

    if (!folder) {
        base_log_error("--out %s: %s", path, strerror(errno));
        return BASE_ERR_USAGE;
    }
    while ((entry = readdir(folder)) != NULL)
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    closedir(folder);
    if (empty)
        return BASE_OK;
    base_log_error("--out %s: the folder is not empty: give another, or empty it", path);
    return BASE_ERR_USAGE;
}

static base_status make_folder(const char *path)
{
    if (base_file_exists(path))
        return check_empty(path);
    return base_file_make_folder(path) == BASE_OK ? BASE_OK : BASE_ERR_USAGE;
}

/* ---- the work ---- */

static base_status open_dataset(const char *path, store_dataset **dataset)
{
    base_status status;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = store_dataset_open(path, dataset);
    return status == BASE_ERR_IO ? BASE_ERR_INPUT : status;
}

static base_status take_of(const request *asked, const store_round *round, heatmap_job *job)
{
    if (!asked->of || strcmp(asked->of, "predicted") == 0) {
        job->of = HEATMAP_OF_PREDICTED;
        return BASE_OK;
    }
    job->of = strcmp(asked->of, "label") == 0 ? HEATMAP_OF_LABEL : HEATMAP_OF_CLASS;
    if (job->of == HEATMAP_OF_LABEL)
        return BASE_OK;
    return heatmap_find_class(round, asked->round, asked->of, &job->class_index);
}

static base_status draw(const request *asked, const store_round *round, store_dataset *dataset)
{
    heatmap_item *items = NULL;
    heatmap_job job = {
        .round = round, .dataset = dataset, .factor = asked->factor, .npy = asked->npy, .folder = asked->out};
    base_status status =
        camal_maps_open(round, asked->round, dataset, asked->threads, asked->direct, &job.maps);

    if (status != BASE_OK)
        return status;
    status = take_of(asked, round, &job);
    if (status == BASE_OK)
        status = heatmap_choose(&asked->wish, round, asked->round, store_dataset_table(dataset), &items,
                                &job.count);
    job.item = items;
    if (status == BASE_OK)
        status = make_folder(asked->out);
    if (status == BASE_OK)
        status = heatmap_write(&job);
    if (status == BASE_OK)
        base_log_info("%s: %zu samples, kernels %s; look at sheet-01.png, index.csv says what is where",
                      asked->out, job.count,
                      camal_maps_are_of_round(job.maps) ? "of the round" : "direct in f32");
    free(items);
    camal_maps_close(&job.maps);
    return status;
}

int main(int argc, char **argv)
{
    request asked = {0};
    store_dataset *dataset = NULL;
    store_round round = {0};
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = parse(argc, argv, &asked);
    if (status == BASE_OK)
        status = camal_rounds_read(asked.round, &round);
    if (status == BASE_OK)
        status = open_dataset(asked.dataset, &dataset);
    if (status == BASE_OK)
        status = draw(&asked, &round, dataset);
    store_dataset_close(&dataset);
    store_round_destroy(&round);
    return base_status_exit_code(status);
}
