/** camal-ingest: COCO JSON and pictures to dataset.h5, in parallel. */
#include "base_log.h"
#include "comm_world.h"
#include "ingest_pipeline.h"
#include "store_dataset.h"
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: camal-ingest --annotations F --images DIR --out DATASET.h5 [options]\n"
    "\n"
    "Make a data set of COCO annotation files and their pictures: one sample an annotation, cut out as a "
    "square\n"
    "around its box and resized, with its mask; or one sample a picture. The file is the same, byte for "
    "byte, on\n"
    "any number of ranks.\n"
    "\n"
    "input; --annotations and --images come once a source, in the same order:\n"
    "  --annotations F    COCO JSON file\n"
    "  --images DIR|LIST  folder of its pictures (JPEG, PNG, BMP), or a text file with a path a line\n"
    "  --unlabelled DIR|LIST  pictures without labels: all go to the pool, for people to label\n"
    "  --map F            new names for categories: a line OLD -> NEW each; OLD -> leaves it out\n"
    "\n"
    "what becomes a sample:\n"
    "  --mode M           instance: every annotation; image: every picture whose annotations are of one "
    "class\n"
    "                     (default instance)\n"
    "  --empty-class NAME with --mode image: the class of pictures without annotations, such as good parts\n"
    "  --classes LIST     names, id:N, super:NAME (all of a supercategory) or all, comma between; top:K, the "
    "K of\n"
    "                     those with most usable annotations (default all)\n"
    "  --size S           pixels of a sample's side, 1..1024 (default 64)\n"
    "  --context X        side of the square over the longer side of the box, 1..10 (default 1.3)\n"
    "  --min-box PX       skip boxes whose longer side is below PX (default 4)\n"
    "\n"
    "split:\n"
    "  --split A:B:C      shares of train, validation and test, A at least 1 (default 7:2:1)\n"
    "  --split-key KEY    take the split from this key of the images instead: train, val or test\n"
    "  --group-key KEY    key of the images; images with the same value stay in one split\n"
    "                     (default none: only samples of one picture stay together)\n"
    "  --group-duplicates pictures of the same bytes, and near copies, stay in one split too\n"
    "  --seed N           for ties in the split (default 1)\n"
    "\n"
    "output:\n"
    "  --out F            data set to write\n"
    "  --shards N         its pixels in N files beside it, F.shard-000 and so on, 1..256; F names them\n"
    "                     (default: all in F)\n"
    "  --summary F        write what became of every annotation as JSON\n"
    "  --dry-run          read and plan only: opens no picture, writes no data set; needs neither --images "
    "nor --out\n"
    "  --help, --version\n"
    "\n"
    "The square is at least 16 pixels wide; beyond the picture's edge its nearest pixels are repeated. A "
    "picture is\n"
    "turned by its EXIF orientation only if the annotation file gives the size of the turned picture, or if "
    "it has\n"
    "no annotations.\n"
    "\n"
    "examples:\n"
    "  camal-ingest --annotations instances.json --images train2017 --classes top:15 --out coco15.h5\n"
    "  mpirun -n 8 camal-ingest --annotations factory.json --images factory --group-key group \\\n"
    "      --summary factory.json --out factory.h5\n"
    "  camal-ingest --annotations a.json --images a --annotations b.json --images b --map names.txt \\\n"
    "      --unlabelled camera7 --out both.h5\n"
    "  camal-ingest --annotations defects.json --images line3 --mode image --empty-class good --out "
    "line3.h5\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or input\n";

/* The options as they come; sources are put together at the end. */
typedef struct given {
    ingest_options options;
    const char *annotations[INGEST_SOURCES_MAX], *images[INGEST_SOURCES_MAX], *unlabelled[INGEST_SOURCES_MAX];
    size_t annotation_count, image_count, unlabelled_count;
} given;

static base_status refuse(const char *option, const char *value, const char *allowed)
{
    base_log_error("--%s %s: allowed is %s", option, value, allowed);
    return BASE_ERR_USAGE;
}

static bool parse_whole(const char *text, unsigned long long most, unsigned long long *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *value <= most;
}

static bool parse_real(const char *text, double least, double most, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end != text && *end == 0 && *value >= least && *value <= most;
}

static base_status parse_split(const char *text, uint32_t parts[INGEST_SPLITS])
{
    unsigned a, b, c;
    int end = 0;

    if (sscanf(text, "%9u:%9u:%9u%n", &a, &b, &c, &end) != 3 || text[end] ||
        strspn(text, "0123456789:") != strlen(text) || a == 0)
        return refuse("split", text, "A:B:C, three integers, A at least 1, such as 7:2:1");
    parts[0] = a;
    parts[1] = b;
    parts[2] = c;
    return BASE_OK;
}

static base_status parse_number(int option, const char *text, ingest_options *o)
{
    unsigned long long whole;

    if (option == 's') {
        if (!parse_whole(text, INGEST_SIZE_MAX, &whole) || whole < 1)
            return refuse("size", text, "1 to 1024 pixels");
        o->size = (int32_t)whole;
    } else if (option == 'x') {
        if (!parse_real(text, 1, 10, &o->context))
            return refuse("context", text, "1 to 10");
    } else if (option == 'm') {
        if (!parse_real(text, 0, 1e6, &o->min_box))
            return refuse("min-box", text, "0 to 1000000 pixels");
    } else if (option == 'h') {
        if (!parse_whole(text, STORE_SHARDS_MAX, &whole) || whole < 1)
            return refuse("shards", text, "1 to 256 files");
        o->shards = (size_t)whole;
    } else {
        if (!parse_whole(text, UINT64_MAX, &whole))
            return refuse("seed", text, "0 to 18446744073709551615");
        o->seed = whole;
    }
    return BASE_OK;
}

static base_status take_source(const char *option, const char *text, const char **list, size_t *count)
{
    if (*count == INGEST_SOURCES_MAX) {
        base_log_error("--%s %s: allowed are %d", option, text, INGEST_SOURCES_MAX);
        return BASE_ERR_USAGE;
    }
    list[(*count)++] = text;
    return BASE_OK;
}

static base_status take_mode(const char *text, ingest_mode *mode)
{
    if (strcmp(text, "instance") != 0 && strcmp(text, "image") != 0)
        return refuse("mode", text, "instance or image");
    *mode = strcmp(text, "image") == 0 ? INGEST_IMAGE : INGEST_INSTANCE;
    return BASE_OK;
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

    if (missing) {
        base_log_error("--%s is needed; see camal-ingest --help", missing);
        return BASE_ERR_USAGE;
    }
    if (g->image_count != g->annotation_count && !(o->dry_run && g->image_count == 0)) {
        base_log_error(
            "--annotations is given %zu times, --images %zu times: one --images for each is needed",
            g->annotation_count, g->image_count);
        return BASE_ERR_USAGE;
    }
    if (g->annotation_count + g->unlabelled_count > INGEST_SOURCES_MAX) {
        base_log_error("%zu sources: allowed are %d", g->annotation_count + g->unlabelled_count,
                       INGEST_SOURCES_MAX);
        return BASE_ERR_USAGE;
    }
    if (o->empty_class && (o->mode != INGEST_IMAGE || !*o->empty_class))
        return refuse("empty-class", o->empty_class, "a name, with --mode image");
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
    static const struct option known[] = {
        {"annotations", required_argument, NULL, 'a'}, {"images", required_argument, NULL, 'i'},
        {"unlabelled", required_argument, NULL, 'u'},  {"map", required_argument, NULL, 'r'},
        {"mode", required_argument, NULL, 'w'},        {"empty-class", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},         {"classes", required_argument, NULL, 'c'},
        {"size", required_argument, NULL, 's'},        {"context", required_argument, NULL, 'x'},
        {"min-box", required_argument, NULL, 'm'},     {"split", required_argument, NULL, 'p'},
        {"split-key", required_argument, NULL, 'k'},   {"group-key", required_argument, NULL, 'g'},
        {"seed", required_argument, NULL, 'n'},        {"shards", required_argument, NULL, 'h'},
        {"summary", required_argument, NULL, 'y'},     {"group-duplicates", no_argument, NULL, 'l'},
        {"dry-run", no_argument, NULL, 'd'},           {NULL, 0, NULL, 0}};
    given g = {
        .options = {
            .classes = "all", .size = 64, .context = 1.3, .min_box = 4, .parts = {7, 2, 1}, .seed = 1}};
    base_status status = BASE_OK;
    int option;

    optind = 1;
    while (status == BASE_OK && (option = getopt_long(argc, argv, "", known, NULL)) != -1)
        status = option == '?' ? BASE_ERR_USAGE : take_option(option, optarg, &g);
    if (status == BASE_OK && optind < argc) {
        base_log_error("\"%s\" is no option; see camal-ingest --help", argv[optind]);
        status = BASE_ERR_USAGE;
    }
    if (g.options.group_key && strcmp(g.options.group_key, "none") == 0)
        g.options.group_key = NULL;
    if (status == BASE_OK)
        status = put_sources(&g);
    if (status == BASE_OK)
        *options = g.options;
    return status;
}

/* --help and --version, whatever else is said; needs no MPI. */
static bool answer(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        bool help = strcmp(argv[i], "--help") == 0, version = strcmp(argv[i], "--version") == 0;

        if ((help || version) && base_log_rank() == 0)
            printf("%s", help ? usage : "camal-ingest " CAMAL_VERSION "\n");
        if (help || version)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    ingest_options options;
    base_status status;
    comm_world world;

    if (answer(argc, argv))
        return 0;
    /* Pictures come and go by the megabyte: giving each back to the system costs a tenth of the time. */
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    status = comm_world_open(&argc, &argv, &world);
    if (status != BASE_OK)
        return base_status_exit_code(status);
    if (world.rank == 0) /* one rank complains for all */
        status = parse_options(argc, argv, &options);
    status = comm_agree(&world, status);
    if (status == BASE_OK && world.rank != 0)
        status = parse_options(argc, argv, &options);
    if (status == BASE_OK)
        status = ingest_run(&world, &options);
    comm_world_close(&world);
    return base_status_exit_code(status);
}
