/** Data sets: packing, the way to the disk and back, scattered reading, and damage. */
#include "base_file.h"
#include "base_random.h"
#include "store_array.h"
#include "store_fixture.h"
#include "store_pack.h"
#include "store_table.h"
#include "unit_test.h"
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[PATH_MAX], path[PATH_MAX];

static void setup(void)
{
    fixture_folder_make(folder);
    fixture_path(folder, "dataset.h5", path);
}

static void teardown(void)
{
    fixture_folder_remove(folder);
}

/* Sizes whose samples fill less than a chunk, exactly some, and some and a part. */
static const struct {
    size_t samples;
    int32_t size;
} shapes[] = {{1, 1}, {3, 9}, {85, 64}, {170, 64}, {200, 64}, {3, 600}};

START_TEST(data_set_comes_back_equal)
{
    size_t n = shapes[_i].samples, side = (size_t)shapes[_i].size, i;
    int32_t size = shapes[_i].size;
    size_t image_bytes = n * side * side * 3, mask_bytes = n * side * store_mask_row_bytes(size);
    uint8_t *images = malloc(image_bytes), *masks = malloc(mask_bytes);
    uint8_t *images_in = fixture_images(n, size), *masks_in = fixture_masks(n, size);
    store_dataset *dataset = NULL;
    const store_table *got;
    store_table table;

    fixture_table(n, size, &table);
    fixture_dataset_write(path, n, size);
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    got = store_dataset_table(dataset);
    ck_assert_uint_eq(got->samples, n);
    ck_assert_uint_eq(got->classes, table.classes);
    ck_assert_uint_eq(got->images, table.images);
    ck_assert_int_eq(got->size, size);
    ck_assert_mem_eq(got->mean, table.mean, sizeof got->mean);
    ck_assert_mem_eq(got->std, table.std, sizeof got->std);
    ck_assert_mem_eq(got->label, table.label, n * sizeof *got->label);
    ck_assert_mem_eq(got->split, table.split, n);
    ck_assert_mem_eq(got->image_id, table.image_id, n * sizeof *got->image_id);
    ck_assert_mem_eq(got->annotation_id, table.annotation_id, n * sizeof *got->annotation_id);
    ck_assert_mem_eq(got->bbox, table.bbox, 4 * n * sizeof *got->bbox);
    ck_assert_mem_eq(got->group, table.group, n * sizeof *got->group);
    ck_assert_mem_eq(got->class_info, table.class_info, table.classes * sizeof *got->class_info);
    for (i = 0; i < table.images; i++) {
        ck_assert_int_eq(got->image_info[i].id, table.image_info[i].id);
        ck_assert_int_eq(got->image_info[i].width, table.image_info[i].width);
        ck_assert_int_eq(got->image_info[i].height, table.image_info[i].height);
        ck_assert_str_eq(got->image_info[i].file_name, table.image_info[i].file_name);
    }
    ck_assert_int_eq(store_dataset_read(dataset, 0, n, images, masks), BASE_OK);
    ck_assert_mem_eq(images, images_in, image_bytes);
    ck_assert_mem_eq(masks, masks_in, mask_bytes);
    ck_assert_int_eq(store_dataset_verify(dataset), BASE_OK);
    store_dataset_close(&dataset);
    ck_assert_ptr_null(dataset);
    store_table_destroy(&table);
    free(masks_in);
    free(images_in);
    free(masks);
    free(images);
}
END_TEST

START_TEST(scattered_samples_arrive_in_the_order_asked_for)
{
    enum { N = 300, SIZE = 32, ASKED = 500 };
    size_t image_bytes = SIZE * SIZE * 3, mask_bytes = SIZE * SIZE / 8, i;
    uint8_t *images_in = fixture_images(N, SIZE), *masks_in = fixture_masks(N, SIZE);
    uint8_t *images = malloc(ASKED * image_bytes), *masks = malloc(ASKED * mask_bytes);
    base_random random = base_random_at(7, BASE_RANDOM_TEST, 0, 0, 0);
    store_dataset *dataset = NULL;
    int64_t ids[ASKED];

    for (i = 0; i < ASKED; i++) /* with repeats, and a run of neighbours */
        ids[i] = i < 20 ? (int64_t)i + 100 : (int64_t)base_random_below(&random, N);
    fixture_dataset_write(path, N, SIZE);
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    ck_assert_int_eq(store_dataset_gather(dataset, ids, ASKED, images, masks), BASE_OK);
    for (i = 0; i < ASKED; i++) {
        ck_assert_mem_eq(images + i * image_bytes, images_in + (size_t)ids[i] * image_bytes, image_bytes);
        ck_assert_mem_eq(masks + i * mask_bytes, masks_in + (size_t)ids[i] * mask_bytes, mask_bytes);
    }
    ck_assert_int_eq(store_dataset_gather(dataset, ids, 0, images, masks), BASE_OK);
    ck_assert_int_eq(store_dataset_gather(dataset, ids, ASKED, NULL, NULL), BASE_OK);
    ids[3] = N;
    ck_assert_int_eq(store_dataset_gather(dataset, ids, ASKED, images, NULL), BASE_ERR_INTERNAL);
    ids[3] = -1;
    ck_assert_int_eq(store_dataset_gather(dataset, ids, ASKED, images, NULL), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_dataset_read(dataset, N, 1, images, NULL), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_dataset_read(dataset, 1, SIZE_MAX, images, NULL), BASE_ERR_INTERNAL);
    store_dataset_close(&dataset);
    free(masks);
    free(images);
    free(masks_in);
    free(images_in);
}
END_TEST

/* A data set of three chunks, the first `with` of which have twins. */
static base_status write_with_twins(size_t with, const uint8_t *twins)
{
    size_t samples = 3000, side = 16, rows = store_chunk_samples(16), first;
    uint8_t *images = fixture_images(samples, 16), *masks = fixture_masks(samples, 16);
    store_dataset_writer *writer = NULL;
    base_status status = BASE_OK;
    store_table table;

    fixture_table(samples, 16, &table);
    ck_assert_int_eq(store_dataset_begin(path, samples, 16, &writer), BASE_OK);
    for (first = 0; first < samples && status == BASE_OK; first += rows) {
        store_packed packed;

        ck_assert_int_eq(store_pack(images + first * side * side * 3, masks + first * side * 2, 16, &packed),
                         BASE_OK);
        if (first / rows < with)
            ck_assert_int_eq(store_pack_twins(twins + first * side * 2, 16, &packed), BASE_OK);
        status = store_dataset_append(writer, &packed);
        store_packed_clear(&packed);
    }
    if (status == BASE_OK)
        status = store_dataset_commit(&writer, &table);
    store_dataset_abandon(&writer);
    store_table_destroy(&table);
    free(masks);
    free(images);
    return status;
}

START_TEST(twins_come_back_and_older_files_have_none)
{
    static const int64_t ids[] = {2999, 0, 1024, 1023, 7};
    uint8_t *twins = fixture_masks(4096, 16), found[5 * 32], none[5 * 32] = {0};
    store_dataset *dataset;
    size_t i;

    ck_assert_int_eq(write_with_twins(3, twins), BASE_OK);
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    ck_assert_int_eq(store_dataset_verify(dataset), BASE_OK);
    ck_assert_int_eq(store_dataset_gather_twins(dataset, ids, 5, found), BASE_OK);
    for (i = 0; i < 5; i++)
        ck_assert_mem_eq(found + 32 * i, twins + 32 * ids[i], 32);
    ck_assert_int_eq(store_dataset_gather_twins(dataset, (int64_t[]){3000}, 1, found), BASE_ERR_INTERNAL);
    store_dataset_close(&dataset);
    ck_assert_int_eq(write_with_twins(0, NULL), BASE_OK);
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    ck_assert_int_eq(store_dataset_verify(dataset), BASE_OK);
    ck_assert_int_eq(store_dataset_gather_twins(dataset, ids, 5, found), BASE_OK);
    ck_assert_mem_eq(found, none, sizeof found);
    store_dataset_close(&dataset);
    ck_assert_int_eq(write_with_twins(2, twins), BASE_ERR_INTERNAL); /* all chunks or none */
    free(twins);
}
END_TEST

START_TEST(a_label_is_unknown_in_the_train_split_only)
{
    store_dataset_writer *writer = NULL;
    store_packed packed;
    store_table table;
    int split;

    for (split = STORE_SPLIT_TRAIN; split <= STORE_SPLIT_TEST; split++) {
        uint8_t *images = fixture_images(5, 8), *masks = fixture_masks(5, 8);

        fixture_table(5, 8, &table);
        table.label[1] = STORE_LABEL_UNKNOWN;
        table.split[1] = (uint8_t)split;
        ck_assert_int_eq(store_dataset_begin(path, 5, 8, &writer), BASE_OK);
        ck_assert_int_eq(store_pack(images, masks, 8, &packed), BASE_OK);
        ck_assert_int_eq(store_dataset_append(writer, &packed), BASE_OK);
        ck_assert_int_eq(store_dataset_commit(&writer, &table),
                         split == STORE_SPLIT_TRAIN ? BASE_OK : BASE_ERR_INTERNAL);
        store_packed_clear(&packed);
        store_table_destroy(&table);
        free(masks);
        free(images);
    }
}
END_TEST

START_TEST(same_data_set_gives_same_bytes)
{
    char first[BASE_DIGEST_TEXT], second[BASE_DIGEST_TEXT];

    fixture_dataset_write(path, 200, 33);
    ck_assert_int_eq(base_file_digest(path, first), BASE_OK);
    ck_assert_int_eq(unlink(path), 0);
    mallopt(M_PERTURB, 0x5a); /* memory that nobody wrote must not reach the file */
    fixture_dataset_write(path, 200, 33);
    ck_assert_int_eq(base_file_digest(path, second), BASE_OK);
    ck_assert_str_eq(first, second);
}
END_TEST

/* One chunk as HDF5's own filters store it. */
static void *chunk_by_hdf5(const store_h5 *h5, const char *object, const store_h5_shape *shape, bool deflate,
                           const uint8_t *bytes, hsize_t *size)
{
    hsize_t at[STORE_H5_RANK_MAX] = {0};
    uint32_t filters;
    hid_t dataset;
    void *chunk;

    ck_assert_int_eq(store_array_create(h5, object, shape, shape->dims[0], deflate, &dataset), BASE_OK);
    ck_assert_int_ge(H5Dwrite(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes), 0);
    ck_assert_int_ge(H5Dflush(dataset), 0);
    ck_assert_int_ge(H5Dget_chunk_storage_size(dataset, at, size), 0);
    chunk = malloc(*size);
    ck_assert_int_ge(H5Dread_chunk(dataset, H5P_DEFAULT, at, &filters, chunk), 0);
    ck_assert_uint_eq(filters, 0);
    H5Dclose(dataset);
    return chunk;
}

START_TEST(packed_chunks_are_those_of_hdf5)
{
    static const int32_t sizes[] = {1, 3, 9, 64, 333, 700};
    int32_t size = sizes[_i];
    int64_t rows = (int64_t)store_chunk_samples(size), row_bytes = (int64_t)store_mask_row_bytes(size);
    uint8_t *images = fixture_images((size_t)rows, size), *masks = fixture_masks((size_t)rows, size);
    hsize_t image_size, mask_size;
    void *image, *mask;
    store_packed packed;
    store_h5 h5;

    ck_assert_int_eq(store_h5_create(path, &h5), BASE_OK);
    image =
        chunk_by_hdf5(&h5, "/image", &(store_h5_shape){4, {rows, size, size, 3}}, false, images, &image_size);
    mask =
        chunk_by_hdf5(&h5, "/mask", &(store_h5_shape){3, {rows, size, row_bytes}}, true, masks, &mask_size);
    ck_assert_int_eq(store_pack(images, masks, size, &packed), BASE_OK);
    ck_assert_uint_eq(packed.image_size, image_size);
    ck_assert_mem_eq(packed.image, image, image_size);
    ck_assert_uint_eq(packed.mask_size, mask_size);
    ck_assert_mem_eq(packed.mask, mask, mask_size);
    ck_assert_uint_eq(packed.image_filters | packed.mask_filters, 0);
    store_h5_drop(&h5);
    store_packed_clear(&packed);
    store_packed_clear(&packed);
    store_packed_clear(NULL);
    free(mask);
    free(image);
    free(masks);
    free(images);
}
END_TEST

START_TEST(checksum_is_fletchers)
{
    /* sums by hand: words 0x0102 and 0x0304, then 0x0500 for the odd byte */
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    uint8_t ones[2000];

    ck_assert_uint_eq(store_pack_fletcher32(bytes, 4), (uint32_t)(0x0102 + 0x0406) << 16 | 0x0406);
    ck_assert_uint_eq(store_pack_fletcher32(bytes, 5), (uint32_t)(0x0102 + 0x0406 + 0x0906) << 16 | 0x0906);
    memset(ones, 0xff,
           sizeof ones); /* every word is 65535, which is 0 in this arithmetic and kept as 65535 */
    ck_assert_uint_eq(store_pack_fletcher32(ones, sizeof ones), 0xffffffff);
    memset(ones, 0, sizeof ones);
    ck_assert_uint_eq(store_pack_fletcher32(ones, sizeof ones), 0);
}
END_TEST

START_TEST(chunks_hold_about_a_mebibyte)
{
    ck_assert_uint_eq(store_chunk_samples(1), 1024);
    ck_assert_uint_eq(store_chunk_samples(64), 85);
    ck_assert_uint_eq(store_chunk_samples(591), 1);
    ck_assert_uint_eq(store_chunk_samples(STORE_SIZE_MAX), 1);
    ck_assert_uint_eq(store_mask_row_bytes(64), 8);
    ck_assert_uint_eq(store_mask_row_bytes(65), 9);
}
END_TEST

START_TEST(digest_covers_pixels_and_table)
{
    char digests[3][BASE_DIGEST_TEXT];
    int change;

    for (change = 0; change < 3; change++) {
        uint8_t *images = fixture_images(5, 32), *masks = fixture_masks(5, 32);
        store_dataset_writer *writer = NULL;
        store_packed packed;
        store_table table;

        fixture_table(5, 32, &table);
        images[0] = (uint8_t)(images[0] ^ (change == 1));
        table.image_info[2].file_name[0] = change == 2 ? 'X' : table.image_info[2].file_name[0];
        ck_assert_int_eq(store_dataset_begin(path, 5, 32, &writer), BASE_OK);
        ck_assert_int_eq(store_pack(images, masks, 32, &packed), BASE_OK);
        ck_assert_int_eq(store_dataset_append(writer, &packed), BASE_OK);
        ck_assert_int_eq(store_dataset_commit(&writer, &table), BASE_OK);
        memcpy(digests[change], table.digest, sizeof table.digest);
        store_packed_clear(&packed);
        store_table_destroy(&table);
        free(masks);
        free(images);
    }
    ck_assert_str_ne(digests[0], digests[1]);
    ck_assert_str_ne(digests[0], digests[2]);
    ck_assert_str_ne(digests[1], digests[2]);
}
END_TEST

START_TEST(impossible_data_sets_are_not_begun)
{
    store_dataset_writer *writer = NULL;

    ck_assert_int_eq(store_dataset_begin(path, 0, 8, &writer), BASE_ERR_USAGE);
    ck_assert_int_eq(store_dataset_begin(path, 1, 0, &writer), BASE_ERR_USAGE);
    ck_assert_int_eq(store_dataset_begin(path, 1, STORE_SIZE_MAX + 1, &writer), BASE_ERR_USAGE);
    ck_assert_int_eq(store_dataset_begin("/nonexistent/dataset.h5", 1, 8, &writer), BASE_ERR_IO);
    ck_assert_ptr_null(writer);
}
END_TEST

START_TEST(unfinished_or_contradicting_data_sets_are_not_committed)
{
    uint8_t *images = fixture_images(5, 8), *masks = fixture_masks(5, 8);
    char temporary[PATH_MAX];
    store_packed packed;
    store_table table;
    int fault;

    fixture_path(folder, "dataset.h5.tmp", temporary);
    ck_assert_int_eq(store_pack(images, masks, 8, &packed), BASE_OK);
    for (fault = 0; fault < 3; fault++) {
        store_dataset_writer *writer = NULL;

        fixture_table(fault == 1 ? 6 : 5, 8, &table);
        ck_assert_int_eq(store_dataset_begin(path, 5, 8, &writer), BASE_OK);
        if (fault > 0) {
            ck_assert_int_eq(store_dataset_append(writer, &packed), BASE_OK);
            ck_assert_int_eq(store_dataset_append(writer, &packed), BASE_ERR_INTERNAL);
        }
        if (fault == 2)
            table.label[4] = FIXTURE_CLASSES;
        ck_assert_int_eq(store_dataset_commit(&writer, &table), BASE_ERR_INTERNAL);
        ck_assert_ptr_null(writer);
        ck_assert(!base_file_exists(path));
        ck_assert(!base_file_exists(temporary));
        store_table_destroy(&table);
    }
    store_packed_clear(&packed);
    free(masks);
    free(images);
}
END_TEST

/* Begin, append, commit, abandon: as a job does that stops at the first failure. */
static base_status write_small(const store_packed *packed)
{
    store_dataset_writer *writer = NULL;
    store_table table;
    base_status status = store_dataset_begin(path, 5, 32, &writer);

    fixture_table(5, 32, &table);
    if (status == BASE_OK)
        status = store_dataset_append(writer, packed);
    if (status == BASE_OK)
        status = store_dataset_commit(&writer, &table);
    store_dataset_abandon(&writer);
    store_table_destroy(&table);
    return status;
}

START_TEST(full_disk_is_an_error_that_leaves_nothing_behind)
{
    static const rlim_t limits[] = {0, 1000, 500000, 1050000};
    const struct rlimit full = {limits[_i], RLIM_INFINITY}, free_again = {RLIM_INFINITY, RLIM_INFINITY};
    uint8_t *images = fixture_images(5, 32), *masks = fixture_masks(5, 32);
    char temporary[PATH_MAX];
    store_packed packed;
    base_status status;

    fixture_path(folder, "dataset.h5.tmp", temporary);
    ck_assert_int_eq(store_pack(images, masks, 32, &packed), BASE_OK);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    status = write_small(&packed);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &free_again), 0);
    ck_assert_int_eq(status, BASE_ERR_IO);
    ck_assert(!base_file_exists(path));
    ck_assert(!base_file_exists(temporary));
    ck_assert_int_eq(write_small(&packed), BASE_OK);
    store_packed_clear(&packed);
    free(masks);
    free(images);
}
END_TEST

START_TEST(abandoning_removes_the_temporary_file)
{
    store_dataset_writer *writer = NULL;
    char temporary[PATH_MAX];

    fixture_path(folder, "dataset.h5.tmp", temporary);
    ck_assert_int_eq(store_dataset_begin(path, 5, 8, &writer), BASE_OK);
    ck_assert(base_file_exists(temporary));
    store_dataset_abandon(&writer);
    ck_assert(!base_file_exists(temporary));
    store_dataset_abandon(&writer);
}
END_TEST

static void write_bytes(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Open, read everything and verify; leaves what was read in images and masks. */
static base_status read_whole(size_t samples, uint8_t *images, uint8_t *masks)
{
    store_dataset *dataset = NULL;
    base_status status = store_dataset_open(path, &dataset);

    if (status == BASE_OK && store_dataset_table(dataset)->samples != samples)
        status = BASE_ERR_INTERNAL;
    if (status == BASE_OK)
        status = store_dataset_read(dataset, 0, samples, images, masks);
    if (status == BASE_OK)
        status = store_dataset_verify(dataset);
    store_dataset_close(&dataset);
    return status;
}

START_TEST(truncated_data_sets_are_refused)
{
    char *bytes;
    size_t size, i;

    fixture_dataset_write(path, 40, 16);
    ck_assert_int_eq(base_file_read(path, &bytes, &size), BASE_OK);
    for (i = 0; i < 20; i++) {
        store_dataset *dataset = NULL;
        base_status status;

        write_bytes(bytes, size * i / 20);
        status = store_dataset_open(path, &dataset);
        ck_assert_msg(status == BASE_ERR_IO || status == BASE_ERR_INPUT, "status %d at %zu/20", status, i);
        ck_assert_ptr_null(dataset);
    }
    free(bytes);
}
END_TEST

START_TEST(flipped_bits_are_found_or_harmless)
{
    enum { N = 40, SIZE = 16 };
    uint8_t *images_in = fixture_images(N, SIZE), *masks_in = fixture_masks(N, SIZE);
    uint8_t images[N * SIZE * SIZE * 3], masks[N * SIZE * SIZE / 8];
    size_t size, at, found = 0, harmless = 0;
    struct stat info;

    fixture_dataset_write(path, N, SIZE);
    ck_assert_int_eq(stat(path, &info), 0);
    size = (size_t)info.st_size;
    for (at = 0; at < size; at += at < 4096 || at + 40000 > size ? 61 : 7919) { /* less of the pixels */
        fixture_flip(path, at, (int)(at % 8));
        if (read_whole(N, images, masks) == BASE_OK) {
            ck_assert_mem_eq(images, images_in, sizeof images);
            ck_assert_mem_eq(masks, masks_in, sizeof masks);
            harmless++;
        } else {
            found++;
        }
        fixture_flip(path, at, (int)(at % 8));
    }
    printf("bit flips: %zu found, %zu harmless\n", found, harmless);
    ck_assert_uint_gt(found, 100);
    free(masks_in);
    free(images_in);
}
END_TEST

/* ---- files that lie ---- */

/* Open the data set for damage by HDF5's own functions, close it after. */
static hid_t open_to_damage(void)
{
    hid_t file;

    fixture_dataset_write(path, 40, 16);
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    return file;
}

static void expect_refusal(hid_t file)
{
    store_dataset *dataset = NULL;

    ck_assert_int_ge(H5Fclose(file), 0);
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_ERR_INPUT);
    ck_assert_ptr_null(dataset);
}

/* Overwrite one element of a column. */
static void poke(hid_t file, const char *object, hsize_t at, hid_t type, const void *value)
{
    hid_t dataset = H5Dopen2(file, object, H5P_DEFAULT), space = H5Dget_space(dataset);
    hsize_t one = 1;
    hid_t memory = H5Screate_simple(1, &one, NULL);

    ck_assert_int_ge(H5Sselect_elements(space, H5S_SELECT_SET, 1, &at), 0);
    ck_assert_int_ge(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value), 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
}

START_TEST(wrong_values_are_refused)
{
    static const int64_t negative = -5, many = FIXTURE_CLASSES, unknown = 6;
    static const struct {
        const char *object;
        const int64_t *value;
    } faults[] = {{"/samples/label", &negative},   {"/samples/label", &many}, {"/samples/split", &many},
                  {"/samples/image_id", &unknown}, {"/images/id", &negative}, {"/images/width", &negative}};
    hid_t file = open_to_damage();

    poke(file, faults[_i].object, 3, H5T_NATIVE_INT64, faults[_i].value);
    expect_refusal(file);
}
END_TEST

START_TEST(unusable_statistics_are_refused)
{
    static const float bad[] = {0, -1, NAN, INFINITY};
    hid_t file = open_to_damage(), attribute = H5Aopen(file, "std", H5P_DEFAULT);
    float std[3] = {1, 1, bad[_i]};

    ck_assert_int_ge(H5Awrite(attribute, H5T_NATIVE_FLOAT, std), 0);
    H5Aclose(attribute);
    expect_refusal(file);
}
END_TEST

START_TEST(other_versions_and_kinds_are_refused)
{
    int32_t version = 2;
    hid_t file = open_to_damage(), attribute = H5Aopen(file, "schema_version", H5P_DEFAULT);

    ck_assert_int_ge(H5Awrite(attribute, H5T_NATIVE_INT32, &version), 0);
    H5Aclose(attribute);
    expect_refusal(file);
    file = open_to_damage();
    ck_assert_int_ge(H5Adelete(file, "schema"), 0);
    expect_refusal(file);
    file = open_to_damage();
    ck_assert_int_ge(H5Adelete(file, "mean"), 0);
    expect_refusal(file);
}
END_TEST

/* Put another dataset in the place of one. */
static void replace(hid_t file, const char *object, hid_t type, int rank, const hsize_t *dims,
                    const hsize_t *chunk)
{
    hid_t space = H5Screate_simple(rank, dims, NULL), properties = H5Pcreate(H5P_DATASET_CREATE), dataset;

    ck_assert_int_ge(H5Ldelete(file, object, H5P_DEFAULT), 0);
    if (chunk) {
        ck_assert_int_ge(H5Pset_chunk(properties, rank, chunk), 0);
        ck_assert_int_ge(H5Pset_fletcher32(properties), 0);
    }
    dataset = H5Dcreate2(file, object, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert_int_ge(dataset, 0);
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Sclose(space);
}

START_TEST(wrong_types_and_shapes_are_refused)
{
    static const hsize_t right[] = {40}, wrong[] = {39}, absurd[] = {(hsize_t)1 << 40};
    static const hsize_t pixels[] = {(hsize_t)1 << 30, 16, 16, 3}, pixel_chunk[] = {1024, 16, 16, 3};
    static const hsize_t odd[] = {40, 16, 15, 3}, none[] = {0, 16, 16, 3};
    hid_t file = open_to_damage();

    switch (_i) {
    case 0: /* type */
        replace(file, "/samples/label", H5T_STD_I64LE, 1, right, right);
        break;
    case 1: /* length */
        replace(file, "/samples/label", H5T_STD_I32LE, 1, wrong, wrong);
        break;
    case 2: /* rank */
        replace(file, "/samples/label", H5T_STD_I32LE, 4, odd, odd);
        break;
    case 3: /* chunks that were never written */
        replace(file, "/samples/label", H5T_STD_I32LE, 1, right, right);
        break;
    case 4: /* no checksums */
        replace(file, "/samples/label", H5T_STD_I32LE, 1, right, NULL);
        break;
    case 5: /* more samples than any disk holds */
        replace(file, "/samples/image", H5T_STD_U8LE, 4, pixels, pixel_chunk);
        break;
    case 6:
        replace(file, "/images/id", H5T_STD_I64LE, 1, absurd, right);
        break;
    case 7: /* not square */
        replace(file, "/samples/image", H5T_STD_U8LE, 4, odd, odd);
        break;
    case 8: /* no samples */
        replace(file, "/samples/image", H5T_STD_U8LE, 4, none, NULL);
        break;
    default: /* big-endian */
        replace(file, "/samples/label", H5T_STD_I32BE, 1, right, right);
        break;
    }
    expect_refusal(file);
}
END_TEST

START_TEST(objects_elsewhere_are_not_followed)
{
    hid_t file = open_to_damage();

    ck_assert_int_ge(H5Ldelete(file, "/samples/label", H5P_DEFAULT), 0);
    ck_assert_int_ge(
        H5Lcreate_external("/etc/other.h5", "/label", file, "/samples/label", H5P_DEFAULT, H5P_DEFAULT), 0);
    expect_refusal(file);
    file = open_to_damage();
    ck_assert_int_ge(H5Lmove(file, "/samples/split", file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT), 0);
    ck_assert_int_ge(H5Lcreate_soft("/elsewhere", file, "/samples/split", H5P_DEFAULT, H5P_DEFAULT), 0);
    expect_refusal(file);
    file = open_to_damage();
    ck_assert_int_ge(H5Ldelete(file, "/samples/label", H5P_DEFAULT), 0);
    H5Gclose(H5Gcreate2(file, "/samples/label", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    expect_refusal(file);
}
END_TEST

/* A chunk with sound checksums that inflates to less than its size: HDF5 would take the rest from beyond its
 * end. */
START_TEST(short_masks_are_refused)
{
    hid_t file = open_to_damage(), dataset = H5Dopen2(file, "/samples/mask", H5P_DEFAULT);
    uint8_t few[16] = {0}, masks[40 * 16 * 2], stream[128];
    uLongf length = sizeof stream - sizeof(uint32_t);
    store_dataset *opened = NULL;
    hsize_t at[3] = {0};
    uint32_t sum;

    ck_assert_int_eq(compress2(stream, &length, few, sizeof few, 6), Z_OK);
    sum = store_pack_fletcher32(stream, length);
    memcpy(stream + length, &sum, sizeof sum);
    ck_assert_int_ge(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, at, length + sizeof sum, stream), 0);
    H5Dclose(dataset);
    H5Fclose(file);
    ck_assert_int_eq(store_dataset_open(path, &opened), BASE_OK);
    ck_assert_int_ne(store_dataset_read(opened, 0, 40, NULL, masks), BASE_OK);
    store_dataset_close(&opened);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dataset");
    TCase *tests = tcase_create("dataset");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, data_set_comes_back_equal, 0, sizeof shapes / sizeof *shapes);
    tcase_add_test(tests, scattered_samples_arrive_in_the_order_asked_for);
    tcase_add_test(tests, twins_come_back_and_older_files_have_none);
    tcase_add_test(tests, a_label_is_unknown_in_the_train_split_only);
    tcase_add_test(tests, same_data_set_gives_same_bytes);
    tcase_add_loop_test(tests, packed_chunks_are_those_of_hdf5, 0, 6);
    tcase_add_test(tests, checksum_is_fletchers);
    tcase_add_test(tests, chunks_hold_about_a_mebibyte);
    tcase_add_test(tests, digest_covers_pixels_and_table);
    tcase_add_test(tests, impossible_data_sets_are_not_begun);
    tcase_add_test(tests, unfinished_or_contradicting_data_sets_are_not_committed);
    tcase_add_loop_test(tests, full_disk_is_an_error_that_leaves_nothing_behind, 0, 4);
    tcase_add_test(tests, abandoning_removes_the_temporary_file);
    tcase_add_test(tests, truncated_data_sets_are_refused);
    tcase_add_test(tests, flipped_bits_are_found_or_harmless);
    tcase_add_loop_test(tests, wrong_values_are_refused, 0, 6);
    tcase_add_loop_test(tests, unusable_statistics_are_refused, 0, 4);
    tcase_add_test(tests, other_versions_and_kinds_are_refused);
    tcase_add_loop_test(tests, wrong_types_and_shapes_are_refused, 0, 10);
    tcase_add_test(tests, objects_elsewhere_are_not_followed);
    tcase_add_test(tests, short_masks_are_refused);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
