# shellcheck shell=bash
# Two SLURM hosts, node1 and node2, and their controller on this machine, for as long as the calling script runs.
#
# The script starts itself again inside namespaces of its own (network, mounts, process ids, host name), so that the
# cluster's bridge, daemons, keys and mounts are nobody else's and end with it, however it ends:
#
#   source cluster.sh; cluster_enter "$@"; cluster_start; cluster_submit learn "$CAMAL_HOME/slurm/learn.sbatch" ...
#
# Inside, $cluster is a folder that all hosts see, with camal's programs, its scripts and the current folder in it.
# /tmp and /dev/shm are each host's own, as on real hosts.

cluster_net=10.77.0
cluster_ingest=(--annotations coco/annotations/instances.json --images coco/images --classes all --size 32 --split-key split)

# cluster_skip WHY: ends the test as skipped.
cluster_skip() {
    echo "skipped: $1"
    exit 77
}

# cluster_fail WHAT: ends the test as failed and shows the end of every log.
cluster_fail() {
    echo "failed: $1" >&2
    tail -n 30 ./*.log "$cluster"/log/* >&2 || true
    exit 1
}

# Goes on inside the namespaces, with an empty $cluster; skips where that cannot be.
cluster_enter() {
    if [ -n "${CLUSTER_INSIDE:-}" ]; then
        PATH=$PATH:/usr/sbin:/sbin
        mount -t tmpfs tmpfs /run
        cluster=/run/cluster
        mkdir $cluster
        return
    fi
    local program
    for program in slurmctld slurmd munged ip unshare nsenter; do
        PATH=$PATH:/usr/sbin:/sbin command -v $program >/dev/null || cluster_skip "no $program (slurm-wlm, munge, iproute2)"
    done
    [ "$(id -u)" -eq 0 ] || cluster_skip "not root, so no hosts of our own"
    local namespaces=(--net --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private)
    unshare "${namespaces[@]}" true 2>/dev/null || cluster_skip "this system forbids namespaces"
    CLUSTER_INSIDE=yes exec unshare "${namespaces[@]}" bash "$0" "$@"
}

# A bridge and two hosts' ends of it.
cluster_network() {
    local i
    ip link set lo up
    ip link add br-camal type bridge
    ip addr add $cluster_net.1/24 dev br-camal
    ip link set br-camal up
    for i in 1 2; do
        ip netns add node$i
        ip link add v$i type veth peer name eth0 netns node$i
        ip link set v$i master br-camal up
        ip -n node$i addr add $cluster_net.1$i/24 dev eth0
        ip -n node$i link set eth0 up
        ip -n node$i link set lo up
    done
}

# Of the times, cred_expire is also what a requeued job waits before it starts again (120 s if not set).
cluster_configure() {
    local version=v1
    [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || version=v2
    mkdir -p "$cluster/etc" "$cluster/state" "$cluster/log" /run/munge
    printf '127.0.0.1 localhost\n%s.1 ctl\n%s.11 node1\n%s.12 node2\n' $cluster_net $cluster_net $cluster_net \
        >"$cluster/etc/hosts"
    printf 'CgroupPlugin=cgroup/%s\nCgroupAutomount=no\nIgnoreSystemd=yes\n' $version >"$cluster/etc/cgroup.conf"
    cat >"$cluster/etc/slurm.conf" <<CONF
ClusterName=camal
SlurmctldHost=ctl($cluster_net.1)
AuthType=auth/munge
AuthInfo=socket=/run/munge/munge.socket,cred_expire=5
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmUser=root
SlurmdUser=root
SlurmdParameters=config_overrides
StateSaveLocation=$cluster/state
SlurmdSpoolDir=/run/slurmd.%n
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.%n.pid
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=10
KillWait=5
NodeName=node1 NodeAddr=$cluster_net.11 CPUs=2 RealMemory=500
NodeName=node2 NodeAddr=$cluster_net.12 CPUs=2 RealMemory=500
PartitionName=debug Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF=$cluster/etc/slurm.conf
}

# The authentication daemon with a key and a socket of its own.
cluster_munge() {
    head -c 128 /dev/urandom >/run/munge/key
    chmod 400 /run/munge/key
    /usr/sbin/munged --force --foreground --key-file=/run/munge/key --socket=/run/munge/munge.socket \
        --pid-file=/run/munge/pid --seed-file=/run/munge/seed --log-file=/run/munge/log \
        >"$cluster/log/munged.log" 2>&1 &
    disown # bash is not to report how it ended
}

# The controller here and a slurmd on each host, with the private folders that real hosts have.
cluster_daemons() {
    local i
    # shellcheck disable=SC2034 # for scripts that must know when the controller does things
    cluster_began=$SECONDS
    slurmctld -D >"$cluster/log/slurmctld.log" 2>&1 &
    disown
    for i in 1 2; do
        nsenter --net=/run/netns/node$i unshare --uts --mount --ipc sh -c \
            "hostname node$i && mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs tmpfs /tmp && mkdir -p /run/slurmd.node$i &&
             exec slurmd -D -N node$i" >"$cluster/log/node$i.log" 2>&1 &
        disown
    done
}

# camal's programs and scripts, and an empty current folder, where both hosts see them, wherever they are here.
cluster_share() {
    mkdir "$cluster/bin" "$cluster/home" "$cluster/work"
    mount --bind "$CAMAL_BIN" "$cluster/bin"
    mount --bind "$CAMAL_SOURCE" "$cluster/home"
    export CAMAL_BIN=$cluster/bin CAMAL_HOME=$cluster/home CAMAL_CACHE=$cluster/cache OMP_NUM_THREADS=1 OMP_DYNAMIC=false
    cd "$cluster/work" || return
}

# Starts the cluster and waits until both hosts are idle. Exports what sbatch and the scripts need.
cluster_start() {
    cluster_share
    cluster_network
    cluster_configure
    hostname ctl
    mount --bind "$cluster/etc/hosts" /etc/hosts
    cluster_munge
    cluster_daemons
    for _ in $(seq 120); do
        if [ "$(sinfo --noheader --Node --format=%t 2>/dev/null | grep -c '^idle$')" -eq 2 ]; then
            return
        fi
        sleep 0.5
    done
    cluster_fail "the two hosts did not come up within 60 s"
}

# cluster_submit NAME SBATCH_ARGUMENT...: submits a job that logs to NAME.log; sets job to its number.
cluster_submit() {
    job=$(sbatch --parsable --output="$1.log" "${@:2}") || cluster_fail "sbatch ${*:2}"
}

# cluster_job JOB FIELD: what scontrol says, such as JobState or Restarts.
cluster_job() {
    scontrol --oneliner show job "$1" | grep -o " $2=[^ ]*" | cut -d= -f2
}

# cluster_until SECONDS WHAT COMMAND...: until the command succeeds; fails the test after that many seconds.
cluster_until() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $end ] || cluster_fail "not within the time: $what"
        sleep 0.2
    done
}

# cluster_wait JOB STATE: until the job is in that state; fails the test after 100 s, or when the job fails.
cluster_wait() {
    local end=$((SECONDS + 100)) state
    while state=$(cluster_job "$1" JobState) && [ "$state" != "$2" ]; do
        case $state in FAILED | TIMEOUT | CANCELLED | NODE_FAIL) cluster_fail "job $1 is $state, not $2" ;; esac
        [ $SECONDS -lt $end ] || cluster_fail "job $1 is $state, not $2 after 100 s"
        sleep 0.2
    done
}

# cluster_run NAME SBATCH_ARGUMENT...: submits a job and waits until it is done.
cluster_run() {
    cluster_submit "$@"
    cluster_wait "$job" COMPLETED
}

# cluster_lose HOST: its power fails. The network first, so that no closed connection tells anybody.
cluster_lose() {
    ip link set "v${1#node}" down
    ip netns pids "$1" | xargs kill -KILL
}

# cluster_data ROUNDS: the data set data.h5 and run.yaml, a run of so many rounds of half a second. Which kernels are
# fast is measured here, once: jobs that measure at the same time may find different ones, and so other bits.
cluster_data() {
    "$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 1 >>data.log 2>&1
    "$CAMAL_BIN/camal-ingest" "${cluster_ingest[@]}" --out data.h5 >>data.log 2>&1
    cat >run.yaml <<TEXT
run: {folder: unused, seed: 1, rounds: $1, threads: 1}
data: {dataset: data.h5, initial: 0.3, budget: 1}
train: {epochs: 10, batch: 32, microbatch: 8, patience: 0}
TEXT
    "$CAMAL_BIN/camal-learn" run.yaml --set run.rounds=0 --run kernels >>data.log 2>&1
}

# cluster_rounds FILE ROUNDS: how far the run of that configuration is to go.
cluster_rounds() {
    sed -i "s/rounds: [0-9]*/rounds: $2/" "$1"
}

# cluster_newest FOLDER: number of its newest round, -1 if there is none.
cluster_newest() {
    local round=-1 file
    for file in "$1"/round-*.h5; do
        [ ! -f "$file" ] || round=$((10#${file: -6:3}))
    done
    echo $round
}

# cluster_reached FOLDER ROUND
cluster_reached() {
    [ "$(cluster_newest "$1")" -ge "$2" ]
}
