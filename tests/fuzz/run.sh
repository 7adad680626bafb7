#!/usr/bin/env bash
# Build the fuzz targets by clang with sanitizers and run each for a time, from the seeds and what earlier runs found.
set -euo pipefail

usage() {
    cat <<'HELP'
usage: tests/fuzz/run.sh SECONDS [TARGET...]

Runs each target (default: all of config plan coco rle polygon picture dataset round training) for SECONDS and prints
what it did. What it found new is kept in build/fuzz/corpus, a crash in build/fuzz/crash-TARGET-*: then the exit code
is 1.
BUILD in the environment names another folder than build/fuzz, FUZZ_OPTIONS more options of libFuzzer. FUZZ_FORGE=1
gives HDF5 files right checksums after a change, on which HDF5 1.10.8 itself crashes now and then.
HELP
}

if [ "${1:-}" = --help ]; then usage; exit 0; fi
if ! [[ "${1:-}" =~ ^[0-9]+$ ]]; then usage >&2; exit 2; fi
seconds=$1
shift
targets=("$@")
[ $# -gt 0 ] || targets=(config plan coco rle polygon picture dataset round training)

source=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$source/build/fuzz}
clang=$(command -v clang || command -v clang-14 || true)
if [ -z "$clang" ] || ! echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }' |
    "$clang" -x c -fsanitize=fuzzer -o /dev/null - 2>/dev/null; then
    echo "skipped: no clang with libFuzzer (Debian: clang, libclang-rt-14-dev)"
    exit 77
fi
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_C_COMPILER="$clang" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCAMAL_ASAN=ON -DCAMAL_FUZZ=ON >/dev/null
ninja -C "$build" --quiet fuzz

# An impossible size shall be refused by malloc, as without sanitizers, and be camal's to report.
export ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=1024 UBSAN_OPTIONS=print_stacktrace=1
failed=0
for target in "${targets[@]}"; do
    mkdir -p "$build/corpus/$target"
    code=0
    # shellcheck disable=SC2086
    "$build/bin/fuzz_$target" "$build/corpus/$target" "$source/tests/fuzz/seeds/$target" -max_total_time="$seconds" \
        ${FUZZ_OPTIONS:-} -timeout=10 -rss_limit_mb=3000 -malloc_limit_mb=100000 -max_len=200000 -close_fd_mask=2 \
        -artifact_prefix="$build/crash-$target-" -print_final_stats=1 >"$build/$target.log" 2>&1 || code=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
    if [ $code -eq 0 ]; then
        printf '%-9s %8d executions in %d s, no crash, hang or leak\n' "$target" "${executions:-0}" "$seconds"
    else
        failed=1
        printf '%-9s failed (exit %d); the input is in %s-*\n' "$target" $code "$build/crash-$target"
        grep -aE "ERROR|SUMMARY|runtime error|^ +#[0-9]" "$build/$target.log" | head -n 20
    fi
done
exit $failed
