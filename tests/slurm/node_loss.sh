#!/usr/bin/env bash
# One of two hosts dies under a job. The job goes back into the queue, by learn.sbatch or by SLURM, whichever notices
# first, or fails where SLURM is slow to notice. Submitted again for the one host that is left, it goes on, with the
# bits of a run that was left alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
cluster_enter "$@"
cluster_start
cluster_data 999 # for ever, until the host is lost
cp run.yaml learn.yaml
learn=("$CAMAL_HOME/slurm/learn.sbatch" learn.yaml --run lost --set run.checkpoint=0.01 --set run.timeout=5)

cluster_submit lost --nodes=2 --ntasks=2 "${learn[@]}"
cluster_until 60 "round 3" cluster_reached lost 3
cluster_lose node2
lost=$SECONDS
ended() { [[ $(cluster_job "$job" JobState) =~ ^(PENDING|FAILED)$ ]]; }
cluster_until 90 "the job ends after its host is lost" ended
echo "host lost: the job is $(cluster_job "$job" JobState) after $((SECONDS - lost)) s"
grep -E "^camal-learn: error|^camal: |JOB $job" lost.log || true
scancel "$job"

cluster_rounds learn.yaml $(($(cluster_newest lost) + 2))
cluster_run left --nodes=1 --ntasks=2 "${learn[@]}"
grep -q "going on after" left.log || cluster_fail "the second job began anew"

"$CAMAL_BIN/camal-learn" learn.yaml --run alone >alone.log 2>&1
"$CAMAL_BIN/camal-diff" alone lost
echo "node loss: the run went on on one host, same bits as alone"
