/** Schemas: they describe the files that the code writes, and every kind of deviation is found. */
#include "store_array.h"
#include "store_fixture.h"
#include "store_schema.h"
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[PATH_MAX], path[PATH_MAX];

static void setup(void)
{
    fixture_folder_make(folder);
}

static void teardown(void)
{
    fixture_folder_remove(folder);
}

static void make_round(void)
{
    store_round round;

    fixture_round(1, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 1, path, sizeof path), BASE_OK);
    store_round_destroy(&round);
}

static void make_dataset(void)
{
    fixture_path(folder, "dataset.h5", path);
    fixture_dataset_write(path, 200, 64);
}

static void expect_problems(size_t expected)
{
    size_t problems = 99;
    base_status status = store_schema_check(path, STORE_SCHEMAS, &problems);

    ck_assert_uint_eq(problems, expected);
    ck_assert_int_eq(status, expected == 0 ? BASE_OK : BASE_ERR_INPUT);
}

START_TEST(files_of_the_code_fit_the_schemas)
{
    make_round();
    expect_problems(0);
    make_dataset();
    expect_problems(0);
}
END_TEST

/* ---- one deviation each ---- */

static void new_dataset(hid_t file, const char *object, hid_t type, int rank, const hsize_t *dims,
                        bool checksum)
{
    hid_t space = H5Screate_simple(rank, dims, NULL), properties = H5Pcreate(H5P_DATASET_CREATE), dataset;

    H5Pset_chunk(properties, rank, dims);
    if (checksum)
        H5Pset_fletcher32(properties);
    H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
    H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    dataset = H5Dcreate2(file, object, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert_int_ge(dataset, 0);
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Sclose(space);
}

static void delete_object(hid_t file, const char *object)
{
    ck_assert_int_ge(H5Ldelete(file, object, H5P_DEFAULT), 0);
}

static void missing_dataset(hid_t file)
{
    delete_object(file, "/pool/copies");
}

static void missing_group(hid_t file)
{
    delete_object(file, "/optimizer");
}

static void missing_attribute(hid_t file)
{
    ck_assert_int_ge(H5Adelete_by_name(file, "/rng", "seed", H5P_DEFAULT), 0);
}

static void unknown_dataset(hid_t file)
{
    new_dataset(file, "/pool/more", H5T_STD_U8LE, 1, (hsize_t[]){3}, true);
}

static void unknown_group(hid_t file)
{
    H5Gclose(H5Gcreate2(file, "/more", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void unknown_attribute(hid_t file)
{
    hid_t space = H5Screate(H5S_SCALAR);

    H5Aclose(H5Acreate_by_name(file, "/scores/sample", "more", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT,
                               H5P_DEFAULT));
    H5Sclose(space);
}

static void wrong_type(hid_t file)
{
    delete_object(file, "/pool/copies");
    new_dataset(file, "/pool/copies", H5T_STD_I64LE, 1, (hsize_t[]){40}, true);
}

static void wrong_rank(hid_t file)
{
    delete_object(file, "/pool/copies");
    new_dataset(file, "/pool/copies", H5T_STD_I32LE, 2, (hsize_t[]){40, 1}, true);
}

static void letter_of_two_sizes(hid_t file)
{
    delete_object(file, "/pool/copies");
    new_dataset(file, "/pool/copies", H5T_STD_I32LE, 1, (hsize_t[]){41}, true);
}

static void number_unlike_the_schemas(hid_t file)
{
    delete_object(file, "/plan");
    hid_t text = H5Tcopy(H5T_C_S1);

    H5Tset_cset(text, H5T_CSET_UTF8);
    H5Tset_size(text, 4);
    new_dataset(file, "/plan", text, 1, (hsize_t[]){2}, true);
    H5Tclose(text);
}

static void no_checksum(hid_t file)
{
    delete_object(file, "/pool/copies");
    new_dataset(file, "/pool/copies", H5T_STD_I32LE, 1, (hsize_t[]){40}, false);
}

static void group_for_dataset(hid_t file)
{
    delete_object(file, "/pool/copies");
    H5Gclose(H5Gcreate2(file, "/pool/copies", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void soft_link(hid_t file)
{
    delete_object(file, "/pool/copies");
    ck_assert_int_ge(H5Lcreate_soft("/pool/label", file, "/pool/copies", H5P_DEFAULT, H5P_DEFAULT), 0);
}

static void tensor_of_another_type(hid_t file)
{
    new_dataset(file, "/model/fc.more", H5T_IEEE_F64LE, 1, (hsize_t[]){3}, true);
}

static void group_among_tensors(hid_t file)
{
    H5Gclose(H5Gcreate2(file, "/model/fc", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void attribute_of_another_type(hid_t file)
{
    hid_t space = H5Screate(H5S_SCALAR);

    missing_attribute(file);
    H5Aclose(
        H5Acreate_by_name(file, "/rng", "seed", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
}

static void two_deviations(hid_t file)
{
    missing_dataset(file);
    unknown_group(file);
}

static const struct {
    void (*damage)(hid_t file);
    size_t problems;
} deviations[] = {
    {missing_dataset, 1},     {missing_group, 1},
    {missing_attribute, 1},   {unknown_dataset, 1},
    {unknown_group, 1},       {unknown_attribute, 1},
    {wrong_type, 1},          {wrong_rank, 1},
    {letter_of_two_sizes, 1}, {number_unlike_the_schemas, 1},
    {no_checksum, 1},         {group_for_dataset, 1},
    {soft_link, 1},           {tensor_of_another_type, 1},
    {group_among_tensors, 1}, {attribute_of_another_type, 1},
    {two_deviations, 2},
};

START_TEST(every_deviation_is_found)
{
    hid_t file;

    make_round();
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    deviations[_i].damage(file);
    ck_assert_int_ge(H5Fclose(file), 0);
    expect_problems(deviations[_i].problems);
}
END_TEST

START_TEST(tensors_may_have_any_name_and_shape)
{
    hid_t file;

    make_round();
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    new_dataset(file, "/model/another.one", H5T_IEEE_F32LE, 3, (hsize_t[]){2, 3, 4}, true);
    ck_assert_int_ge(H5Fclose(file), 0);
    expect_problems(0);
}
END_TEST

/* Flip a bit in the first chunk of an array. */
static void flip(const char *object)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(file, object, H5P_DEFAULT);
    hsize_t at[4] = {0}, size;
    unsigned filters;
    haddr_t address;

    ck_assert_int_ge(H5Dget_chunk_info_by_coord(dataset, at, &filters, &address, &size), 0);
    H5Dclose(dataset);
    H5Fclose(file);
    fixture_flip(path, address + size / 2, 3);
}

START_TEST(damaged_chunks_are_found)
{
    static const char *const in_round[] = {"/model/fc.weight", "/config", "/scores/cam_sum"};
    static const char *const in_dataset[] = {"/samples/image", "/samples/mask", "/images/file_name"};
    size_t i;

    make_round();
    for (i = 0; i < 3; i++)
        flip(in_round[i]);
    expect_problems(3);
    make_dataset();
    for (i = 0; i < 3; i++)
        flip(in_dataset[i]);
    expect_problems(3);
}
END_TEST

START_TEST(other_kinds_and_versions_are_refused)
{
    static const char *const kinds[] = {"camal-", "camal-../round", "camal-Round", "other"};
    static const int32_t version = 7;
    size_t i;

    for (i = 0; i < 5; i++) {
        store_h5_type type = STORE_H5_TYPE_TEXT(32);
        char text[32] = "camal-round";
        store_h5 h5;

        fixture_path(folder, "other.h5", path);
        ck_assert_int_eq(store_h5_create(path, &h5), BASE_OK);
        if (i < 4)
            snprintf(text, sizeof text, "%s", kinds[i]);
        ck_assert_int_eq(store_h5_write_attribute(&h5, "/", "schema", type, 0, text), BASE_OK);
        ck_assert_int_eq(store_h5_write_attribute(&h5, "/", "schema_version", STORE_H5_I32, 0, &version),
                         BASE_OK);
        ck_assert_int_eq(store_h5_close(&h5), BASE_OK);
        expect_problems(1);
    }
}
END_TEST

START_TEST(unknown_kind_names_its_missing_schema)
{
    store_h5_type type = STORE_H5_TYPE_TEXT(32);
    char text[32] = "camal-unheard";
    size_t problems;
    store_h5 h5;

    fixture_path(folder, "other.h5", path);
    ck_assert_int_eq(store_h5_create(path, &h5), BASE_OK);
    ck_assert_int_eq(store_h5_write_attribute(&h5, "/", "schema", type, 0, text), BASE_OK);
    ck_assert_int_eq(store_h5_close(&h5), BASE_OK);
    ck_assert_int_eq(store_schema_check(path, STORE_SCHEMAS, &problems), BASE_ERR_IO);
}
END_TEST

START_TEST(files_that_cannot_be_read_are_errors)
{
    size_t problems;

    fixture_path(folder, "absent.h5", path);
    ck_assert_int_eq(store_schema_check(path, STORE_SCHEMAS, &problems), BASE_ERR_NOT_FOUND);
    make_round();
    ck_assert_int_eq(store_schema_check(path, folder, &problems), BASE_ERR_IO);
    ck_assert_int_eq(store_schema_check(path, folder, NULL), BASE_ERR_IO);
}
END_TEST

START_TEST(schemas_that_make_no_sense_are_errors)
{
    static const char head[] = "schema: camal-round\nversion: 1\nabout: x\n";
    static const char *const rest[] = {
        "letters: []\nobjects: [{path: /x, kind: dataset, type: u8, dims: [N], required: no, meaning: x}]\n",
        "letters: []\nobjects: [{path: /x, kind: pipe, type: i32, required: yes, meaning: x}]\n",
        "letters: []\nobjects: [{path: /x, kind: dataset, type: i16, required: yes, meaning: x}]\n",
        "letters: []\nobjects: [{path: /x, kind: dataset, required: yes}]\n",
        "letters: []\nobjects: [{path: /x, kind: dataset, shape: 3, required: yes, meaning: x}]\n",
        "letters: [{letter: NN, meaning: x}]\nobjects: []\n",
        ": : :\n\t-",
        ""};
    static const char other[] = "schema: camal-dataset\nversion: 1\nabout: x\nletters: []\n"
                                "objects: [{path: /x, kind: group, required: yes, meaning: x}]\n";
    char schema[PATH_MAX];
    size_t i, problems;

    make_round();
    fixture_path(folder, "round.yaml", schema);
    for (i = 0; i <= sizeof rest / sizeof *rest; i++) {
        FILE *file = fopen(schema, "w");
        bool last = i == sizeof rest / sizeof *rest;

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fprintf(file, "%s%s", last ? "" : head, last ? other : rest[i]), 0);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_int_eq(store_schema_check(path, folder, &problems), BASE_ERR_IO);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tests = tcase_create("schema");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, files_of_the_code_fit_the_schemas);
    tcase_add_loop_test(tests, every_deviation_is_found, 0, sizeof deviations / sizeof *deviations);
    tcase_add_test(tests, tensors_may_have_any_name_and_shape);
    tcase_add_test(tests, damaged_chunks_are_found);
    tcase_add_test(tests, other_kinds_and_versions_are_refused);
    tcase_add_test(tests, unknown_kind_names_its_missing_schema);
    tcase_add_test(tests, files_that_cannot_be_read_are_errors);
    tcase_add_test(tests, schemas_that_make_no_sense_are_errors);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
