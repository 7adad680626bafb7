/** What a round asks people: queries/round-NNN.json, COCO JSON that CVAT and Label Studio import as it is.
 *
 * `annotations` are the samples with their predicted classes as pre-annotations; their ids are those of the
 * data set. `score` is the confidence, as in COCO's results. `attributes` (CVAT keeps those that its labels
 * declare, and leaves the rest out) have the rank, 1 first, the score it was ranked by, the confidence and
 * the reason in words. Masks of the pool are not known here: `segmentation` is empty. Categories have the ids
 * of the data set, or 1, 2, 3 and so on if one of those is 0, which CVAT takes for "no label". `info.camal`
 * binds the file, and the labels, to data set and round.
 */
#ifndef ORACLE_QUERIES_H
#define ORACLE_QUERIES_H

#include "base_file.h"
#include "base_status.h"
#include "oracle_json.h"
#include "store_dataset.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

typedef struct oracle_picture {
    int64_t id;
    char *name; /* as in the data set's /images */
    int32_t width, height;
} oracle_picture;

typedef struct oracle_category {
    int64_t id; /* in the query file */
    char name[STORE_CLASS_NAME_MAX], supercategory[STORE_CLASS_NAME_MAX];
} oracle_category;

typedef struct oracle_query {
    int64_t id;        /* of the annotation in the data set */
    size_t picture;    /* row of pictures */
    int32_t predicted; /* row of categories: a class */
    double box[4];     /* x, y, width, height in pixels of the picture */
    int32_t rank;      /* 0 first */
    float score, confidence;
    char *reason; /* in words */
} oracle_query;

typedef struct oracle_queries {
    int32_t round;
    char dataset_digest[BASE_DIGEST_TEXT];
    char digest[BASE_DIGEST_TEXT]; /* of data set, round and the ids in their order */
    size_t pictures, categories, count;
    oracle_picture *picture;   /* [pictures] by id, each once */
    oracle_category *category; /* [categories] the classes of the data set */
    oracle_query *query;       /* [count] by rank */
} oracle_queries;

/** What the round has measured, for the reasons in words. */
typedef struct oracle_round {
    int32_t index;
    const store_class *class_state; /* [classes of the data set] */
    const store_score *score;       /* [scores], by sample; for confidences */
    size_t scores;
} oracle_round;

/** The queries of a round from its records. Local. BASE_ERR_INPUT (a query outside the data set),
 * BASE_ERR_MEMORY. @param queries out, oracle_queries_destroy() frees it */
base_status oracle_queries_make(const store_table *table, const oracle_round *round, const store_query *asked,
                                size_t count, oracle_queries *queries);

/** NULL-safe; zeroes the struct. */
void oracle_queries_destroy(oracle_queries *queries);

/** RUN/queries/round-NNN.SUFFIX into path[PATH_MAX]. BASE_ERR_USAGE if it does not fit. */
base_status oracle_queries_path(const char *run, int32_t round, const char *suffix, char *path);

/** Write round-NNN.json and round-NNN.txt, the file names of the pictures, one a line, into RUN/queries,
 * which is made. Local. BASE_ERR_INPUT if round-NNN.json is there and is something else; BASE_ERR_IO,
 * BASE_ERR_LIBRARY. */
base_status oracle_queries_write(const oracle_queries *queries, const char *run);

/** Read and check a query file. Local. BASE_ERR_NOT_FOUND, BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status oracle_queries_read(const char *path, oracle_queries *queries);

/** Query of an id, NULL if there is none. Local. */
const oracle_query *oracle_queries_find(const oracle_queries *queries, int64_t id);

/** Class of a category's name or id, -1 if there is none. Local. */
int32_t oracle_queries_class(const oracle_queries *queries, const char *name);
int32_t oracle_queries_class_of_id(const oracle_queries *queries, int64_t category);

/** What files of labels share with the query file. `schema` is what they are: "camal-queries",
 * "camal-labels"; `split` is NULL for a picture that does not say one. */
void oracle_queries_put_binding(const oracle_queries *queries, oracle_json *json, const char *schema);
void oracle_queries_put_picture(const oracle_picture *picture, const char *split, oracle_json *json);
void oracle_queries_put_categories(const oracle_queries *queries, oracle_json *json);
void oracle_queries_put_box(const double box[4], oracle_json *json);

/** Is the `camal` of a file (COCO: in `info`) the binding to these queries? Local. BASE_OK, also if there is
 * none (NULL); BASE_ERR_INPUT if it is that of others, logged with `path`.
 * @param schema  [32] out, what the file calls itself; "" if it is not bound */
base_status oracle_queries_check_binding(const oracle_queries *queries, yajl_val camal, const char *path,
                                         char schema[32]);

/** A box: a list of four finite numbers, width and height not negative. */
bool oracle_queries_take_box(yajl_val value, double box[4]);

#endif
