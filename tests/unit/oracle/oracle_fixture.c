#include "oracle_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 8

void fixture_folder(char *folder, size_t size)
{
    const char *base = getenv("TMPDIR");

    snprintf(folder, size, "%s/camal-oracle-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(EXIT_FAILURE);
    }
}

void fixture_remove(const char *folder)
{
    char command[512];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", folder);
}

static void require(base_status status, const char *what)
{
    if (status == BASE_OK)
        return;
    fprintf(stderr, "fixture: %s: %s\n", what, base_status_text(status));
    exit(EXIT_FAILURE);
}

/* Round-robin over the classes until each has its size; two samples an image. */
static void fill_table(store_table *table, const size_t *class_sizes)
{
    size_t *made = calloc(table->classes, sizeof *made), i, c = 0;

    if (!made)
        exit(EXIT_FAILURE);
    for (i = 0; i < table->samples; i++) {
        while (made[c] == class_sizes[c])
            c = (c + 1) % table->classes;
        table->label[i] = (int32_t)c;
        table->split[i] = made[c] % 5 == 4 ? STORE_SPLIT_VALIDATION : STORE_SPLIT_TRAIN;
        table->image_id[i] = 5000000000 + (int64_t)(i / 2);
        table->annotation_id[i] = 900000000000 + 3 * (int64_t)i;
        table->bbox[4 * i] = (float)i + 0.5f;
        table->bbox[4 * i + 1] = 2;
        table->bbox[4 * i + 2] = 3;
        table->bbox[4 * i + 3] = 4;
        table->group[i] = (int64_t)i / 2;
        made[c]++;
        c = (c + 1) % table->classes;
    }
    for (i = 0; i < table->images; i++) {
        char name[32];

        snprintf(name, sizeof name, "image-%zu.jpg", i);
        table->image_info[i].id = 5000000000 + (int64_t)i;
        table->image_info[i].file_name = strdup(name);
        table->image_info[i].width = 640;
        table->image_info[i].height = 480;
    }
    for (c = 0; c < table->classes; c++) {
        snprintf(table->class_info[c].name, STORE_CLASS_NAME_MAX, "class %zu", c);
        snprintf(table->class_info[c].supercategory, STORE_CLASS_NAME_MAX, "part");
        table->class_info[c].category_id = 10 + 7 * (int64_t)c;
    }
    for (i = 0; i < 3; i++)
        table->std[i] = 1;
    free(made);
}

static void write_pixels(store_dataset_writer *writer, size_t samples)
{
    size_t chunk = store_chunk_samples(SIDE), done;
    uint8_t *images = calloc(chunk, SIDE * SIDE * 3);
    uint8_t *masks = calloc(chunk, SIDE * store_mask_row_bytes(SIDE));

    if (!images || !masks)
        exit(EXIT_FAILURE);
    for (done = 0; done < samples; done += chunk) {
        store_packed packed;

        require(store_pack(images, masks, SIDE, &packed), "pack");
        require(store_dataset_append(writer, &packed), "append");
        store_packed_clear(&packed);
    }
    free(masks);
    free(images);
}

store_dataset *fixture_dataset(const char *folder, const size_t *class_sizes, size_t classes)
{
    store_dataset_writer *writer;
    store_dataset *dataset;
    store_table table;
    size_t samples = 0, c;
    char path[512];

    for (c = 0; c < classes; c++)
        samples += class_sizes[c];
    snprintf(path, sizeof path, "%s/dataset.h5", folder);
    require(store_table_create(samples, classes, (samples + 1) / 2, &table), "table");
    table.size = SIDE;
    fill_table(&table, class_sizes);
    snprintf(table.digest, sizeof table.digest, "%032d", 1);
    require(store_dataset_begin(path, samples, SIDE, &writer), "begin");
    write_pixels(writer, samples);
    require(store_dataset_commit(&writer, &table), "commit");
    store_table_destroy(&table);
    require(store_dataset_open(path, &dataset), "open");
    return dataset;
}
