#!/usr/bin/env bash
# The project's own sbatch scripts on two hosts, by srun with PMIx and by mpirun: the same bits as on this machine alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
cluster_enter "$@"
cluster_start
cluster_data 2
both=(--nodes=2 --ntasks=2)

cluster_run ingest "${both[@]}" "$CAMAL_HOME/slurm/ingest.sbatch" "${cluster_ingest[@]}" --out two-hosts.h5
cmp data.h5 two-hosts.h5

"$CAMAL_BIN/camal-learn" run.yaml --run alone >alone.log 2>&1
cluster_run srun "${both[@]}" "$CAMAL_HOME/slurm/learn.sbatch" run.yaml --run by-srun
CAMAL_LAUNCHER=mpirun cluster_run mpirun "${both[@]}" "$CAMAL_HOME/slurm/learn.sbatch" run.yaml --run by-mpirun
"$CAMAL_BIN/camal-diff" alone by-srun
"$CAMAL_BIN/camal-diff" alone by-mpirun

# That both hosts took part, and not two ranks of one, is in their logs. (mpirun, of job 3, runs on node1 itself.)
for started in 1:node1 1:node2 2:node1 2:node2 3:node2; do
    grep -q "launch task StepId=${started%:*}\.0" "$cluster/log/${started#*:}.log" ||
        cluster_fail "job ${started%:*} started nothing on ${started#*:}"
done
echo "two hosts: same bits by srun and by mpirun as alone"
