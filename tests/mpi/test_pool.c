/* The pool scored by all ranks together: the records of one rank alone, and one rank's fault is everybody's.
 */
#include "learn_pool.h"
#include "mpi_network.h"
#include "store_array.h"

#define N    2500
#define SIZE 16

static uint8_t state[N];
static size_t pool;

static base_status open_scorer(store_dataset **dataset, learn_scorer **scorer)
{
    base_status status = store_dataset_open(path, dataset);

    if (status == BASE_OK)
        status =
            learn_scorer_create(engine, &graph, NULL, store_dataset_table(*dataset), "last", 0.5, scorer);
    return status == BASE_OK ? learn_scorer_load(*scorer, &weights, active) : status;
}

/* Are the records those of the pool's samples, and equal to those of rank 0 alone? */
static bool equal_alone(learn_scorer *scorer, const store_dataset *dataset, const store_score *scores,
                        size_t count)
{
    const comm_world alone = {.comm = MPI_COMM_SELF, .rank = 0, .size = 1};
    store_score *expected = NULL;
    size_t expected_count = 0, i, n = 0;
    bool equal = learn_pool_score(scorer, &alone, dataset, state, 1, NULL, &expected, &expected_count,
                                  NULL) == BASE_OK &&
                 count == pool && expected_count == pool &&
                 memcmp(scores, expected, count * sizeof *scores) == 0;

    for (i = 0; i < N && equal; i++)
        if (state[i] == STORE_POOL_UNLABELLED)
            equal = scores[n++].sample == (int64_t)i;
    free(expected);
    return equal;
}

/* What all ranks counted together. */
static unsigned long long total(unsigned long long mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UNSIGNED_LONG_LONG, MPI_SUM, world.comm);
    return mine;
}

START_TEST(records_are_those_of_one_rank_alone)
{
    store_dataset *dataset = NULL;
    learn_scorer *scorer = NULL;
    learn_pool_stats stats = {0};
    store_score *scores = NULL;
    size_t count = 0;

    MPI_CHECK(open_scorer(&dataset, &scorer) == BASE_OK);
    MPI_CHECK(learn_pool_score(scorer, &world, dataset, state, 2, NULL, &scores, &count, &stats) == BASE_OK);
    MPI_CHECK(world.rank != 0 || equal_alone(scorer, dataset, scores, count));
    MPI_CHECK(world.rank == 0 || scores == NULL);
    MPI_CHECK(total(stats.samples) == pool);
    MPI_CHECK(stats.windows > 0 && stats.samples > 0 && stats.bytes > 0 && stats.seconds > 0);
    MPI_CHECK(stats.stall_seconds + stats.queue_seconds <= stats.seconds);
    free(scores);
    learn_scorer_destroy(&scorer);
    store_dataset_close(&dataset);
}
END_TEST

START_TEST(an_empty_pool_has_no_records)
{
    uint8_t *none = calloc(N, 1);
    store_dataset *dataset = NULL;
    learn_scorer *scorer = NULL;
    store_score *scores = NULL;
    size_t count = 99;

    MPI_CHECK(none != NULL && open_scorer(&dataset, &scorer) == BASE_OK);
    MPI_CHECK(learn_pool_score(scorer, &world, dataset, none, 1, NULL, &scores, &count, NULL) == BASE_OK);
    MPI_CHECK(count == 0);
    free(scores);
    learn_scorer_destroy(&scorer);
    store_dataset_close(&dataset);
    free(none);
}
END_TEST

static void flip_in_last_chunk(void)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t images = H5Dopen2(file, "/samples/image", H5P_DEFAULT);
    hsize_t at[4] = {N / 1024 * 1024}, size = 0;
    haddr_t address = 0;
    unsigned skipped;

    ck_assert_int_ge(H5Dget_chunk_info_by_coord(images, at, &skipped, &address, &size), 0);
    H5Dclose(images);
    H5Fclose(file);
    fixture_flip(path, (size_t)address + 77, 2);
}

/* Only the rank that is given the last windows meets the fault. */
START_TEST(a_damaged_chunk_ends_the_scoring_of_all)
{
    store_dataset *dataset = NULL;
    learn_scorer *scorer = NULL;
    store_score *scores = NULL;
    size_t count = 99;

    if (world.rank == 0)
        flip_in_last_chunk();
    MPI_CHECK(open_scorer(&dataset, &scorer) == BASE_OK);
    MPI_CHECK(learn_pool_score(scorer, &world, dataset, state, 1, NULL, &scores, &count, NULL) ==
              BASE_ERR_INPUT);
    MPI_CHECK(scores == NULL && count == 99);
    learn_scorer_destroy(&scorer);
    store_dataset_close(&dataset);
}
END_TEST

static void begin(void)
{
    size_t i;

    mpi_network_begin(N, SIZE);
    for (i = 0; i < N; i++) {
        state[i] = i % 9 < 2 ? STORE_POOL_LABELLED : STORE_POOL_UNLABELLED;
        pool += state[i] == STORE_POOL_UNLABELLED;
    }
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 0);
    tcase_add_unchecked_fixture(tests, begin, mpi_network_end);
    tcase_add_test(tests, records_are_those_of_one_rank_alone);
    tcase_add_test(tests, an_empty_pool_has_no_records);
    tcase_add_test(tests, a_damaged_chunk_ends_the_scoring_of_all);
    return mpi_check_main(argc, argv, suite);
}
