/** What an ingest is asked to do. The program's options, one field each. */
#ifndef INGEST_OPTIONS_H
#define INGEST_OPTIONS_H

#include "ingest_coco.h"
#include "ingest_split.h"
#include <stdbool.h>
#include <stdint.h>

#define INGEST_SIZE_MAX 1024

/** Pictures, and the file that annotates them. */
typedef struct ingest_source {
    const char *annotations; /* COCO JSON file; NULL: unlabelled pictures */
    const char *images; /* folder that file_name is in, or a file that lists pictures; NULL in a dry run */
} ingest_source;

typedef enum ingest_mode {
    INGEST_INSTANCE, /* a sample an annotation */
    INGEST_IMAGE     /* a sample a picture */
} ingest_mode;

typedef struct ingest_options {
    ingest_source sources[INGEST_SOURCES_MAX]; /* the annotated ones first */
    size_t source_count;
    const char *map; /* file of new names for categories, NULL: none */
    ingest_mode mode;
    const char *empty_class;       /* class of pictures without annotations, NULL: none; mode image only */
    const char *out;               /* dataset.h5; a dry run may be without */
    size_t shards;                 /* files for the pixels, 0: all in one file; up to STORE_SHARDS_MAX */
    const char *summary;           /* JSON file, NULL: none */
    const char *classes;           /* see ingest_classes.h */
    const char *group_key;         /* key of images, NULL: none */
    const char *split_key;         /* key of images that says train, val or test; NULL: split by `parts` */
    int32_t size;                  /* S, 1..INGEST_SIZE_MAX */
    double context;                /* side of a crop over the box's longer side, 1..10 */
    double min_box;                /* pixels, 0 or more */
    uint32_t parts[INGEST_SPLITS]; /* train : validation : test */
    uint64_t seed;
    bool group_duplicates; /* pictures of the same bytes and near copies stay in one split */
    bool dry_run;          /* read, plan and report; no picture is opened and nothing is written */
} ingest_options;

#endif
