/** Samples as a report shows them: the picture, and the heat map of a round's model over it. Local. */
#ifndef REPORT_PICTURES_H
#define REPORT_PICTURES_H

#include "report_data.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A sample that is to be shown. */
typedef struct report_wanted {
    int64_t sample;
    int32_t class_index; /* the class that the map is of */
    bool outlined;       /* with the edge of its mask: only where that is known */
} report_wanted;

/** The two pictures as PNG. */
typedef struct report_shown {
    uint8_t *plain, *heat;
    size_t plain_size, heat_size;
    bool empty; /* the heat map is all zero */
} report_shown;

/** Pictures of samples, by the model of a round's file.
 *
 * Large samples are made smaller, so that a report stays small. BASE_ERR_INPUT (another data set),
 * BASE_ERR_IO, BASE_ERR_LIBRARY, BASE_ERR_MEMORY.
 * @param shown [count] out, for report_pictures_clear(); set on success only */
base_status report_pictures_make(store_dataset *dataset, const char *round, const report_wanted *wanted,
                                 size_t count, report_shown *shown);

/** Frees what the entries hold; NULL-safe. */
void report_pictures_clear(report_shown *shown, size_t count);

#endif
