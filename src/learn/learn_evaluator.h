/** What evaluation records say: confusion, recalls, calibration. Pure functions over records. */
#ifndef LEARN_EVALUATOR_H
#define LEARN_EVALUATOR_H

#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

typedef struct learn_evaluation {
    double accuracy;      /* mean recall over active classes with samples; NaN if there is none */
    double loss;          /* mean over samples of active classes */
    double calibration;   /* expected calibration error over samples of active classes */
    double kept_accuracy; /* correct / samples, samples of classes not excluded */
    double all_accuracy;  /* correct / samples, those of excluded classes count as errors */
} learn_evaluation;

/** Sum up the records of one split.
 *
 * Local, no errors.
 * @param records    [count] of any split; others than `split` are skipped
 * @param active     [classes] 1 = not excluded
 * @param confusion  [classes,classes] out, rows true, columns predicted; may be NULL
 * @param recall     [classes] out, -1 where there is no sample; may be NULL
 * @param energy     [classes] out, mean energy (an empty map counts as 0), -1 where there is no sample; may
 * be NULL
 */
learn_evaluation learn_evaluate(const store_evaluation *records, size_t count, store_split split,
                                const uint8_t *active, size_t classes, int64_t *confusion, float *recall,
                                float *energy);

#endif
