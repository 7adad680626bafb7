/** What people drew beyond answers: boxes that nobody asked about, boxes drawn anew, outlines (masks).
 *
 * They are kept in queries/round-NNN.new.json, COCO JSON for camal-ingest; a run does not read it, since its
 * data set does not change. Its pictures say `split`: train, as all of the pool are, for --split-key. */
#ifndef ORACLE_BOXES_H
#define ORACLE_BOXES_H

#include "base_status.h"
#include "oracle_queries.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oracle_box {
    size_t picture;      /* row of the queries' pictures */
    int32_t class_index; /* row of the categories */
    double box[4];       /* pixels */
    char *outline;       /* `segmentation` as JSON, malloc'ed, NULL if there is none */
    int64_t query;       /* of a box drawn anew: id of the query it stands for */
    bool redrawn;        /* false: an object that was not asked about */
    char by[STORE_ANNOTATOR_MAX];
    int64_t at;
} oracle_box;

typedef struct oracle_boxes {
    size_t count, room;
    oracle_box *box; /* [count] in the order in which they came */
} oracle_boxes;

/** Add a copy of a box, unless one of that picture, class, place and outline is there. Local.
 * BASE_ERR_MEMORY. @param added out, false if it was there */
base_status oracle_boxes_add(oracle_boxes *boxes, const oracle_box *box, bool *added);

/** Read the file; none is no box. Local. BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status oracle_boxes_read(const char *path, const oracle_queries *queries, oracle_boxes *boxes);

/** Write the file: whole or not at all. Local. BASE_ERR_IO, BASE_ERR_LIBRARY. */
base_status oracle_boxes_write(const char *path, const oracle_queries *queries, const oracle_boxes *boxes);

/** NULL-safe; zeroes the struct. */
void oracle_boxes_destroy(oracle_boxes *boxes);

#endif
