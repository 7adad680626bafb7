/** Which samples are shown, and what may be said of them. */
#ifndef CAMAL_HEATMAP_CHOICE_H
#define CAMAL_HEATMAP_CHOICE_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_round.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum heatmap_kind { HEATMAP_SAMPLES, HEATMAP_CLASS, HEATMAP_WORST, HEATMAP_QUERIES } heatmap_kind;
typedef enum heatmap_measure { HEATMAP_BY_LOSS, HEATMAP_BY_ENERGY } heatmap_measure;

/** What was asked for. */
typedef struct heatmap_wish {
    heatmap_kind kind;
    const char *samples;     /* HEATMAP_SAMPLES: "3,17,40-49" */
    const char *class_name;  /* HEATMAP_CLASS */
    size_t most;             /* HEATMAP_WORST: how many; else the most that are shown, 0: all */
    heatmap_measure measure; /* HEATMAP_WORST */
} heatmap_wish;

/** A sample to be shown. Nothing in here comes from the label or mask of a pool sample without an answer. */
typedef struct heatmap_item {
    int64_t sample;
    const char *set;  /* "validation", "test", "labelled", "pool" or "aside"; static storage */
    int32_t label;    /* STORE_LABEL_UNKNOWN where nobody has answered */
    bool has_mask;    /* the mask may be shown */
    float energy;     /* share of the label's map in the mask, NaN where it was not measured */
    float activation; /* of the predicted class's map, pool samples; NaN likewise */
} heatmap_item;

/** The samples asked for, in the order that they are shown in; a sample asked for twice is shown once.
 *
 * Local. BASE_ERR_USAGE (no such class, with the nearest name; a sample out of range; text that is no list),
 * BASE_ERR_INPUT (nothing to show), BASE_ERR_MEMORY.
 * @param path   what messages call the round
 * @param items  out, the caller's to free */
base_status heatmap_choose(const heatmap_wish *wish, const store_round *round, const char *path,
                           const store_table *table, heatmap_item **items, size_t *count);

/** Number of a class by name. Local. BASE_ERR_USAGE, with the nearest name. */
base_status heatmap_find_class(const store_round *round, const char *path, const char *name, int32_t *number);

#endif
