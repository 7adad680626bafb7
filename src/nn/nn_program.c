#include "nn_program.h"
#include "base_log.h"
#include "base_progress.h"
#include <stdlib.h>
#include <string.h>

base_status nn_program_append(nn_program *program, const nn_step *step)
{
    nn_step *longer = realloc(program->step, (size_t)(program->count + 1) * sizeof *longer);

    if (longer == NULL) {
        base_log_error("nn: no memory for a program of %d steps", program->count + 1);
        return BASE_ERR_MEMORY;
    }
    program->step = longer;
    longer[program->count++] = *step;
    return BASE_OK;
}

base_status nn_program_append_primitive(nn_program *program, const nn_primitive *primitive)
{
    nn_step step = {.primitive = primitive};

    return nn_program_append(program, &step);
}

static base_status run(const nn_engine *engine, const nn_step *step)
{
    if (step->primitive != NULL)
        return nn_primitive_run(engine, step->primitive);
    if (step->call != NULL)
        step->call(step->context);
    else
        nn_loops_run(step->loop, step->dtype, step->out, step->a, step->b, step->mask, step->count);
    return BASE_OK;
}

void nn_program_mark(nn_program *program, size_t mark)
{
    program->step[program->count - 1].marked = true;
    program->step[program->count - 1].mark = mark;
}

/* The share of a profile that a step counts to. */
static double *share_of(nn_profile *profile, const nn_step *step)
{
    if (step->primitive == NULL)
        return &profile->loops;
    switch (nn_primitive_kind(step->primitive)) {
    case dnnl_convolution:
    case dnnl_inner_product:
        return &profile->convolutions;
    case dnnl_reorder:
        return &profile->reorders;
    default:
        return &profile->others;
    }
}

base_status nn_program_run(const nn_engine *engine, const nn_program *program, const nn_listener *listener)
{
    nn_profile *profile = listener != NULL ? listener->profile : NULL;
    base_status status = BASE_OK;
    int i;

    for (i = 0; i < program->count && status == BASE_OK; i++) {
        const nn_step *step = &program->step[i];
        double start = profile != NULL ? base_progress_clock() : 0;

        status = run(engine, step);
        if (profile != NULL)
            *share_of(profile, step) += base_progress_clock() - start;
        if (step->marked && listener != NULL && listener->reached != NULL)
            listener->reached(listener->context, step->mark);
    }
    return status;
}

static int compare_seconds(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

base_status nn_program_limit(const nn_engine *engine, const nn_program *program, int repeats,
                             nn_profile *limit)
{
    double *seconds = calloc((size_t)repeats, sizeof *seconds);
    base_status status = BASE_OK;
    int i, r;

    if (seconds == NULL) {
        base_log_error("nn: no memory for %d times", repeats);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < program->count && status == BASE_OK; i++) {
        status = run(engine, &program->step[i]);
        for (r = 0; r < repeats && status == BASE_OK; r++) {
            double start = base_progress_clock();

            status = run(engine, &program->step[i]);
            seconds[r] = base_progress_clock() - start;
        }
        qsort(seconds, (size_t)repeats, sizeof *seconds, compare_seconds);
        *share_of(limit, &program->step[i]) += seconds[repeats / 2];
        limit->total += seconds[repeats / 2];
    }
    free(seconds);
    return status;
}

void nn_program_destroy(nn_program *program)
{
    if (program == NULL)
        return;
    free(program->step);
    memset(program, 0, sizeof *program);
}
