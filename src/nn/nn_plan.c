#include "nn_plan.h"
#include "base_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nn_plan_default(nn_plan *plan)
{
    memset(plan, 0, sizeof *plan);
}

const char *nn_plan_pass_name(nn_pass pass)
{
    static const char *const names[NN_PASSES] = {"forward", "backward_data", "backward_weights"};

    return names[pass];
}

base_status nn_plan_note(nn_plan_text *text, const char *name, const char *pass, const char *implementation)
{
    size_t line = strlen(name) + strlen(pass) + strlen(implementation) + 3;
    char *longer = realloc(text->text, text->used + line + 1);

    if (longer == NULL) {
        base_log_error("nn: no memory for the plan's text");
        return BASE_ERR_MEMORY;
    }
    snprintf(longer + text->used, line + 1, "%s %s %s\n", name, pass, implementation);
    text->text = longer;
    text->used += line;
    return BASE_OK;
}
