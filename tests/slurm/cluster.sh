# shellcheck shell=bash
# Two SLURM hosts, node1 and node2, and their controller on this machine, for as long as the calling script runs.
#
# The script starts itself again inside namespaces of its own (network, mounts, process ids, host name), so that the
# cluster's bridge, daemons, keys and mounts are nobody else's and end with it, however it ends:
#
#   source cluster.sh; cluster_enter "$@"; cluster_start; sbatch ...
#
# Inside, $cluster is a folder that all hosts see, with all that is mounted there before cluster_start. /tmp and
# /dev/shm are each host's own, as on real hosts.

cluster_net=10.77.0

# cluster_skip WHY: ends the test as skipped.
cluster_skip() {
    echo "skipped: $1"
    exit 77
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
AuthInfo=socket=/run/munge/munge.socket
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
}

# The controller here and a slurmd on each host, with the private folders that real hosts have.
cluster_daemons() {
    local i
    slurmctld -D >"$cluster/log/slurmctld.log" 2>&1 &
    for i in 1 2; do
        nsenter --net=/run/netns/node$i unshare --uts --mount --ipc sh -c \
            "hostname node$i && mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs tmpfs /tmp && mkdir -p /run/slurmd.node$i &&
             exec slurmd -D -N node$i" >"$cluster/log/node$i.log" 2>&1 &
    done
}

# Starts the cluster and waits until both hosts are idle. Exports SLURM_CONF for sbatch.
cluster_start() {
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
    echo "the two hosts did not come up within 60 s" >&2
    tail -n 20 "$cluster"/log/* >&2
    return 1
}
