/** What annotators' tools give back, into the state of the answers.
 *
 * Read are, told apart by what is in them: COCO JSON as CVAT and Label Studio export it (ids of annotations
 * and categories are theirs: what counts are pictures' names, boxes and categories' names), the query file
 * with categories changed (ids count), the label file of the same queries, and Label Studio's own JSON and
 * JSON_MIN: rectangles, polygons, brush masks, and choices for a region or a picture.
 *
 * An annotation answers the query of its picture whose box is the nearest: no coordinate more than 1.01
 * pixels off (tools round), else the one with which it shares at least half of the joint area; such a box is
 * kept as drawn anew. Other boxes are new objects, and kept, too. With equally near queries those go first
 * that have fewer answers from the file.
 */
#ifndef ORACLE_IMPORT_H
#define ORACLE_IMPORT_H

#include "base_status.h"
#include "oracle_boxes.h"
#include "oracle_labels.h"
#include "oracle_queries.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct oracle_import_options {
    const char *by;        /* who answered, whatever the file says; NULL: as the file says */
    const char *cant_tell; /* category, choice, or ticked attribute that says so, beside `cant_tell` */
    bool ignore_others;    /* leave out what is of pictures that were not asked for, instead of refusing */
} oracle_import_options;

/** What a file brought. */
typedef struct oracle_import {
    size_t added, same, changed, outdated; /* answers: oracle_added */
    size_t fresh, redrawn;                 /* boxes kept: of objects nobody asked about, drawn anew */
    size_t empty;                          /* annotations without a category: not answered */
    size_t others;                         /* annotations of pictures that were not asked for */
    size_t unread;                         /* results of kinds that are not read */
} oracle_import;

/** Take the answers of a file into labels and boxes. Local. Everything wrong is counted, and the first ten
 * are named with file, position, value and what is allowed; labels and boxes are of no use then.
 * BASE_ERR_NOT_FOUND, BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status oracle_import_file(const char *path, const oracle_queries *queries,
                               const oracle_import_options *options, oracle_labels *labels,
                               oracle_boxes *boxes, oracle_import *counts);

#endif
