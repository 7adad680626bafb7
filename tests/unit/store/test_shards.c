/** Data sets whose pixels lie in several files: read as one, and what is missing, mixed up or damaged. */
#include "base_file.h"
#include "store_check.h"
#include "store_fixture.h"
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE    64
#define SAMPLES 430 /* five chunks of 85 and one of 5 */
#define CHUNKS  6

static char folder[PATH_MAX], path[PATH_MAX], whole[PATH_MAX];

static void setup(void)
{
    fixture_folder_make(folder);
    fixture_path(folder, "sharded.h5", path);
    fixture_path(folder, "whole.h5", whole);
}

static void teardown(void)
{
    fixture_folder_remove(folder);
}

static void shard_path(size_t shard, char out[PATH_MAX])
{
    char name[64];

    snprintf(name, sizeof name, "sharded.h5.shard-%03zu", shard);
    fixture_path(folder, name, out);
}

/* The first `chunks` chunks of the fixture's data set, each with its masks as twins of the next. */
static void append_chunks(store_dataset_writer *writer, size_t chunks)
{
    size_t rows = store_chunk_samples(SIZE), mask = SIZE * store_mask_row_bytes(SIZE), c;
    uint8_t *images = fixture_images(SAMPLES, SIZE), *masks = fixture_masks(SAMPLES, SIZE);
    base_status status = BASE_OK;

    for (c = 0; c < chunks && status == BASE_OK; c++) {
        store_packed packed;

        status = store_pack(images + c * rows * SIZE * SIZE * 3, masks + c * rows * mask, SIZE, &packed);
        if (status == BASE_OK)
            status = store_pack_twins(masks + (CHUNKS - 1 - c) * rows * mask, SIZE, &packed);
        if (status == BASE_OK)
            status = store_dataset_append(writer, &packed);
        store_packed_clear(&packed);
    }
    ck_assert_int_eq(status, BASE_OK);
    free(masks);
    free(images);
}

/* @param shards  0: in one file */
static void write_data_set(const char *where, size_t shards)
{
    store_dataset_writer *writer = NULL;
    store_table table;

    fixture_table(SAMPLES, SIZE, &table);
    ck_assert_int_eq(shards ? store_dataset_begin_shards(where, SAMPLES, SIZE, shards, &writer)
                            : store_dataset_begin(where, SAMPLES, SIZE, &writer),
                     BASE_OK);
    append_chunks(writer, CHUNKS);
    ck_assert_int_eq(store_dataset_commit(&writer, &table), BASE_OK);
    store_table_destroy(&table);
}

static base_status open_and_verify(void)
{
    store_dataset *dataset = NULL;
    base_status status = store_dataset_open(path, &dataset);

    if (status == BASE_OK)
        status = store_dataset_verify(dataset);
    store_dataset_close(&dataset);
    return status;
}

/* Everything of a data set's pixels in a block of bytes: images, masks, twins, and scattered images. */
static uint8_t *read_all(const char *where, char digest[BASE_DIGEST_TEXT])
{
    static const int64_t scattered[] = {429, 0, 85, 84, 255, 254, 340, 1};
    size_t image = SIZE * SIZE * 3, mask = SIZE * store_mask_row_bytes(SIZE), count = 8;
    uint8_t *bytes = calloc(SAMPLES + count, image + 2 * mask);
    uint8_t *masks = bytes + SAMPLES * image, *twins = masks + SAMPLES * mask;
    int64_t all[SAMPLES], i;
    store_dataset *dataset = NULL;

    for (i = 0; i < SAMPLES; i++)
        all[i] = i;
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(store_dataset_open(where, &dataset), BASE_OK);
    ck_assert_int_eq(store_dataset_read(dataset, 0, SAMPLES, bytes, masks), BASE_OK);
    ck_assert_int_eq(store_dataset_gather_twins(dataset, all, SAMPLES, twins), BASE_OK);
    ck_assert_int_eq(store_dataset_gather(dataset, scattered, count, twins + SAMPLES * mask, NULL), BASE_OK);
    ck_assert_int_eq(store_dataset_verify(dataset), BASE_OK);
    memcpy(digest, store_dataset_table(dataset)->digest, BASE_DIGEST_TEXT);
    store_dataset_close(&dataset);
    return bytes;
}

static const size_t counts[] = {1, 2, 4, CHUNKS, 200};

START_TEST(shards_are_read_as_one)
{
    size_t bytes = (SAMPLES + 8) * (size_t)(SIZE * SIZE * 3 + 2 * SIZE * SIZE / 8), files, i;
    size_t expected = counts[_i] < CHUNKS ? counts[_i] : CHUNKS, problems;
    char digest[2][BASE_DIGEST_TEXT], shard[PATH_MAX];
    uint8_t *one, *many;

    write_data_set(whole, 0);
    write_data_set(path, counts[_i]);
    one = read_all(whole, digest[0]);
    many = read_all(path, digest[1]);
    ck_assert_mem_eq(one, many, bytes);
    ck_assert_str_eq(digest[0], digest[1]);
    free(one);
    free(many);
    ck_assert_int_eq(store_check_file(path, STORE_SCHEMAS, &problems), BASE_OK);
    for (files = 0; shard_path(files, shard), base_file_exists(shard); files++)
        ck_assert_int_eq(store_check_file(shard, STORE_SCHEMAS, &problems), BASE_OK);
    ck_assert_uint_eq(files, expected);
    for (i = 0; i < files; i++) {
        shard_path(i, shard);
        strcat(shard, ".tmp");
        ck_assert(!base_file_exists(shard));
    }
}
END_TEST

START_TEST(missing_shard_is_an_error)
{
    char shard[PATH_MAX];

    write_data_set(path, 3);
    shard_path(1, shard);
    ck_assert_int_eq(unlink(shard), 0);
    ck_assert_int_eq(open_and_verify(), BASE_ERR_NOT_FOUND);
}
END_TEST

START_TEST(mixed_up_shards_are_refused)
{
    char first[PATH_MAX], second[PATH_MAX], aside[PATH_MAX];

    write_data_set(path, 3);
    shard_path(0, first);
    shard_path(1, second);
    fixture_path(folder, "aside", aside);
    ck_assert_int_eq(rename(first, aside) | rename(second, first) | rename(aside, second), 0);
    ck_assert_int_eq(open_and_verify(), BASE_ERR_INPUT);
    ck_assert_int_eq(rename(first, aside) | rename(second, first) | rename(aside, second), 0);
    ck_assert_int_eq(open_and_verify(), BASE_OK);
    fixture_dataset_write(second, SAMPLES, SIZE); /* a data set in a shard's place */
    ck_assert_int_eq(open_and_verify(), BASE_ERR_INPUT);
}
END_TEST

/* Put a value into one element of an array. */
static void poke(const char *file, const char *object, const char *bytes, size_t size)
{
    hid_t h5 = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT), dataset = H5Dopen2(h5, object, H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), memory = H5Screate(H5S_SCALAR);
    hsize_t at = 1;
    char value[512] = {0};

    memcpy(value, bytes, size);
    ck_assert_int_ge(H5Sselect_elements(space, H5S_SELECT_SET, 1, &at), 0);
    ck_assert_int_ge(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value), 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(h5);
}

static const struct {
    const char *object, *bytes;
    size_t size;
} lies[] = {{"/shards/name", "../sharded.h5.shard-001", 24},
            {"/shards/name", "", 1},
            {"/shards/name", "sharded.h5.shard-000", 21},
            {"/shards/digest", "00000000000000000000000000000000", 32},
            {"/shards/samples", "\1\0\0\0\0\0\0", 8}};

START_TEST(false_rows_of_shards_are_refused)
{
    write_data_set(path, 3);
    poke(path, lies[_i].object, lies[_i].bytes, lies[_i].size);
    ck_assert_int_eq(open_and_verify(), BASE_ERR_INPUT);
}
END_TEST

START_TEST(damage_in_a_shard_is_found)
{
    char shard[PATH_MAX];

    write_data_set(path, 3);
    shard_path(2, shard);
    fixture_flip(shard, 500000, 3); /* among pixels */
    ck_assert_int_eq(open_and_verify(), BASE_ERR_INPUT);
    write_data_set(path, 3);
    ck_assert_int_eq(truncate(shard, 300000), 0);
    ck_assert_int_eq(open_and_verify(), BASE_ERR_INPUT);
}
END_TEST

START_TEST(unfinished_shards_leave_the_old_data_set_alone)
{
    store_dataset_writer *writer = NULL;
    char shard[PATH_MAX];
    size_t i;

    write_data_set(path, 3);
    ck_assert_int_eq(store_dataset_begin_shards(path, SAMPLES, SIZE, 2, &writer), BASE_OK);
    append_chunks(writer, 4);
    store_dataset_abandon(&writer);
    ck_assert_int_eq(open_and_verify(), BASE_OK);
    for (i = 0; i < 3; i++) {
        shard_path(i, shard);
        strcat(shard, ".tmp");
        ck_assert(!base_file_exists(shard));
    }
}
END_TEST

START_TEST(impossible_numbers_of_shards_are_not_begun)
{
    store_dataset_writer *writer = NULL;

    ck_assert_int_eq(store_dataset_begin_shards(path, 5, 8, 0, &writer), BASE_ERR_USAGE);
    ck_assert_int_eq(store_dataset_begin_shards(path, 5, 8, STORE_SHARDS_MAX + 1, &writer), BASE_ERR_USAGE);
    ck_assert_int_eq(store_dataset_begin_shards("/nonexistent/d.h5", 5, 8, 2, &writer), BASE_ERR_IO);
    ck_assert_ptr_null(writer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_shards");
    TCase *cases = tcase_create("shards");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, shards_are_read_as_one, 0, (int)(sizeof counts / sizeof *counts));
    tcase_add_test(cases, missing_shard_is_an_error);
    tcase_add_test(cases, mixed_up_shards_are_refused);
    tcase_add_loop_test(cases, false_rows_of_shards_are_refused, 0, (int)(sizeof lies / sizeof *lies));
    tcase_add_test(cases, damage_in_a_shard_is_found);
    tcase_add_test(cases, unfinished_shards_leave_the_old_data_set_alone);
    tcase_add_test(cases, impossible_numbers_of_shards_are_not_begun);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
