/** camal-ingest: COCO JSON and pictures to dataset.h5, in parallel. */
#include "base_options.h"
#include "comm_world.h"
#include "ingest_pipeline.h"
#include "store_dataset.h"
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: camal-ingest --annotations F.json --images DIR --out DATASET.h5 [options]\n"
    "\n"
    "Make a data set of COCO annotation files and their pictures.\n"
    "\n"
    "One sample an annotation, cut out as a square around its box and resized, with its mask; or one\n"
    "sample a picture. The file is the same, byte for byte, on any number of ranks.\n"
    "\n"
    "input; --annotations and --images come once a source, in the same order:\n"
    "  --annotations F.json   COCO JSON file\n"
    "  --images DIR|LIST      folder of its pictures (JPEG, PNG, TIFF, BMP), or a text with a path a line\n"
    "  --unlabelled DIR|LIST  pictures without labels: all go to the pool, for people to label\n"
    "  --map F                new names for categories: a line OLD -> NEW each; OLD -> leaves it out\n"
    "\n"
    "what becomes a sample:\n"
    "  --mode instance|image  instance: every annotation; image: every picture whose annotations are of\n"
    "                         one class (default instance)\n"
    "  --empty-class NAME     with --mode image: the class of pictures without annotations, such as good\n"
    "                         parts\n"
    "  --classes LIST         names, id:N, super:NAME (all of a supercategory) or all, comma between;\n"
    "                         top:K, the K of those with most usable annotations (default all)\n"
    "  --size S               pixels of a sample's side, 1..1024 (default 64)\n"
    "  --context X            side of the square over the longer side of the box, 1..10 (default 1.3)\n"
    "  --min-box PX           skip boxes whose longer side is below PX, 0..1000000 (default 4)\n"
    "\n"
    "split:\n"
    "  --split A:B:C          shares of train, validation and test, A at least 1 (default 7:2:1)\n"
    "  --split-key KEY        take the split from this key of the images instead: train, val or test\n"
    "  --group-key KEY        key of the images; images with the same value stay in one split\n"
    "                         (default none: only samples of one picture stay together)\n"
    "  --group-duplicates     pictures of the same bytes, and near copies, stay in one split too\n"
    "  --seed N               for ties in the split, 0..18446744073709551615 (default 1)\n"
    "\n"
    "output:\n"
    "  -o, --out DATASET.h5   data set to write\n"
    "  --shards N             its pixels in N files beside it, DATASET.h5.shard-000 and so on, 1..256;\n"
    "                         DATASET.h5 names them (default: all in DATASET.h5)\n"
    "  --summary F.json       write what became of every annotation as JSON\n"
    "  --dry-run              read and plan only: opens no picture, writes no data set; needs neither\n"
    "                         --images nor --out\n"
    "  -q, --quiet            say warnings and errors only\n"
    "  -h, --help             this text\n"
    "  -V, --version          camal's version\n"
    "\n"
    "The square is at least 16 pixels wide; beyond the picture's edge its nearest pixels are repeated. A\n"
    "picture is turned by its EXIF orientation only if the annotation file gives the size of the turned\n"
    "picture, or if it has no annotations.\n"
    "\n"
    "examples:\n"
    "  camal-ingest --annotations instances.json --images train2017 --classes top:15 --out coco15.h5\n"
    "  mpirun -n 8 camal-ingest --annotations factory.json --images factory --group-key group \\\n"
    "      --summary factory-summary.json --out factory.h5\n"
    "  camal-ingest --annotations a.json --images a --annotations b.json --images b --map names.txt \\\n"
    "      --unlabelled camera7 --out both.h5\n"
    "  camal-ingest --annotations defects.json --images line3 --mode image --empty-class good -o line3.h5\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or input\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

/* The options as they come; sources are put together at the end. */
typedef struct given {
    ingest_options options;
    const char *annotations[INGEST_SOURCES_MAX], *images[INGEST_SOURCES_MAX], *unlabelled[INGEST_SOURCES_MAX];
    size_t annotation_count, image_count, unlabelled_count;
} given;

static base_status parse_split(const char *text, uint32_t parts[INGEST_SPLITS])
{
    unsigned a, b, c;
    int end = 0;

    if (sscanf(text, "%9u:%9u:%9u%n", &a, &b, &c, &end) != 3 || text[end] ||
        strspn(text, "0123456789:") != strlen(text) || a == 0)
        return base_options_refuse(
            "--split %.80s: allowed is A:B:C, three integers, A at least 1, such as 7:2:1", text);
    parts[0] = a;
    parts[1] = b;
    parts[2] = c;
    return BASE_OK;
}

static base_status parse_number(int option, const char *text, ingest_options *o)
{
    base_status status;
    uint64_t whole = 0;

    switch (option) {
    case 's':
        status = base_options_whole("--size", text, 1, INGEST_SIZE_MAX, &whole);
        o->size = (int32_t)whole;
        return status;
    case 'x':
        return base_options_real("--context", text, 1, 10, &o->context);
    case 'm':
        return base_options_real("--min-box", text, 0, 1e6, &o->min_box);
    case 'h':
        status = base_options_whole("--shards", text, 1, STORE_SHARDS_MAX, &whole);
        o->shards = (size_t)whole;
        return status;
    default:
        return base_options_whole("--seed", text, 0, UINT64_MAX, &o->seed);
    }
}

static base_status take_source(const char *option, const char *text, const char **list, size_t *count)
{
    if (*count == INGEST_SOURCES_MAX)
        return base_options_refuse("--%s %s: allowed are %d", option, text, INGEST_SOURCES_MAX);
    list[(*count)++] = text;
    return BASE_OK;
}

static base_status take_mode(const char *text, ingest_mode *mode)
{
    static const char *const names[] = {"instance", "image"};
    size_t which;
    base_status status = base_options_choice("--mode", text, names, 2, &which);

    if (status == BASE_OK)
        *mode = which == 1 ? INGEST_IMAGE : INGEST_INSTANCE;
    return status;
}

static base_status take_option(int option, const char *text, given *g)
{
    ingest_options *o = &g->options;
    const char **const places[] = {
        ['o'] = &o->out,     ['c'] = &o->classes,     ['g'] = &o->group_key, ['k'] = &o->split_key,
        ['y'] = &o->summary, ['e'] = &o->empty_class, ['r'] = &o->map};

    switch (option) {
    case 'a':
        return take_source("annotations", text, g->annotations, &g->annotation_count);
    case 'i':
        return take_source("images", text, g->images, &g->image_count);
    case 'u':
        return take_source("unlabelled", text, g->unlabelled, &g->unlabelled_count);
    case 'w':
        return take_mode(text, &o->mode);
    case 'd':
        o->dry_run = true;
        return BASE_OK;
    case 'l':
        o->group_duplicates = true;
        return BASE_OK;
    case 'p':
        return parse_split(text, o->parts);
    case 'q':
        base_options_quiet();
        return BASE_OK;
    default:
        break;
    }
    if ((size_t)option >= sizeof places / sizeof *places || !places[option])
        return parse_number(option, text, o);
    *places[option] = text;
    return BASE_OK;
}

static base_status check_given(const given *g)
{
    const ingest_options *o = &g->options;
    const char *missing = g->annotation_count == 0             ? "annotations"
                          : g->image_count == 0 && !o->dry_run ? "images"
                          : !o->out && !o->dry_run             ? "out"
                                                               : NULL;

    if (missing)
        return base_options_refuse("--%s is needed", missing);
    if (g->image_count != g->annotation_count && !(o->dry_run && g->image_count == 0))
        return base_options_refuse(
            "--annotations is given %zu times, --images %zu times: one --images for each is needed",
            g->annotation_count, g->image_count);
    if (g->annotation_count + g->unlabelled_count > INGEST_SOURCES_MAX)
        return base_options_refuse("%zu sources: allowed are %d", g->annotation_count + g->unlabelled_count,
                                   INGEST_SOURCES_MAX);
    if (o->empty_class && (o->mode != INGEST_IMAGE || !*o->empty_class))
        return base_options_refuse("--empty-class %.80s: allowed is a name, with --mode image",
                                   o->empty_class);
    return BASE_OK;
}

static base_status put_sources(given *g)
{
    ingest_options *o = &g->options;
    base_status status = check_given(g);
    size_t i;

    if (status != BASE_OK)
        return status;
    for (i = 0; i < g->annotation_count; i++)
        o->sources[o->source_count++] =
            (ingest_source){g->annotations[i], i < g->image_count ? g->images[i] : NULL};
    for (i = 0; i < g->unlabelled_count; i++)
        o->sources[o->source_count++] = (ingest_source){NULL, g->unlabelled[i]};
    return BASE_OK;
}

static base_status parse_options(int argc, char **argv, ingest_options *options)
{
    static const struct option known[] = {{"annotations", required_argument, NULL, 'a'},
                                          {"images", required_argument, NULL, 'i'},
                                          {"unlabelled", required_argument, NULL, 'u'},
                                          {"map", required_argument, NULL, 'r'},
                                          {"mode", required_argument, NULL, 'w'},
                                          {"empty-class", required_argument, NULL, 'e'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"classes", required_argument, NULL, 'c'},
                                          {"size", required_argument, NULL, 's'},
                                          {"context", required_argument, NULL, 'x'},
                                          {"min-box", required_argument, NULL, 'm'},
                                          {"split", required_argument, NULL, 'p'},
                                          {"split-key", required_argument, NULL, 'k'},
                                          {"group-key", required_argument, NULL, 'g'},
                                          {"seed", required_argument, NULL, 'n'},
                                          {"shards", required_argument, NULL, 'h'},
                                          {"summary", required_argument, NULL, 'y'},
                                          {"group-duplicates", no_argument, NULL, 'l'},
                                          {"dry-run", no_argument, NULL, 'd'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {NULL, 0, NULL, 0}};
    given g = {
        .options = {
            .classes = "all", .size = 64, .context = 1.3, .min_box = 4, .parts = {7, 2, 1}, .seed = 1}};
    base_status status = BASE_OK;
    int option;

    while (status == BASE_OK && (option = base_options_next(argc, argv, "o:q", known)) != -1)
        status = option == '?' ? BASE_ERR_USAGE : take_option(option, optarg, &g);
    if (status == BASE_OK && optind < argc)
        status = base_options_refuse("\"%s\" is no option", argv[optind]);
    if (g.options.group_key && strcmp(g.options.group_key, "none") == 0)
        g.options.group_key = NULL;
    if (status == BASE_OK)
        status = put_sources(&g);
    if (status == BASE_OK)
        *options = g.options;
    return status;
}

int main(int argc, char **argv)
{
    ingest_options options;
    base_status status;
    comm_world world;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    /* Pictures come and go by the megabyte: giving each back to the system costs a tenth of the time. */
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    status = comm_world_open(&argc, &argv, &world);
    if (status != BASE_OK)
        return base_status_exit_code(status);
    status = comm_agree(&world, parse_options(argc, argv, &options));
    if (status == BASE_OK)
        status = ingest_run(&world, &options);
    comm_world_close(&world);
    return base_status_exit_code(status);
}
