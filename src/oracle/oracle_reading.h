/** A tool's file while it is read, internal to oracle: marks are what it says, in the queries' terms. */
#ifndef ORACLE_READING_H
#define ORACLE_READING_H

#include "oracle_import.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_BY_BOX SIZE_MAX

typedef struct oracle_mark {
    size_t picture; /* row of the queries' pictures */
    size_t query;   /* row of the queries; ORACLE_BY_BOX: the box decides */
    bool whole;     /* said of the picture as a whole: no box */
    double box[4];  /* pixels of the picture */
    int32_t answer; /* class, or STORE_LABEL_CANT_TELL */
    char *outline;  /* `segmentation` as JSON, NULL if there is none */
    char by[STORE_ANNOTATOR_MAX];
    int64_t at;
    char place[160]; /* where in the file, for messages */
} oracle_mark;

typedef struct oracle_reading {
    const char *path;
    const oracle_queries *queries;
    const oracle_import_options *options;
    int64_t file_time;
    oracle_mark *mark; /* [count] */
    size_t count, room;
    size_t problems; /* logged, the first ten */
    bool out_of_memory;
    oracle_import counts; /* empty, others, unread */
} oracle_reading;

/** Log and count something wrong at a place. */
void oracle_reading_refuse(oracle_reading *r, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Add a mark, whose outline becomes the reading's. */
void oracle_reading_add(oracle_reading *r, const oracle_mark *mark);

/** Picture of a name into mark->picture, or mark->query and whole for a crop. False if there is none:
 * refused, or left out and counted if so asked. */
bool oracle_reading_find(oracle_reading *r, const char *name, oracle_mark *mark);

/** Answer that a category's or choice's name stands for, into mark->answer. False if refused. */
bool oracle_reading_name(oracle_reading *r, const char *name, oracle_mark *mark);

/** Who answered: option, else `said` (NULL: the file does not say), into mark->by. False if refused. */
bool oracle_reading_by(oracle_reading *r, const char *said, oracle_mark *mark);

/** When, into mark->at: as said, else (NULL) `otherwise`. False if refused. */
bool oracle_reading_at(oracle_reading *r, const char *said, int64_t otherwise, oracle_mark *mark);

/** COCO JSON into marks. */
void oracle_reading_coco(oracle_reading *r, yajl_val root);

/** Label Studio's tasks into marks. */
void oracle_reading_studio(oracle_reading *r, yajl_val root);

#endif
