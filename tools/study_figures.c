#include "base_log.h"
#include "study_compare.h"
#include <math.h>
#include <stdlib.h>

const compare_figure study_figures[STUDY_FIGURES] = {
    [STUDY_AREA_ALL] = {"area_all", "Area, all (%)", COMPARE_PERCENT},
    [STUDY_AREA_KEPT] = {"area_kept", "Area, kept (%)", COMPARE_PERCENT},
    [STUDY_TEST_ALL] = {"test_all", "Test, all (%)", COMPARE_PERCENT},
    [STUDY_TEST_KEPT] = {"test_kept", "Test, kept (%)", COMPARE_PERCENT},
    [STUDY_SAMPLES_ALL] = {"test_samples_all", "Test, of samples (%)", COMPARE_PERCENT},
    [STUDY_BEST_KEPT] = {"best_kept", "Best validation, kept (%)", COMPARE_PERCENT},
    [STUDY_LABELS] = {"labels", "Labels", COMPARE_COUNT},
    [STUDY_CLASSES_KEPT] = {"classes_kept", "Classes kept", COMPARE_COUNT},
    [STUDY_BEST_99_KEPT] = {"best_99_kept", "Best >= 99 %, kept", COMPARE_COUNT},
    [STUDY_BEST_95_KEPT] = {"best_95_kept", "Best >= 95 %, kept", COMPARE_COUNT},
    [STUDY_BEST_99_ALL] = {"best_99_all", "Best >= 99 %, all", COMPARE_COUNT},
    [STUDY_BEST_95_ALL] = {"best_95_all", "Best >= 95 %, all", COMPARE_COUNT},
    [STUDY_TEST_99_KEPT] = {"test_99_kept", "Test >= 99 %, kept", COMPARE_COUNT},
    [STUDY_TEST_95_KEPT] = {"test_95_kept", "Test >= 95 %, kept", COMPARE_COUNT},
    [STUDY_TEST_99_ALL] = {"test_99_all", "Test >= 99 %, all", COMPARE_COUNT},
    [STUDY_TEST_95_ALL] = {"test_95_all", "Test >= 95 %, all", COMPARE_COUNT},
    [STUDY_CAM_KEPT] = {"test_cam_kept", "In-mask, kept", COMPARE_SHARE},
    [STUDY_CAM_ALL] = {"test_cam_all", "In-mask, all", COMPARE_SHARE},
    [STUDY_CALIBRATION] = {"test_calibration", "Calibration error", COMPARE_SHARE},
    [STUDY_SAVED_ALL] = {"labels_saved_all", "Labels saved, all (%)", COMPARE_PERCENT},
    [STUDY_SAVED_KEPT] = {"labels_saved_kept", "Labels saved, kept (%)", COMPARE_PERCENT},
};

static const study_round *last_of(const study_result *run)
{
    return &run->round[run->rounds - 1];
}

static bool keeps(const study_result *run, size_t c)
{
    return last_of(run)->state[c] == STUDY_KEPT;
}

/* Do all of up to two runs keep the class? None: every class is wanted. */
static bool wanted(const study_keepers *kept, size_t c)
{
    return (!kept->one || keeps(kept->one, c)) && (!kept->other || keeps(kept->other, c));
}

/* Recall, as 0 to 1; NaN without samples. */
static double recall_of(int64_t right, int64_t all)
{
    return all > 0 ? (double)right / (double)all : NAN;
}

/* Test recall after a round: an excluded class is wrong. */
static double test_of(const study_data *data, const study_round *round, size_t c)
{
    return recall_of(round->state[c] == STUDY_EXCLUDED ? 0 : round->test[c], data->test[c]);
}

static double best_of(const study_data *data, const study_result *run, size_t c)
{
    int64_t right = 0;
    int32_t r;

    for (r = 0; r < run->rounds; r++)
        right = run->round[r].validation[c] > right ? run->round[r].validation[c] : right;
    return recall_of(right, data->validation[c]);
}

/* ---- means and counts over classes ---- */

/* What is measured of a class. */
typedef enum measure { MEASURE_BEST, MEASURE_TEST, MEASURE_CAM } measure;

static double measure_of(const study_data *data, const study_result *run, size_t c, measure which)
{
    if (which == MEASURE_BEST)
        return best_of(data, run, c);
    return which == MEASURE_TEST ? test_of(data, last_of(run), c) : run->cam[c];
}

/* Classes without a measurement do not count. */
static double mean_of(const study_data *data, const study_result *run, const study_keepers *kept,
                      measure which)
{
    double sum = 0, count = 0;
    size_t c;

    for (c = 0; c < data->classes; c++) {
        double value = measure_of(data, run, c, which);

        if (!wanted(kept, c) || isnan(value))
            continue;
        sum += value;
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

static double count_of(const study_data *data, const study_result *run, const study_keepers *kept,
                       measure which, double least)
{
    double count = 0;
    size_t c;

    for (c = 0; c < data->classes; c++)
        count += wanted(kept, c) && last_of(run)->state[c] != STUDY_EXCLUDED &&
                 measure_of(data, run, c, which) >= least;
    return count;
}

static double samples_of(const study_data *data, const study_result *run)
{
    int64_t right = 0, all = 0;
    size_t c;

    for (c = 0; c < data->classes; c++) {
        right += last_of(run)->state[c] == STUDY_EXCLUDED ? 0 : last_of(run)->test[c];
        all += data->test[c];
    }
    return recall_of(right, all);
}

static double classes_kept(const study_data *data, const study_result *run)
{
    double count = 0;
    size_t c;

    for (c = 0; c < data->classes; c++)
        count += keeps(run, c);
    return count;
}

/* ---- curves ---- */

study_curve study_curve_of(const study_data *data, const study_result *run, const study_keepers *kept,
                           double *labels, double *accuracy)
{
    int32_t r;
    size_t c;

    for (r = 0; r < run->rounds; r++) {
        double sum = 0, count = 0;

        for (c = 0; c < data->classes; c++) {
            double recall = test_of(data, &run->round[r], c);

            if (!wanted(kept, c) || isnan(recall))
                continue;
            sum += recall;
            count++;
        }
        labels[r] = (double)run->round[r].labels;
        accuracy[r] = count > 0 ? sum / count : NAN;
    }
    return (study_curve){(size_t)run->rounds, labels, accuracy};
}

static base_status area_of(const study_data *data, const study_result *run, const study_keepers *kept,
                           double *value)
{
    double *labels = calloc(2 * (size_t)run->rounds, sizeof *labels);
    study_curve curve;

    if (!labels) {
        base_log_error("no memory for a curve of %d rounds", run->rounds);
        return BASE_ERR_MEMORY;
    }
    curve = study_curve_of(data, run, kept, labels, labels + run->rounds);
    *value = study_curve_area(&curve, labels[0], labels[run->rounds - 1]);
    free(labels);
    return BASE_OK;
}

base_status study_figure_of(const study_data *data, const study_result *run, const study_keepers *kept,
                            study_figure figure, double *value)
{
    static const study_keepers every = {NULL, NULL};

    *value = NAN;
    switch (figure) {
    case STUDY_AREA_ALL:
        return area_of(data, run, &every, value);
    case STUDY_AREA_KEPT:
        return area_of(data, run, kept, value);
    case STUDY_TEST_ALL:
        *value = mean_of(data, run, &every, MEASURE_TEST);
        break;
    case STUDY_TEST_KEPT:
        *value = mean_of(data, run, kept, MEASURE_TEST);
        break;
    case STUDY_SAMPLES_ALL:
        *value = samples_of(data, run);
        break;
    case STUDY_BEST_KEPT:
        *value = mean_of(data, run, kept, MEASURE_BEST);
        break;
    case STUDY_LABELS:
        *value = (double)last_of(run)->labels;
        break;
    case STUDY_CLASSES_KEPT:
        *value = classes_kept(data, run);
        break;
    case STUDY_BEST_99_KEPT:
    case STUDY_BEST_95_KEPT:
        *value = count_of(data, run, kept, MEASURE_BEST, figure == STUDY_BEST_99_KEPT ? 0.99 : 0.95);
        break;
    case STUDY_BEST_99_ALL:
    case STUDY_BEST_95_ALL:
        *value = count_of(data, run, &every, MEASURE_BEST, figure == STUDY_BEST_99_ALL ? 0.99 : 0.95);
        break;
    case STUDY_TEST_99_KEPT:
    case STUDY_TEST_95_KEPT:
        *value = count_of(data, run, kept, MEASURE_TEST, figure == STUDY_TEST_99_KEPT ? 0.99 : 0.95);
        break;
    case STUDY_TEST_99_ALL:
    case STUDY_TEST_95_ALL:
        *value = count_of(data, run, &every, MEASURE_TEST, figure == STUDY_TEST_99_ALL ? 0.99 : 0.95);
        break;
    case STUDY_CAM_KEPT:
        *value = mean_of(data, run, kept, MEASURE_CAM);
        break;
    case STUDY_CAM_ALL:
        *value = mean_of(data, run, &every, MEASURE_CAM);
        break;
    case STUDY_CALIBRATION:
        *value = last_of(run)->calibration;
        break;
    case STUDY_SAVED_ALL:
    case STUDY_SAVED_KEPT:
    case STUDY_FIGURES:
        break;
    }
    return BASE_OK;
}
