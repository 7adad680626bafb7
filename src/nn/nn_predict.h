/** What logits say of one sample. */
#ifndef NN_PREDICT_H
#define NN_PREDICT_H

#include <stdint.h>

typedef struct nn_prediction {
    int32_t first, second; /* likeliest active classes; the same one if there is only one */
    double confidence;     /* probability of the first */
    double margin;         /* confidence minus that of the second; 1 if there is none */
    double entropy;        /* nats */
} nn_prediction;

/** Softmax over the active classes, 0 for others. Ties go to the lower number. Local, no errors.
 * @param logits   [K] finite   @param active [K] 1 for active classes, at least one
 * @param softmax  [K] out */
nn_prediction nn_predict(const float *logits, const uint8_t *active, int32_t classes, double *softmax);

#endif
