#include "comm_share.h"
#include "mpi_check.h"
#include <string.h>
#include <sys/statvfs.h>

static int sum_of(int mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_INT, MPI_SUM, world.comm);
    return mine;
}

static bool room_for(size_t size)
{
    struct statvfs backing;

    return statvfs("/dev/shm", &backing) == 0 && backing.f_bavail * backing.f_frsize > size;
}

/* The first `ranks` need the block. */
static void check_block(int ranks, size_t size)
{
    bool needed = world.rank < ranks;
    comm_share *share = NULL;
    unsigned char *bytes;
    bool good = true;
    int fillers;
    size_t i;

    MPI_CHECK(comm_share_create(&world, size, needed, &share) == BASE_OK);
    bytes = comm_share_bytes(share);
    MPI_CHECK((bytes != NULL) == needed);
    MPI_CHECK(needed || !comm_share_fills(share));
    for (i = 0; i < size && comm_share_fills(share); i++)
        bytes[i] = (unsigned char)(i * 131 >> 3);
    MPI_CHECK(comm_share_publish(share, &world, BASE_OK) == BASE_OK);
    for (i = 0; i < size && needed; i++)
        good = good && bytes[i] == (unsigned char)(i * 131 >> 3);
    MPI_CHECK(good);
    fillers = sum_of(comm_share_fills(share)); /* all ranks of a test are on one node */
    MPI_CHECK(fillers == 1 || !room_for(size + (64u << 20)));
    comm_share_destroy(&share);
    MPI_CHECK(share == NULL);
}

START_TEST(what_one_rank_fills_all_ranks_of_the_node_see)
{
    check_block(world.size, 3u << 20);
    check_block(world.size, 1);
    check_block(world.size, 0);
}
END_TEST

START_TEST(only_ranks_that_need_it_have_it)
{
    int ranks;

    for (ranks = 1; ranks <= world.size; ranks++)
        check_block(ranks, 12345);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* whose shadow of so much memory would be real */
START_TEST(a_block_without_room_to_share_is_each_ranks_own)
{
    struct statvfs backing;
    comm_share *share = NULL;
    size_t size;

    if (statvfs("/dev/shm", &backing) != 0)
        return;
    size = backing.f_bavail * backing.f_frsize; /* untouched memory costs nothing */
    if (comm_share_create(&world, size, true, &share) == BASE_OK) {
        MPI_CHECK(comm_share_fills(share) && comm_share_bytes(share) != NULL);
        MPI_CHECK(comm_share_publish(share, &world, BASE_OK) == BASE_OK);
    } else {
        MPI_CHECK(share == NULL); /* nor is there such memory: refused on all ranks alike */
    }
    comm_share_destroy(&share);
}
END_TEST
#endif

START_TEST(a_writer_that_fails_is_known_to_all)
{
    comm_share *share = NULL;

    MPI_CHECK(comm_share_create(&world, 100, true, &share) == BASE_OK);
    MPI_CHECK(comm_share_publish(share, &world, comm_share_fills(share) ? BASE_ERR_IO : BASE_OK) ==
              BASE_ERR_IO);
    comm_share_destroy(&share);
    comm_share_destroy(&share);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("comm_share");
    TCase *tests = tcase_create("comm_share");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, what_one_rank_fills_all_ranks_of_the_node_see);
    tcase_add_test(tests, only_ranks_that_need_it_have_it);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(tests, a_block_without_room_to_share_is_each_ranks_own);
#endif
    tcase_add_test(tests, a_writer_that_fails_is_known_to_all);
    return mpi_check_main(argc, argv, suite);
}
