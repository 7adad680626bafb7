/* Errors against f64: camal's gradient and logits in f32, by direct, Winograd and tuned kernels, beside those
 * of PyTorch's f32, which runs direct kernels; and in bf16 beside those of PyTorch's autocast.
 *
 *     parity_exact_test [FOLDER]    folder of parity_make.py's files; the committed ones by default
 */
#include "nn_layers.h"
#include "nn_network.h"
#include "nn_tune.h"
#include "parity_fixture.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALLOWED_F32  4      /* times PyTorch's error */
#define ALLOWED_BF16 2      /* likewise */
#define CHANNELS_MIN 16     /* of a convolution by Winograd */
#define TILE         4      /* its kernels compute 4 x 4 outputs at a time; smaller maps are not for them */
#define LARGEST      300000 /* elements of a tensor that has records */
#define SEEDS        2

static const char *const networks[] = {"exact_resnet8", "exact_resnet18"};
#define NETWORKS ((int)(sizeof networks / sizeof *networks))

typedef enum kernels { DIRECT, TUNED, WINOGRAD, BF16, PYTORCH_F32, PYTORCH_BF16 } kernels;
static const char *const kernel_names[] = {"direct", "tuned", "Winograd", "bf16"};

typedef struct bench {
    parity_fixture fixture;
    nn_graph graph;
    nn_engine *engine;
    nn_weights weights;
    float *images;
    int32_t *labels;
} bench;

/* Relative errors, root mean squares over seeds, and over tensors; sums of squares until finish(). */
typedef struct errors {
    double logits, gradient;
    int seeds, tensors;
} errors;

static bench set_up(int network, int seed)
{
    char name[64];
    bench made;
    size_t side, batch;

    snprintf(name, sizeof name, "%s_%d", networks[network], seed);
    made = (bench){.fixture = parity_fixture_read(name)};
    side = (size_t)made.fixture.size;
    batch = (size_t)made.fixture.batch;
    ck_assert_int_eq(nn_models_describe(made.fixture.network, made.fixture.stem, made.fixture.size,
                                        made.fixture.classes, &made.graph),
                     BASE_OK);
    ck_assert_int_eq(nn_engine_create(1, &made.engine), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&made.graph, &made.weights), BASE_OK);
    made.images = malloc(batch * 3 * side * side * sizeof *made.images);
    made.labels = malloc(batch * sizeof *made.labels);
    ck_assert(made.images != NULL && made.labels != NULL);
    return made;
}

static void tear_down(bench *used)
{
    free(used->labels);
    free(used->images);
    nn_weights_destroy(&used->weights);
    nn_engine_destroy(&used->engine);
    parity_fixture_free(&used->fixture);
}

static errors finish(errors sum)
{
    sum.logits = sqrt(sum.logits / sum.seeds);
    sum.gradient = sqrt(sum.gradient / sum.tensors);
    return sum;
}

static bool has_records(const nn_tensor *tensor)
{
    return tensor->rank > 1 && tensor->count <= LARGEST;
}

/* PyTorch's, as recorded: "f32" or "bf16". */
static void add_pytorch(const bench *used, const char *type, errors *sum)
{
    char name[PARITY_NAME_MAX + 16];
    int32_t t;

    snprintf(name, sizeof name, "%s:logits", type);
    sum->logits += pow(parity_fixture_find(&used->fixture, name)->values[0], 2);
    sum->seeds++;
    for (t = 0; t < used->weights.tensors; t++) {
        if (!has_records(&used->weights.tensor[t]))
            continue;
        snprintf(name, sizeof name, "%s:%s", type, used->weights.tensor[t].name);
        sum->gradient += pow(parity_fixture_find(&used->fixture, name)->values[0], 2);
        sum->tensors++;
    }
}

static void judge(const bench *used, const float *logits, const nn_weights *gradient, errors *sum)
{
    int32_t t;

    sum->logits += pow(parity_fixture_distance(parity_fixture_find(&used->fixture, "logits"), logits), 2);
    sum->seeds++;
    for (t = 0; t < used->weights.tensors; t++) {
        const nn_tensor *tensor = &used->weights.tensor[t];
        char name[PARITY_NAME_MAX + 16];

        if (!has_records(tensor))
            continue;
        snprintf(name, sizeof name, "gradient:%s", tensor->name);
        sum->gradient +=
            pow(parity_fixture_projection_error(&used->fixture, parity_fixture_find(&used->fixture, name),
                                                gradient->data + tensor->offset, tensor->count, t),
                2);
        sum->tensors++;
    }
}

static void add_camal(bench *used, const nn_plan *plan, errors *sum)
{
    nn_network *network;
    nn_weights exported;
    float *gradient;

    parity_fixture_weights(&used->fixture, &used->weights);
    parity_fixture_batch(&used->fixture, 0, used->images, used->labels);
    ck_assert_int_eq(nn_network_create(used->engine, &used->graph, used->fixture.batch, plan, &network),
                     BASE_OK);
    ck_assert_int_eq(nn_network_load(network, &used->weights, NULL), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used->graph, &exported), BASE_OK);
    gradient = aligned_alloc(64, nn_network_gradient_count(network) * sizeof *gradient);
    ck_assert_ptr_nonnull(gradient);
    ck_assert_int_eq(nn_network_gradient(network, used->images, used->labels, NULL, NULL,
                                         used->fixture.active, used->fixture.smoothing, gradient, NULL),
                     BASE_OK);
    ck_assert_int_eq(nn_network_gradient_export(network, gradient, &exported), BASE_OK);
    judge(used, nn_network_logits(network), &exported, sum);
    free(gradient);
    nn_weights_destroy(&exported);
    nn_network_destroy(&network);
}

/* Is there a Winograd kernel for this pass? */
static bool has_winograd(bench *used, int32_t node, nn_pass pass)
{
    const nn_purpose purpose = {.training = true, .backward_data = true};
    const nn_choice direct = {.skip = 0}, winograd = {.algorithm = NN_ALGORITHM_WINOGRAD};
    nn_layer layer;
    base_status status = BASE_OK;

    memset(&layer, 0, sizeof layer);
    if (pass != NN_PASS_FORWARD)
        status = nn_layers_try(used->engine, &used->graph, node, used->fixture.batch, purpose,
                               NN_PASS_FORWARD, direct, &layer);
    if (status == BASE_OK)
        status = nn_layers_try(used->engine, &used->graph, node, used->fixture.batch, purpose, pass, winograd,
                               &layer);
    nn_layers_destroy(&layer);
    return status == BASE_OK;
}

/* Winograd wherever oneDNN has it and a tile is filled; the number of passes. */
static int plan_winograd(bench *used, nn_plan *plan)
{
    int32_t i, pass;
    int passes = 0;

    nn_plan_default(plan);
    for (i = 0; i < used->graph.count; i++) {
        const nn_node *node = &used->graph.nodes[i];

        if (node->op != NN_OP_CONVOLUTION || node->kernel != 3 || node->stride != 1 || node->height < TILE ||
            used->graph.nodes[node->input].channels < CHANNELS_MIN)
            continue;
        for (pass = 0; pass < NN_PASSES; pass++)
            if (has_winograd(used, i, (nn_pass)pass)) {
                plan->choice[i][pass].algorithm = NN_ALGORITHM_WINOGRAD;
                passes++;
            }
    }
    return passes;
}

/* The plan of camal's kernels; false if this CPU has none. */
static bool make_plan(bench *used, kernels which, nn_plan *plan)
{
    nn_plan_default(plan);
    if (which == BF16)
        nn_plan_uniform((nn_form){NN_DTYPE_BF16, NN_LAYOUT_BLOCKED}, plan);
    if (which == TUNED)
        ck_assert_int_eq(nn_tune(used->engine, &used->graph, used->fixture.batch, NN_USE_TRAINING,
                                 NN_DTYPE_F32, plan, NULL),
                         BASE_OK);
    if (which == WINOGRAD)
        ck_assert((plan_winograd(used, plan) > 0) == nn_engine_is_wide());
    return which == BF16 ? nn_engine_has_bf16() : which != WINOGRAD || nn_engine_is_wide();
}

/* Errors over all seeds; false if this CPU has no such kernels. */
static bool errors_of(int network, kernels which, errors *found)
{
    errors sum = {0};
    bool exists = true;
    int seed;

    for (seed = 0; seed < SEEDS && exists; seed++) {
        bench used = set_up(network, seed);
        nn_plan plan;

        if (which >= PYTORCH_F32)
            add_pytorch(&used, which == PYTORCH_F32 ? "f32" : "bf16", &sum);
        else if ((exists = make_plan(&used, which, &plan)))
            add_camal(&used, &plan, &sum);
        tear_down(&used);
    }
    *found = finish(sum);
    return exists;
}

START_TEST(kernels_are_as_near_to_f64_as_pytorch)
{
    int network = _i / PYTORCH_F32;
    kernels which = (kernels)(_i % PYTORCH_F32);
    const char *name = networks[network], *what = kernel_names[which];
    double allowed = which == BF16 ? ALLOWED_BF16 : ALLOWED_F32;
    errors pytorch, found;

    if (!errors_of(network, which, &found)) {
        printf("%s, %s: skipped: this CPU has no such kernels\n", name, what);
        return;
    }
    errors_of(network, which == BF16 ? PYTORCH_BF16 : PYTORCH_F32, &pytorch);
    printf("%s, %s: logits %.1e (PyTorch %.1e, x %.2f), gradient %.1e (%.1e, x %.2f)\n", name, what,
           found.logits, pytorch.logits, found.logits / pytorch.logits, found.gradient, pytorch.gradient,
           found.gradient / pytorch.gradient);
    ck_assert_msg(found.logits <= allowed * pytorch.logits, "%s, %s: logits off by %g, PyTorch's by %g", name,
                  what, found.logits, pytorch.logits);
    ck_assert_msg(found.gradient <= allowed * pytorch.gradient, "%s, %s: gradient off by %g, PyTorch's by %g",
                  name, what, found.gradient, pytorch.gradient);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("parity_exact");
    TCase *tests = tcase_create("parity_exact");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, kernels_are_as_near_to_f64_as_pytorch, 0, NETWORKS * PYTORCH_F32);
    suite_add_tcase(suite, tests);
    return parity_fixture_run(argc, argv, suite);
}
