/** What annotators' tools export, in the shapes that their documentation shows. */
#include "base_file.h"
#include "oracle_boxes.h"
#include "oracle_brush.h"
#include "oracle_fixture.h"
#include "oracle_import.h"
#include "oracle_labels.h"
#include "oracle_time.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CRACK, DENT, GOOD, CLASSES };
enum { FIRST, SECOND, THIRD, FOURTH, QUERIES };

#define WIDTH  640
#define HEIGHT 480
#define CANT   STORE_LABEL_CANT_TELL
#define NONE   STORE_LABEL_UNKNOWN

static char folder[256], file[300];
static oracle_picture pictures[] = {{41, (char[]){"line 3/part-0001.jpg"}, WIDTH, HEIGHT},
                                    {42, (char[]){"line 3/part-0002.jpg"}, WIDTH, HEIGHT},
                                    {43, (char[]){"line 7/part (3).png"}, WIDTH, HEIGHT}};
static oracle_category categories[CLASSES] = {{5, "crack", "flaw"}, {7, "dent", "flaw"}, {9, "good", ""}};
static oracle_query query[QUERIES] = {{501, 0, CRACK, {64, 48, 128, 96}, 0, 0.5f, 0.5f, (char[]){"1st"}},
                                      {502, 0, DENT, {320, 240, 32, 96}, 1, 0.4f, 0.5f, (char[]){"2nd"}},
                                      {503, 1, GOOD, {16, 24, 160, 120}, 2, 0.3f, 0.5f, (char[]){"3rd"}},
                                      {504, 2, GOOD, {32, 24, 320, 240}, 3, 0.2f, 0.5f, (char[]){"4th"}}};
static const oracle_queries asked = {2, "d1", "q1", 3, CLASSES, QUERIES, pictures, categories, query};
static oracle_labels labels;
static oracle_boxes boxes;
static oracle_import counts;

static void setup(void)
{
    fixture_folder(folder, sizeof folder);
    snprintf(file, sizeof file, "%s/export.json", folder);
}

static void teardown(void)
{
    oracle_labels_destroy(&labels);
    oracle_boxes_destroy(&boxes);
    fixture_remove(folder);
}

/* Take a text as a tool's file; ' stands for ". */
static base_status take(const char *by, const char *text)
{
    oracle_import_options options = {.by = by, .cant_tell = "unsure"};
    char *copy = strdup(text), *quote;
    base_status status;

    for (quote = copy; (quote = strchr(quote, '\''));)
        *quote = '"';
    ck_assert_int_eq(base_file_write(file, copy, strlen(copy)), BASE_OK);
    free(copy);
    status = oracle_import_file(file, &asked, &options, &labels, &boxes, &counts);
    return status;
}

static void check_answers(int32_t first, int32_t second, int32_t third, int32_t fourth)
{
    const int32_t expected[QUERIES] = {first, second, third, fourth};
    size_t i;

    for (i = 0; i < QUERIES; i++) {
        oracle_outcome o = oracle_labels_settle(&labels, i);

        ck_assert_msg(o.kind != ORACLE_CONFLICTING, "query %zu", i);
        ck_assert_msg((o.label ? o.label->answer : NONE) == expected[i], "query %zu is %d, expected %d", i,
                      o.label ? (int)o.label->answer : NONE, (int)expected[i]);
    }
}

static void check_origin(size_t index, const char *by, const char *at)
{
    oracle_outcome o = oracle_labels_settle(&labels, index);
    char text[STORE_TIME_MAX];

    ck_assert(o.label != NULL);
    oracle_time_write(o.label->at, text);
    ck_assert_str_eq(o.label->by, by);
    ck_assert_str_eq(text, at);
}

static void check_box(size_t index, bool redrawn, double x, double y, double width, double height)
{
    ck_assert_uint_gt(boxes.count, index);
    ck_assert_int_eq(boxes.box[index].redrawn, redrawn);
    ck_assert_double_eq_tol(boxes.box[index].box[0], x, 1e-9);
    ck_assert_double_eq_tol(boxes.box[index].box[1], y, 1e-9);
    ck_assert_double_eq_tol(boxes.box[index].box[2], width, 1e-9);
    ck_assert_double_eq_tol(boxes.box[index].box[3], height, 1e-9);
}

/* ---- CVAT: "COCO 1.0" ---- */

#define CVAT_HEAD                                                                                            \
    "{'licenses': [{'name': '', 'id': 0, 'url': ''}], 'info': {'contributor': '', 'date_created': '',"       \
    " 'description': '', 'url': '', 'version': '', 'year': ''},"                                             \
    " 'categories': [{'id': 1, 'name': 'good', 'supercategory': ''}, {'id': 2, 'name': 'crack',"             \
    " 'supercategory': ''}, {'id': 3, 'name': 'dent', 'supercategory': ''}],"                                \
    " 'images': [{'id': 1, 'width': 640, 'height': 480, 'file_name': 'line 3/part-0001.jpg', 'license': 0,"  \
    " 'flickr_url': '', 'coco_url': '', 'date_captured': 0},"                                                \
    " {'id': 2, 'width': 640, 'height': 480, 'file_name': 'line 3/part-0002.jpg', 'license': 0,"             \
    " 'flickr_url': '', 'coco_url': '', 'date_captured': 0},"                                                \
    " {'id': 3, 'width': 640, 'height': 480, 'file_name': 'line 7/part (3).png', 'license': 0,"              \
    " 'flickr_url': '', 'coco_url': '', 'date_captured': 0}], 'annotations': ["

#define CVAT_BOX                                                                                             \
    "{'id': 1, 'image_id': 1, 'category_id': 3, 'segmentation': [], 'area': 12288.0,"                        \
    " 'bbox': [64.0, 48.0, 128.0, 96.0], 'iscrowd': 0,"                                                      \
    " 'attributes': {'occluded': false, 'rotation': 0.0, 'annotator': 'ann'}}"

START_TEST(cvat_boxes_polygons_and_masks_are_read)
{
    ck_assert_int_eq(
        take(
            NULL, CVAT_HEAD CVAT_BOX
            ", {'id': 2, 'image_id': 1, 'category_id': 1, 'area': 3072.0, 'bbox': [321.0, 240.0, 31.5, 96.0],"
            " 'segmentation': [[321.0, 240.0, 352.5, 240.0, 352.5, 336.0]], 'iscrowd': 0,"
            " 'attributes': {'occluded': true, 'track_id': 0, 'keyframe': true, 'annotator': 'ann'}},"
            " {'id': 3, 'image_id': 2, 'category_id': 2, 'area': 14400.0, 'bbox': [20.0, 30.0, 150.0, 110.0],"
            " 'segmentation': {'counts': [9630, 110, 297490], 'size': [480, 640]}, 'iscrowd': 1,"
            " 'attributes': {'occluded': false, 'annotator': 'bob'}}]}"),
        BASE_OK);
    check_answers(DENT, GOOD, CRACK, NONE);
    ck_assert_str_eq(oracle_labels_settle(&labels, FIRST).label->by, "ann");
    ck_assert_str_eq(oracle_labels_settle(&labels, THIRD).label->by, "bob");
    ck_assert_uint_eq(counts.redrawn, 2); /* the first is as it was, without an outline */
    check_box(0, true, 321, 240, 31.5, 96);
    ck_assert_str_eq(boxes.box[0].outline, "[[321.0,240.0,352.5,240.0,352.5,336.0]]");
    check_box(1, true, 20, 30, 150, 110);
    ck_assert_str_eq(boxes.box[1].outline, "{\"counts\":[9630,110,297490],\"size\":[480,640]}");
}
END_TEST

START_TEST(cvat_new_objects_and_ticked_boxes_are_read)
{
    ck_assert_int_eq(
        take("ann", CVAT_HEAD
             "{'id': 1, 'image_id': 3, 'category_id': 1, 'segmentation': [], 'area': 76800.0,"
             " 'bbox': [32.0, 24.0, 320.0, 240.0], 'iscrowd': 0, 'attributes': {'unsure': true}},"
             "{'id': 2, 'image_id': 3, 'category_id': 2, 'segmentation': [], 'area': 100.0,"
             " 'bbox': [600.0, 400.0, 10.0, 10.0], 'iscrowd': 0, 'attributes': {'occluded': false}}]}"),
        BASE_OK);
    check_answers(NONE, NONE, NONE, CANT);
    ck_assert_uint_eq(counts.fresh, 1);
    check_box(0, false, 600, 400, 10, 10);
    ck_assert_int_eq(boxes.box[0].class_index, CRACK);
}
END_TEST

START_TEST(cvat_without_a_person_needs_a_name)
{
    static const char plain[] =
        CVAT_HEAD "{'id': 1, 'image_id': 1, 'category_id': 3, 'segmentation': [], 'area': 12288.0,"
                  " 'bbox': [64.0, 48.0, 128.0, 96.0], 'iscrowd': 0, 'attributes': {'occluded': false}}]}";

    ck_assert_int_eq(take(NULL, plain), BASE_ERR_INPUT);
    ck_assert_int_eq(take("ann", plain), BASE_OK);
    check_answers(DENT, NONE, NONE, NONE);
}
END_TEST

/* ---- Label Studio: JSON ---- */

#define REGION(ID, TYPE, VALUE)                                                                              \
    "{'original_width': 640, 'original_height': 480, 'image_rotation': 0, 'value': {" VALUE "}, 'id': '" ID  \
    "', 'from_name': 'label', 'to_name': 'image', 'type': '" TYPE "', 'origin': 'manual'}"

#define BOX(X, Y, WIDTH, HEIGHT, NAME)                                                                       \
    "'x': " X ", 'y': " Y ", 'width': " WIDTH ", 'height': " HEIGHT                                          \
    ", 'rotation': 0, 'rectanglelabels': ['" NAME "']"

/* What is about an annotation, before its result and after it. */
#define SAID(BY)                                                                                             \
    "{'id': 11, 'completed_by': " BY                                                                         \
    ", 'was_cancelled': false, 'ground_truth': false, 'created_at': '2026-03-09T22:16:08.728353Z',"          \
    " 'updated_at': '2026-03-10T01:02:03.5Z', 'draft_created_at': null, 'lead_time': 4.288,"                 \
    " 'prediction': {}, 'result_count': 1, 'unique_id': '3f2a', 'parent_prediction': null, 'result': ["

#define TASK(IMAGE, ANNOTATIONS)                                                                             \
    "{'id': 1, 'annotations': [" ANNOTATIONS "], 'file_upload': 'abcd1234-part-0001.jpg', 'drafts': [],"     \
    " 'predictions': [{'id': 3, 'model_version': 'camal', 'score': 0.5, 'result': [" REGION(                 \
        "p1", "rectanglelabels",                                                                             \
        BOX("10", "10", "20", "20",                                                                          \
            "good")) "]}],"                                                                                  \
                     " 'data': {'image': '" IMAGE                                                            \
                     "'}, 'meta': {}, 'created_at': '2026-03-09T21:52:49.513742Z',"                          \
                     " 'updated_at': '2026-03-09T22:16:08.746926Z', 'inner_id': 1, 'total_annotations': 1,"  \
                     " 'cancelled_annotations': 0, 'total_predictions': 1, 'comment_count': 0, 'project': "  \
                     "83,"                                                                                   \
                     " 'updated_by': 10, 'comment_authors': []}"

START_TEST(studio_rectangles_say_who_and_when)
{
    ck_assert_int_eq(
        take(NULL,
             "[" TASK(
                 "/data/upload/1/abcd1234-part-0001.jpg",
                 SAID("10") REGION(
                     "a", "rectanglelabels",
                     BOX("10", "10", "20", "20",
                         "dent")) "]}") ", " TASK("/data/local-files/?d=line%203/part-0002.jpg",
                                                  SAID("{'id': 7, 'email': 'ann@example.com', "
                                                       "'first_name': 'Ann', 'last_name': 'A.'}")
                                                      REGION(
                                                          "b", "rectanglelabels",
                                                          BOX("2.5", "5", "25", "25",
                                                              "crack")) "]}") ", " TASK("/data/upload/1/"
                                                                                        "0099ffab-part_3.png",
                                                                                        "") "]"),
        BASE_OK);
    check_answers(DENT, NONE, CRACK, NONE); /* predictions are no answers */
    check_origin(FIRST, "10", "2026-03-10T01:02:03.500000Z");
    check_origin(THIRD, "ann@example.com", "2026-03-10T01:02:03.500000Z");
    ck_assert_uint_eq(boxes.count, 0);
}
END_TEST

START_TEST(studio_uploads_are_known_in_spite_of_their_digits)
{
    static const char *const names[] = {"/data/upload/1/abcd1234-part-0001.jpg",
                                        "/data/upload/12/ABCD1234-part-0001.jpg",
                                        "https://labels.example.com/data/upload/3/00000000-part-0001.jpg",
                                        "/data/local-files/?d=line%203/part-0001.jpg",
                                        "/data/local-files/?d=mnt%2Fstore%2Fline%203%2Fpart-0001.jpg",
                                        "s3://bucket/line 3/part-0001.jpg",
                                        "line 3\\\\part-0001.jpg"};
    char text[2048];
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(text, sizeof text,
                 "[{'id': 1, 'data': {'image': '%s'}, 'annotations': [" SAID("1")
                     REGION("a", "rectanglelabels", BOX("10", "10", "20", "20", "dent")) "]}]}]",
                 names[i]);
        ck_assert_msg(take(NULL, text) == BASE_OK, "%s", names[i]);
        check_answers(DENT, NONE, NONE, NONE);
        oracle_labels_destroy(&labels);
    }
    ck_assert_int_eq(take(NULL, "[" TASK("/data/upload/1/abcd123-part-0001.jpg", SAID("1") "]}") "]"),
                     BASE_ERR_INPUT); /* seven digits are part of a name */
}
END_TEST

#define SQUARE                                                                                               \
    REGION("a", "polygonlabels",                                                                             \
           "'points': [[10, 10], [30, 10], [30, 30], [10, 30]], 'closed': true, 'polygonlabels': ['good']")
#define UPRIGHT "'x': 50, 'y': 50, 'width': 5, 'height': 20, 'rotation': 0"
#define SKIP                                                                                                 \
    "{'id': 12, 'completed_by': 10, 'was_cancelled': true, 'result': [],"                                    \
    " 'created_at': '2026-03-09T22:16:08Z', 'updated_at': '2026-03-09T22:16:09Z'}"

START_TEST(studio_polygons_choices_and_skips_are_read)
{
    static const char both[] =
        TASK("/data/upload/1/abcd1234-part-0001.jpg",
             SAID("10") SQUARE ", " REGION("b", "rectangle", UPRIGHT) ", " REGION(
                 "b", "choices", UPRIGHT ", 'choices': ['crack']") ", " REGION("c", "textarea",
                                                                               "'text': ['a comment']") "]}");
    static const char skipped[] = TASK("/data/upload/1/abcd1234-part-0002.jpg", SKIP);
    static const char whole[] = TASK("/data/upload/1/0099ffab-part__3_.png",
                                     SAID("10") REGION("d", "choices", "'choices': ['dent']") "]}");
    char text[8192];

    ck_assert_int_lt(snprintf(text, sizeof text, "[%s, %s, %s]", both, skipped, whole), (int)sizeof text);
    ck_assert_int_eq(take(NULL, text), BASE_OK);
    check_answers(GOOD, CRACK, CANT, DENT);
    ck_assert_uint_eq(counts.unread, 1);
    ck_assert_uint_eq(boxes.count, 1); /* an outline is kept, though the box is the same */
    check_box(0, true, 64, 48, 128, 96);
    ck_assert_str_eq(boxes.box[0].outline, "[[64,48,192,48,192,144,64,144]]");
}
END_TEST

/* The first query's box, upright and drawn from each of its corners, in a picture that was turned to look at
 * it. */
START_TEST(studio_turned_rectangles_and_pictures_are_read)
{
    static const char *const values[] = {
        "'x': 10, 'y': 10, 'width': 20, 'height': 20",
        "'x': 30, 'y': 10, 'width': 15, 'height': 26.666666666666668, 'rotation': 90",
        "'x': 30, 'y': 30, 'width': 20, 'height': 20, 'rotation': 180",
        "'x': 10, 'y': 30, 'width': 15, 'height': 26.666666666666668, 'rotation': 270",
        "'x': 30, 'y': 30, 'width': 20, 'height': 20, 'rotation': -180"};
    char text[1024];
    size_t i;
    int turned;

    for (i = 0; i < sizeof values / sizeof *values; i++)
        for (turned = 0; turned < 360; turned += 90) {
            snprintf(
                text, sizeof text,
                "[{'id': 1, 'data': {'image': '/data/upload/1/abcd1234-part-0001.jpg'}, 'annotations': "
                "[" SAID(
                    "1") "{'original_width': 640, 'original_height': 480, 'image_rotation': %d, 'value': {%s,"
                         " 'rectanglelabels': ['dent']}, 'id': 'a', 'from_name': 'label', 'to_name': 'image',"
                         " 'type': 'rectanglelabels'}]}]}]",
                turned, values[i]);
            ck_assert_int_eq(take(NULL, text), BASE_OK);
            check_answers(DENT, NONE, NONE, NONE);
            ck_assert_msg(boxes.count == 0, "%s is not the box, picture turned by %d", values[i], turned);
            oracle_labels_destroy(&labels);
        }
}
END_TEST

START_TEST(studio_class_that_is_none_is_refused)
{
    ck_assert_int_eq(take(NULL, "[" TASK("/data/upload/1/abcd1234-part-0001.jpg",
                                         SAID("10") REGION("a", "rectanglelabels",
                                                           BOX("10", "10", "20", "20", "crak")) "]}") "]"),
                     BASE_ERR_INPUT);
    ck_assert_int_eq(take(NULL, "[" TASK("/data/upload/1/abcd1234-other.jpg",
                                         SAID("10") REGION("a", "rectanglelabels",
                                                           BOX("10", "10", "20", "20", "crack")) "]}") "]"),
                     BASE_ERR_INPUT);
}
END_TEST

START_TEST(studio_box_out_of_this_world_is_refused)
{
    ck_assert_int_eq(
        take(NULL, "[" TASK("/data/upload/1/abcd1234-part-0001.jpg",
                            SAID("10") REGION("a", "rectanglelabels",
                                              BOX("1e308", "10", "20", "20", "crack")) "]}") "]"),
        BASE_ERR_INPUT);
}
END_TEST

START_TEST(shapes_taken_again_after_writing_are_the_same)
{
    static const char text[] =
        "[" TASK("/data/upload/1/abcd1234-part-0001.jpg",
                 SAID("10") REGION("a", "polygonlabels",
                                   "'points': [[10.123456, 10], [30, 10], [30, 30.1]], 'closed': true,"
                                   " 'polygonlabels': ['good']") "]}") "]";
    char kept[300];

    snprintf(kept, sizeof kept, "%s/new.json", folder);
    ck_assert_int_eq(take(NULL, text), BASE_OK);
    ck_assert_int_eq(oracle_boxes_write(kept, &asked, &boxes), BASE_OK);
    oracle_boxes_destroy(&boxes);
    ck_assert_int_eq(oracle_boxes_read(kept, &asked, &boxes), BASE_OK);
    ck_assert_int_eq(take(NULL, text), BASE_OK);
    ck_assert_uint_eq(boxes.count, 1);
}
END_TEST

/* ---- Label Studio: brush ---- */

typedef struct packer {
    uint8_t bytes[4096];
    size_t at; /* bits */
} packer;

static void pack(packer *p, uint32_t value, uint32_t count)
{
    for (; count > 0; count--, p->at++)
        if (value >> (count - 1) & 1)
            p->bytes[p->at / 8] |= (uint8_t)(1u << (7 - p->at % 8));
}

static void pack_head(packer *p, uint32_t values)
{
    memset(p, 0, sizeof *p);
    pack(p, values, 32);
    pack(p, 7, 5);
    pack(p, 2, 4);
    pack(p, 3, 4);
    pack(p, 7, 4);
    pack(p, 15, 4);
}

/* `count` values that are the same, in runs of at most 2^16. */
static void pack_run(packer *p, uint32_t count, uint32_t value)
{
    while (count > 0) {
        uint32_t part = count < 65536 ? count : 65536;

        pack(p, 1, 1);
        pack(p, 3, 2);
        pack(p, part - 1, 16);
        pack(p, value, 8);
        count -= part;
    }
}

/* One by one: red of 255, alpha as given. */
static void pack_pixel(packer *p, uint32_t alpha)
{
    pack(p, 0, 1);
    pack(p, 0, 2);
    pack(p, 3, 3);
    pack(p, 255, 8);
    pack(p, 0, 8);
    pack(p, 0, 8);
    pack(p, alpha, 8);
}

/* The rectangle, whose first column has alpha 128 and the rest 255, in a picture of the fixture. */
static void pack_rectangle(packer *p, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    uint32_t row;

    pack_head(p, 4 * WIDTH * HEIGHT);
    pack_run(p, 4 * (y * WIDTH + x), 0);
    for (row = 0; row < height; row++) {
        pack_pixel(p, 128);
        pack_run(p, 4 * (width - 1), 255);
        if (row + 1 < height)
            pack_run(p, 4 * (WIDTH - width), 0);
    }
    pack_run(p, 4 * (WIDTH * HEIGHT - (y + height - 1) * WIDTH - x - width), 0);
}

static base_status take_brush(const packer *p)
{
    char rle[20000] = "", text[24000];
    size_t used = 0, i;

    for (i = 0; i < (p->at + 7) / 8; i++)
        used += (size_t)snprintf(rle + used, sizeof rle - used, "%s%d", i ? ", " : "", p->bytes[i]);
    snprintf(
        text, sizeof text,
        "[{'id': 1, 'data': {'image': '/data/upload/1/abcd1234-part-0002.jpg'}, 'annotations': [" SAID("1")
            REGION("a", "brushlabels", "'format': 'rle', 'rle': [%s], 'brushlabels': ['dent']") "]}]}]",
        rle);
    return take(NULL, text);
}

START_TEST(studio_masks_become_run_lengths)
{
    packer p;

    pack_rectangle(&p, 20, 30, 150, 3);
    ck_assert_int_eq(take_brush(&p), BASE_OK);
    ck_assert_uint_eq(counts.fresh, 1); /* so flat a strip is not the sample */
    check_box(0, false, 20, 30, 150, 3);
    ck_assert_int_eq(strncmp(boxes.box[0].outline, "{\"size\":[480,640],\"counts\":[9630,3,477,3,477,", 45),
                     0);
    ck_assert_str_eq(strrchr(boxes.box[0].outline, ','), ",226047]}");
    pack_rectangle(&p, 20, 30, 150, 110);
    ck_assert_int_eq(take_brush(&p), BASE_OK);
    check_answers(NONE, NONE, DENT, NONE);
    check_box(1, true, 20, 30, 150, 110);
}
END_TEST

START_TEST(studio_mask_that_is_wiped_out_is_no_answer)
{
    packer p;

    pack_head(&p, 4 * WIDTH * HEIGHT);
    pack_run(&p, 4 * WIDTH * HEIGHT, 0);
    ck_assert_int_eq(take_brush(&p), BASE_OK);
    check_answers(NONE, NONE, NONE, NONE);
    ck_assert_uint_eq(counts.empty, 1);
}
END_TEST

START_TEST(studio_mask_that_is_damaged_is_refused)
{
    uint8_t mask[4];
    packer p;

    pack_rectangle(&p, 20, 30, 150, 110);
    p.at -= 40;
    ck_assert_int_eq(take_brush(&p), BASE_ERR_INPUT); /* ends early */
    pack_head(&p, 4 * WIDTH * HEIGHT - 4);
    pack_run(&p, 4 * WIDTH * HEIGHT - 4, 255);
    ck_assert_int_eq(take_brush(&p), BASE_ERR_INPUT); /* of another picture */
    pack_head(&p, 16);
    pack_run(&p, 20, 255);
    ck_assert(!oracle_brush_decode(p.bytes, (p.at + 7) / 8, 4, mask)); /* a run past the end */
    ck_assert(!oracle_brush_decode(p.bytes, 3, 4, mask));
    ck_assert(!oracle_brush_decode(p.bytes, 0, 4, mask));
}
END_TEST

/* ---- Label Studio: JSON_MIN ---- */

#define ABOUT                                                                                                \
    "'annotator': 4, 'annotation_id': 9, 'created_at': '2026-03-09T22:16:08Z',"                              \
    " 'updated_at': '2026-03-10T01:02:03Z', 'lead_time': 3.5, 'agreement': 1.0}"

START_TEST(studio_json_min_is_read)
{
    ck_assert_int_eq(
        take(NULL,
             "[{'image': '/data/upload/1/abcd1234-part-0001.jpg', 'line': 'good', 'id': 1, 'label': ["
             "{" BOX("10", "10", "20", "20",
                     "dent") ", 'original_width': 640, 'original_height': 480},"
                             "{" BOX("50", "50", "5", "20",
                                     "unsure") ", 'original_width': 640, 'original_height': 480}],"
                                               " 'note': 'a comment', " ABOUT
                                               ", {'image': '/data/local-files/?d=line%203/part-0002.jpg', "
                                               "'id': 2, 'choice': 'crack', " ABOUT
                                               ", {'image': '/data/upload/1/0099ffab-part__3_.png', 'id': 3, "
                                               "'label': [{'points':"
                                               " [[5, 5], [55, 5], [55, 55], [5, 55]], 'closed': true, "
                                               "'polygonlabels': ['good'],"
                                               " 'original_width': 640, 'original_height': 480}], " ABOUT
                                               "]"),
        BASE_OK);
    check_answers(DENT, CANT, CRACK, GOOD);
    check_origin(FIRST, "4", "2026-03-10T01:02:03Z");
    ck_assert_uint_eq(counts.unread, 1);
    check_box(0, true, 32, 24, 320, 240);
}
END_TEST

START_TEST(studio_json_min_with_two_choices_is_refused)
{
    ck_assert_int_eq(take(NULL, "[{'image': '/data/upload/1/abcd1234-part-0002.jpg', 'id': 1,"
                                " 'choice': {'choices': ['crack', 'dent']}, " ABOUT "]"),
                     BASE_ERR_INPUT);
    ck_assert_int_eq(take(NULL, "[{'text': 1, 'id': 1, 'choice': 'crack', " ABOUT "]"), BASE_ERR_INPUT);
}
END_TEST

/* ---- Label Studio: COCO ---- */

START_TEST(studio_coco_is_read)
{
    ck_assert_int_eq(
        take("ann",
             "{'images': [{'width': 640, 'height': 480, 'id': 0, 'file_name': "
             "'images/abcd1234-part-0001.jpg'},"
             " {'width': null, 'height': null, 'id': 1, 'file_name': 'images\\\\0a0b0c0d-part-0002.jpg'},"
             " {'width': 640, 'height': 480, 'id': 2,"
             " 'file_name': '..\\\\..\\\\label-studio\\\\media\\\\upload\\\\4\\\\cb0618f6-part__3_.png'}],"
             " 'categories': [{'id': 0, 'name': 'crack'}, {'id': 1, 'name': 'dent'}, {'id': 2, 'name': "
             "'good'},"
             " {'id': 3, 'name': 'unsure'}],"
             " 'annotations': [{'id': 0, 'image_id': 0, 'category_id': 0, 'segmentation': [],"
             " 'bbox': [63.0, 47.0, 128.9, 96.9], 'ignore': 0, 'iscrowd': 0, 'area': 12288},"
             " {'id': 1, 'image_id': 1, 'category_id': 3, 'segmentation': [[16, 24, 176, 24, 176, 144]],"
             " 'bbox': [16, 24, 160, 120], 'ignore': 0, 'iscrowd': 0, 'area': 9600.0},"
             " {'id': 2, 'image_id': 2, 'category_id': 1, 'segmentation': [],"
             " 'bbox': [32, 24, 320, 240], 'ignore': 0, 'iscrowd': 0, 'area': 76800}],"
             " 'info': {'year': 2026, 'version': '1.0', 'description': '', 'contributor': 'Label Studio',"
             " 'url': '', 'date_created': '2026-04-11 19:02:12.209886'}}"),
        BASE_OK);
    check_answers(CRACK, NONE, CANT, DENT);
    check_origin(FIRST, "ann", "2026-04-11T19:02:12.209886Z");
    ck_assert_uint_eq(boxes.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oracle_tools");
    TCase *tests = tcase_create("tools");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, cvat_boxes_polygons_and_masks_are_read);
    tcase_add_test(tests, cvat_new_objects_and_ticked_boxes_are_read);
    tcase_add_test(tests, cvat_without_a_person_needs_a_name);
    tcase_add_test(tests, studio_rectangles_say_who_and_when);
    tcase_add_test(tests, studio_uploads_are_known_in_spite_of_their_digits);
    tcase_add_test(tests, studio_polygons_choices_and_skips_are_read);
    tcase_add_test(tests, studio_turned_rectangles_and_pictures_are_read);
    tcase_add_test(tests, shapes_taken_again_after_writing_are_the_same);
    tcase_add_test(tests, studio_class_that_is_none_is_refused);
    tcase_add_test(tests, studio_box_out_of_this_world_is_refused);
    tcase_add_test(tests, studio_masks_become_run_lengths);
    tcase_add_test(tests, studio_mask_that_is_wiped_out_is_no_answer);
    tcase_add_test(tests, studio_mask_that_is_damaged_is_refused);
    tcase_add_test(tests, studio_json_min_is_read);
    tcase_add_test(tests, studio_json_min_with_two_choices_is_refused);
    tcase_add_test(tests, studio_coco_is_read);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
