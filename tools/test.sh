#!/usr/bin/env bash
# Build camal and pass its tests. Tests whose packages are not there, or that need root, say "skipped".
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'TEXT'
usage: tools/test.sh [--quick | --coverage] [--no-install]

Installs packages, builds, and runs: all tests of the release build; unit and MPI tests under the address and
undefined-behaviour sanitizers, those of what starts threads under the thread sanitizer; a build by clang without a
warning. CAMAL_LIVE=1 adds PyTorch's answers made on the spot, and tools under valgrind.

  --quick       release build, unit, MPI and command-line tests only
  --coverage    line coverage of src too (tools/coverage.sh)
  --no-install  install no packages
TEXT
}

quick=no
coverage=no
install=yes
for option in "$@"; do
    case $option in
    --quick) quick=yes ;;
    --coverage) coverage=yes ;;
    --no-install) install=no ;;
    --help) usage; exit 0 ;;
    *) echo "test: unknown option '$option'; see --help" >&2; exit 2 ;;
    esac
done

# After a rank has refused its input, mpirun waits a second for those that have ended; hundreds of tests do without.
export OMPI_MCA_odls_base_sigkill_timeout=0

times=()
# stage NAME COMMAND...: runs it, shows its name and keeps its time.
stage() {
    local name=$1 start=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@"
    times+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

packages() {
    if [ $install = no ]; then
        bash tools/install_deps.sh --check
    elif [ $quick = yes ] || ! bash tools/install_deps.sh --with-tests; then
        bash tools/install_deps.sh
    fi
}

build() {
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1"
}

# Of what starts threads: the reader of chunks, the prefetch of micro-batches, the watch over ranks; and memory that
# ranks share. Only what is built with the sanitizer is looked at: MPI's own threads are not.
threads() {
    cmake --preset tsan >/dev/null
    cmake --build --preset tsan --target test_store_chunks test_learn_prefetch test_mpi_comm_watch test_mpi_comm_share
    CK_FORK=no TSAN_OPTIONS=ignore_noninstrumented_modules=1 \
        tests tsan -R '^(unit_store_chunks|unit_learn_prefetch|mpi_comm_watch_2|mpi_comm_share_2)$'
}

# tests PRESET [ctest option...]
tests() {
    local preset=$1
    shift
    ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
}

stage packages packages
stage "release: build" build release
if [ $quick = yes ]; then
    stage "release: unit, MPI and command-line tests" tests release -L '^(unit|mpi|cli)$'
else
    stage "release: all tests" tests release
    stage "sanitizers: build" build asan
    stage "sanitizers: unit tests, MPI tests on two ranks" tests asan -L '^(unit|mpi)$' -E '_(1|3|4|8)$'
    stage "thread sanitizer" threads
    if command -v clang >/dev/null; then
        stage "clang: build without a warning" build clang
    else
        echo "skipped: no clang"
    fi
    if [ $coverage = yes ]; then
        stage "coverage" bash tools/coverage.sh
    fi
fi

printf '\nall passed\n'
printf '%s\n' "${times[@]}" "$(printf '%5d s  in total' $SECONDS)"
