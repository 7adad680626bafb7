#include "base_random.h"
#include "comm_reduce.h"
#include "mpi_check.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

static const int32_t all_leaves[] = {1, 2, 4, 8, 16, 64};
static const size_t all_counts[] = {0, 1, 2, 3, 5, 7, 15, 16, 17, 31, 33, 64, 100, 127, 129, 1000, 4099};

/* Element i of micro-batch `leaf`: magnitudes from 2^-40 to 2^40, so that the order of additions shows, and
 * among them zeros of both signs and denormals. */
static float leaf_value(uint32_t step, int32_t leaf, size_t i)
{
    const uint32_t counter[] = {step, (uint32_t)leaf, (uint32_t)i, 0}, key[] = {3, 0};
    float fraction;
    uint32_t bits[4];

    base_random_philox(counter, key, bits);
    fraction = ((float)(bits[0] >> 8) + 1) * (bits[1] & 1 ? 0x1p-24f : -0x1p-24f);
    switch (i % 8) {
    case 3:
        return -0.0f; /* the sum of all of them is -0, not +0 */
    case 5:
        return fraction * 0x1p-130f;
    case 6:
        return leaf % 2 ? -0.0f : 0.0f;
    default:
        return ldexpf(fraction, (int)(bits[2] % 81) - 40);
    }
}

/* The tree by its definition: the sum of leaves [first, first + count) is left half plus right half. */
static float tree_sum(uint32_t step, int32_t first, int32_t count, size_t i)
{
    float left, right;

    if (count == 1)
        return leaf_value(step, first, i);
    left = tree_sum(step, first, count / 2, i);
    right = tree_sum(step, first + count / 2, count / 2, i);
    return left + right;
}

static void fill(float *buffer, uint32_t step, int32_t leaf, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        buffer[i] = leaf_value(step, leaf, i);
}

/* Fill from the end, as a backward pass does, and tell about it piece by piece. */
static void fill_backwards(comm_reduce *reduce, float *buffer, uint32_t step, int32_t leaf, size_t count)
{
    size_t piece = count / 7 + 1, end, first, i;

    for (end = count; end > 0; end = first) {
        first = end > piece ? end - piece : 0;
        for (i = first; i < end; i++)
            buffer[i] = leaf_value(step, leaf, i);
        comm_reduce_ready(reduce, first);
    }
}

/* Push this rank's micro-batches and finish; NULL on ranks that do not train. Odd steps tell what is final.
 */
static const float *sum_step(comm_reduce *reduce, uint32_t step, size_t count, bool *aligned)
{
    const float *sum = NULL;
    int32_t first, leaves, leaf;

    comm_reduce_range(reduce, &first, &leaves);
    for (leaf = first; leaf < first + leaves; leaf++) {
        float *buffer = comm_reduce_buffer(reduce);

        *aligned = *aligned && (uintptr_t)buffer % 64 == 0;
        if (step % 2)
            fill_backwards(reduce, buffer, step, leaf, count);
        else
            fill(buffer, step, leaf, count);
        comm_reduce_push(reduce);
    }
    if (leaves > 0)
        comm_reduce_finish(reduce, &sum);
    return sum;
}

/* Every element of short sums, every 61st and the last of long ones. */
static bool same_bits(const float *sum, uint32_t step, int32_t leaves, size_t count)
{
    size_t i;

    for (i = 0; i < count; i += count - i < 5000 ? 1 : 61) {
        float expected = tree_sum(step, 0, leaves, i);

        if (memcmp(&sum[i], &expected, sizeof expected) != 0)
            return false;
    }
    return true;
}

static void expect_tree(int32_t leaves, size_t count)
{
    comm_reduce *reduce = NULL;
    uint32_t step;

    MPI_CHECK(comm_reduce_create(&world, count, leaves, BASE_REDUCTION_TREE, &reduce) == BASE_OK);
    for (step = 0; step < 5; step++) {
        bool aligned = true;
        const float *sum;

        comm_reduce_share(reduce, step < 2 || step == 4); /* the ranks are all on one host */
        comm_reduce_overlap(reduce, step > 0 && world.rank != 2);
        sum = sum_step(reduce, step, count, &aligned);
        MPI_CHECK(aligned);
        MPI_CHECK((sum != NULL) == (world.rank < comm_reduce_trainers(reduce)));
        MPI_CHECK(!sum || (uintptr_t)sum % 64 == 0);
        MPI_CHECK(!sum || same_bits(sum, step, leaves, count));
    }
    comm_reduce_destroy(&reduce);
    MPI_CHECK(reduce == NULL);
}

START_TEST(sum_has_the_bits_of_the_serial_tree_on_any_number_of_ranks)
{
    size_t i;

    for (i = 0; i < sizeof all_counts / sizeof *all_counts; i++)
        expect_tree(all_leaves[_i], all_counts[i]);
}
END_TEST

START_TEST(sum_of_many_buckets_has_the_bits_of_the_serial_tree)
{
    expect_tree(8, ((size_t)1 << 21) + 1000003);
}
END_TEST

/* The values above can tell the tree from another order; if not, the tests above would show nothing. */
START_TEST(order_of_additions_shows_in_the_bits)
{
    size_t i, differing = 0;

    for (i = 0; i < 1000; i++) {
        float serial = leaf_value(0, 0, i), expected = tree_sum(0, 0, 16, i);
        int32_t leaf;

        for (leaf = 1; leaf < 16; leaf++)
            serial += leaf_value(0, leaf, i);
        differing += memcmp(&serial, &expected, sizeof serial) != 0;
    }
    MPI_CHECK(differing > 100);
    MPI_CHECK(signbit(tree_sum(0, 0, 16, 3)) && !signbit(tree_sum(0, 0, 16, 6)));
    MPI_CHECK(fpclassify(tree_sum(0, 0, 1, 5)) == FP_SUBNORMAL);
}
END_TEST

START_TEST(trainers_are_the_largest_power_of_two_and_share_the_leaves)
{
    size_t i;

    for (i = 0; i < sizeof all_leaves / sizeof *all_leaves; i++) {
        int32_t leaves = all_leaves[i], first, count, limit = leaves < world.size ? leaves : world.size;
        comm_reduce *reduce = NULL;
        int trainers;

        MPI_CHECK(comm_reduce_create(&world, 4, leaves, BASE_REDUCTION_TREE, &reduce) == BASE_OK);
        trainers = comm_reduce_trainers(reduce);
        comm_reduce_range(reduce, &first, &count);
        MPI_CHECK((trainers & (trainers - 1)) == 0 && trainers <= limit && 2 * trainers > limit);
        MPI_CHECK(count == (world.rank < trainers ? leaves / trainers : 0));
        MPI_CHECK(count == 0 || first == world.rank * count);
        comm_reduce_destroy(&reduce);
    }
}
END_TEST

START_TEST(mpi_sum_is_near_the_tree)
{
    const size_t count = ((size_t)1 << 20) + 77;
    const int32_t leaves = 8;
    comm_reduce *reduce = NULL;
    const float *sum;
    bool aligned = true, near = true;
    size_t i;

    MPI_CHECK(comm_reduce_create(&world, count, leaves, BASE_REDUCTION_MPI, &reduce) == BASE_OK);
    sum = sum_step(reduce, 0, count, &aligned);
    for (i = 0; sum && i < count; i += 101) {
        double exact = 0, size = 0;
        int32_t leaf;

        for (leaf = 0; leaf < leaves; leaf++) {
            exact += (double)leaf_value(0, leaf, i);
            size += fabs((double)leaf_value(0, leaf, i));
        }
        /* Three additions a path, each within half a unit in the last place; denormals are exact. */
        near = near && fabs((double)sum[i] - exact) <= 3 * 0x1p-24 * size + 0x1p-149;
    }
    MPI_CHECK(near);
    comm_reduce_destroy(&reduce);
}
END_TEST

START_TEST(flags_ride_along_and_last_one_step)
{
    comm_reduce *reduce = NULL;
    bool aligned = true, right = true;
    uint32_t step;
    int trainers;

    MPI_CHECK(comm_reduce_create(&world, 100, 8, BASE_REDUCTION_TREE, &reduce) == BASE_OK);
    trainers = comm_reduce_trainers(reduce);
    for (step = 0; step < 3 && world.rank < trainers; step++) {
        if (step == 1 && world.rank == trainers - 1)
            comm_reduce_raise(reduce, 0, 1);
        if (step == 1)
            comm_reduce_raise(reduce, COMM_REDUCE_FLAGS - 1, (float)(world.rank + 1));
        right = right && sum_step(reduce, step, 100, &aligned) != NULL;
        right = right && comm_reduce_raised(reduce, 0) == (step == 1);
        right = right && comm_reduce_raised(reduce, COMM_REDUCE_FLAGS - 1) ==
                             (step == 1 ? (float)(trainers * (trainers + 1) / 2) : 0);
    }
    MPI_CHECK(right && aligned);
    comm_reduce_destroy(&reduce);
}
END_TEST

START_TEST(a_trainer_with_another_value_is_named)
{
    comm_reduce *reduce = NULL;
    int trainers, odd = -2, wrong = -2;

    MPI_CHECK(comm_reduce_create(&world, 4, 8, BASE_REDUCTION_TREE, &reduce) == BASE_OK);
    trainers = comm_reduce_trainers(reduce);
    if (world.rank < trainers) {
        odd = comm_reduce_compare(reduce, 0x123456789abcdef0u);
        wrong = comm_reduce_compare(reduce, world.rank == trainers - 1 ? 1 : 0);
    }
    MPI_CHECK(world.rank >= trainers || odd == -1);
    MPI_CHECK(world.rank >= trainers || wrong == (trainers > 1 ? trainers - 1 : -1));
    comm_reduce_destroy(&reduce);
}
END_TEST

START_TEST(wrong_number_of_leaves_is_refused_on_every_rank)
{
    static const int32_t wrong[] = {0, 3, 6, -4, INT32_MIN, INT32_MAX};
    comm_reduce *reduce = NULL;
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        MPI_CHECK(comm_reduce_create(&world, 4, wrong[i], BASE_REDUCTION_TREE, &reduce) == BASE_ERR_USAGE);
    MPI_CHECK(reduce == NULL);
}
END_TEST

START_TEST(no_memory_is_agreed_by_every_rank)
{
    comm_reduce *reduce = NULL;

    /* Ranks that do not train need no buffers, and still learn that the others have none. */
    MPI_CHECK(comm_reduce_create(&world, SIZE_MAX / 2, 1, BASE_REDUCTION_TREE, &reduce) == BASE_ERR_MEMORY);
    MPI_CHECK(reduce == NULL);
    comm_reduce_destroy(&reduce);
    comm_reduce_destroy(NULL);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("comm_reduce");
    TCase *tests = tcase_create("comm_reduce");

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, sum_has_the_bits_of_the_serial_tree_on_any_number_of_ranks, 0,
                        sizeof all_leaves / sizeof *all_leaves);
    tcase_add_test(tests, sum_of_many_buckets_has_the_bits_of_the_serial_tree);
    tcase_add_test(tests, order_of_additions_shows_in_the_bits);
    tcase_add_test(tests, trainers_are_the_largest_power_of_two_and_share_the_leaves);
    tcase_add_test(tests, mpi_sum_is_near_the_tree);
    tcase_add_test(tests, flags_ride_along_and_last_one_step);
    tcase_add_test(tests, a_trainer_with_another_value_is_named);
    tcase_add_test(tests, wrong_number_of_leaves_is_refused_on_every_rank);
    tcase_add_test(tests, no_memory_is_agreed_by_every_rank);
    return mpi_check_main(argc, argv, suite);
}
