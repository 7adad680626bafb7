#include "base_file.h"
#include "oracle.h"
#include "oracle_fixture.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

#define CLASSES 3
#define QUERIES 3

static const size_t sizes[CLASSES] = {6, 6, 6};
static char folder[256], query_file[300], label_file[300];
static store_dataset *dataset;
static const store_table *table;
static oracle *people;
static store_query queries[QUERIES];

static void setup(void)
{
    static const store_query asked[QUERIES] = {{7, 2, 0, 0.125f, STORE_LABEL_UNKNOWN, STORE_QUERY_QUOTA},
                                               {1, 0, 1, 0.1f, STORE_LABEL_UNKNOWN, STORE_QUERY_FILL},
                                               {6, 1, 2, 0.75f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY}};

    fixture_folder(folder, sizeof folder);
    snprintf(query_file, sizeof query_file, "%s/queries/round-002.json", folder);
    snprintf(label_file, sizeof label_file, "%s/queries/round-002.labels.json", folder);
    dataset = fixture_dataset(folder, sizes, CLASSES);
    table = store_dataset_table(dataset);
    memcpy(queries, asked, sizeof queries);
    ck_assert_int_eq(oracle_create(BASE_ORACLE_PEOPLE, dataset, folder, &people), BASE_OK);
}

static void teardown(void)
{
    oracle_destroy(&people);
    store_dataset_close(&dataset);
    fixture_remove(folder);
}

/* ---- looking into JSON ---- */

static yajl_val parse(const char *path)
{
    char *text, problem[256];
    size_t size;
    yajl_val root;

    ck_assert_int_eq(base_file_read(path, &text, &size), BASE_OK);
    root = yajl_tree_parse(text, problem, sizeof problem);
    ck_assert_msg(root != NULL, "%s", problem);
    free(text);
    return root;
}

static yajl_val get(yajl_val object, const char *key)
{
    const char *path[] = {key, NULL};
    yajl_val value = yajl_tree_get(object, path, yajl_t_any);

    ck_assert_msg(value != NULL, "no %s", key);
    return value;
}

static int64_t get_integer(yajl_val object, const char *key)
{
    yajl_val value = get(object, key);

    ck_assert_msg(YAJL_IS_INTEGER(value), "%s is no integer", key);
    return YAJL_GET_INTEGER(value);
}

/* The text under a key, "" if it is no text. */
static const char *get_text(yajl_val object, const char *key)
{
    yajl_val value = get(object, key);

    return YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : "";
}

static yajl_val item(yajl_val object, const char *key, size_t index, size_t length)
{
    yajl_val list = get(object, key);

    ck_assert_uint_eq(list->u.array.len, length);
    return list->u.array.values[index];
}

/* ---- answering ---- */

static void write_labels(const char *text)
{
    char queries_folder[300];

    snprintf(queries_folder, sizeof queries_folder, "%s/queries", folder);
    ck_assert_int_eq(base_file_make_folder(queries_folder), BASE_OK);
    ck_assert_int_eq(base_file_write(label_file, text, strlen(text)), BASE_OK);
}

static void check_answers(int32_t first, int32_t second, int32_t third)
{
    ck_assert_int_eq(queries[0].answer, first);
    ck_assert_int_eq(queries[1].answer, second);
    ck_assert_int_eq(queries[2].answer, third);
}

static void check_refused(const char *labels)
{
    write_labels(labels);
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_ERR_INPUT);
    check_answers(STORE_LABEL_UNKNOWN, STORE_LABEL_UNKNOWN, STORE_LABEL_UNKNOWN);
}

START_TEST(without_labels_the_queries_are_written_as_coco)
{
    yajl_val root, entry;

    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_WAITING);
    check_answers(STORE_LABEL_UNKNOWN, STORE_LABEL_UNKNOWN, STORE_LABEL_UNKNOWN);
    root = parse(query_file);
    ck_assert_int_eq(get_integer(get(root, "info"), "round"), 2);

    entry = item(root, "images", 0, 2); /* samples 6 and 7 are of one image */
    ck_assert_int_eq(get_integer(entry, "id"), table->image_id[1]);
    ck_assert_str_eq(get_text(entry, "file_name"), "image-0.jpg");
    ck_assert_int_eq(get_integer(entry, "width"), 640);
    ck_assert_int_eq(get_integer(entry, "height"), 480);
    ck_assert_int_eq(get_integer(item(root, "images", 1, 2), "id"), table->image_id[6]);

    entry = item(root, "annotations", 0, QUERIES);
    ck_assert_int_eq(get_integer(entry, "id"), table->annotation_id[7]);
    ck_assert_int_eq(get_integer(entry, "image_id"), table->image_id[7]);
    ck_assert_int_eq(get_integer(entry, "category_id"), 24);
    ck_assert_double_eq(YAJL_GET_DOUBLE(item(entry, "bbox", 0, 4)), 7.5);
    ck_assert_double_eq(YAJL_GET_DOUBLE(item(entry, "bbox", 3, 4)), 4);
    ck_assert_double_eq(YAJL_GET_DOUBLE(get(entry, "area")), 12);
    ck_assert_double_eq(YAJL_GET_DOUBLE(get(entry, "score")), 0.125);
    ck_assert_int_eq(get_integer(entry, "rank"), 0);
    ck_assert_int_eq(get_integer(entry, "iscrowd"), 0);
    ck_assert_ptr_nonnull(strstr(get_text(entry, "reason"), "quota of its predicted class"));
    entry = item(root, "annotations", 1, QUERIES);
    ck_assert_ptr_nonnull(strstr(get_text(entry, "reason"), "best of the rest"));
    ck_assert((float)YAJL_GET_DOUBLE(get(entry, "score")) == 0.1f);

    entry = item(root, "categories", 1, CLASSES);
    ck_assert_int_eq(get_integer(entry, "id"), 17);
    ck_assert_str_eq(get_text(entry, "name"), "class 1");
    ck_assert_str_eq(get_text(entry, "supercategory"), "part");
    yajl_tree_free(root);
}
END_TEST

START_TEST(score_that_is_not_a_number_is_written_as_null)
{
    yajl_val root;

    queries[0].score = (float)strtod("nan", NULL);
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_WAITING);
    root = parse(query_file);
    ck_assert(YAJL_IS_NULL(get(item(root, "annotations", 0, QUERIES), "score")));
    yajl_tree_free(root);
}
END_TEST

START_TEST(query_file_labelled_and_renamed_is_an_answer)
{
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_WAITING);
    ck_assert_int_eq(base_file_rename(query_file, label_file), BASE_OK);
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_OK);
    check_answers(2, 0, 1); /* as predicted: nobody changed the pre-annotation */
}
END_TEST

START_TEST(samples_left_out_stay_unknown)
{
    char text[300];

    snprintf(text, sizeof text,
             "{\"annotations\": [{\"id\": %" PRId64 ", \"category_id\": 17}, {\"id\": %" PRId64
             ", \"category_id\": null}], \"anything\": {}}",
             table->annotation_id[1], table->annotation_id[7]);
    write_labels(text);
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_OK);
    check_answers(STORE_LABEL_UNKNOWN, 1, STORE_LABEL_UNKNOWN);
}
END_TEST

START_TEST(waiting_again_changes_nothing)
{
    char *first, *second;
    size_t size, again;

    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_WAITING);
    ck_assert_int_eq(base_file_read(query_file, &first, &size), BASE_OK);
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_WAITING);
    ck_assert_int_eq(base_file_read(query_file, &second, &again), BASE_OK);
    ck_assert_uint_eq(size, again);
    ck_assert_mem_eq(first, second, size);
    free(first);
    free(second);
}
END_TEST

START_TEST(labels_put_into_the_query_file_are_not_overwritten)
{
    char *text;
    size_t size;

    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_WAITING);
    ck_assert_int_eq(base_file_write(query_file, "{\"mine\": 1}", 11), BASE_OK);
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_ERR_INPUT);
    ck_assert_int_eq(base_file_read(query_file, &text, &size), BASE_OK);
    ck_assert_str_eq(text, "{\"mine\": 1}");
    free(text);
}
END_TEST

START_TEST(unknown_annotation_is_refused)
{
    check_refused("{\"annotations\": [{\"id\": 5, \"category_id\": 17}]}");
}
END_TEST

START_TEST(annotation_without_id_is_refused)
{
    check_refused("{\"annotations\": [{\"category_id\": 17}]}");
    check_refused("{\"annotations\": [{\"id\": \"7\", \"category_id\": 17}]}");
    check_refused("{\"annotations\": [17]}");
}
END_TEST

/* One good answer and one of the given category to the same annotation or another. */
static void check_second_refused(int64_t annotation, const char *category)
{
    char text[300];

    snprintf(text, sizeof text,
             "{\"annotations\": [{\"id\": %" PRId64 ", \"category_id\": 10}, {\"id\": %" PRId64
             ", \"category_id\": %s}]}",
             table->annotation_id[1], annotation, category);
    check_refused(text);
}

START_TEST(unknown_category_is_refused)
{
    check_second_refused(table->annotation_id[7], "11");
    check_second_refused(table->annotation_id[7], "17.5");
    check_second_refused(table->annotation_id[7], "\"class 1\"");
}
END_TEST

START_TEST(two_different_answers_are_refused)
{
    check_second_refused(table->annotation_id[1], "17");
}
END_TEST

START_TEST(many_wrong_answers_are_all_counted)
{
    char text[2000] = "{\"annotations\": [";
    size_t used = strlen(text);

    for (int i = 0; i < 25; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s{\"id\": %d}", i ? "," : "", i);
    snprintf(text + used, sizeof text - used, "]}");
    check_refused(text);
}
END_TEST

START_TEST(label_file_that_is_not_coco_is_refused)
{
    check_refused("{\"annotations\": [");
    check_refused("[]");
    check_refused("{\"annotations\": {}}");
    check_refused("");
}
END_TEST

START_TEST(query_outside_the_data_set_is_refused)
{
    queries[1].sample = (int64_t)table->samples;
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_ERR_INPUT);
    queries[1].sample = 1;
    queries[1].predicted = CLASSES;
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_ERR_INPUT);
    ck_assert(!base_file_exists(query_file));
}
END_TEST

START_TEST(folder_that_cannot_be_made_is_an_io_error)
{
    char path[300];

    snprintf(path, sizeof path, "%s/queries", folder);
    ck_assert_int_eq(base_file_write(path, "x", 1), BASE_OK); /* a file where the folder should be */
    ck_assert_int_eq(oracle_answer(people, 2, queries, QUERIES), BASE_ERR_IO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oracle_people");
    TCase *tests = tcase_create("people");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_labels_the_queries_are_written_as_coco);
    tcase_add_test(tests, score_that_is_not_a_number_is_written_as_null);
    tcase_add_test(tests, query_file_labelled_and_renamed_is_an_answer);
    tcase_add_test(tests, samples_left_out_stay_unknown);
    tcase_add_test(tests, waiting_again_changes_nothing);
    tcase_add_test(tests, labels_put_into_the_query_file_are_not_overwritten);
    tcase_add_test(tests, unknown_annotation_is_refused);
    tcase_add_test(tests, annotation_without_id_is_refused);
    tcase_add_test(tests, unknown_category_is_refused);
    tcase_add_test(tests, two_different_answers_are_refused);
    tcase_add_test(tests, many_wrong_answers_are_all_counted);
    tcase_add_test(tests, label_file_that_is_not_coco_is_refused);
    tcase_add_test(tests, query_outside_the_data_set_is_refused);
    tcase_add_test(tests, folder_that_cannot_be_made_is_an_io_error);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
