#include "base_file.h"
#include "mpi_check.h"
#include <stdint.h>
#include <string.h>

typedef struct record {
    int64_t sample;
    double score;
    char text[3];
} record;

START_TEST(agreement_is_the_worst_status_wherever_it_comes_from)
{
    int failing;

    MPI_CHECK(comm_agree(&world, BASE_OK) == BASE_OK);
    for (failing = 0; failing < world.size; failing++)
        MPI_CHECK(comm_agree(&world, world.rank == failing ? BASE_ERR_IO : BASE_OK) == BASE_ERR_IO);
    MPI_CHECK(comm_agree(&world, world.rank == 0 ? BASE_INTERRUPTED : BASE_WAITING) == BASE_INTERRUPTED);
    MPI_CHECK(comm_agree(&world, world.rank == 0 ? BASE_ERR_USAGE : BASE_INTERRUPTED) == BASE_ERR_USAGE);
    MPI_CHECK(comm_agree(&world, world.rank == 0 ? BASE_ERR_NOT_FOUND : BASE_WAITING) == BASE_ERR_NOT_FOUND);
}
END_TEST

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

static bool has_pattern(const unsigned char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (bytes[i] != pattern(i))
            return false;
    return true;
}

START_TEST(another_file_on_one_rank_is_an_error_on_all)
{
    char digest[BASE_DIGEST_TEXT];
    base_status wanted = world.size > 1 ? BASE_ERR_INPUT : BASE_OK;

    base_file_digest_bytes("data", 4, digest);
    MPI_CHECK(comm_agree_on_file(&world, "data.h5", digest) == BASE_OK);
    if (world.size > 1 && world.rank == world.size - 1)
        base_file_digest_bytes("date", 4, digest);
    MPI_CHECK(comm_agree_on_file(&world, "data.h5", digest) == wanted);
}
END_TEST

static void fill_pattern(unsigned char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        bytes[i] = pattern(i);
}

START_TEST(broadcast_gives_every_rank_the_bytes_of_rank_zero)
{
    static const size_t sizes[] = {0, 1, 4097, (20u << 20) + 3};
    size_t i;

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *bytes = calloc(1, sizes[i] + 1);

        MPI_CHECK(bytes != NULL);
        if (world.rank == 0)
            fill_pattern(bytes, sizes[i]);
        comm_broadcast(&world, bytes, sizes[i]);
        MPI_CHECK(has_pattern(bytes, sizes[i]) && bytes[sizes[i]] == 0);
        free(bytes);
    }
}
END_TEST

START_TEST(broadcast_block_brings_its_size)
{
    static const size_t sizes[] = {0, 5, (6u << 20) + 1};
    size_t i;

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *made = NULL;
        void *bytes = NULL;
        size_t size = 0;

        if (world.rank == 0) {
            made = malloc(sizes[i] + 1);
            bytes = made;
            size = sizes[i];
        }
        MPI_CHECK(world.rank != 0 || made != NULL);
        if (made)
            fill_pattern(made, size);
        MPI_CHECK(comm_broadcast_block(&world, &bytes, &size) == BASE_OK);
        MPI_CHECK(bytes != NULL && size == sizes[i] && has_pattern(bytes, size));
        MPI_CHECK(world.rank != 0 || bytes == made);
        free(bytes);
    }
}
END_TEST

/* Records of a rank in a test's case; some ranks have none. */
static size_t records_of(int shape, int rank)
{
    switch (shape) {
    case 0:
        return 0;
    case 1:
        return (size_t)(rank * 7 % 5);
    case 2:
        return rank == world.size - 1 ? 3 : 0;
    default:
        return rank % 2 ? 100000 : 0;
    }
}

static record record_at(int rank, size_t i)
{
    record made;

    memset(&made, 0, sizeof made);
    made.sample = (int64_t)rank << 40 | (int64_t)i;
    made.score = 1.0 / (double)(i + 1);
    made.text[2] = (char)rank;
    return made;
}

static bool in_rank_order(int shape, const record *all, size_t total)
{
    size_t next = 0, i;
    int rank;

    for (rank = 0; rank < world.size; rank++) {
        for (i = 0; i < records_of(shape, rank); i++, next++) {
            record expected = record_at(rank, i);

            if (next >= total || memcmp(&all[next], &expected, sizeof expected) != 0)
                return false;
        }
    }
    return next == total;
}

START_TEST(gather_keeps_rank_order_with_uneven_and_empty_ranks)
{
    size_t count = records_of(_i, world.rank), total = 99, i;
    record *mine = count ? malloc(count * sizeof *mine) : NULL;
    void *all = &total;

    MPI_CHECK(count == 0 || mine != NULL);
    for (i = 0; i < count; i++)
        mine[i] = record_at(world.rank, i);
    MPI_CHECK(comm_gather(&world, mine, count, sizeof *mine, &all, &total) == BASE_OK);
    if (world.rank == 0)
        MPI_CHECK(all != NULL && in_rank_order(_i, all, total));
    else
        MPI_CHECK(all == NULL && total == 0);
    free(all);
    free(mine);
}
END_TEST

START_TEST(gather_without_memory_fails_on_every_rank)
{
    size_t total = 7;
    char byte = 0;
    void *all = &byte;

    /* More bytes than there are addresses: refused before anything is sent. */
    MPI_CHECK(comm_gather(&world, &byte, SIZE_MAX / 4, 8, &all, &total) == BASE_ERR_MEMORY);
    MPI_CHECK(all == &byte && total == 7);
    MPI_CHECK(comm_agree(&world, BASE_OK) == BASE_OK);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("comm_world");
    TCase *tests = tcase_create("comm_world");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, agreement_is_the_worst_status_wherever_it_comes_from);
    tcase_add_test(tests, another_file_on_one_rank_is_an_error_on_all);
    tcase_add_test(tests, broadcast_gives_every_rank_the_bytes_of_rank_zero);
    tcase_add_test(tests, broadcast_block_brings_its_size);
    tcase_add_loop_test(tests, gather_keeps_rank_order_with_uneven_and_empty_ranks, 0, 4);
    tcase_add_test(tests, gather_without_memory_fails_on_every_rank);
    return mpi_check_main(argc, argv, suite);
}
