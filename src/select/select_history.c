#include "select_history.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more row; false, and what there was before, if there is no memory. */
static bool grow(void **rows, size_t rounds, size_t width)
{
    void *more = realloc(*rows, (rounds + 1) * width + 1);

    if (more)
        *rows = more;
    return more != NULL;
}

base_status select_history_add(select_history *history, const store_class *state, const uint8_t *trained,
                               size_t classes, double agreement)
{
    void *accuracy = history->accuracy, *labelled = history->labelled, *kappa = history->agreement;
    size_t at = history->rounds * classes, c;
    bool grown = grow(&accuracy, history->rounds, classes * sizeof *history->accuracy) &&
                 grow(&labelled, history->rounds, classes * sizeof *history->labelled) &&
                 grow(&kappa, history->rounds, sizeof *history->agreement);

    history->accuracy = accuracy;
    history->labelled = labelled;
    history->agreement = kappa;
    if (!grown) {
        base_log_error("out of memory for what %zu rounds measured", history->rounds + 1);
        return BASE_ERR_MEMORY;
    }
    for (c = 0; c < classes; c++) {
        float measured = state[c].validation_accuracy;

        history->accuracy[at + c] = trained[c] && measured >= 0 ? measured : -1;
        history->labelled[at + c] = state[c].labelled;
    }
    history->agreement[history->rounds++] = agreement;
    history->classes = classes;
    return BASE_OK;
}

float select_history_accuracy(const select_history *history, size_t back, size_t c)
{
    return back < history->rounds ? history->accuracy[(history->rounds - 1 - back) * history->classes + c]
                                  : -1;
}

bool select_history_kept(const store_class *state)
{
    return state->status == STORE_CLASS_ACTIVE || state->status == STORE_CLASS_FINISHED;
}

double select_history_mean(const select_history *history, size_t back, const store_class *state)
{
    double sum = 0, count = 0;
    size_t c;

    for (c = 0; c < history->classes; c++) {
        float then = select_history_accuracy(history, back, c);

        if (!select_history_kept(&state[c]) || !(then >= 0) || !(select_history_accuracy(history, 0, c) >= 0))
            continue;
        sum += (double)then;
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

double select_history_best_mean(const select_history *history, size_t rounds, const store_class *state)
{
    double best = NAN;
    size_t back;

    for (back = 0; back < rounds; back++)
        best = fmax(best, select_history_mean(history, back, state)); /* fmax passes over NaN */
    return best;
}

void select_history_destroy(select_history *history)
{
    if (!history)
        return;
    free(history->accuracy);
    free(history->labelled);
    free(history->agreement);
    memset(history, 0, sizeof *history);
}
