/** What is asked of people, and what becomes of their answers. */
#include "base_file.h"
#include "oracle.h"
#include "oracle_fixture.h"
#include "oracle_labels.h"
#include "oracle_time.h"
#include "unit_test.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLASSES 3
#define QUERIES 3

static const size_t sizes[CLASSES] = {6, 6, 6};
static char folder[256], query_file[300], list_file[300], label_file[300];
static store_dataset *dataset;
static const store_table *table;
static oracle *people;
static store_query queries[QUERIES];
static store_class class_state[CLASSES];
static store_score scores[QUERIES];
static oracle_round round_2;
static oracle_queries asked;

static void setup(void)
{
    static const store_query wanted[QUERIES] = {{7, 2, 0, 0.125f, STORE_LABEL_UNKNOWN, STORE_QUERY_QUOTA},
                                                {1, 0, 1, 0.1f, STORE_LABEL_UNKNOWN, STORE_QUERY_FILL},
                                                {6, 2, 2, 0.75f, STORE_LABEL_UNKNOWN, STORE_QUERY_QUOTA}};
    size_t i;

    fixture_folder(folder, sizeof folder);
    snprintf(query_file, sizeof query_file, "%s/queries/round-002.json", folder);
    snprintf(list_file, sizeof list_file, "%s/queries/round-002.txt", folder);
    snprintf(label_file, sizeof label_file, "%s/queries/round-002.labels.json", folder);
    dataset = fixture_dataset(folder, sizes, CLASSES);
    table = store_dataset_table(dataset);
    memcpy(queries, wanted, sizeof queries);
    for (i = 0; i < CLASSES; i++)
        class_state[i].validation_accuracy = i == 0 ? -1 : 0.25f * (float)i + 0.21f;
    scores[0] = (store_score){.sample = 1, .confidence = 0.5f};
    scores[1] = (store_score){.sample = 6, .confidence = 0.25f};
    scores[2] = (store_score){.sample = 7, .confidence = 0.375f};
    round_2 = (oracle_round){2, class_state, scores, QUERIES};
    ck_assert_int_eq(oracle_create(BASE_ORACLE_PEOPLE, dataset, folder, &people), BASE_OK);
    ck_assert_int_eq(oracle_queries_make(table, &round_2, queries, QUERIES, &asked), BASE_OK);
}

static void teardown(void)
{
    oracle_queries_destroy(&asked);
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

/* ---- asking ---- */

static void ask(void)
{
    ck_assert_int_eq(oracle_ask(people, &round_2, queries, QUERIES), BASE_WAITING);
}

static void check_reason(yajl_val root, size_t index, const char *expected)
{
    ck_assert_str_eq(get_text(get(item(root, "annotations", index, QUERIES), "attributes"), "reason"),
                     expected);
}

START_TEST(queries_are_written_as_coco)
{
    yajl_val root, entry;

    ask();
    root = parse(query_file);
    ck_assert_int_eq(get_integer(get(get(root, "info"), "camal"), "round"), 2);
    ck_assert_str_eq(get_text(get(get(root, "info"), "camal"), "dataset_digest"), table->digest);

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
    ck_assert_int_eq(YAJL_GET_INTEGER(item(entry, "bbox", 3, 4)), 4);
    ck_assert_int_eq(get_integer(entry, "area"), 12);
    ck_assert_int_eq(get_integer(entry, "iscrowd"), 0);
    ck_assert_uint_eq(get(entry, "segmentation")->u.array.len, 0);
    ck_assert_double_eq(YAJL_GET_DOUBLE(get(entry, "score")), 0.375);
    entry = get(entry, "attributes");
    ck_assert_int_eq(get_integer(entry, "rank"), 1);
    ck_assert_double_eq(YAJL_GET_DOUBLE(get(entry, "rank_score")), 0.125);
    ck_assert_double_eq(YAJL_GET_DOUBLE(get(entry, "confidence")), 0.375);
    ck_assert_str_eq(get_text(entry, "predicted"), "class 2");

    entry = item(root, "categories", 1, CLASSES);
    ck_assert_int_eq(get_integer(entry, "id"), 17);
    ck_assert_str_eq(get_text(entry, "name"), "class 1");
    ck_assert_str_eq(get_text(entry, "supercategory"), "part");
    yajl_tree_free(root);
}
END_TEST

START_TEST(reasons_are_in_words)
{
    yajl_val root;

    ask();
    root = parse(query_file);
    check_reason(root, 0, "1st of the 2 granted to class 2, whose accuracy is 71 %");
    check_reason(
        root, 1,
        "1st of the 1 best of the rest: the quotas of the classes left budget over; predicted as class 0");
    check_reason(root, 2, "2nd of the 2 granted to class 2, whose accuracy is 71 %");
    yajl_tree_free(root);
    queries[1].reason = STORE_QUERY_STRATEGY;
    queries[1].predicted = 1;
    ck_assert_int_eq(unlink(query_file), 0);
    ask();
    root = parse(query_file);
    check_reason(root, 1,
                 "1st of the 1 best of the whole pool; predicted as class 1, whose accuracy is 46 %");
    yajl_tree_free(root);
}
END_TEST

START_TEST(pictures_are_listed_by_name)
{
    char *text;
    size_t size;

    ask();
    ck_assert_int_eq(base_file_read(list_file, &text, &size), BASE_OK);
    ck_assert_str_eq(text, "image-0.jpg\nimage-3.jpg\n");
    free(text);
}
END_TEST

START_TEST(what_was_written_is_read_again)
{
    oracle_queries read;
    size_t i;
    int wrong = 0;

    ask();
    ck_assert_int_eq(oracle_queries_read(query_file, &read), BASE_OK);
    ck_assert_int_eq(read.round, 2);
    ck_assert_str_eq(read.digest, asked.digest);
    ck_assert_str_eq(read.dataset_digest, asked.dataset_digest);
    ck_assert_uint_eq(read.pictures, 2);
    ck_assert_uint_eq(read.categories, CLASSES);
    ck_assert_uint_eq(read.count, QUERIES);
    for (i = 0; i < QUERIES; i++) {
        const oracle_query *a = &asked.query[i], *b = &read.query[i];

        wrong += a->id != b->id || a->picture != b->picture || a->predicted != b->predicted ||
                 memcmp(a->box, b->box, sizeof a->box) != 0 || a->rank != b->rank || a->score != b->score ||
                 a->confidence != b->confidence || strcmp(a->reason, b->reason) != 0;
    }
    ck_assert_int_eq(wrong, 0);
    oracle_queries_destroy(&read);
}
END_TEST

START_TEST(category_0_is_not_written)
{
    store_table other = *table;
    store_class_info classes[CLASSES];
    oracle_queries made;

    memcpy(classes, table->class_info, sizeof classes);
    classes[1].category_id = 0; /* as Label Studio counts */
    other.class_info = classes;
    ck_assert_int_eq(oracle_queries_make(&other, &round_2, queries, QUERIES, &made), BASE_OK);
    ck_assert_int_eq(made.category[0].id, 1);
    ck_assert_int_eq(made.category[1].id, 2);
    ck_assert_int_eq(made.category[2].id, 3);
    oracle_queries_destroy(&made);
}
END_TEST

START_TEST(score_that_is_not_a_number_is_written_as_null)
{
    yajl_val root;

    queries[0].score = (float)strtod("nan", NULL);
    ask();
    root = parse(query_file);
    ck_assert(YAJL_IS_NULL(get(get(item(root, "annotations", 0, QUERIES), "attributes"), "rank_score")));
    yajl_tree_free(root);
}
END_TEST

START_TEST(asking_again_changes_nothing)
{
    char *first, *second;
    size_t size, again;

    ask();
    ck_assert_int_eq(base_file_read(query_file, &first, &size), BASE_OK);
    ask();
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

    ask();
    ck_assert_int_eq(base_file_write(query_file, "{\"mine\": 1}", 11), BASE_OK);
    ck_assert_int_eq(oracle_ask(people, &round_2, queries, QUERIES), BASE_ERR_INPUT);
    ck_assert_int_eq(base_file_read(query_file, &text, &size), BASE_OK);
    ck_assert_str_eq(text, "{\"mine\": 1}");
    free(text);
}
END_TEST

START_TEST(query_outside_the_data_set_is_refused)
{
    queries[1].sample = (int64_t)table->samples;
    ck_assert_int_eq(oracle_ask(people, &round_2, queries, QUERIES), BASE_ERR_INPUT);
    queries[1].sample = 1;
    queries[1].predicted = CLASSES;
    ck_assert_int_eq(oracle_ask(people, &round_2, queries, QUERIES), BASE_ERR_INPUT);
    ck_assert(!base_file_exists(query_file));
}
END_TEST

START_TEST(folder_that_cannot_be_made_is_an_io_error)
{
    char path[300];

    snprintf(path, sizeof path, "%s/queries", folder);
    ck_assert_int_eq(base_file_write(path, "x", 1), BASE_OK); /* a file where the folder should be */
    ck_assert_int_eq(oracle_ask(people, &round_2, queries, QUERIES), BASE_ERR_IO);
}
END_TEST

/* ---- the state of the answers ---- */

static oracle_labels labels;

static void begin_labels(void)
{
    labels = (oracle_labels){0};
}

static oracle_added say(size_t query, const char *by, int64_t at, int32_t answer)
{
    oracle_label label = {.query = query, .answer = answer, .at = at * 1000000};
    oracle_added how = ORACLE_OUTDATED;
    int32_t before;

    snprintf(label.by, sizeof label.by, "%s", by);
    ck_assert_int_eq(oracle_labels_add(&labels, &label, &how, &before), BASE_OK);
    return how;
}

static void keep_labels(void)
{
    ask();
    ck_assert_int_eq(oracle_labels_write(label_file, &asked, &labels), BASE_OK);
    oracle_labels_destroy(&labels);
}

/* Collects with the status expected; the three answers, unless it is an error. */
static void check_collected(base_status expected, int32_t first, int32_t second, int32_t third)
{
    store_answer *answers;
    size_t answered;

    ck_assert_int_eq(oracle_collect(people, &round_2, queries, QUERIES, &answers, &answered), expected);
    ck_assert_int_eq(queries[0].answer, first);
    ck_assert_int_eq(queries[1].answer, second);
    ck_assert_int_eq(queries[2].answer, third);
    free(answers);
}

START_TEST(answers_are_collected_with_who_and_when)
{
    store_answer *answers;
    size_t answered;

    begin_labels();
    say(0, "ann", 86400, 1);
    say(1, "J\xc3\xb6rg", 86401, STORE_LABEL_CANT_TELL);
    say(2, "ann", 86402, 0);
    keep_labels();
    ck_assert_int_eq(oracle_collect(people, &round_2, queries, QUERIES, &answers, &answered), BASE_OK);
    ck_assert_uint_eq(answered, 3);
    ck_assert_int_eq(answers[0].sample, 1); /* by sample */
    ck_assert_int_eq(answers[0].answer, STORE_LABEL_CANT_TELL);
    ck_assert_str_eq(answers[0].annotator, "J\xc3\xb6rg");
    ck_assert_str_eq(answers[0].answered_at, "1970-01-02T00:00:01Z");
    ck_assert_int_eq(answers[1].sample, 6);
    ck_assert_int_eq(answers[2].sample, 7);
    ck_assert_int_eq(answers[2].answer, 1);
    ck_assert_int_eq(queries[0].answer, 1);
    ck_assert_int_eq(queries[1].answer, STORE_LABEL_CANT_TELL);
    ck_assert_int_eq(queries[2].answer, 0);
    free(answers);
}
END_TEST

START_TEST(open_samples_keep_the_run_waiting)
{
    check_collected(BASE_WAITING, -1, -1, -1);
    begin_labels();
    say(0, "ann", 1, 1);
    say(1, "ann", 1, 1);
    keep_labels();
    check_collected(BASE_WAITING, -1, -1, -1);
}
END_TEST

START_TEST(open_samples_stay_open_when_the_user_says_so)
{
    begin_labels();
    say(0, "ann", 1, 1);
    say(2, "ann", 1, 1);
    say(2, "bob", 1, 2);
    labels.finished = true;
    keep_labels();
    check_collected(BASE_OK, 1, -1, -1);
}
END_TEST

START_TEST(collecting_writes_queries_that_are_gone)
{
    check_collected(BASE_WAITING, -1, -1, -1);
    ck_assert(base_file_exists(query_file));
    ck_assert(base_file_exists(list_file));
}
END_TEST

START_TEST(labels_of_another_round_are_refused)
{
    oracle_queries others;

    begin_labels();
    say(0, "ann", 1, 1);
    say(1, "ann", 1, 1);
    ask();
    round_2.index = 3;
    ck_assert_int_eq(oracle_queries_make(table, &round_2, queries, QUERIES, &others), BASE_OK);
    round_2.index = 2;
    ck_assert_int_eq(oracle_labels_write(label_file, &others, &labels), BASE_OK);
    check_collected(BASE_ERR_INPUT, -1, -1, -1);
    oracle_queries_destroy(&others);
    ck_assert_int_eq(oracle_queries_make(table, &round_2, queries, QUERIES - 1, &others), BASE_OK);
    ck_assert_int_eq(oracle_labels_write(label_file, &others, &labels), BASE_OK);
    check_collected(BASE_ERR_INPUT, -1, -1, -1); /* fewer queries are others, too */
    oracle_queries_destroy(&others);
    oracle_labels_destroy(&labels);
}
END_TEST

START_TEST(label_file_that_is_not_from_camal_label_is_refused)
{
    static const char *const texts[] = {"{\"annotations\": [", "[]", "{\"annotations\": {}}", "",
                                        "{\"annotations\": [{\"id\": 7, \"category_id\": 17}]}"};
    size_t i;

    ask();
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_int_eq(base_file_write(label_file, texts[i], strlen(texts[i])), BASE_OK);
        check_collected(BASE_ERR_INPUT, -1, -1, -1);
    }
}
END_TEST

START_TEST(state_is_the_same_bytes_after_reading)
{
    oracle_labels read;
    char *first, *second;
    size_t size, again;

    begin_labels();
    labels.conflict = ORACLE_CONFLICT_MAJORITY;
    labels.finished = true;
    say(2, "bob", 5, 1);
    say(0, "bob", 1, STORE_LABEL_CANT_TELL);
    say(0, "ann", 1, 2);
    keep_labels();
    ck_assert_int_eq(base_file_read(label_file, &first, &size), BASE_OK);
    ck_assert_int_eq(oracle_labels_read(label_file, &asked, &read), BASE_OK);
    ck_assert_uint_eq(read.count, 3);
    ck_assert_int_eq(oracle_labels_write(label_file, &asked, &read), BASE_OK);
    ck_assert_int_eq(base_file_read(label_file, &second, &again), BASE_OK);
    ck_assert_uint_eq(size, again);
    ck_assert_mem_eq(first, second, size);
    oracle_labels_destroy(&read);
    free(first);
    free(second);
}
END_TEST

START_TEST(latest_answer_of_an_annotator_counts_in_any_order)
{
    begin_labels();
    ck_assert_int_eq(say(0, "ann", 10, 1), ORACLE_ADDED);
    ck_assert_int_eq(say(0, "ann", 10, 1), ORACLE_SAME);
    ck_assert_int_eq(say(0, "ann", 20, 2), ORACLE_CHANGED);
    ck_assert_int_eq(say(0, "ann", 10, 1), ORACLE_OUTDATED);
    ck_assert_int_eq(say(0, "ann", 30, 2), ORACLE_SAME);
    ck_assert_int_eq(say(0, "ann", 25, 0), ORACLE_OUTDATED);
    ck_assert_uint_eq(labels.count, 1);
    ck_assert_int_eq(oracle_labels_settle(&labels, 0).label->answer, 2);
    oracle_labels_destroy(&labels);
}
END_TEST

static void check_outcome(oracle_conflict rule, oracle_outcome_kind kind, int32_t answer)
{
    oracle_outcome o;

    labels.conflict = rule;
    o = oracle_labels_settle(&labels, 1);
    ck_assert_int_eq(o.kind, kind);
    if (kind >= ORACLE_DOUBTED)
        ck_assert_int_eq(o.label->answer, answer);
}

START_TEST(two_classes_are_settled_by_the_rule)
{
    begin_labels();
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_UNANSWERED, 0);
    say(1, "dan", 50, STORE_LABEL_CANT_TELL);
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_DOUBTED, STORE_LABEL_CANT_TELL);
    say(1, "ann", 10, 2);
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_ANSWERED, 2); /* dan could not tell, ann could */
    ck_assert(!oracle_labels_settle(&labels, 1).disputed);
    say(1, "bob", 20, 0);
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_CONFLICTING, 0);
    check_outcome(ORACLE_CONFLICT_NEWEST, ORACLE_ANSWERED, 0);
    check_outcome(ORACLE_CONFLICT_MAJORITY, ORACLE_CONFLICTING, 0); /* one against one */
    say(1, "cat", 5, 2);
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_CONFLICTING, 0);
    check_outcome(ORACLE_CONFLICT_MAJORITY, ORACLE_ANSWERED, 2);
    ck_assert_str_eq(oracle_labels_settle(&labels, 1).label->by, "cat"); /* the first who said so */
    check_outcome(ORACLE_CONFLICT_NEWEST, ORACLE_ANSWERED, 0);
    ck_assert(oracle_labels_settle(&labels, 1).disputed);
    ck_assert_uint_eq(oracle_labels_settle(&labels, 1).people, 4);
    say(1, "bob", 30, 2); /* convinced */
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_ANSWERED, 2);
    oracle_labels_destroy(&labels);
}
END_TEST

START_TEST(two_classes_by_one_at_one_time_are_a_conflict)
{
    begin_labels();
    ck_assert_int_eq(say(1, "ann", 10, 1), ORACLE_ADDED);
    ck_assert_int_eq(say(1, "ann", 10, 2), ORACLE_ADDED);
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_CONFLICTING, 0);
    check_outcome(ORACLE_CONFLICT_NEWEST, ORACLE_CONFLICTING, 0);
    ck_assert_uint_eq(oracle_labels_settle(&labels, 1).people, 1);
    ck_assert_int_eq(say(1, "ann", 11, 1), ORACLE_CHANGED);
    check_outcome(ORACLE_CONFLICT_OPEN, ORACLE_ANSWERED, 1);
    oracle_labels_destroy(&labels);
}
END_TEST

START_TEST(times_are_read_as_iso_8601_and_written_in_utc)
{
    static const struct {
        const char *text, *written; /* NULL: no time */
    } cases[] = {{"2021-03-09T22:16:08.728353Z", "2021-03-09T22:16:08.728353Z"},
                 {"2023-04-11 19:02:12.209886", "2023-04-11T19:02:12.209886Z"},
                 {"2026-11-25T00:30:00+02:00", "2026-11-24T22:30:00Z"},
                 {"2026-11-25T00:30:00-0130", "2026-11-25T02:00:00Z"},
                 {"1969-12-31T23:59:59Z", NULL},
                 {"2026-11-25", NULL},
                 {"2026-13-25T00:00:00Z", NULL},
                 {"2026-11-25T24:00:00Z", NULL},
                 {"2026-11-25T00:00:00Zx", NULL},
                 {"2026-11-25T00:00:00.", NULL},
                 {"2017/09/01", NULL},
                 {"", NULL}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char written[STORE_TIME_MAX] = "";
        int64_t time;

        if (oracle_time_read(cases[i].text, &time))
            oracle_time_write(time, written);
        ck_assert_str_eq(written, cases[i].written ? cases[i].written : "");
    }
}
END_TEST

START_TEST(names_of_annotators_are_short_utf8)
{
    char longest[STORE_ANNOTATOR_MAX + 1];

    memset(longest, 'x', sizeof longest);
    longest[STORE_ANNOTATOR_MAX] = 0;
    ck_assert(!oracle_labels_is_name(longest));
    longest[STORE_ANNOTATOR_MAX - 1] = 0;
    ck_assert(oracle_labels_is_name(longest));
    ck_assert(oracle_labels_is_name("J\xc3\xb6rg"));
    ck_assert(!oracle_labels_is_name("J\xf6rg"));
    ck_assert(!oracle_labels_is_name(""));
    ck_assert(!oracle_labels_is_name("a\nb"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oracle_people");
    TCase *tests = tcase_create("people");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, queries_are_written_as_coco);
    tcase_add_test(tests, reasons_are_in_words);
    tcase_add_test(tests, pictures_are_listed_by_name);
    tcase_add_test(tests, what_was_written_is_read_again);
    tcase_add_test(tests, category_0_is_not_written);
    tcase_add_test(tests, score_that_is_not_a_number_is_written_as_null);
    tcase_add_test(tests, asking_again_changes_nothing);
    tcase_add_test(tests, labels_put_into_the_query_file_are_not_overwritten);
    tcase_add_test(tests, query_outside_the_data_set_is_refused);
    tcase_add_test(tests, folder_that_cannot_be_made_is_an_io_error);
    tcase_add_test(tests, answers_are_collected_with_who_and_when);
    tcase_add_test(tests, open_samples_keep_the_run_waiting);
    tcase_add_test(tests, open_samples_stay_open_when_the_user_says_so);
    tcase_add_test(tests, collecting_writes_queries_that_are_gone);
    tcase_add_test(tests, labels_of_another_round_are_refused);
    tcase_add_test(tests, label_file_that_is_not_from_camal_label_is_refused);
    tcase_add_test(tests, state_is_the_same_bytes_after_reading);
    tcase_add_test(tests, latest_answer_of_an_annotator_counts_in_any_order);
    tcase_add_test(tests, two_classes_are_settled_by_the_rule);
    tcase_add_test(tests, two_classes_by_one_at_one_time_are_a_conflict);
    tcase_add_test(tests, times_are_read_as_iso_8601_and_written_in_utc);
    tcase_add_test(tests, names_of_annotators_are_short_utf8);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
