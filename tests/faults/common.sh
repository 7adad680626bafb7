# shellcheck shell=bash
# What the tests of faults share: a tiny data set, an undisturbed run of it, and ways to run and to break another.

export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# mpirun waits a second after an error for no one; what a killed rank leaves of shared memory lies in our folder.
export OMPI_MCA_odls_base_sigkill_timeout=0 OMPI_MCA_btl_vader_backing_directory=$PWD OMPI_MCA_osc_sm_backing_directory=$PWD
mpirun=(mpirun --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none)

fail() {
    echo "failed: $*" >&2
    tail -n 20 ./*.log >&2
    exit 1
}

# start RANKS FOLDER LOG [ARGUMENT...]: in the background; $job is its mpirun.
start() {
    local ranks=$1 run=$2 log=$3
    shift 3
    "${mpirun[@]}" -n "$ranks" "$CAMAL_BIN/camal-learn" run.yaml --run "$run" "$@" >"$log" 2>&1 &
    job=$!
}

# learn RANKS FOLDER [ARGUMENT...]
learn() {
    local ranks=$1 run=$2
    shift 2
    "${mpirun[@]}" -n "$ranks" "$CAMAL_BIN/camal-learn" run.yaml --run "$run" "$@"
}

ingest=(--annotations coco/annotations/instances.json --images coco/images --classes all --size 16 --split-key split)
# ingest OUT: data set of the picture folder coco.
ingest() {
    "$CAMAL_BIN/camal-ingest" "${ingest[@]}" --out "$1"
}

# make_plain ROUNDS EPOCHS: the data set data.h5, run.yaml, and the run "plain", which nothing disturbs.
make_plain() {
    cat >run.yaml <<YAML
run: {folder: plain, seed: 1, rounds: $1, oversubscribe: yes, checkpoint: 0.0005}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: $2, batch: 32, microbatch: 8, patience: 0, kernels: direct}
YAML
    "$CAMAL_BIN/camal-synth" --out coco --images 40 --seed 1 >synth.log 2>&1 || fail "no pictures to test with"
    ingest data.h5 >ingest.log 2>&1 || fail "no data set to test with"
    learn 2 plain >plain.log 2>&1 || fail "no run to test with"
}

# ranks_of PID: process ids of an mpirun's ranks, one a line, in order of their start.
ranks_of() {
    pgrep -P "$1" camal-learn || true
}

# wait_for SECONDS COMMAND...: until it is true.
wait_for() {
    local tries=$((50 * $1))
    shift
    while ! "$@" 2>/dev/null; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.02
    done
}
