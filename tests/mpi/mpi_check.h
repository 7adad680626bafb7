/** What MPI tests share: the world, agreement before assertion, and main.
 *
 * check's assertions jump out of a test. A rank that jumped alone would leave the others waiting in their
 * next collective call, so every rank learns of a fault first and all assert together.
 */
#ifndef MPI_CHECK_H
#define MPI_CHECK_H

#include "comm_world.h"
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static comm_world world;

/** True if it is true on every rank; a rank where it is not says so. Collective. */
static inline bool mpi_check_agree(bool good, const char *what, const char *file, int line)
{
    int all = good;

    if (!good)
        fprintf(stderr, "rank %d of %d: %s:%d: not so: %s\n", world.rank, world.size, file, line, what);
    MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_LAND, world.comm);
    return all;
}

/** Assert on all ranks what must hold on each. Collective. */
#define MPI_CHECK(condition) ck_assert(mpi_check_agree((condition), #condition, __FILE__, __LINE__))

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>

/* Open MPI keeps what it allocates once until the process ends, and unloads the code that did so: leaks are
 * looked for before MPI ends, while those of its libraries can still be told by name from ours. */
static int mpi_check_leaks_seen;

int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return mpi_check_leaks_seen;
}

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0"; /* its libraries have no frame pointers */
}

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libmpi\nleak:libopen-\nleak:libpmix\nleak:mca_\nleak:libhwloc\nleak:libevent\n";
}

static inline bool mpi_check_leaks(void)
{
    bool leaks = __lsan_do_recoverable_leak_check() != 0;

    mpi_check_leaks_seen = 1;
    return leaks;
}
#else
static inline bool mpi_check_leaks(void)
{
    return false;
}
#endif

/** Run the suite in this process on every rank; failure if any rank failed or leaked. */
static inline int mpi_check_main(int argc, char **argv, Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    if (comm_world_open(&argc, &argv, &world) != BASE_OK)
        return EXIT_FAILURE;
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, world.rank == 0 ? CK_NORMAL : CK_SILENT);
    failed = srunner_ntests_run(runner) == 0 || srunner_ntests_failed(runner) > 0;
    srunner_free(runner);
    failed |= mpi_check_leaks();
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, world.comm);
    comm_world_close(&world);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
