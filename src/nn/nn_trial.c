#include "nn_trial.h"
#include "base_log.h"
#include "base_progress.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 7

base_status nn_trial_open(int threads, nn_trial *trial)
{
    memset(trial, 0, sizeof *trial);
    return nn_engine_create(threads, &trial->engine);
}

void nn_trial_close(nn_trial *trial)
{
    int i;

    for (i = 0; i < NN_TRIAL_ARGUMENTS_MAX; i++)
        free(trial->memory[i]);
    free(trial->copy);
    nn_engine_destroy(&trial->engine);
    memset(trial, 0, sizeof *trial);
}

static base_status reserve(nn_trial *trial, int i, size_t floats)
{
    base_status status;
    float *data;

    if (floats <= trial->floats[i])
        return BASE_OK;
    status = nn_engine_allocate(floats, &data);
    if (status != BASE_OK)
        return status;
    free(trial->memory[i]);
    trial->memory[i] = data;
    trial->floats[i] = floats;
    return BASE_OK;
}

/* The first run warms caches up; the second decides whether there are more. The least time counts: whatever
 * else the machine does only adds to it. */
static base_status run(const nn_trial *trial, const nn_primitive *primitive, double give_up, double *seconds)
{
    base_status status = nn_primitive_run(trial->engine, primitive);
    double least = INFINITY;
    int i;

    for (i = 0; i < RUNS && status == BASE_OK && (i == 0 || least <= give_up); i++) {
        double start = base_progress_clock();

        status = nn_primitive_run(trial->engine, primitive);
        least = fmin(least, base_progress_clock() - start);
    }
    if (status == BASE_OK)
        *seconds = least;
    return status;
}

base_status nn_trial_time(nn_trial *trial, nn_primitive *primitive, const nn_need *need, int needs,
                          double give_up, double *seconds)
{
    nn_array array[NN_TRIAL_ARGUMENTS_MAX];
    base_status status = BASE_OK;
    int i;

    memset(array, 0, sizeof array);
    for (i = 0; i < needs && status == BASE_OK; i++) {
        if (dnnl_memory_desc_get_size(need[i].desc) == 0)
            continue;
        status = reserve(trial, i, nn_array_floats(need[i].desc));
        if (status == BASE_OK)
            status = nn_array_create(trial->engine, need[i].desc, trial->memory[i], &array[i]);
        if (status == BASE_OK)
            nn_primitive_bind(primitive, need[i].argument, &array[i]);
    }
    if (status == BASE_OK)
        status = run(trial, primitive, give_up, seconds);
    for (i = 0; i < needs; i++)
        nn_array_destroy(&array[i]);
    return status;
}

/* Remember what a copy takes. */
static base_status note_copy(nn_trial *trial, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                             double seconds)
{
    nn_copy *longer = realloc(trial->copy, (size_t)(trial->copies + 1) * sizeof *longer);

    if (longer == NULL) {
        base_log_error("nn: no memory for the times of %d copies", trial->copies + 1);
        return BASE_ERR_MEMORY;
    }
    trial->copy = longer;
    longer[trial->copies++] = (nn_copy){*from, *to, seconds};
    return BASE_OK;
}

base_status nn_trial_time_copy(nn_trial *trial, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                               double *seconds)
{
    const nn_need need[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    nn_primitive reorder;
    base_status status;
    int i;

    *seconds = 0;
    if (dnnl_memory_desc_equal(from, to))
        return BASE_OK;
    for (i = 0; i < trial->copies; i++)
        if (dnnl_memory_desc_equal(from, &trial->copy[i].from) &&
            dnnl_memory_desc_equal(to, &trial->copy[i].to)) {
            *seconds = trial->copy[i].seconds;
            return BASE_OK;
        }
    status = nn_primitive_create_reorder(trial->engine, from, to, &reorder);
    if (status != BASE_OK)
        return status;
    status = nn_trial_time(trial, &reorder, need, 2, INFINITY, seconds);
    nn_primitive_destroy(&reorder);
    return status == BASE_OK ? note_copy(trial, from, to, *seconds) : status;
}
