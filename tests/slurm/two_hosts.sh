#!/usr/bin/env bash
# The project's own sbatch scripts on two hosts, by srun with PMIx and by mpirun: the same bits as on this machine alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
cluster_enter "$@"

# The hosts have a /tmp of their own: what they share must be seen under a path outside of it.
work=$cluster/work
mkdir -p "$cluster/bin" "$cluster/home" "$work"
mount --bind "$CAMAL_BIN" "$cluster/bin"
mount --bind "$CAMAL_SOURCE" "$cluster/home"
cluster_start
export CAMAL_BIN=$cluster/bin CAMAL_HOME=$cluster/home OMP_NUM_THREADS=1 OMP_DYNAMIC=false
cd "$work"

# submit NAME SBATCH_OPTIONS... : waits for the job; shows its log if it failed.
submit() {
    local name=$1
    shift
    if ! timeout 300 sbatch --quiet --wait --nodes=2 --ntasks=2 --output="$name-%j.log" "$@"; then
        echo "failed: sbatch $*" >&2
        tail -n 40 "$name"-*.log "$cluster"/log/* >&2
        exit 1
    fi
}

cat >run.yaml <<TEXT
run: {folder: unused, seed: 1, rounds: 2, threads: 1}
data: {dataset: two-hosts.h5, initial: 0.3, budget: 8}
train: {epochs: 2, batch: 32, microbatch: 8, patience: 0}
TEXT
"$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 1
ingest=(--annotations coco/annotations/instances.json --images coco/images --classes all --size 32 --split-key split)

"$CAMAL_BIN/camal-ingest" "${ingest[@]}" --out alone.h5
submit ingest "$CAMAL_HOME/slurm/ingest.sbatch" "${ingest[@]}" --out two-hosts.h5
cmp alone.h5 two-hosts.h5

"$CAMAL_BIN/camal-learn" run.yaml --run alone
submit srun "$CAMAL_HOME/slurm/learn.sbatch" run.yaml --run by-srun
CAMAL_LAUNCHER=mpirun submit mpirun "$CAMAL_HOME/slurm/learn.sbatch" run.yaml --run by-mpirun
"$CAMAL_BIN/camal-diff" alone by-srun
"$CAMAL_BIN/camal-diff" alone by-mpirun

# Two tasks of the array: seed 1 of the default arm, then of the proposed arm, which is the run above.
submit array --array=0-1 "$CAMAL_HOME/slurm/array.sbatch" run.yaml runs
"$CAMAL_BIN/camal-diff" alone runs/proposed-seed1
[ -f runs/default-seed1/round-002.h5 ] || { echo "failed: no run of the default arm" >&2; exit 1; }

# That both hosts took part, and not two ranks of one, is in their logs. (mpirun, of job 3, runs on node1 itself.)
for started in 1:node1 1:node2 2:node1 2:node2 3:node2; do
    grep -q "launch task StepId=${started%:*}\.0" "$cluster/log/${started#*:}.log" ||
        { echo "failed: job ${started%:*} started nothing on ${started#*:}" >&2; exit 1; }
done
echo "two hosts: same bits by srun and by mpirun as alone"
