/* The text of a plan: what is written is read back, and what is damaged is refused by name. */
#include "../base/capture.h"
#include "nn_gradcam.h"
#include "nn_test.h"
#include <string.h>

#define BATCH   4
#define THREADS 1

static capture captured;

static nn_graph graph_of_resnet8(void)
{
    nn_graph graph;

    ck_assert_int_eq(nn_models_describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, &graph), BASE_OK);
    return graph;
}

/* Choices of all kinds, another for each node and pass. */
static nn_choice choice_at(int32_t node, int pass)
{
    return (nn_choice){.form = {(nn_dtype)((node + pass) % 2), (nn_layout)(node / 2 % 2)},
                       .algorithm = (nn_algorithm)((node + 2 * pass) / 3 % 2),
                       .skip = (node + pass) % 4};
}

/* A whole plan for every convolution, a copy behind each line. */
static void write_plan(const nn_graph *graph, nn_use use, nn_form form, nn_plan_text *text)
{
    base_status worst = nn_plan_open(text, use, BATCH, THREADS, form);
    int32_t i;
    int pass;

    for (i = 0; i < graph->count; i++)
        for (pass = 0; graph->nodes[i].op == NN_OP_CONVOLUTION && pass < NN_PASSES; pass++) {
            nn_choice choice = choice_at(i + (int32_t)use, pass);

            worst |= nn_plan_note(text, graph->nodes[i].name, (nn_pass)pass, &choice, "jit:any");
            worst |= nn_plan_note_copy(text, graph->nodes[i].name, (nn_pass)pass, "input", "jit:uni");
        }
    ck_assert_int_eq(worst, BASE_OK);
}

/* Convolution passes whose choice is not the one written. */
static int strangers(const nn_graph *graph, nn_use use, const nn_plan *plan)
{
    int32_t i;
    int pass, count = 0;

    for (i = 0; i < graph->count; i++)
        for (pass = 0; graph->nodes[i].op == NN_OP_CONVOLUTION && pass < NN_PASSES; pass++) {
            nn_choice wanted = choice_at(i + (int32_t)use, pass), got = plan->choice[i][pass];

            count += wanted.form.dtype != got.form.dtype || wanted.form.layout != got.form.layout ||
                     wanted.algorithm != got.algorithm || wanted.skip != got.skip;
        }
    return count;
}

START_TEST(text_of_both_uses_is_read_back)
{
    const nn_form training = {NN_DTYPE_BF16, NN_LAYOUT_NHWC}, scoring = {NN_DTYPE_F32, NN_LAYOUT_BLOCKED};
    nn_graph graph = graph_of_resnet8();
    nn_plan_text text = {NULL, 0};
    nn_plan plan;

    write_plan(&graph, NN_USE_TRAINING, training, &text);
    write_plan(&graph, NN_USE_SCORING, scoring, &text);
    ck_assert_int_eq(nn_plan_read(text.text, "test", NN_USE_TRAINING, &graph, BATCH, THREADS, &plan),
                     BASE_OK);
    ck_assert_int_eq(strangers(&graph, NN_USE_TRAINING, &plan), 0);
    ck_assert(plan.form.dtype == training.dtype && plan.form.layout == training.layout);
    ck_assert(plan.choice[0][0].form.dtype == training.dtype); /* nodes without a line have the plan's form */
    ck_assert_int_eq(nn_plan_read(text.text, "test", NN_USE_SCORING, &graph, BATCH, THREADS, &plan), BASE_OK);
    ck_assert_int_eq(strangers(&graph, NN_USE_SCORING, &plan), 0);
    ck_assert(plan.form.dtype == scoring.dtype && plan.form.layout == scoring.layout);
    free(text.text);
}
END_TEST

START_TEST(a_plan_fits_one_batch_number_of_threads_and_type)
{
    const char *text = "training batch 8 threads 2 bf16 nhwc\n"
                       "conv1 forward bf16 nhwc direct 0 x\n"
                       "scoring batch 32 threads 2 f32 blocked\n";

    ck_assert(nn_plan_fits(text, NN_USE_TRAINING, 8, 2, NN_DTYPE_BF16));
    ck_assert(nn_plan_fits(text, NN_USE_SCORING, 32, 2, NN_DTYPE_F32));
    ck_assert(!nn_plan_fits(text, NN_USE_TRAINING, 4, 2, NN_DTYPE_BF16));
    ck_assert(!nn_plan_fits(text, NN_USE_TRAINING, 8, 1, NN_DTYPE_BF16));
    ck_assert(!nn_plan_fits(text, NN_USE_TRAINING, 8, 2, NN_DTYPE_F32));
    ck_assert(!nn_plan_fits(text, NN_USE_SCORING, 8, 2, NN_DTYPE_F32));
    ck_assert(!nn_plan_fits("", NN_USE_TRAINING, 8, 2, NN_DTYPE_BF16));
}
END_TEST

static int count_lines(const char *text, const char *beginning)
{
    int count = 0;

    for (; *text; text += strcspn(text, "\n") + 1)
        count += strncmp(text, beginning, strlen(beginning)) == 0;
    return count;
}

/* One convolution by Winograd where there is such a kernel, one pass in the other layout. */
static void replan(const nn_graph *graph, nn_plan *plan)
{
    int32_t i, convolutions = 0;

    nn_plan_default(plan);
    for (i = 0; i < graph->count; i++) {
        if (graph->nodes[i].op != NN_OP_CONVOLUTION)
            continue;
        convolutions++;
        if (convolutions == 2 && nn_engine_is_wide())
            plan->choice[i][NN_PASS_BACKWARD_DATA].algorithm = NN_ALGORITHM_WINOGRAD;
        if (convolutions == 3)
            plan->choice[i][NN_PASS_FORWARD].form.layout = NN_LAYOUT_NHWC;
    }
}

START_TEST(a_replica_built_from_its_text_tells_the_same_text)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, BATCH, THREADS);
    nn_gradcam *gradcam, *other;
    nn_network *again;
    nn_plan plan, read;

    replan(&used.graph, &plan);
    nn_network_destroy(&used.network);
    ck_assert_int_eq(nn_network_create(used.engine, &used.graph, BATCH, &plan, &used.network), BASE_OK);
    ck_assert_int_eq(nn_plan_read(nn_network_plan(used.network), "test", NN_USE_TRAINING, &used.graph, BATCH,
                                  THREADS, &read),
                     BASE_OK);
    ck_assert_int_eq(nn_network_create(used.engine, &used.graph, BATCH, &read, &again), BASE_OK);
    ck_assert_str_eq(nn_network_plan(again), nn_network_plan(used.network));
    ck_assert_ptr_nonnull(strstr(nn_network_plan(again), " forward f32 nhwc direct 0 "));
    ck_assert_int_ge(count_lines(nn_network_plan(again), "copy "), 2); /* to nhwc and back */
    nn_plan_uniform((nn_form){NN_DTYPE_F32, NN_LAYOUT_NHWC}, &plan);
    ck_assert_int_eq(nn_gradcam_create(used.engine, &used.graph, BATCH, "last", &plan, &gradcam), BASE_OK);
    ck_assert_int_eq(
        nn_plan_read(nn_gradcam_plan(gradcam), "test", NN_USE_SCORING, &used.graph, BATCH, THREADS, &read),
        BASE_OK);
    ck_assert_int_eq(nn_gradcam_create(used.engine, &used.graph, BATCH, "last", &read, &other), BASE_OK);
    ck_assert_str_eq(nn_gradcam_plan(other), nn_gradcam_plan(gradcam));
    nn_gradcam_destroy(&other);
    nn_gradcam_destroy(&gradcam);
    nn_network_destroy(&again);
    nn_test_tear_down(&used);
}
END_TEST

/* A line in place of the second, and a word of the message. */
static const struct {
    const char *line, *word;
} damages[] = {
    {"conv1 forward f32 blocked direct 0", "line 2 \"conv1 forward f32 blocked direct 0\""},
    {"conv1 forward f32 blocked direct x jit:any", "expected NAME"},
    {"conv1 forward f32 blocked direct -1 jit:any", "skip"},
    {"conv1 forward f64 blocked direct 0 jit:any", "f64"},
    {"conv1 forward f32 chwn direct 0 jit:any", "chwn"},
    {"conv1 forward f32 blocked fft 0 jit:any", "fft"},
    {"conv1 sideways f32 blocked direct 0 jit:any", "sideways"},
    {"conv9 forward f32 blocked direct 0 jit:any", "no such node"},
    {"conv1", "expected NAME"},
    {"", "expected NAME"},
    {"cop conv1 forward input jit:uni", "expected NAME"},
    {"conv1 backward_weights f32 blocked direct 0 jit:any", "no line \"conv1 forward"},
};

START_TEST(a_damaged_line_is_refused_and_named)
{
    nn_graph graph = graph_of_resnet8();
    nn_plan_text text = {NULL, 0};
    char damaged[1 << 14];
    nn_plan plan = {.form = {NN_DTYPE_BF16, NN_LAYOUT_NHWC}};
    const char *second, *third, *said;
    base_status status;

    write_plan(&graph, NN_USE_TRAINING, (nn_form){NN_DTYPE_F32, NN_LAYOUT_BLOCKED}, &text);
    second = strchr(text.text, '\n') + 1;
    third = strchr(second, '\n') + 1;
    ck_assert(strncmp(second, "conv1 forward ", 14) == 0);
    snprintf(damaged, sizeof damaged, "%.*s%s\n%s", (int)(second - text.text), text.text, damages[_i].line,
             third);
    capture_begin(&captured);
    status = nn_plan_read(damaged, "some.plan", NN_USE_TRAINING, &graph, BATCH, THREADS, &plan);
    said = capture_end(&captured);
    ck_assert_int_eq(status, BASE_ERR_INPUT);
    ck_assert_msg(strstr(said, damages[_i].word) != NULL, "no '%s' in: %s", damages[_i].word, said);
    ck_assert_ptr_nonnull(strstr(said, "some.plan"));
    ck_assert_int_eq(count_lines(said, ""), 1);
    ck_assert(plan.form.dtype == NN_DTYPE_BF16); /* nothing is set */
    free(text.text);
}
END_TEST

START_TEST(another_use_batch_or_number_of_threads_is_refused_and_named)
{
    nn_graph graph = graph_of_resnet8();
    nn_plan_text text = {NULL, 0};
    nn_plan plan;
    const char *said;

    write_plan(&graph, NN_USE_TRAINING, (nn_form){NN_DTYPE_F32, NN_LAYOUT_BLOCKED}, &text);
    capture_begin(&captured);
    ck_assert_int_eq(nn_plan_read(text.text, "a", NN_USE_SCORING, &graph, BATCH, THREADS, &plan),
                     BASE_ERR_INPUT);
    ck_assert_int_eq(nn_plan_read(text.text, "b", NN_USE_TRAINING, &graph, 77, THREADS, &plan),
                     BASE_ERR_INPUT);
    ck_assert_int_eq(nn_plan_read(text.text, "c", NN_USE_TRAINING, &graph, BATCH, 88, &plan), BASE_ERR_INPUT);
    ck_assert_int_eq(nn_plan_read("", "d", NN_USE_TRAINING, &graph, BATCH, 1, &plan), BASE_ERR_INPUT);
    said = capture_end(&captured);
    ck_assert_ptr_nonnull(strstr(said, "a: the kernel plan has no part for scoring"));
    ck_assert_ptr_nonnull(strstr(said, "batch 77"));
    ck_assert_ptr_nonnull(strstr(said, "88 threads"));
    ck_assert_int_eq(count_lines(said, ""), 4);
    free(text.text);
}
END_TEST

/* Whatever line it is cut at. */
START_TEST(text_cut_short_is_refused)
{
    nn_graph graph = graph_of_resnet8();
    nn_plan_text text = {NULL, 0};
    int taken = 0;
    char *last_forward = NULL, *line;
    nn_plan plan;

    write_plan(&graph, NN_USE_TRAINING, (nn_form){NN_DTYPE_F32, NN_LAYOUT_BLOCKED}, &text);
    for (line = text.text; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, "copy", 4) != 0 && strstr(line, " forward ") != NULL &&
            strstr(line, " forward ") < strchr(line, '\n'))
            last_forward = line;
    ck_assert_ptr_nonnull(last_forward);
    capture_begin(&captured);
    for (line = text.text; line <= last_forward; line = strchr(line, '\n') + 1) {
        char kept = *line;

        *line = '\0';
        taken += nn_plan_read(text.text, "cut", NN_USE_TRAINING, &graph, BATCH, THREADS, &plan) == BASE_OK;
        *line = kept;
    }
    capture_end(&captured);
    ck_assert_int_eq(taken, 0);
    free(text.text);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, text_of_both_uses_is_read_back);
    tcase_add_test(tests, a_plan_fits_one_batch_number_of_threads_and_type);
    tcase_add_test(tests, a_replica_built_from_its_text_tells_the_same_text);
    tcase_add_loop_test(tests, a_damaged_line_is_refused_and_named, 0,
                        (int)(sizeof damages / sizeof *damages));
    tcase_add_test(tests, another_use_batch_or_number_of_threads_is_refused_and_named);
    tcase_add_test(tests, text_cut_short_is_refused);
}

int main(void)
{
    return nn_test_main("nn_plan", add);
}
