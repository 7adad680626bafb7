#include "nn_loss.h"
#include <math.h>

static int32_t largest_active(const float *logits, const uint8_t *active, int32_t classes)
{
    int32_t best = -1, c;

    for (c = 0; c < classes; c++)
        if (active[c] && (best < 0 || logits[c] > logits[best]))
            best = c;
    return best;
}

static int32_t count_active(const uint8_t *active, int32_t classes)
{
    int32_t count = 0, c;

    for (c = 0; c < classes; c++)
        count += active[c] != 0;
    return count;
}

/* What a sample is of: `part` of it of the label's class, the rest of the other's. */
typedef struct content {
    int32_t label, other;
    double part;
} content;

/* One sample; scale is 1 / B. log p_c = z_c - max - log sum exp(z - max). */
static double sample_loss(const float *logits, const content *is, const uint8_t *active, double smoothing,
                          int32_t classes, double scale, float *gradient)
{
    double share = smoothing / count_active(active, classes), total = 0, loss = 0;
    double largest = logits[largest_active(logits, active, classes)];
    int32_t c;

    for (c = 0; c < classes; c++)
        if (active[c])
            total += exp(logits[c] - largest);
    for (c = 0; c < classes; c++) {
        double part = (c == is->label ? is->part : 0) + (c == is->other ? 1 - is->part : 0);
        double target = share + (1 - smoothing) * part, log_p;

        gradient[c] = 0;
        if (!active[c])
            continue;
        log_p = logits[c] - largest - log(total);
        loss -= target * log_p;
        gradient[c] = (float)((exp(log_p) - target) * scale);
    }
    return loss;
}

double nn_loss_softmax(const float *logits, const int32_t *labels, const nn_mix *mix, const uint8_t *active,
                       float smoothing, int32_t batch, int32_t classes, float *gradient, int32_t *correct)
{
    double loss = 0;
    int32_t right = 0, b;

    for (b = 0; b < batch; b++) {
        const float *row = logits + (int64_t)b * classes;
        content is = {labels[b], mix ? mix->other[b] : labels[b], mix ? (double)mix->share[b] : 1};

        loss += sample_loss(row, &is, active, (double)smoothing, classes, 1.0 / batch,
                            gradient + (int64_t)b * classes);
        right += largest_active(row, active, classes) == labels[b];
    }
    *correct = right;
    return loss;
}
