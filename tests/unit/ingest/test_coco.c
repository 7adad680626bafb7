/* Annotation files: what is read, what is refused, and where the refusal points. */
#include "ingest_classes.h"
#include "ingest_coco.h"
#include "unit_test.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void write_text(const char *text)
{
    FILE *file;
    int made;

    strcpy(path, "/tmp/camal_coco_XXXXXX");
    made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    file = fdopen(made, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fclose(file), 0);
}

static base_status read_text(const char *text, const char *group_key, const char *split_key,
                             ingest_coco *coco)
{
    base_status status;

    write_text(text);
    memset(coco, 0, sizeof *coco);
    status = ingest_coco_read(path, group_key, split_key, coco);
    if (status == BASE_OK)
        status = ingest_coco_check_keys(path, group_key, split_key, coco);
    if (status != BASE_OK)
        ingest_coco_destroy(coco);
    unlink(path);
    return status;
}

/* Read text that must be refused; its message, without "PROGRAM: error: PATH", goes to message. */
static base_status refused(const char *text, char message[512])
{
    int kept = dup(STDERR_FILENO), ends[2];
    base_status status;
    ingest_coco coco;
    ssize_t got;
    char *after;

    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    status = read_text(text, "group", NULL, &coco);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    got = read(ends[0], message, 511);
    close(ends[0]);
    ck_assert_int_gt(got, 0);
    message[got] = 0;
    after = strstr(message, path);
    ck_assert_msg(after != NULL, "the file is not named in: %s", message);
    memmove(message, after + strlen(path), strlen(after + strlen(path)) + 1);
    return status;
}

#define IMAGE    "{\"id\": 7, \"file_name\": \"a.jpg\", \"width\": 40, \"height\": 30}"
#define CATEGORY "{\"id\": 3, \"name\": \"nut\", \"supercategory\": \"part\"}"

START_TEST(sections_come_in_any_order_and_unknown_keys_are_ignored)
{
    ingest_coco coco;

    ck_assert_int_eq(
        read_text(
            "{\"annotations\": [{\"keypoints\": [1, [2, {\"id\": 9}]], \"id\": 908400535506, \"image_id\": 7,"
            " \"category_id\": 3, \"bbox\": [1, 2.5, 3e0, 4], \"caption\": null}],"
            " \"info\": {\"images\": [{\"id\": \"x\"}]}, \"images\": [" IMAGE "], \"licenses\": [3, []],"
            " \"categories\": [" CATEGORY "]}",
            NULL, NULL, &coco),
        BASE_OK);
    ck_assert_uint_eq(coco.image_count, 1);
    ck_assert_uint_eq(coco.annotation_count, 1);
    ck_assert_uint_eq(coco.category_count, 1);
    ck_assert(coco.annotations[0].id == 908400535506);
    ck_assert_uint_eq(coco.annotations[0].image, 0);
    ck_assert_uint_eq(coco.annotations[0].category, 0);
    ck_assert(coco.annotations[0].has_box);
    ck_assert(coco.annotations[0].box[1] == 2.5 && coco.annotations[0].box[2] == 3);
    ck_assert_uint_eq(coco.annotations[0].segment_bytes, 0);
    ck_assert_str_eq(coco.text + coco.images[0].file_name, "a.jpg");
    ck_assert_int_eq(coco.images[0].width, 40);
    ck_assert_str_eq(coco.text + coco.categories[0].supercategory, "part");
    ingest_coco_destroy(&coco);
}
END_TEST

START_TEST(segmentations_are_found_again_in_the_file)
{
    static const char text[] =
        "{\"annotations\": [\n{\"id\": 1, \"image_id\": 7, \"category_id\": 3, \"segmentation\": [[1, 2, 3]] "
        "},\n"
        "{\"id\": 2, \"segmentation\": {\"counts\": \"a}]\\\"\", \"size\": [3,4]}, \"image_id\": 7, "
        "\"category_id\": 3},\n"
        "{\"id\": 3, \"segmentation\": null, \"image_id\": 7, \"category_id\": 3}],\n"
        "\"images\": [" IMAGE "], \"categories\": [" CATEGORY "]}";
    ingest_coco coco;

    ck_assert_int_eq(read_text(text, NULL, NULL, &coco), BASE_OK);
    ck_assert_uint_eq(coco.annotation_count, 3);
    ck_assert_int_eq(strncmp(text + coco.annotations[0].segment_at, "[[1, 2, 3]]",
                             (size_t)coco.annotations[0].segment_bytes),
                     0);
    ck_assert_uint_eq(coco.annotations[0].segment_bytes, 11);
    ck_assert_int_eq(strncmp(text + coco.annotations[1].segment_at,
                             "{\"counts\": \"a}]\\\"\", \"size\": [3,4]}",
                             (size_t)coco.annotations[1].segment_bytes),
                     0);
    ck_assert_uint_eq(coco.annotations[2].segment_bytes, 0);
    ingest_coco_destroy(&coco);
}
END_TEST

START_TEST(records_are_ordered_and_linked)
{
    ingest_coco coco;

    ck_assert_int_eq(read_text("{\"images\": [{\"id\": 9, \"file_name\": \"b\"}, " IMAGE ", " IMAGE "],"
                               "\"categories\": [{\"id\": 90, \"name\": \"z\"}, " CATEGORY
                               "], \"annotations\": ["
                               "{\"id\": 5, \"image_id\": 9, \"category_id\": 3},"
                               "{\"id\": 4, \"image_id\": 9, \"category_id\": 90},"
                               "{\"id\": 6, \"image_id\": 7, \"category_id\": 4},"
                               "{\"id\": 4, \"image_id\": 7, \"category_id\": 3},"
                               "{\"id\": 8, \"image_id\": 8, \"category_id\": 3}]}",
                               NULL, NULL, &coco),
                     BASE_OK);
    ck_assert_uint_eq(coco.image_count, 2); /* listed twice alike is listed once */
    ck_assert_int_eq((int)coco.images[0].id, 7);
    ck_assert_int_eq((int)coco.categories[1].id, 90);
    /* by image, then id: (7,4) (7,6) (8,8) (9,4) (9,5) */
    ck_assert(coco.annotations[0].duplicate); /* id 4 came first for image 9 */
    ck_assert(!coco.annotations[3].duplicate);
    ck_assert_uint_eq(coco.annotations[1].category, INGEST_NONE);
    ck_assert_uint_eq(coco.annotations[2].image, INGEST_NONE);
    ck_assert_uint_eq(coco.annotations[3].image, 1);
    ck_assert_int_eq((int)coco.annotations[4].id, 5);
    ingest_coco_destroy(&coco);
}
END_TEST

START_TEST(crowds_come_under_two_keys_and_boxes_may_be_wrong)
{
    static const bool boxes[] = {true, false, false, false, false, false, true};
    ingest_coco coco;
    size_t i;

    ck_assert_int_eq(
        read_text(
            "{\"images\": [" IMAGE "], \"categories\": [" CATEGORY "], \"annotations\": ["
            "{\"id\": 1, \"image_id\": 7, \"category_id\": 3, \"iscrowd\": 1, \"bbox\": [1, 2, 3, 4]},"
            "{\"id\": 2, \"image_id\": 7, \"category_id\": 3, \"is_crowd\": true, \"bbox\": [1, 2, 3]},"
            "{\"id\": 3, \"image_id\": 7, \"category_id\": 3, \"iscrowd\": 0, \"bbox\": [1, 2, 3, 4, 5]},"
            "{\"id\": 4, \"image_id\": 7, \"category_id\": 3, \"iscrowd\": false, \"bbox\": [1, 2, \"3\", "
            "4]},"
            "{\"id\": 5, \"image_id\": 7, \"category_id\": 3, \"bbox\": [1, 2, [3], 4, 4]},"
            "{\"id\": 6, \"image_id\": 7, \"category_id\": 3, \"bbox\": null},"
            "{\"id\": 7, \"image_id\": 7.0, \"category_id\": 3, \"bbox\": [0, 0, 1e999, 1]}]}",
            NULL, NULL, &coco),
        BASE_OK);
    for (i = 0; i < 7; i++) {
        ck_assert_msg(coco.annotations[i].has_box == boxes[i], "box of annotation %zu", i + 1);
        ck_assert_msg(coco.annotations[i].crowd == (i < 2), "crowd of annotation %zu", i + 1);
    }
    ingest_coco_destroy(&coco);
}
END_TEST

START_TEST(group_and_split_keys_are_strings_or_numbers)
{
    ingest_coco coco;

    ck_assert_int_eq(read_text("{\"annotations\": [], \"categories\": [], \"images\": ["
                               "{\"id\": 1, \"file_name\": \"a\", \"tile\": \"t\\u00e9\", \"use\": \"val\"},"
                               "{\"id\": 2, \"file_name\": \"b\", \"tile\": 17, \"use\": 3},"
                               "{\"id\": 3, \"file_name\": \"c\", \"tile\": null}]}",
                               "tile", "use", &coco),
                     BASE_OK);
    ck_assert_str_eq(coco.text + coco.images[0].group, "t\xc3\xa9");
    ck_assert_str_eq(coco.text + coco.images[0].split, "val");
    ck_assert_str_eq(coco.text + coco.images[1].group, "17");
    ck_assert_uint_eq(coco.images[2].group, INGEST_NONE);
    ck_assert_uint_eq(coco.images[2].split, INGEST_NONE);
    ingest_coco_destroy(&coco);
}
END_TEST

START_TEST(a_key_that_no_image_has_is_refused)
{
    static const char text[] = "{\"annotations\": [], \"categories\": [], \"images\": [" IMAGE "]}";
    ingest_coco coco;

    ck_assert_int_eq(read_text(text, "tile", NULL, &coco), BASE_ERR_USAGE);
    ck_assert_int_eq(read_text(text, NULL, "use", &coco), BASE_ERR_USAGE);
    ck_assert_int_eq(read_text(text, "file_name", "id", &coco),
                     BASE_OK); /* keys that have another meaning too */
    ck_assert_str_eq(coco.text + coco.images[0].group, "a.jpg");
    ck_assert_str_eq(coco.text + coco.images[0].split, "7");
    ingest_coco_destroy(&coco);
}
END_TEST

static const struct {
    const char *text, *message;
} bad[] = {
    {"{\n \"images\": [\n  {\"id\": 1,, }]}", ":3:12: not valid JSON"},
    {"{\"images\": [", ":1:13: not valid JSON"},
    {"{\"annotations\": [{\"bbox\": [NaN, 1, 2, 3]}]}", ":1:28: not valid JSON"},
    {"", ":1:1: not valid JSON"},
    {"{\"images\": [{\"id\": NaN}]}", ":1:20: not valid JSON"},
    {"[1, 2]", ":1:1: the document: expected an object"},
    {"7", "the document: expected an object"},
    {"{\"images\": {}}", ":1:12: images: expected an array"},
    {"{\"images\": 3}", ":1:12: images: expected an array"},
    {"{\"images\":\n [[]]}", ":2:3: images: expected an array of objects"},
    {"{\"categories\": [5]}", ":1:17: categories: expected an array of objects"},
    {"{\"images\": [{\"id\": \"1\"}]}", ":1:22: images[0].id: expected an integer, found a string"},
    {"{\"images\": [{\"id\": 9223372036854775808}]}", "images[0].id: expected an integer of 64 bits"},
    {"{\"images\": [{\"id\": 1.5}]}", "images[0].id: expected an integer of 64 bits"},
    {"{\"images\": [" IMAGE ",\n {\"id\": 1, \"file_name\": [2]}]}",
     ":2:25: images[1].file_name: expected a string, found an array or object"},
    {"{\"images\": [{\"id\": 1}]}", ":1:13: images[0]: has no \"file_name\""},
    {"{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"width\": -4}]}", "images[0].width: expected pixels"},
    {"{\"images\": [{\"id\": 1, \"file_name\": \"a\\u0000b\"}]}", "images[0].file_name: expected text"},
    {"{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"group\": [1]}]}",
     "images[0].group: expected a string or a number, found an array or object"},
    {"{\"annotations\": [\n{\"id\": 1, \"category_id\": 2}]}", ":2:1: annotations[0]: has no \"image_id\""},
    {"{\"annotations\": [{\"id\": null}]}", "annotations[0].id: expected an integer, found null"},
    {"{\"categories\": [{\"id\": 1, \"name\": false}]}",
     "categories[0].name: expected a string, found true or false"},
    {"{\"images\": [], \"annotations\": []}", ": has no \"categories\": is it a COCO annotation file?"},
    {"{\"annotations\": [], \"categories\": [], \"images\": [" IMAGE
     ", {\"id\": 7, \"file_name\": \"b.jpg\"}]}",
     ": image id 7 is given twice and not alike: \"a.jpg\" and \"b.jpg\""},
    {"{\"annotations\": [], \"images\": [], \"categories\": [" CATEGORY ", {\"id\": 3, \"name\": \"bolt\"}]}",
     ": category id 3 is given twice and not alike"},
};

START_TEST(refusals_name_line_column_and_path)
{
    char message[512];

    ck_assert_int_eq(refused(bad[_i].text, message), BASE_ERR_INPUT);
    ck_assert_msg(strncmp(message, bad[_i].message, strlen(bad[_i].message)) == 0 ||
                      (bad[_i].message[0] != ':' && strstr(message, bad[_i].message)),
                  "expected \"%s\", got \"%s\"", bad[_i].message, message);
}
END_TEST

START_TEST(positions_hold_beyond_the_first_block_of_the_file)
{
    size_t lines = 300000, i; /* more than two blocks of 1 MiB */
    char *text = malloc(lines * 8 + 100), message[512];
    char *to = text;

    ck_assert_ptr_nonnull(text);
    to += sprintf(to, "\xef\xbb\xbf{\"info\": [\n");
    for (i = 0; i < lines; i++)
        to += sprintf(to, "12345,\n");
    sprintf(to, "0],\n  \"images\": [{\"id\": true}]}");
    ck_assert_int_eq(refused(text, message), BASE_ERR_INPUT);
    ck_assert_msg(strncmp(message, ":300003:24: images[0].id", 24) == 0, "%s", message);
    free(text);
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
    ingest_coco coco;

    ck_assert_int_eq(ingest_coco_read("/nowhere/at/all.json", NULL, NULL, &coco), BASE_ERR_NOT_FOUND);
    ck_assert_int_eq(ingest_coco_read("/tmp", NULL, NULL, &coco), BASE_ERR_INPUT);
}
END_TEST

/* ---- classes ---- */

static void five_categories(ingest_coco *coco)
{
    ck_assert_int_eq(
        read_text("{\"images\": [], \"annotations\": [], \"categories\": [{\"id\": 1, \"name\": \"cat\"},"
                  "{\"id\": 2, \"name\": \"dog\"}, {\"id\": 4, \"name\": \"teddy bear\"},"
                  "{\"id\": 6, \"name\": \"cow\"}, {\"id\": 9, \"name\": \"cow\"}]}",
                  NULL, NULL, coco),
        BASE_OK);
}

static void expect_classes(const char *spec, const size_t usable[5], base_status expected, const char *chosen)
{
    uint8_t wanted[5];
    ingest_coco coco;
    base_status status;
    size_t i;

    five_categories(&coco);
    status = ingest_classes_wanted(spec, &coco, wanted);
    if (status == BASE_OK)
        status = ingest_classes_choose(spec, &coco, usable, wanted);
    ck_assert_msg(status == expected, "%s: %s", spec, base_status_text(status));
    for (i = 0; i < 5 && status == BASE_OK; i++)
        ck_assert_msg(wanted[i] == chosen[i] - '0', "%s: category %zu", spec, i);
    ingest_coco_destroy(&coco);
}

START_TEST(classes_are_all_with_samples_the_most_frequent_or_the_named)
{
    static const size_t usable[5] = {5, 0, 7, 7, 1}, none[5] = {0};

    expect_classes("all", usable, BASE_OK, "10111");
    expect_classes("top:1", usable, BASE_OK, "00100");
    expect_classes("top:3", usable, BASE_OK, "10110");
    expect_classes("top:4", usable, BASE_OK, "10111");
    expect_classes("teddy bear,cat", usable, BASE_OK, "10100");
    expect_classes("top:5", usable, BASE_ERR_INPUT, NULL);
    expect_classes("cat,dog", usable, BASE_ERR_INPUT, NULL);
    expect_classes("all", none, BASE_ERR_INPUT, NULL);
    expect_classes("cow", usable, BASE_ERR_USAGE, NULL);
    expect_classes("Cat", usable, BASE_ERR_USAGE, NULL);
    expect_classes("cat,,dog", usable, BASE_ERR_USAGE, NULL);
    expect_classes("", usable, BASE_ERR_USAGE, NULL);
    expect_classes("top:0", usable, BASE_ERR_USAGE, NULL);
    expect_classes("top:3x", usable, BASE_ERR_USAGE, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_coco");
    TCase *files = tcase_create("files"), *classes = tcase_create("classes");

    tcase_add_test(files, sections_come_in_any_order_and_unknown_keys_are_ignored);
    tcase_add_test(files, segmentations_are_found_again_in_the_file);
    tcase_add_test(files, records_are_ordered_and_linked);
    tcase_add_test(files, crowds_come_under_two_keys_and_boxes_may_be_wrong);
    tcase_add_test(files, group_and_split_keys_are_strings_or_numbers);
    tcase_add_test(files, a_key_that_no_image_has_is_refused);
    tcase_add_loop_test(files, refusals_name_line_column_and_path, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(files, positions_hold_beyond_the_first_block_of_the_file);
    tcase_add_test(files, a_missing_file_is_not_found);
    tcase_add_test(classes, classes_are_all_with_samples_the_most_frequent_or_the_named);
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, classes);
    return unit_test_run(suite);
}
