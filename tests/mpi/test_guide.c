/* What training goes by, made by all ranks together: the masks of samples that may be read, grown, and the
 * heat maps that one rank alone finds sample by sample. */
#include "learn_guide.h"
#include "mpi_network.h"

#define N    150
#define SIZE 64
#define ROW  (SIZE / 8)
#define GROW 2 /* pixels, SIZE / 32 */

static store_dataset *dataset;
static learn_data labelled;
static int32_t labels[N];

static int trainers(void)
{
    return world.size < 3 ? world.size : 3; /* of 4 ranks one does not train */
}

/* Is a pixel within reach of a mask's? Pixel by pixel. */
static int is_near(const uint8_t *mask, int y, int x)
{
    int v, u;

    for (v = y - GROW; v <= y + GROW; v++)
        for (u = x - GROW; u <= x + GROW; u++)
            if (v >= 0 && v < SIZE && u >= 0 && u < SIZE && learn_mask_bit(mask, ROW, v, u))
                return 1;
    return 0;
}

/* Pixels that are not as the masks in the file say. */
static size_t count_wrong(const learn_guide *guide, const uint8_t *readable)
{
    uint8_t *masks = malloc((size_t)N * SIZE * ROW);
    size_t wrong = 0, i;
    int x, y;

    if (masks == NULL || store_dataset_gather(dataset, labelled.sample, N, NULL, masks) != BASE_OK) {
        free(masks);
        return SIZE_MAX;
    }
    for (i = 0; i < N; i++) {
        const uint8_t *mask = masks + i * SIZE * ROW, *grown = guide->object + i * SIZE * ROW;
        int objects = 0;

        for (y = 0; y < SIZE; y++) {
            for (x = 0; x < SIZE; x++) {
                int expected = readable[i] && is_near(mask, y, x);

                wrong += learn_mask_bit(grown, ROW, y, x) != expected;
                objects += expected;
            }
        }
        wrong += guide->known[i] != (objects > 0 && objects < SIZE * SIZE);
    }
    free(masks);
    return wrong;
}

/* Lenders are the known samples of active classes, by class. */
static size_t count_wrong_lenders(const learn_guide *guide)
{
    size_t expected = 0, wrong = 0, i, k;

    for (i = 0; i < N; i++)
        expected += guide->known[i] && active[labels[i]];
    for (i = 0; i < guide->groups; i++) {
        for (k = guide->first[i]; k < guide->first[i + 1]; k++)
            wrong += !guide->known[guide->lender[k]] ||
                     labels[guide->lender[k]] != labels[guide->lender[guide->first[i]]];
        wrong +=
            i > 0 && labels[guide->lender[guide->first[i]]] <= labels[guide->lender[guide->first[i - 1]]];
    }
    return wrong + (guide->first[guide->groups] != expected);
}

START_TEST(masks_that_may_be_read_are_grown_and_others_not_known)
{
    learn_guide guide = learn_guide_none(&labelled, labels, store_dataset_table(dataset));
    bool trains = world.rank < trainers();
    uint8_t readable[N];
    size_t i;

    for (i = 0; i < N; i++)
        readable[i] = i % 3 > 0;
    active[1] = 0;
    MPI_CHECK(learn_guide_read_masks(&guide, &world, dataset, readable, active, trains) == BASE_OK);
    MPI_CHECK((guide.object != NULL) == trains);
    MPI_CHECK(!trains || count_wrong(&guide, readable) == 0);
    MPI_CHECK(!trains || count_wrong_lenders(&guide) == 0);
    active[1] = 1;
    learn_guide_clear(&guide);
}
END_TEST

START_TEST(heat_maps_are_those_of_one_rank_alone)
{
    learn_guide guide = learn_guide_none(&labelled, labels, store_dataset_table(dataset));
    learn_scorer *scorer = NULL;
    int32_t height, width;
    size_t positions, wrong = 0, filled = 0, i, k;
    float alone[64];

    MPI_CHECK(learn_scorer_create(engine, &graph, NULL, store_dataset_table(dataset), "last", 0.5, &scorer) ==
              BASE_OK);
    MPI_CHECK(learn_scorer_load(scorer, &weights, active) == BASE_OK);
    MPI_CHECK(learn_guide_make_maps(&guide, &world, scorer, trainers(), 0.5) == BASE_OK);
    learn_scorer_map_size(scorer, &height, &width);
    positions = (size_t)height * (size_t)width;
    MPI_CHECK(positions <= 64 && guide.map != NULL);
    for (i = 0; i < N; i++) {
        wrong +=
            learn_scorer_maps(scorer, labelled.image + i * 3 * SIZE * SIZE, labels + i, 1, alone) != BASE_OK;
        wrong += memcmp(alone, guide.map + i * positions, positions * sizeof *alone) != 0;
        for (k = 0; k < positions; k++)
            filled += alone[k] > 0;
    }
    MPI_CHECK(wrong == 0);
    MPI_CHECK(filled > positions);
    learn_scorer_destroy(&scorer);
    learn_guide_clear(&guide);
}
END_TEST

static void begin(void)
{
    int64_t samples[N];
    size_t i;

    mpi_network_begin(2 * N, SIZE);
    MPI_CHECK(store_dataset_open(path, &dataset) == BASE_OK);
    for (i = 0; i < N; i++) {
        samples[i] = (int64_t)(2 * i);
        labels[i] = (int32_t)(i % FIXTURE_CLASSES);
    }
    MPI_CHECK(learn_data_load(dataset, samples, N, false, &labelled) == BASE_OK);
}

static void end(void)
{
    learn_data_clear(&labelled);
    store_dataset_close(&dataset);
    mpi_network_end();
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("guide");
    TCase *tests = tcase_create("guide");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 0);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, masks_that_may_be_read_are_grown_and_others_not_known);
    tcase_add_test(tests, heat_maps_are_those_of_one_rank_alone);
    return mpi_check_main(argc, argv, suite);
}
