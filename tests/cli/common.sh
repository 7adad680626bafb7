# shellcheck shell=bash
# What the tests of programs share: an empty folder to work in, $work, that goes with the test; mpirun; and how to fail:
# at once by fail() and must_refuse(), or in the end by check() and check_refused(), which count in $failed.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PYTHONDONTWRITEBYTECODE=1
export OMPI_MCA_odls_base_sigkill_timeout=0 # after an error mpirun waits a second for no one
mpirun=(mpirun --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none)

failed=0

# fail WORDS...: with the ends of all logs.
fail() {
    echo "failed: $*" >&2
    tail -n 20 ./*.log 2>/dev/null >&2
    exit 1
}

# make_data IMAGES SIZE: pictures in coco, and data.h5 of all their classes.
make_data() {
    "$CAMAL_BIN/camal-synth" --out coco --images "$1" --seed 1 >synth.log 2>&1 || fail "no pictures to test with"
    "$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --classes all \
        --size "$2" --split-key split --out data.h5 >ingest.log 2>&1 || fail "no data set to test with"
}

# learn RANKS RUN [ARGUMENT...]: camal-learn by run.yaml; the log is RUN.log.
learn() {
    local ranks=$1 run=$2
    shift 2
    "${mpirun[@]}" -n "$ranks" "$CAMAL_BIN/camal-learn" run.yaml --run "$run" "$@" >"$run.log" 2>&1
}

# check NAME COMMAND...: the command must succeed.
check() {
    local name=$1
    shift
    "$@" || { echo "failed: $name"; failed=$((failed + 1)); }
}

# check_refused NAME PATTERN COMMAND...: exit 2, the pattern in the message, nothing on standard output.
check_refused() {
    local name=$1 pattern=$2 code
    shift 2
    "$@" >out 2>err
    code=$?
    if [ $code -ne 2 ] || [ -s out ] || ! grep -qE -- "$pattern" err; then
        echo "failed: $name: exit $code, expected 2 and '$pattern' in:"
        cat err out
        failed=$((failed + 1))
    fi
}

# must_refuse PATTERN COMMAND...: exit 2, the pattern in the message, nothing on standard output nor at "out".
must_refuse() {
    local pattern=$1 code=0
    shift
    "$@" >refused.txt 2>refused.log || code=$?
    [ $code -eq 2 ] || fail "$*: exit code $code in place of 2"
    grep -qE -- "$pattern" refused.log || fail "$*: no '$pattern' in its message"
    [ ! -s refused.txt ] && [ ! -e out ] && [ ! -e out.tmp ] || fail "$*: something was written"
}
