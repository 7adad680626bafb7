/* One kernel plan for all ranks: where it comes from, where it is kept, who may not differ. */
#include "../unit/base/capture.h"
#include "base_file.h"
#include "learn_plan.h"
#include "learn_scorer.h"
#include "mpi_check.h"
#include "nn_gradcam.h"
#include "nn_network.h"
#include "store_fixture.h"
#include <glob.h>
#include <limits.h>
#include <string.h>

#define BATCH 2

static char folder[PATH_MAX];
static nn_engine *engine;
static nn_graph graph;
static capture captured;

static learn_plan_wish wish_of(base_kernels kernels)
{
    return (learn_plan_wish){
        .engine = engine, .graph = &graph, .microbatch = BATCH, .dtype = BASE_DTYPE_F32, .kernels = kernels};
}

/* The text of replicas by this plan; free() it. */
static char *text_of(const learn_plan *plan)
{
    nn_network *network = NULL;
    nn_gradcam *gradcam = NULL;
    char *text = NULL;

    if (nn_network_create(engine, &graph, BATCH, &plan->training, &network) == BASE_OK &&
        nn_gradcam_create(engine, &graph, LEARN_SCORER_BATCH, "last", &plan->scoring, &gradcam) == BASE_OK &&
        asprintf(&text, "%s%s", nn_network_plan(network), nn_gradcam_plan(gradcam)) < 0)
        text = NULL;
    nn_gradcam_destroy(&gradcam);
    nn_network_destroy(&network);
    return text;
}

/* A cache of its own for the test that asks; the same on all ranks. */
static void use_cache(const char *name)
{
    char path[PATH_MAX];

    MPI_CHECK(base_file_join(folder, name, path, sizeof path) == BASE_OK);
    MPI_CHECK(setenv("CAMAL_CACHE", path, 1) == 0);
}

/* Path of the only plan in the cache; false if there is none, or several. */
static bool only_plan(char *path)
{
    char pattern[PATH_MAX];
    glob_t found;
    bool only;

    snprintf(pattern, sizeof pattern, "%s/plan-*.txt", getenv("CAMAL_CACHE"));
    only = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1;
    if (only)
        snprintf(path, PATH_MAX, "%s", found.gl_pathv[0]);
    globfree(&found);
    return only;
}

/* A place for messages: of rank 0, which alone searches and reads. */
static base_status find(const learn_plan_wish *wish, const char *stored, learn_plan *plan, const char **said)
{
    base_status status;

    capture_begin(&captured);
    status = learn_plan_find(&world, wish, stored, "some.plan", plan);
    *said = capture_end(&captured);
    return status;
}

static base_status check(const char *text, const char *stored, const char **said)
{
    base_status status;

    capture_begin(&captured);
    status = learn_plan_check(&world, text, stored, "some.plan");
    *said = capture_end(&captured);
    return status;
}

static bool says(const char *said, const char *what)
{
    return world.rank != 0 || strstr(said, what) != NULL;
}

/* Do all ranks hold what rank 0 holds? */
static bool same_everywhere(const learn_plan *plan)
{
    learn_plan first = *plan;

    comm_broadcast(&world, &first, sizeof first);
    return memcmp(&first, plan, sizeof first) == 0;
}

/* Find and keep a searched plan; its text (free() it). */
static char *search_and_keep(void)
{
    const learn_plan_wish wish = wish_of(BASE_KERNELS_TUNED);
    learn_plan plan;
    const char *said;
    char *text;

    MPI_CHECK(find(&wish, NULL, &plan, &said) == BASE_OK);
    MPI_CHECK(says(said, "measured in"));
    MPI_CHECK(same_everywhere(&plan));
    text = text_of(&plan);
    MPI_CHECK(text != NULL);
    MPI_CHECK(check(text, NULL, &said) == BASE_OK);
    return text;
}

START_TEST(a_search_is_kept_and_the_next_run_reads_it)
{
    const learn_plan_wish wish = wish_of(BASE_KERNELS_TUNED);
    char path[PATH_MAX], *text, *again;
    learn_plan plan;
    const char *said;

    use_cache("kept/below");
    text = search_and_keep();
    MPI_CHECK(world.rank != 0 || only_plan(path));
    MPI_CHECK(find(&wish, NULL, &plan, &said) == BASE_OK);
    MPI_CHECK(says(said, "as measured before") && strstr(said, "measured in") == NULL);
    MPI_CHECK(world.rank == 0 || *said == '\0');
    MPI_CHECK(same_everywhere(&plan));
    again = text_of(&plan);
    MPI_CHECK(again != NULL && strcmp(again, text) == 0);
    free(again);
    free(text);
}
END_TEST

START_TEST(another_cache_knows_nothing_of_it)
{
    char path[PATH_MAX];

    use_cache("kept/below"); /* the plan of the test before, or of this one */
    MPI_CHECK(world.rank != 0 || only_plan(path));
    use_cache("other");
    free(search_and_keep());
    MPI_CHECK(world.rank != 0 || only_plan(path));
    MPI_CHECK(world.rank != 0 || strstr(path, "/other/") != NULL);
}
END_TEST

/* Cut short, of other shapes, or a line that is none. */
static const char *const damages[] = {"short", "head", "word"};

static void damage(const char *path, const char *how)
{
    char *text = NULL;
    size_t size;

    ck_assert_int_eq(base_file_read(path, &text, &size), BASE_OK);
    if (strcmp(how, "short") == 0)
        size /= 2;
    else if (strcmp(how, "head") == 0)
        text[3] = text[3] == 'x' ? 'y' : 'x';
    else
        memcpy(strstr(text, " direct "), " dir3ct ", 8);
    ck_assert_int_eq(base_file_write(path, text, size), BASE_OK);
    free(text);
}

START_TEST(a_damaged_cache_is_named_searched_anew_and_replaced)
{
    const learn_plan_wish wish = wish_of(BASE_KERNELS_TUNED);
    char path[PATH_MAX] = "", *text;
    learn_plan plan;
    const char *said;

    use_cache(damages[_i]);
    free(search_and_keep());
    MPI_CHECK(world.rank != 0 || only_plan(path));
    if (world.rank == 0)
        damage(path, damages[_i]);
    MPI_CHECK(find(&wish, NULL, &plan, &said) == BASE_OK);
    MPI_CHECK(says(said, path) && says(said, "measuring anew") && says(said, "measured in"));
    text = text_of(&plan);
    MPI_CHECK(text != NULL);
    MPI_CHECK(check(text, NULL, &said) == BASE_OK);
    MPI_CHECK(find(&wish, NULL, &plan, &said) == BASE_OK);
    MPI_CHECK(says(said, "as measured before"));
    free(text);
}
END_TEST

START_TEST(the_runs_own_plan_wins_over_cache_and_search)
{
    const learn_plan_wish tuned = wish_of(BASE_KERNELS_TUNED), direct = wish_of(BASE_KERNELS_DIRECT);
    learn_plan plan, other = {0};
    char path[PATH_MAX], *stored, *text;
    const char *said;

    use_cache("stored");
    nn_plan_uniform((nn_form){NN_DTYPE_F32, NN_LAYOUT_NHWC}, &plan.training);
    nn_plan_uniform((nn_form){NN_DTYPE_F32, NN_LAYOUT_NHWC}, &plan.scoring);
    stored = text_of(&plan);
    MPI_CHECK(stored != NULL);
    MPI_CHECK(find(&tuned, world.rank == 0 ? stored : NULL, &other, &said) == BASE_OK);
    MPI_CHECK(*said == '\0');
    text = text_of(&other);
    MPI_CHECK(text != NULL && strcmp(text, stored) == 0);
    MPI_CHECK(check(text, stored, &said) == BASE_OK);
    MPI_CHECK(!only_plan(path)); /* it was not searched */
    MPI_CHECK(find(&direct, NULL, &other, &said) == BASE_OK);
    free(text);
    text = text_of(&other);
    MPI_CHECK(text != NULL && strcmp(text, stored) != 0);
    MPI_CHECK(check(text, stored, &said) == BASE_ERR_INPUT); /* a machine with other kernels */
    MPI_CHECK(says(said, "some.plan has the kernel \"training batch 2 threads 1 f32 nhwc\""));
    MPI_CHECK(check(text, NULL, &said) == BASE_OK);
    MPI_CHECK(!only_plan(path)); /* nor was this */
    free(text);
    free(stored);
}
END_TEST

START_TEST(a_stored_plan_that_does_not_fit_is_everybodys_error)
{
    const learn_plan_wish wish = wish_of(BASE_KERNELS_TUNED);
    learn_plan plan;
    const char *said;

    use_cache("misfit");
    MPI_CHECK(find(&wish, world.rank == 0 ? "training batch 99 threads 1 f32 blocked\n" : NULL, &plan,
                   &said) == BASE_ERR_INPUT);
    MPI_CHECK(says(said, "some.plan") && says(said, "batch 99") && says(said, "wanted is one for batch 2"));
}
END_TEST

START_TEST(a_rank_with_other_kernels_is_refused_and_the_line_named)
{
    bool last = world.rank == world.size - 1, alone = world.size == 1;
    const char *said;

    use_cache("ranks");
    MPI_CHECK(check(last && !alone ? "a\nb 2\nc\n" : "a\nb 1\nc\n", NULL, &said) ==
              (alone ? BASE_OK : BASE_ERR_INPUT));
    MPI_CHECK(alone || !last || strstr(said, "rank 0 has the kernel \"b 1\", this rank \"b 2\"") != NULL);
    MPI_CHECK(last || *said == '\0');
    MPI_CHECK(check(last && !alone ? "a\n" : "a\nb 1\n", NULL, &said) == (alone ? BASE_OK : BASE_ERR_INPUT));
}
END_TEST

static void begin(void)
{
    if (world.rank == 0)
        fixture_folder_make(folder);
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, world.comm);
    MPI_CHECK(nn_engine_create(1, &engine) == BASE_OK);
    MPI_CHECK(nn_models_describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 4, &graph) == BASE_OK);
}

static void end(void)
{
    nn_engine_destroy(&engine);
    MPI_Barrier(world.comm);
    if (world.rank == 0)
        fixture_folder_remove(folder);
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 0);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, a_search_is_kept_and_the_next_run_reads_it);
    tcase_add_test(tests, another_cache_knows_nothing_of_it);
    tcase_add_loop_test(tests, a_damaged_cache_is_named_searched_anew_and_replaced, 0,
                        (int)(sizeof damages / sizeof *damages));
    tcase_add_test(tests, the_runs_own_plan_wins_over_cache_and_search);
    tcase_add_test(tests, a_stored_plan_that_does_not_fit_is_everybodys_error);
    tcase_add_test(tests, a_rank_with_other_kernels_is_refused_and_the_line_named);
    return mpi_check_main(argc, argv, suite);
}
