/** The pictures of a choice of samples: one a sample, sheets of many, a table of all, the raw maps. */
#ifndef CAMAL_HEATMAP_WRITE_H
#define CAMAL_HEATMAP_WRITE_H

#include "camal_heatmap_choice.h"
#include "camal_maps.h"

#define HEATMAP_SHEET_COLUMNS 5
#define HEATMAP_SHEET_ROWS    6

typedef enum heatmap_of { HEATMAP_OF_PREDICTED, HEATMAP_OF_LABEL, HEATMAP_OF_CLASS } heatmap_of;

typedef struct heatmap_job {
    const store_round *round;
    store_dataset *dataset;
    camal_maps *maps;
    const heatmap_item *item; /* [count] */
    size_t count;
    heatmap_of of;       /* whose map; where no label is known, that of the predicted class */
    int32_t class_index; /* HEATMAP_OF_CLASS */
    int32_t factor;      /* enlargement of single pictures, 0: to about 256 pixels */
    bool npy;            /* maps.npy too */
    const char *folder;  /* exists */
} heatmap_job;

/** Write sample-NNNNNNN-CLASS.png for each, sheet-NN.png, maps.npy if wanted, and index.csv last: where that
 * is, all is. Local. BASE_ERR_IO, BASE_ERR_LIBRARY, BASE_ERR_MEMORY, BASE_ERR_USAGE (a picture too large). */
base_status heatmap_write(const heatmap_job *job);

#endif
