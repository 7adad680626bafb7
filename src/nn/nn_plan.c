#include "nn_plan.h"
#include "base_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 256

/* Begins the lines of copies, which follow from the choices and are not read back. */
#define COPY "copy "

/* The words of a plan's text, in the order of the enumerations. */
static const char *const pass_names[NN_PASSES] = {"forward", "backward_data", "backward_weights"};
static const char *const dtype_names[] = {"f32", "bf16", NULL};
static const char *const layout_names[] = {"blocked", "nhwc", NULL};
static const char *const algorithm_names[] = {"direct", "winograd", "taps", NULL};
static const char *const use_names[] = {"training", "scoring", NULL};

void nn_plan_default(nn_plan *plan)
{
    nn_plan_uniform((nn_form){NN_DTYPE_F32, NN_LAYOUT_BLOCKED}, plan);
}

void nn_plan_uniform(nn_form form, nn_plan *plan)
{
    int i, pass;

    memset(plan, 0, sizeof *plan);
    plan->form = form;
    for (i = 0; i < NN_NODES_MAX; i++)
        for (pass = 0; pass < NN_PASSES; pass++)
            plan->choice[i][pass].form = form;
}

const char *nn_plan_pass_name(nn_pass pass)
{
    return pass_names[pass];
}

static base_status append(nn_plan_text *text, const char *line)
{
    size_t length = strlen(line);
    char *longer = realloc(text->text, text->used + length + 1);

    if (longer == NULL) {
        base_log_error("nn: no memory for the plan's text");
        return BASE_ERR_MEMORY;
    }
    memcpy(longer + text->used, line, length + 1);
    text->text = longer;
    text->used += length;
    return BASE_OK;
}

base_status nn_plan_open(nn_plan_text *text, nn_use use, int32_t batch, int threads, nn_form form)
{
    char line[LINE_MAX_BYTES];

    snprintf(line, sizeof line, "%s batch %d threads %d %s %s\n", use_names[use], batch, threads,
             dtype_names[form.dtype], layout_names[form.layout]);
    return append(text, line);
}

base_status nn_plan_note(nn_plan_text *text, const char *name, nn_pass pass, const nn_choice *choice,
                         const char *implementation)
{
    char line[LINE_MAX_BYTES];

    snprintf(line, sizeof line, "%s %s %s %s %s %d %s\n", name, pass_names[pass],
             dtype_names[choice->form.dtype], layout_names[choice->form.layout],
             algorithm_names[choice->algorithm], choice->skip, implementation);
    return append(text, line);
}

base_status nn_plan_note_copy(nn_plan_text *text, const char *name, nn_pass pass, const char *what,
                              const char *implementation)
{
    char line[LINE_MAX_BYTES];

    snprintf(line, sizeof line, COPY "%s %s %s %s\n", name, pass_names[pass], what, implementation);
    return append(text, line);
}

base_status nn_plan_write(const nn_plan *plan, nn_use use, const nn_graph *graph, int32_t batch, int threads,
                          nn_plan_text *text)
{
    base_status status = nn_plan_open(text, use, batch, threads, plan->form);
    int32_t i;
    int pass;

    for (i = 0; i < graph->count; i++)
        for (pass = 0; pass < NN_PASSES && status == BASE_OK; pass++)
            if (graph->nodes[i].op == NN_OP_CONVOLUTION)
                status = nn_plan_note(text, graph->nodes[i].name, (nn_pass)pass, &plan->choice[i][pass], "-");
    return status;
}

/* Reading: one line at a time, its number for messages. */
typedef struct reader {
    const char *next, *source;
    int number;
    char line[LINE_MAX_BYTES];
} reader;

static bool next_line(reader *in)
{
    size_t length = strcspn(in->next, "\n"), kept = length < sizeof in->line ? length : sizeof in->line - 1;

    if (*in->next == '\0')
        return false;
    memcpy(in->line, in->next, kept);
    in->line[kept] = '\0';
    in->next += length + (in->next[length] == '\n');
    in->number++;
    return true;
}

static base_status refuse(const reader *in, const char *why)
{
    base_log_error("%s: kernel plan, line %d \"%s\": %s", in->source, in->number, in->line, why);
    return BASE_ERR_INPUT;
}

/* Index of a word, -1 if it is none of them. */
static int find(const char *const names[], int count, const char *word)
{
    int i;

    for (i = 0; i < count && names[i] != NULL; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    return -1;
}

static bool is_opening(const char *line, char use[16], int *batch, int *threads, char dtype[16],
                       char layout[16])
{
    return sscanf(line, "%15s batch %d threads %d %15s %15s", use, batch, threads, dtype, layout) == 5;
}

static bool set_form(const char *dtype, const char *layout, nn_form *form)
{
    int d = find(dtype_names, 2, dtype), l = find(layout_names, 2, layout);

    if (d < 0 || l < 0)
        return false;
    *form = (nn_form){(nn_dtype)d, (nn_layout)l};
    return true;
}

/* @param forward  [graph->count] set where a line tells the forward pass */
static base_status take_choice(const reader *in, const nn_graph *graph, nn_plan *plan, bool *forward)
{
    char name[NN_NAME_MAX], pass_name[24], dtype[16], layout[16], algorithm[16], implementation[2];
    int32_t skip, i;
    nn_choice choice = {.skip = 0};
    int pass, kind;

    if (sscanf(in->line, "%47s %23s %15s %15s %15s %d %1s", name, pass_name, dtype, layout, algorithm, &skip,
               implementation) != 7)
        return refuse(in, "expected NAME PASS DTYPE LAYOUT ALGORITHM SKIP IMPLEMENTATION");
    pass = find(pass_names, NN_PASSES, pass_name);
    kind = find(algorithm_names, 3, algorithm);
    if (pass < 0 || kind < 0 || skip < 0 || !set_form(dtype, layout, &choice.form))
        return refuse(in, "unknown pass, dtype, layout, algorithm or skip");
    choice.algorithm = (nn_algorithm)kind;
    choice.skip = skip;
    for (i = 0; i < graph->count; i++)
        if (strcmp(graph->nodes[i].name, name) == 0) {
            plan->choice[i][pass] = choice;
            forward[i] |= pass == NN_PASS_FORWARD;
            return BASE_OK;
        }
    return refuse(in, "the network has no such node");
}

/* Text that was cut short would leave the rest to oneDNN's first choices. */
static base_status check_complete(const reader *in, const nn_graph *graph, const bool *forward)
{
    int32_t i;

    for (i = 0; i < graph->count; i++)
        if (graph->nodes[i].op == NN_OP_CONVOLUTION && !forward[i]) {
            base_log_error(
                "%s: the kernel plan has no line \"%s forward ...\": it is cut short or of another "
                "network",
                in->source, graph->nodes[i].name);
            return BASE_ERR_INPUT;
        }
    return BASE_OK;
}

bool nn_plan_fits(const char *text, nn_use use, int32_t batch, int threads, nn_dtype dtype)
{
    reader in = {.next = text};
    char found[16], dtype_name[16], layout[16];
    int its_batch, its_threads;

    while (next_line(&in))
        if (is_opening(in.line, found, &its_batch, &its_threads, dtype_name, layout) &&
            strcmp(found, use_names[use]) == 0)
            return its_batch == batch && its_threads == threads &&
                   strcmp(dtype_name, dtype_names[dtype]) == 0;
    return false;
}

/* The opening line of the use wanted; the reader stands behind it. */
static base_status find_part(reader *in, nn_use use, int32_t batch, int threads, nn_plan *plan)
{
    char found[16], dtype[16], layout[16];
    int its_batch, its_threads;
    nn_form form;

    while (next_line(in)) {
        if (!is_opening(in->line, found, &its_batch, &its_threads, dtype, layout) ||
            strcmp(found, use_names[use]) != 0)
            continue;
        if (!set_form(dtype, layout, &form))
            return refuse(in, "unknown dtype or layout");
        if (its_batch != batch || its_threads != threads) {
            base_log_error("%s: kernel plan, line %d \"%s\": wanted is one for batch %d and %d threads",
                           in->source, in->number, in->line, batch, threads);
            return BASE_ERR_INPUT;
        }
        nn_plan_uniform(form, plan);
        return BASE_OK;
    }
    base_log_error("%s: the kernel plan has no part for %s", in->source, use_names[use]);
    return BASE_ERR_INPUT;
}

base_status nn_plan_read(const char *text, const char *source, nn_use use, const nn_graph *graph,
                         int32_t batch, int threads, nn_plan *plan)
{
    reader in = {.next = text, .source = source};
    char word[16], dtype[16], layout[16];
    bool forward[NN_NODES_MAX] = {false};
    nn_plan made;
    base_status status = find_part(&in, use, batch, threads, &made);

    while (status == BASE_OK && next_line(&in)) {
        int ignored;

        if (is_opening(in.line, word, &ignored, &ignored, dtype, layout))
            break;
        if (strncmp(in.line, COPY, strlen(COPY)) != 0)
            status = take_choice(&in, graph, &made, forward);
    }
    if (status == BASE_OK)
        status = check_complete(&in, graph, forward);
    if (status == BASE_OK)
        *plan = made;
    return status;
}
