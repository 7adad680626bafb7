#include "bench_setup.h"
#include "base_log.h"
#include "base_random.h"
#include "bench_stats.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED      1
#define STEPS_MIN 3 /* a median needs some */

static base_status open_local(const bench_options *options, int32_t size, int32_t classes,
                              bench_machine *machine)
{
    base_status status = nn_models_describe((base_network)options->network, (base_stem)options->stem, size,
                                            classes, &machine->graph);

    if (status == BASE_OK)
        status = nn_engine_create((int)options->threads, &machine->engine);
    if (status == BASE_OK)
        status = nn_weights_create(&machine->graph, &machine->weights);
    if (status == BASE_OK)
        nn_weights_initialise(&machine->weights, SEED);
    return status;
}

base_status bench_machine_open(const comm_world *world, const bench_options *options, int32_t size,
                               int32_t classes, bench_machine *machine)
{
    learn_plan_wish wish = {.graph = &machine->graph,
                            .microbatch = (int32_t)options->batch,
                            .dtype = (base_dtype)options->dtype,
                            .kernels = (base_kernels)options->kernels};
    base_status status;

    memset(machine, 0, sizeof *machine);
    status = comm_agree(world, open_local(options, size, classes, machine));
    wish.engine = machine->engine;
    return status == BASE_OK ? learn_plan_find(world, &wish, NULL, NULL, &machine->plan) : status;
}

void bench_machine_close(bench_machine *machine)
{
    nn_weights_destroy(&machine->weights);
    nn_engine_destroy(&machine->engine);
}

void bench_noise(uint64_t item, uint8_t *bytes, size_t count)
{
    base_random random = base_random_at(SEED, BASE_RANDOM_TEST, 0, 0, item);
    size_t i, part;

    for (i = 0; i < count; i += part) {
        uint32_t bits = base_random_u32(&random);

        part = count - i < sizeof bits ? count - i : sizeof bits;
        memcpy(bytes + i, &bits, part);
    }
}

/* A table that says of every sample that it is in the pool. */
static base_status make_table(const bench_options *options, store_table *table)
{
    size_t samples = (size_t)options->samples, classes = (size_t)options->classes, i;
    base_status status = store_table_create(samples, classes, 1, table);

    if (status != BASE_OK)
        return status;
    table->size = (int32_t)options->size;
    for (i = 0; i < 3; i++) {
        table->mean[i] = 0.5F;
        table->std[i] = 0.29F;
    }
    for (i = 0; i < samples; i++) {
        table->label[i] = (int32_t)(i % classes);
        table->split[i] = STORE_SPLIT_TRAIN;
        table->image_id[i] = 1;
        table->annotation_id[i] = (int64_t)i + 1;
        table->bbox[4 * i + 2] = table->bbox[4 * i + 3] = (float)options->size;
        table->group[i] = (int64_t)i;
    }
    for (i = 0; i < classes; i++) {
        snprintf(table->class_info[i].name, STORE_CLASS_NAME_MAX, "class%zu", i);
        snprintf(table->class_info[i].supercategory, STORE_CLASS_NAME_MAX, "noise");
        table->class_info[i].category_id = (int64_t)i + 1;
    }
    table->image_info[0] = (store_image_info){
        .id = 1, .file_name = strdup("noise"), .width = table->size, .height = table->size};
    return table->image_info[0].file_name ? BASE_OK : BASE_ERR_MEMORY;
}

/* All chunks, the last one padded with zeros. */
static base_status write_chunks(const bench_options *options, store_dataset_writer *writer)
{
    int32_t size = (int32_t)options->size;
    size_t rows = store_chunk_samples(size), image = (size_t)size * (size_t)size * 3, first, i;
    size_t mask = (size_t)size * store_mask_row_bytes(size), samples = (size_t)options->samples;
    uint8_t *images = calloc(rows, image), *masks = calloc(rows, mask);
    base_status status = images && masks ? BASE_OK : BASE_ERR_MEMORY;

    if (status != BASE_OK)
        base_log_error("out of memory for a chunk of %zu samples", rows);
    for (first = 0; status == BASE_OK && first < samples; first += rows) {
        store_packed packed = {0};

        memset(images, 0, rows * image);
        for (i = 0; i < rows && first + i < samples; i++)
            bench_noise(first + i, images + i * image, image);
        status = store_pack(images, masks, size, &packed);
        if (status == BASE_OK)
            status = store_dataset_append(writer, &packed);
        store_packed_clear(&packed);
    }
    free(masks);
    free(images);
    return status;
}

base_status bench_dataset_write(const bench_options *options, char *path)
{
    const char *folder = options->folder ? options->folder : getenv("TMPDIR");
    store_dataset_writer *writer = NULL;
    store_table table = {0};
    char name[64];
    base_status status;

    snprintf(name, sizeof name, "camal-bench-%ld.h5", (long)getpid());
    status = base_file_join(folder ? folder : "/tmp", name, path, PATH_MAX);
    if (status != BASE_OK)
        return status;
    status = make_table(options, &table);
    if (status == BASE_OK)
        status = store_dataset_begin(path, table.samples, table.size, &writer);
    if (status == BASE_OK)
        status = write_chunks(options, writer);
    if (status == BASE_OK)
        status = store_dataset_commit(&writer, &table);
    store_dataset_abandon(&writer);
    store_table_destroy(&table);
    return status;
}

static base_status path_too_long(const char *path)
{
    base_log_error("--dataset: path of %zu bytes, allowed are %d", strlen(path), PATH_MAX - 1);
    return BASE_ERR_USAGE;
}

base_status bench_dataset_open(const comm_world *world, const bench_options *options, char *path,
                               store_dataset **dataset)
{
    base_status status = BASE_OK;

    memset(path, 0, PATH_MAX);
    if (world->rank == 0) {
        if (!options->dataset)
            status = bench_dataset_write(options, path);
        else if (strlen(options->dataset) < PATH_MAX)
            strcpy(path, options->dataset);
        else
            status = path_too_long(options->dataset);
    }
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    comm_broadcast(world, path, PATH_MAX);
    return comm_agree(world, store_dataset_open(path, dataset));
}

void bench_dataset_close(const comm_world *world, const bench_options *options, const char *path,
                         store_dataset **dataset)
{
    store_dataset_close(dataset);
    if (world->rank == 0 && !options->dataset && !options->keep && *path)
        unlink(path);
}

/* VmHWM of this process, bytes. */
static double read_peak(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kib = 0;

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (file)
        fclose(file);
    return kib * 1024;
}

double bench_memory_peak(const comm_world *world)
{
    double peak = read_peak();

    return bench_slowest(world, &peak, 1) == BASE_OK ? peak : 0;
}

base_status bench_slowest(const comm_world *world, double *values, size_t count)
{
    void *all = NULL;
    size_t total;
    base_status status = comm_gather(world, values, count, sizeof *values, &all, &total);

    if (status == BASE_OK && world->rank == 0)
        bench_stats_slowest(all, (size_t)world->size, count, values);
    free(all);
    return status;
}

int32_t bench_step_count(const comm_world *world, const bench_options *options, double seconds)
{
    double fit = seconds > 0 ? options->seconds / seconds : (double)options->steps;
    int32_t count = (int32_t)(fit < (double)options->steps ? fit : (double)options->steps);

    if (count < STEPS_MIN)
        count = options->steps < STEPS_MIN ? (int32_t)options->steps : STEPS_MIN;
    comm_broadcast(world, &count, sizeof count);
    return count;
}

void bench_report_setting(bench_report *report, const comm_world *world, const bench_options *options,
                          int32_t size)
{
    bench_report_text(report, "work", bench_work_name(options->work));
    bench_report_text(report, "version", CAMAL_VERSION);
    bench_report_text(report, "network", bench_choice_name("network", options->network));
    bench_report_text(report, "stem", bench_choice_name("stem", options->stem));
    bench_report_text(report, "dtype", bench_choice_name("dtype", options->dtype));
    bench_report_text(report, "kernels", bench_choice_name("kernels", options->kernels));
    bench_report_number(report, "size", size, "pixels");
    bench_report_number(report, "ranks", world->size, "");
    bench_report_number(report, "threads", (double)options->threads, "a rank");
}
