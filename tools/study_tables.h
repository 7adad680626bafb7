/** What camal-compare --study prints. Local. */
#ifndef STUDY_TABLES_H
#define STUDY_TABLES_H

#include "study_compare.h"
#include <stdio.h>

/** Parts of the text. */
typedef enum study_part {
    STUDY_PART_ARMS,     /* the arms of each data set */
    STUDY_PART_CLASSES,  /* how many classes are very accurate */
    STUDY_PART_AGAINST,  /* differences from each named arm */
    STUDY_PART_CLAIM,    /* compare.default against compare.proposed */
    STUDY_PART_ABLATION, /* what each part gives */
    STUDY_PART_NOTES,    /* how to read it */
    STUDY_PARTS
} study_part;

extern const char *const study_part_names[STUDY_PARTS];

/** What is wanted of it. */
typedef struct study_view {
    uint32_t parts;      /* bits of study_part */
    const char *dataset; /* only this one; NULL: all, and what they say together; "all": only that */
    bool markdown;
} study_view;

/** Text or Markdown. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status study_tables_print(const study_summary *summary, const study_view *view, FILE *out);

/** Every figure a line: data set, arm, the arm it is compared with ("": none), figure, value, intervals,
 * seeds, verdict; then the learning curves. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status study_export_csv(const study_summary *summary, FILE *out);

/** The same as JSON, and the figures of each run. BASE_ERR_IO, BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status study_export_json(const study_summary *summary, FILE *out);

#endif
