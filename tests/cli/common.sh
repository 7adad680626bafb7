# shellcheck shell=bash
# What the tests of programs share: an empty folder to work in, $work, that goes with the test; mpirun; and how to fail.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PYTHONDONTWRITEBYTECODE=1
export OMPI_MCA_odls_base_sigkill_timeout=0 # after an error mpirun waits a second for no one
mpirun=(mpirun --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none)

# fail WORDS...: with the ends of all logs.
fail() {
    echo "failed: $*" >&2
    tail -n 20 ./*.log 2>/dev/null >&2
    exit 1
}
