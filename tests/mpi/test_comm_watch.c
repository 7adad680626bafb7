/* A healthy job is left alone, whatever its ranks do; that a hanging one ends is seen in tests/cli/learn.sh,
 * since it takes all ranks with it. */
#include "comm_place.h"
#include "comm_watch.h"
#include "mpi_check.h"
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One rank computes for longer than the timeout, the others wait for it. */
START_TEST(long_work_and_waiting_are_no_hang)
{
    comm_watch *watch = NULL;
    double end = now() + 2.2;
    volatile double x = 1;

    MPI_CHECK(comm_watch_start(&world, 1.5, &watch) == BASE_OK);
    MPI_CHECK((watch != NULL) == (world.size > 1));
    if (world.rank == world.size - 1)
        while (now() < end)
            x = x * 0.5 + 1;
    MPI_CHECK(comm_agree(&world, BASE_OK) == BASE_OK);
    comm_watch_stop(&watch);
    MPI_CHECK(watch == NULL);
    comm_watch_stop(&watch);
}
END_TEST

START_TEST(watches_start_and_stop_at_any_moment)
{
    int i;

    for (i = 0; i < 20; i++) {
        comm_watch *watch = NULL;

        MPI_CHECK(comm_watch_start(&world, i % 2 ? 0.5 : 1000, &watch) == BASE_OK);
        if (i % 3 == 0)
            MPI_CHECK(comm_agree(&world, BASE_OK) == BASE_OK);
        comm_watch_stop(&watch);
    }
}
END_TEST

START_TEST(no_timeout_means_no_watch)
{
    comm_watch *watch = NULL;

    MPI_CHECK(comm_watch_start(&world, 0, &watch) == BASE_OK);
    MPI_CHECK(watch == NULL);
}
END_TEST

START_TEST(a_crowded_node_is_refused_unless_allowed)
{
    comm_place place;

    MPI_CHECK(comm_place_find(&world, 1, true, &place) == BASE_OK);
    MPI_CHECK(place.nodes == 1 && place.fewest_ranks == world.size && place.most_ranks == world.size);
    MPI_CHECK(place.fewest_own >= 1 && place.most_own <= place.fewest_cores);
    MPI_CHECK(place.crowded == (world.size > place.fewest_cores));
    MPI_CHECK(comm_place_find(&world, place.fewest_cores / world.size + 1, false, &place) == BASE_ERR_USAGE);
    MPI_CHECK(comm_place_find(&world, place.fewest_cores / world.size + 1, true, &place) == BASE_OK);
    MPI_CHECK(place.crowded);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("comm_watch");
    TCase *tests = tcase_create("comm_watch");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, long_work_and_waiting_are_no_hang);
    tcase_add_test(tests, watches_start_and_stop_at_any_moment);
    tcase_add_test(tests, no_timeout_means_no_watch);
    tcase_add_test(tests, a_crowded_node_is_refused_unless_allowed);
    return mpi_check_main(argc, argv, suite);
}
