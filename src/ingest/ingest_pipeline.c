#include "ingest_pipeline.h"
#include "base_log.h"
#include "base_progress.h"
#include "ingest_assemble.h"
#include "ingest_classes.h"
#include "ingest_coco.h"
#include "ingest_judge.h"
#include "ingest_plan.h"
#include "ingest_sources.h"
#include "ingest_summary.h"
#include "ingest_take.h"
#include "store_dataset.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything a run holds; each stage fills its part, and all of it is freed at one place. */
typedef struct run {
    const comm_world *world;
    const ingest_options *options;
    ingest_coco coco;
    uint8_t *wanted; /* [categories] */
    size_t *bounds;  /* [ranks + 1] */
    ingest_taken taken;
    ingest_outcome *outcomes; /* [annotations], rank 0 */
    ingest_sight *sights;     /* [sight_count], rank 0 */
    size_t sight_count;
    ingest_plan plan;
    store_table table; /* rank 0 */
    store_dataset_writer *writer;
} run;

/* ---- before anything is done ---- */

static base_status check_folder(const char *path, const char *option)
{
    struct stat about;

    if (stat(path, &about) != 0) {
        base_log_error("%s %s: %s", option, path, strerror(errno));
        return BASE_ERR_NOT_FOUND;
    }
    if (!S_ISDIR(about.st_mode)) {
        base_log_error("%s %s: is not a folder", option, path);
        return BASE_ERR_USAGE;
    }
    return BASE_OK;
}

/* A folder, or a file that lists pictures. */
static base_status check_pictures(const char *path, const char *option)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISREG(about.st_mode) ? BASE_OK : check_folder(path, option);
}

/* The file can be made: its folder is there and may be written to. */
static base_status check_target(const char *path, const char *option)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 0;
    struct stat about;
    base_status status;

    if (!*path || (slash && !slash[1]) || size >= sizeof folder) {
        base_log_error("%s \"%s\": is not the path of a file", option, path);
        return BASE_ERR_USAGE;
    }
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { /* a device would be replaced */
        base_log_error("%s %s: is %s", option, path,
                       S_ISDIR(about.st_mode) ? "a folder" : "there and not a regular file: name another");
        return BASE_ERR_USAGE;
    }
    memcpy(folder, path, size);
    folder[size] = 0;
    if (!slash || size == 0)
        strcpy(folder, slash ? "/" : ".");
    status = check_folder(folder, option);
    if (status == BASE_OK && access(folder, W_OK | X_OK) != 0) {
        base_log_error("%s %s: its folder cannot be written to: %s", option, path, strerror(errno));
        status = BASE_ERR_USAGE;
    }
    return status;
}

static base_status check_paths(const ingest_options *options)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < options->source_count && status == BASE_OK; i++)
        if (options->sources[i].images)
            status = check_pictures(options->sources[i].images,
                                    options->sources[i].annotations ? "--images" : "--unlabelled");
    if (status == BASE_OK && options->out)
        status = check_target(options->out, "--out");
    if (status == BASE_OK && options->summary)
        status = check_target(options->summary, "--summary");
    return status;
}

/* ---- 1: records ---- */

static base_status share_records(const comm_world *world, ingest_coco *coco, uint8_t **wanted)
{
    size_t sizes[5] = {
        coco->image_count * sizeof *coco->images, coco->annotation_count * sizeof *coco->annotations,
        coco->category_count * sizeof *coco->categories, coco->text_size, coco->category_count};
    void *blocks[5] = {coco->images, coco->annotations, coco->categories, coco->text, *wanted};
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < 5 && status == BASE_OK; i++)
        status = comm_broadcast_block(world, &blocks[i], &sizes[i]);
    coco->images = blocks[0];
    coco->annotations = blocks[1];
    coco->categories = blocks[2];
    coco->text = blocks[3];
    *wanted = blocks[4];
    if (status != BASE_OK)
        return status;
    coco->image_count = sizes[0] / sizeof *coco->images;
    coco->annotation_count = sizes[1] / sizeof *coco->annotations;
    coco->category_count = sizes[2] / sizeof *coco->categories;
    coco->text_size = sizes[3];
    comm_broadcast(world, coco->file_bytes, sizeof coco->file_bytes);
    return BASE_OK;
}

/* Rank 0. */
static base_status read_records(run *r)
{
    double started = base_progress_clock();
    base_status status = check_paths(r->options);

    if (status == BASE_OK)
        status = ingest_sources_read(r->options, &r->coco);
    if (status != BASE_OK)
        return status;
    base_log_info("%s%s: %zu images, %zu annotations, %zu categories, read in %.2f s",
                  r->options->sources[0].annotations, r->options->source_count > 1 ? " and others" : "",
                  r->coco.image_count, r->coco.annotation_count, r->coco.category_count,
                  base_progress_clock() - started);
    r->wanted = malloc(r->coco.category_count + 1);
    if (!r->wanted) {
        base_log_error("no memory for %zu categories", r->coco.category_count);
        return BASE_ERR_MEMORY;
    }
    return ingest_classes_wanted(r->options->classes, &r->coco, r->wanted);
}

/* ---- 2: samples ---- */

static base_status take(run *r)
{
    size_t ranks = (size_t)r->world->size, rank = (size_t)r->world->rank;
    double started = base_progress_clock();
    base_status status = BASE_ERR_MEMORY;
    base_shard share;

    r->bounds = malloc((ranks + 1) * sizeof *r->bounds);
    if (r->bounds) {
        ingest_take_bounds(&r->coco, r->wanted, ranks, r->bounds);
        share = (base_shard){r->bounds[rank], r->bounds[rank + 1] - r->bounds[rank]};
        status = ingest_take_share(r->options, &r->coco, r->wanted, share, r->world->rank, &r->taken);
    } else {
        base_log_error("no memory for the shares of %zu ranks", ranks);
    }
    status = comm_agree(r->world, status);
    if (status == BASE_OK)
        base_log_info(
            "pictures are read: %.2f s on %zu ranks (rank 0: decoding %.2f s, cutting %.2f s, masks %.2f s)",
            base_progress_clock() - started, ranks, r->taken.decoding, r->taken.cutting, r->taken.masking);
    return status;
}

/* ---- 3: plan ---- */

/* Shares are neighbours in order of rank, so what is gathered is in order of annotation and of image. */
static base_status plan(run *r)
{
    base_status status;
    size_t count;

    status = comm_gather(r->world, r->taken.outcomes, r->taken.share.count, sizeof *r->outcomes,
                         (void **)&r->outcomes, &count);
    if (status == BASE_OK)
        status = comm_gather(r->world, r->taken.sights, r->taken.sight_count, sizeof *r->sights,
                             (void **)&r->sights, &r->sight_count);
    if (status != BASE_OK)
        return status;
    if (r->world->rank == 0)
        status = ingest_plan_make(r->options, &r->coco, r->outcomes, r->sights, r->sight_count, r->wanted,
                                  &r->plan);
    status = comm_agree(r->world, status);
    return status == BASE_OK ? ingest_plan_share(r->world, &r->plan) : status;
}

/* ---- 4: file ---- */

/* Rank 0. */
static base_status report(const run *r)
{
    ingest_summary summary = {.options = r->options,
                              .coco = &r->coco,
                              .outcomes = r->outcomes,
                              .sights = r->sights,
                              .sight_count = r->sight_count,
                              .plan = &r->plan,
                              .table = r->options->dry_run ? NULL : &r->table};
    base_status status = BASE_OK;

    if (r->options->summary)
        status = ingest_summary_write(&summary, r->options->summary);
    if (status == BASE_OK && (r->options->dry_run || !base_log_silent()))
        ingest_summary_print(&summary, stderr);
    return status;
}

static base_status begin(run *r)
{
    base_status status =
        ingest_plan_table(r->options, &r->coco, &r->plan, r->sights, r->sight_count, &r->table);

    if (status != BASE_OK)
        return status;
    if (r->options->shards > 0)
        return store_dataset_begin_shards(r->options->out, r->plan.samples, r->options->size,
                                          r->options->shards, &r->writer);
    return store_dataset_begin(r->options->out, r->plan.samples, r->options->size, &r->writer);
}

static base_status write_file(run *r)
{
    ingest_sums sums;
    base_status status = comm_agree(r->world, r->world->rank == 0 ? begin(r) : BASE_OK);

    if (status == BASE_OK)
        status =
            ingest_assemble(r->world, r->bounds, &r->taken, &r->plan, r->options->size, r->writer, &sums);
    if (status != BASE_OK)
        return status;
    if (r->world->rank == 0) {
        ingest_sums_moments(&sums, r->table.mean, r->table.std);
        status = store_dataset_commit(&r->writer, &r->table);
        if (status == BASE_OK)
            status = report(r);
    }
    return comm_agree(r->world, status);
}

/* Rank 0: the plan that would be made if every picture were as the annotation file says. */
static base_status foresee(run *r)
{
    base_status status;

    r->outcomes = malloc((r->coco.annotation_count + 1) * sizeof *r->outcomes);
    if (!r->outcomes) {
        base_log_error("no memory for %zu annotations", r->coco.annotation_count);
        return BASE_ERR_MEMORY;
    }
    ingest_judge_all(r->options, &r->coco, r->wanted, r->outcomes);
    status =
        ingest_plan_make(r->options, &r->coco, r->outcomes, r->sights, r->sight_count, r->wanted, &r->plan);
    return status == BASE_OK ? report(r) : status;
}

static base_status dry_run(run *r)
{
    return comm_agree(r->world, r->world->rank == 0 ? foresee(r) : BASE_OK);
}

static base_status ingest(run *r)
{
    base_status status = share_records(r->world, &r->coco, &r->wanted);

    if (status == BASE_OK)
        status = take(r);
    if (status == BASE_OK)
        status = plan(r);
    return status == BASE_OK ? write_file(r) : status;
}

base_status ingest_run(const comm_world *world, const ingest_options *options)
{
    run r = {.world = world, .options = options, .taken = {.scratch = {.file = -1}}};
    base_status status = comm_agree(world, world->rank == 0 ? read_records(&r) : BASE_OK);

    if (status == BASE_OK)
        status = options->dry_run ? dry_run(&r) : ingest(&r);
    store_dataset_abandon(&r.writer);
    store_table_destroy(&r.table);
    ingest_plan_clear(&r.plan);
    ingest_taken_clear(&r.taken);
    ingest_coco_destroy(&r.coco);
    free(r.sights);
    free(r.outcomes);
    free(r.bounds);
    free(r.wanted);
    return status;
}
