#include "nn_predict.h"
#include <math.h>

nn_prediction nn_predict(const float *logits, const uint8_t *active, int32_t classes, double *softmax)
{
    nn_prediction p = {.first = -1, .second = -1};
    double sum = 0;
    int32_t c;

    for (c = 0; c < classes; c++) {
        if (!active[c])
            continue;
        if (p.first < 0 || logits[c] > logits[p.first]) {
            p.second = p.first;
            p.first = c;
        } else if (p.second < 0 || logits[c] > logits[p.second]) {
            p.second = c;
        }
    }
    for (c = 0; c < classes; c++) {
        softmax[c] = active[c] ? exp((double)logits[c] - logits[p.first]) : 0;
        sum += softmax[c];
    }
    for (c = 0; c < classes; c++) {
        softmax[c] /= sum;
        if (softmax[c] > 0)
            p.entropy -= softmax[c] * log(softmax[c]);
    }
    if (p.second < 0)
        p.second = p.first; /* one active class: nothing to be unsure about */
    p.confidence = softmax[p.first];
    p.margin = p.second == p.first ? 1 : p.confidence - softmax[p.second];
    return p;
}
