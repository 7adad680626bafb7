#include "comm_queue.h"
#include "mpi_check.h"

#define RELEASE_TAG 9

/* Take numbers until there are none, counting them in taken[items]; this rank's count. */
static int drain(comm_queue *queue, int *taken)
{
    comm_queue_answer answer;
    size_t item = 0;
    int count = 0;

    while ((answer = comm_queue_next(queue, true, &item)) == COMM_QUEUE_ITEM) {
        taken[item]++;
        count++;
    }
    return answer == COMM_QUEUE_EMPTY ? count : -1;
}

/* Has every number been taken once, on whichever rank? Collective. */
static bool each_once(const int *taken, int items)
{
    int *all = calloc((size_t)items + 1, sizeof *all), i;
    bool once = all != NULL;

    if (all)
        MPI_Allreduce(taken, all, items, MPI_INT, MPI_SUM, world.comm);
    for (i = 0; once && i < items; i++)
        once = all[i] == 1;
    free(all);
    return once;
}

START_TEST(every_number_goes_to_one_rank)
{
    static const int sizes[] = {0, 1, 3, 8, 1000};
    int items = sizes[_i], *taken = calloc((size_t)items + 1, sizeof *taken), count;
    comm_queue *queue = NULL;

    MPI_CHECK(taken != NULL);
    MPI_CHECK(comm_queue_create(&world, (size_t)items, &queue) == BASE_OK);
    count = drain(queue, taken);
    MPI_CHECK(comm_queue_end(&queue, &world, BASE_OK) == BASE_OK && queue == NULL);
    MPI_CHECK(count >= 0 && each_once(taken, items));
    MPI_CHECK(world.rank >= items || taken[world.rank] == 1); /* the first is one's own rank */
    free(taken);
}
END_TEST

/* Without waiting, as a rank asks that still has work. */
START_TEST(asking_early_finds_the_number_later)
{
    enum { ITEMS = 200 };
    int taken[ITEMS] = {0};
    comm_queue *queue = NULL;
    comm_queue_answer answer;
    size_t item;

    MPI_CHECK(comm_queue_create(&world, ITEMS, &queue) == BASE_OK);
    while ((answer = comm_queue_next(queue, false, &item)) != COMM_QUEUE_EMPTY)
        if (answer == COMM_QUEUE_ITEM)
            taken[item]++;
    answer = comm_queue_next(queue, false, &item); /* as often as one likes */
    MPI_CHECK(comm_queue_end(&queue, &world, BASE_OK) == BASE_OK);
    MPI_CHECK(answer == COMM_QUEUE_EMPTY && each_once(taken, ITEMS));
}
END_TEST

/* Works on its first piece until all others are done with the rest; rank 0 may be slow but serves. */
static void be_slow(comm_queue *queue, int releaser)
{
    int released = 0;

    while (world.rank == 0 && !released) {
        comm_queue_serve(queue);
        MPI_Iprobe(releaser, RELEASE_TAG, world.comm, &released, MPI_STATUS_IGNORE);
    }
    MPI_Recv(NULL, 0, MPI_INT, releaser, RELEASE_TAG, world.comm, MPI_STATUS_IGNORE);
}

START_TEST(a_slow_rank_takes_few_pieces)
{
    enum { ITEMS = 50 };
    int slow = _i ? 0 : world.size - 1, releaser = slow == 0 ? world.size - 1 : 0;
    int taken[ITEMS] = {0}, count = 0;
    comm_queue *queue = NULL;
    size_t item = ITEMS;

    if (world.size == 1)
        return;
    MPI_CHECK(comm_queue_create(&world, ITEMS, &queue) == BASE_OK);
    if (world.rank == slow && comm_queue_next(queue, true, &item) == COMM_QUEUE_ITEM) {
        taken[item]++;
        count = 1;
        be_slow(queue, releaser);
    }
    count += drain(queue, taken);
    if (world.rank == releaser) /* nothing was left for it: the others hold the rest */
        MPI_Send(NULL, 0, MPI_INT, slow, RELEASE_TAG, world.comm);
    MPI_CHECK(comm_queue_end(&queue, &world, BASE_OK) == BASE_OK);
    MPI_CHECK(each_once(taken, ITEMS));
    MPI_CHECK(world.rank != slow || count == 1);
}
END_TEST

START_TEST(a_rank_that_fails_alone_ends_it_for_all)
{
    enum { ITEMS = 300 };
    int failing, taken[ITEMS] = {0};

    for (failing = 0; failing < world.size; failing++) {
        comm_queue *queue = NULL;
        bool fails = world.rank == failing;
        size_t item;
        int count = 0;

        MPI_CHECK(comm_queue_create(&world, ITEMS, &queue) == BASE_OK);
        if (!fails)
            count = drain(queue, taken);
        else if (comm_queue_next(queue, true, &item) != COMM_QUEUE_ITEM)
            count = -1;
        MPI_CHECK(comm_queue_end(&queue, &world, fails ? BASE_ERR_IO : BASE_OK) == BASE_ERR_IO);
        MPI_CHECK(queue == NULL && count >= 0);
    }
}
END_TEST

/* Rank 0 fails before anyone could ask for a second piece. */
START_TEST(nothing_is_given_out_after_a_failure)
{
    enum { ITEMS = 300 };
    int taken[ITEMS] = {0}, count = 0, dummy = 0;
    comm_queue *queue = NULL;
    size_t item;

    MPI_CHECK(comm_queue_create(&world, ITEMS, &queue) == BASE_OK);
    count = comm_queue_next(queue, true, &item) == COMM_QUEUE_ITEM;
    MPI_Bcast(&dummy, 1, MPI_INT, 0, world.comm);
    if (world.rank != 0)
        count += drain(queue, taken);
    MPI_CHECK(comm_queue_end(&queue, &world, world.rank == 0 ? BASE_ERR_NUMERIC : BASE_OK) ==
              BASE_ERR_NUMERIC);
    MPI_CHECK(count == 1);
}
END_TEST

START_TEST(a_request_under_way_does_not_hold_up_the_end)
{
    comm_queue *queue = NULL;
    size_t item;

    MPI_CHECK(comm_queue_create(&world, 1000, &queue) == BASE_OK);
    comm_queue_next(queue, false, &item);
    comm_queue_next(queue, false, &item); /* on ranks other than 0 now under way */
    MPI_CHECK(comm_queue_end(&queue, &world, BASE_OK) == BASE_OK);
    MPI_CHECK(comm_queue_end(&queue, &world, world.rank == world.size - 1 ? BASE_ERR_IO : BASE_OK) ==
              BASE_ERR_IO);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("comm_queue");
    TCase *tests = tcase_create("comm_queue");

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, every_number_goes_to_one_rank, 0, 5);
    tcase_add_test(tests, asking_early_finds_the_number_later);
    tcase_add_loop_test(tests, a_slow_rank_takes_few_pieces, 0, 2);
    tcase_add_test(tests, a_rank_that_fails_alone_ends_it_for_all);
    tcase_add_test(tests, nothing_is_given_out_after_a_failure);
    tcase_add_test(tests, a_request_under_way_does_not_hold_up_the_end);
    return mpi_check_main(argc, argv, suite);
}
