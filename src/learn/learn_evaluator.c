#include "learn_evaluator.h"
#include "store_calibration.h"
#include <math.h>
#include <string.h>

/* Recall and mean energy of one class. */
static void class_figures(const store_evaluation *records, size_t count, store_split split, int32_t class,
                          float *recall, float *energy)
{
    double correct = 0, total = 0, energies = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        if (records[i].split != split || records[i].label != class)
            continue;
        total++;
        correct += records[i].predicted == class;
        energies += records[i].energy;
    }
    *recall = total > 0 ? (float)(correct / total) : -1;
    *energy = total > 0 ? (float)(energies / total) : -1;
}

static void count_confusion(const store_evaluation *records, size_t count, store_split split, size_t classes,
                            int64_t *confusion)
{
    size_t i;

    memset(confusion, 0, classes * classes * sizeof *confusion);
    for (i = 0; i < count; i++)
        if (records[i].split == split)
            confusion[(size_t)records[i].label * classes + (size_t)records[i].predicted]++;
}

/* Loss, calibration and the two shares of correct answers. */
static void sample_figures(const store_evaluation *records, size_t count, store_split split,
                           const uint8_t *active, learn_evaluation *result)
{
    store_calibration_bin bins[STORE_CALIBRATION_BINS] = {{0}};
    double loss = 0, kept = 0, correct = 0, all = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        if (records[i].split != split)
            continue;
        all++;
        if (!active[records[i].label])
            continue;
        kept++;
        loss += records[i].loss;
        store_calibration_add(bins, &records[i]);
        correct += records[i].predicted == records[i].label;
    }
    result->loss = kept > 0 ? loss / kept : 0;
    result->calibration = store_calibration_error(bins);
    result->kept_accuracy = kept > 0 ? correct / kept : 0;
    result->all_accuracy = all > 0 ? correct / all : 0;
}

learn_evaluation learn_evaluate(const store_evaluation *records, size_t count, store_split split,
                                const uint8_t *active, size_t classes, int64_t *confusion, float *recall,
                                float *energy)
{
    learn_evaluation result = {0};
    double sum = 0, measured = 0;
    size_t c;

    for (c = 0; c < classes; c++) {
        float class_recall, class_energy;

        class_figures(records, count, split, (int32_t)c, &class_recall, &class_energy);
        if (recall)
            recall[c] = class_recall;
        if (energy)
            energy[c] = class_energy;
        if (active[c] && class_recall >= 0) {
            sum += class_recall;
            measured++;
        }
    }
    result.accuracy = measured > 0 ? sum / measured : NAN;
    if (confusion)
        count_confusion(records, count, split, classes, confusion);
    sample_figures(records, count, split, active, &result);
    return result;
}
