#include "nn_tune.h"
#include "base_log.h"
#include "base_progress.h"
#include "nn_fold.h"
#include "nn_layers.h"
#include "nn_trial.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MAX 32

/* A kernel must be this much faster than oneDNN's first choice to replace it. */
#define CLEARLY 0.96

/* Kernels that take longer than the best so far by this factor are measured once only. */
#define HOPELESS 1.3

/* In a step, what is copied has been pushed out of the caches that keep it where a copy is timed. Measured: 2
 * to 4 times as long. */
#define COLD 3

/* Larger scratchpads never paid in any pass measured, and their memory stays. */
#define SCRATCH_MAX_BYTES ((size_t)160 << 20)

/* A kernel for one pass of one convolution, and how long it takes alone. */
typedef struct candidate {
    nn_choice choice;
    double seconds;
    dnnl_memory_desc_t source, target, weights;
} candidate;

typedef struct candidates {
    candidate item[CANDIDATES_MAX];
    int count;
} candidates;

/* A convolution as the search sees it. */
typedef struct subject {
    int32_t node; /* of the convolution */
    int32_t same; /* an earlier one of the same shape, whose result serves, or -1 */
    nn_purpose purpose;
} subject;

typedef struct search {
    nn_trial trial;
    const nn_graph *graph;
    int32_t batch;
    nn_use use;
    nn_dtype dtype;
    subject subject[NN_NODES_MAX];
    int subjects;
    candidates (*found)[NN_PASSES]; /* [subjects] */
    int kernels;
} search;

static bool same_shape(const search *s, const subject *a, const subject *b)
{
    const nn_node *x = &s->graph->nodes[a->node], *y = &s->graph->nodes[b->node];
    const nn_node *u = &s->graph->nodes[x->input], *v = &s->graph->nodes[y->input];

    return x->channels == y->channels && x->height == y->height && x->width == y->width &&
           x->kernel == y->kernel && x->stride == y->stride && x->padding == y->padding &&
           u->channels == v->channels && a->purpose.after.sum == b->purpose.after.sum &&
           a->purpose.backward_data == b->purpose.backward_data &&
           a->purpose.after.relu == b->purpose.after.relu;
}

static void add_subject(search *s, subject made)
{
    int i;

    made.same = -1;
    for (i = 0; i < s->subjects && made.same < 0; i++)
        if (s->subject[i].same < 0 && same_shape(s, &s->subject[i], &made))
            made.same = i;
    s->subject[s->subjects++] = made;
}

static void list_subjects(search *s)
{
    nn_folded folded[NN_NODES_MAX];
    int32_t i;

    nn_fold_graph(s->graph, folded);
    for (i = 0; i < s->graph->count; i++) {
        if (s->use == NN_USE_TRAINING && s->graph->nodes[i].op == NN_OP_CONVOLUTION)
            add_subject(
                s, (subject){.node = i,
                             .purpose = {.training = true, .backward_data = s->graph->nodes[i].input > 0}});
        if (s->use == NN_USE_SCORING && folded[i].present && folded[i].convolution >= 0)
            add_subject(
                s, (subject){.node = folded[i].convolution,
                             .purpose = {.after = {.sum = folded[i].residual >= 0, .relu = folded[i].relu}}});
    }
}

/* Time of one pass of `layer`, INFINITY if its scratchpad is too large. */
static base_status time_pass(search *s, const subject *at, nn_pass pass, nn_layer *layer, double give_up,
                             double *seconds)
{
    static const int source[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_SRC, DNNL_ARG_SRC};
    static const int target[] = {DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_DST};
    static const int weights[] = {DNNL_ARG_WEIGHTS, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_WEIGHTS};
    int64_t channels = s->graph->nodes[at->node].channels;
    const dnnl_memory_desc_t *scratch = nn_primitive_layout(&layer->pass[pass], dnnl_query_scratchpad_md);
    dnnl_memory_desc_t bias;
    base_status status = nn_layers_plain(1, &channels, &bias);
    const nn_need need[] = {{source[pass], &layer->source[pass]},
                            {target[pass], &layer->target[pass]},
                            {weights[pass], &layer->weights[pass]},
                            {DNNL_ARG_BIAS, &bias}};

    *seconds = INFINITY;
    if (status != BASE_OK || (scratch != NULL && dnnl_memory_desc_get_size(scratch) > SCRATCH_MAX_BYTES))
        return status;
    s->kernels++;
    return nn_trial_time(&s->trial, &layer->pass[pass], need, at->purpose.training ? 3 : 4, give_up, seconds);
}

/* Measure one choice and list it; *exists tells whether there is such a kernel. */
static base_status measure(search *s, const subject *at, nn_pass pass, nn_choice choice, double *best,
                           candidates *list, bool *exists)
{
    nn_choice first = {.form = choice.form};
    nn_layer layer;
    double seconds;
    base_status status = BASE_OK;

    memset(&layer, 0, sizeof layer);
    *exists = false;
    if (list->count == CANDIDATES_MAX)
        return BASE_OK;
    if (pass != NN_PASS_FORWARD)
        status = nn_layers_try(s->trial.engine, s->graph, at->node, s->batch, at->purpose, NN_PASS_FORWARD,
                               first, &layer);
    if (status == BASE_OK)
        status =
            nn_layers_try(s->trial.engine, s->graph, at->node, s->batch, at->purpose, pass, choice, &layer);
    if (status == BASE_ERR_LIBRARY) { /* no such kernel */
        nn_layers_destroy(&layer);
        return BASE_OK;
    }
    if (status == BASE_OK)
        status = time_pass(s, at, pass, &layer, *best * HOPELESS, &seconds);
    if (status == BASE_OK) {
        *exists = true;
        list->item[list->count++] =
            (candidate){choice, seconds, layer.source[pass], layer.target[pass], layer.weights[pass]};
        *best = fmin(*best, seconds);
    }
    nn_layers_destroy(&layer);
    return status;
}

/* All kernels of one pass, oneDNN's first choices in the plan's dtype first. */
static base_status measure_pass(search *s, const subject *at, nn_pass pass, candidates *list)
{
    double best = INFINITY;
    base_status status = BASE_OK;
    int dtype, layout, algorithm;

    for (dtype = (int)s->dtype; dtype >= (int)NN_DTYPE_F32; dtype--)
        for (layout = NN_LAYOUT_BLOCKED; layout <= NN_LAYOUT_NHWC; layout++)
            for (algorithm = NN_ALGORITHM_DIRECT; algorithm <= NN_ALGORITHM_TAPS; algorithm++) {
                nn_choice choice = {.form = {(nn_dtype)dtype, (nn_layout)layout},
                                    .algorithm = (nn_algorithm)algorithm};
                bool exists = true;

                for (; exists && status == BASE_OK; choice.skip++)
                    status = measure(s, at, pass, choice, &best, list, &exists);
            }
    return status;
}

static bool has_pass(const subject *at, nn_pass pass)
{
    if (pass == NN_PASS_BACKWARD_DATA)
        return at->purpose.backward_data;
    return pass == NN_PASS_FORWARD || at->purpose.training;
}

static base_status measure_all(search *s)
{
    base_status status = BASE_OK;
    int i, pass;

    for (i = 0; i < s->subjects; i++)
        for (pass = 0; s->subject[i].same < 0 && pass < NN_PASSES && status == BASE_OK; pass++)
            if (has_pass(&s->subject[i], (nn_pass)pass))
                status = measure_pass(s, &s->subject[i], (nn_pass)pass, &s->found[i][pass]);
    return status;
}

/* What a kernel costs where activations have the plan's form and weights the layout `home` (NULL: any):
 * itself and its copies. INFINITY where it cannot stand. */
static base_status cost_of(search *s, const subject *at, nn_pass pass, const candidate *kernel, nn_form form,
                           const dnnl_memory_desc_t *home, double *cost)
{
    const nn_node *node = &s->graph->nodes[at->node];
    bool writes_source = pass == NN_PASS_BACKWARD_DATA, writes_target = pass == NN_PASS_FORWARD;
    dnnl_memory_desc_t source, target;
    double copies[3] = {0, 0, 0};
    base_status status = nn_layers_activation(&s->graph->nodes[node->input], s->batch, form, &source);

    if (status == BASE_OK)
        status = nn_layers_activation(node, s->batch, form, &target);
    if (status != BASE_OK)
        return status;
    *cost = INFINITY;
    /* A scoring replica adds residuals in place, so that outputs have the plan's form. */
    if (s->use == NN_USE_SCORING && !dnnl_memory_desc_equal(&target, &kernel->target))
        return BASE_OK;
    status = nn_trial_time_copy(&s->trial, writes_source ? &kernel->source : &source,
                                writes_source ? &source : &kernel->source, &copies[0]);
    if (status == BASE_OK)
        status = nn_trial_time_copy(&s->trial, writes_target ? &kernel->target : &target,
                                    writes_target ? &target : &kernel->target, &copies[1]);
    if (status == BASE_OK && home != NULL)
        status = nn_trial_time_copy(&s->trial, home, &kernel->weights, &copies[2]);
    *cost = kernel->seconds + COLD * (copies[0] + copies[1] + copies[2]);
    return status;
}

/* The cheapest kernel of a pass, or the first in the list, which is oneDNN's own choice in blocked layout.
 * Gradients of weights come in the layout `home`, if there is one. */
static base_status choose_pass(search *s, const subject *at, nn_pass pass, const candidates *list,
                               nn_form form, const dnnl_memory_desc_t *home, bool first_only,
                               const candidate **chosen, double *cost)
{
    double standard = INFINITY;
    base_status status = BASE_OK;
    int i;

    *chosen = NULL;
    *cost = INFINITY;
    for (i = 0; i < (first_only ? 1 : list->count) && status == BASE_OK; i++) {
        const candidate *kernel = &list->item[i];
        double its = INFINITY;

        if (kernel->seconds >= *cost ||
            (pass == NN_PASS_BACKWARD_WEIGHTS && !dnnl_memory_desc_equal(&kernel->weights, home)))
            continue;
        status = cost_of(s, at, pass, kernel, form, home, &its);
        if (status != BASE_OK || its >= *cost)
            continue;
        if (isinf(standard))
            standard = its;
        else if (its > standard * CLEARLY)
            continue;
        *chosen = kernel;
        *cost = its;
    }
    return status;
}

static base_status time_norm(search *s, nn_layer *layer, int64_t channels, double *seconds)
{
    const dnnl_memory_desc_t *workspace =
        nn_primitive_layout(&layer->pass[NN_PASS_FORWARD], dnnl_query_workspace_md);
    dnnl_memory_desc_t vector;
    base_status status = nn_layers_plain(1, &channels, &vector);
    const nn_need need[] = {{DNNL_ARG_SRC, &layer->output}, {DNNL_ARG_DST, &layer->output},
                            {DNNL_ARG_SCALE, &vector},      {DNNL_ARG_SHIFT, &vector},
                            {DNNL_ARG_MEAN, &vector},       {DNNL_ARG_VARIANCE, &vector},
                            {DNNL_ARG_WORKSPACE, workspace}};

    if (status != BASE_OK)
        return status;
    return nn_trial_time(&s->trial, &layer->pass[NN_PASS_FORWARD], need, workspace != NULL ? 7 : 6, INFINITY,
                         seconds);
}

/* Norms in this form, training only: the kernels beside convolutions that take time. */
static base_status cost_of_norms(search *s, nn_form form, double *total)
{
    const nn_purpose purpose = {.training = true, .backward_data = true};
    base_status status = BASE_OK;
    nn_plan plan;
    int32_t i;

    nn_plan_uniform(form, &plan);
    for (i = 0; i < s->graph->count && status == BASE_OK; i++) {
        double seconds = 0;
        nn_layer layer;

        if (s->graph->nodes[i].op != NN_OP_BATCH_NORM)
            continue;
        status = nn_layers_create(s->trial.engine, s->graph, i, s->batch, purpose, &plan, &layer);
        if (status != BASE_OK)
            return status;
        status = time_norm(s, &layer, s->graph->nodes[i].channels, &seconds);
        nn_layers_destroy(&layer);
        *total += 2 * seconds; /* the backward pass reads and writes as much */
    }
    return status;
}

/* The cheapest kernels of all passes of a convolution whose weights live in the layout `home`. */
static base_status choose_at_home(search *s, const subject *at, const candidates *list, nn_form form,
                                  const dnnl_memory_desc_t *home, bool first_only,
                                  const candidate *chosen[NN_PASSES], double *cost)
{
    base_status status = BASE_OK;
    int pass;

    *cost = 0;
    for (pass = 0; pass < NN_PASSES && status == BASE_OK; pass++) {
        double its = 0;

        chosen[pass] = NULL;
        if (has_pass(at, (nn_pass)pass))
            status =
                choose_pass(s, at, (nn_pass)pass, &list[pass], form, home, first_only, &chosen[pass], &its);
        *cost += its;
    }
    return status;
}

/* The cheapest kernels of all passes together: the layout of the weights is that of their gradient, and
 * each other pass that wants another one pays for a copy. */
static base_status choose_subject(search *s, const subject *at, const candidates *list, nn_form form,
                                  bool first_only, const candidate *chosen[NN_PASSES], double *cost)
{
    const candidates *homes = &list[NN_PASS_BACKWARD_WEIGHTS];
    base_status status = BASE_OK;
    double standard = INFINITY;
    int i, k;

    if (!at->purpose.training)
        return choose_at_home(s, at, list, form, NULL, first_only, chosen, cost);
    *cost = INFINITY;
    for (i = 0; i < (first_only ? 1 : homes->count) && status == BASE_OK; i++) {
        const candidate *found[NN_PASSES];
        double its;

        for (k = 0; k < i; k++)
            if (dnnl_memory_desc_equal(&homes->item[k].weights, &homes->item[i].weights))
                break;
        if (k < i)
            continue;
        status = choose_at_home(s, at, list, form, &homes->item[i].weights, first_only, found, &its);
        if (isinf(standard))
            standard = its;
        if (status != BASE_OK || its >= *cost || (i > 0 && its > standard * CLEARLY))
            continue;
        memcpy(chosen, found, sizeof found);
        *cost = its;
    }
    return status;
}

/* The best plan whose activations have this form, or the one of first choices, and its cost. */
static base_status plan_form(search *s, nn_form form, bool first_only, nn_plan *plan, double *total)
{
    base_status status = BASE_OK;
    int i, pass;

    nn_plan_uniform(form, plan);
    for (i = 0; i < s->subjects && status == BASE_OK; i++) {
        const subject *at = &s->subject[i];
        const candidate *chosen[NN_PASSES] = {NULL};
        double cost = 0;

        status =
            choose_subject(s, at, s->found[at->same < 0 ? i : at->same], form, first_only, chosen, &cost);
        *total += cost;
        for (pass = 0; pass < NN_PASSES && status == BASE_OK; pass++)
            if (chosen[pass] != NULL)
                plan->choice[at->node][pass] = chosen[pass]->choice;
    }
    return status;
}

static base_status find_plan(search *s, nn_plan *plan, nn_tuning *tuning)
{
    base_status status = measure_all(s);
    double best = INFINITY;
    nn_plan standard;
    int layout;

    if (status == BASE_OK)
        status = plan_form(s, (nn_form){s->dtype, NN_LAYOUT_BLOCKED}, true, &standard, &tuning->before);
    if (status == BASE_OK) {
        *plan = standard;
        tuning->after = tuning->before;
    }

    for (layout = NN_LAYOUT_BLOCKED; layout <= NN_LAYOUT_NHWC && status == BASE_OK; layout++) {
        nn_form form = {s->dtype, (nn_layout)layout};
        double convolutions = 0, norms = 0;
        nn_plan made;

        status = plan_form(s, form, false, &made, &convolutions);
        if (status == BASE_OK && s->use == NN_USE_TRAINING)
            status = cost_of_norms(s, form, &norms);
        if (status != BASE_OK || convolutions + norms >= best * CLEARLY)
            continue;
        best = convolutions + norms;
        tuning->after = convolutions;
        *plan = made;
    }
    tuning->kernels = s->kernels;
    return status;
}

base_status nn_tune(const nn_engine *engine, const nn_graph *graph, int32_t batch, nn_use use, nn_dtype dtype,
                    nn_plan *plan, nn_tuning *tuning)
{
    search s = {.graph = graph, .batch = batch, .use = use, .dtype = dtype};
    double start = base_progress_clock();
    nn_tuning report = {0};
    nn_plan made;
    base_status status;

    if (dtype == NN_DTYPE_BF16 && !nn_engine_has_bf16()) {
        base_log_error("nn: this CPU (%s) only emulates bf16, which is slower than f32", nn_engine_isa());
        return BASE_ERR_USAGE;
    }
    list_subjects(&s);
    s.found = calloc((size_t)s.subjects, sizeof *s.found);
    if (s.found == NULL) {
        base_log_error("nn: no memory for the search of a plan");
        return BASE_ERR_MEMORY;
    }
    status = nn_trial_open(nn_engine_threads(engine), &s.trial);
    if (status == BASE_OK)
        status = find_plan(&s, &made, &report);
    nn_trial_close(&s.trial);
    free(s.found);
    nn_engine_enter(engine);
    if (status != BASE_OK)
        return status;
    report.search = base_progress_clock() - start;
    *plan = made;
    if (tuning != NULL)
        *tuning = report;
    return BASE_OK;
}
