#!/usr/bin/env bash
# Jobs that are cut short go on by themselves and end with the bits of a run that was left alone: an array, each of
# whose tasks gets the signal by itself, and a job on two hosts that comes near its time limit.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
cluster_enter "$@"
cluster_start
cluster_data 999 # for ever, until the signal has come
cp run.yaml array.yaml
cp run.yaml learn.yaml
now() { date +%s.%N; }
since() { awk "BEGIN { printf \"%.1f s\", $(now) - $1 }"; }

# Task 1 of the array is seed 1 of the proposed arm, task 2 is seed 2 of the default arm. One of them has the number of
# the whole array.
CAMAL_LAUNCHER=mpirun cluster_submit array-%a --ntasks=1 --array=1,2 "$CAMAL_HOME/slurm/array.sbatch" array.yaml runs
array=$job
for run in proposed-seed1 default-seed2; do
    cluster_until 60 "round 2 of $run" cluster_reached runs/$run 2
done
for task in 2 1; do
    signalled=$(now)
    scancel --batch --signal=USR1 "${array}_$task" || cluster_fail "task $task does not run when it is to be signalled"
    cluster_until 40 "task $task back in the queue" grep -qs "goes back into the queue" array-$task.log
    echo "array, task $task: kept, ended and in the queue again $(since "$signalled") after the signal"
done
one=$(cluster_newest runs/proposed-seed1)
two=$(cluster_newest runs/default-seed2)
cluster_rounds array.yaml $(((one > two ? one : two) + 2))

# SLURM looks at time limits every 30 s from its start. The signal that learn.sbatch asks for, 120 s ahead, is thus
# due the next time that it looks; the job begins a good while before.
until [ $(((SECONDS - cluster_began) % 30)) -ge 10 ] && [ $(((SECONDS - cluster_began) % 30)) -le 20 ]; do
    sleep 0.5
done
cluster_submit learn --nodes=2 --ntasks=2 --time=2 "$CAMAL_HOME/slurm/learn.sbatch" learn.yaml --run by-itself
cluster_until 80 "learn.sbatch back in the queue" grep -qs "goes back into the queue" learn.log
ended=$(now)
cluster_rounds learn.yaml $(($(cluster_newest by-itself) + 2))
cluster_until 40 "learn.sbatch running again" grep -qs "going on after" learn.log
echo "learn: runs again $(since "$ended") after it went back into the queue"

for task in 1 2; do
    cluster_wait "${array}_$task" COMPLETED
    restarts=$(cluster_job "${array}_$task" Restarts)
    [ "$restarts" -eq 1 ] || cluster_fail "task $task of the array began anew $restarts times, not once"
done
cluster_wait "$job" COMPLETED
grep -h "^camal: " ./*.log

# shellcheck source=slurm/common.sh
source "$CAMAL_HOME/slurm/common.sh" # camal_default_arm
alone() { "$CAMAL_BIN/camal-learn" "$@" >alone.log 2>&1 || cluster_fail "camal-learn $*"; }
alone array.yaml --run alone-1
"$CAMAL_BIN/camal-diff" alone-1 runs/proposed-seed1
alone array.yaml "${camal_default_arm[@]}" --set run.seed=2 --run alone-2
"$CAMAL_BIN/camal-diff" alone-2 runs/default-seed2
alone learn.yaml --run alone
"$CAMAL_BIN/camal-diff" alone by-itself
echo "interrupted: array and job went on by themselves, same bits as alone"
