# shellcheck shell=bash
# Sourced by the sbatch scripts and tools/quickstart.sh: where camal's programs are and how they start on MPI ranks.

camal_home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $camal_home in
*/share/camal) camal_bin=${CAMAL_BIN:-${camal_home%/share/camal}/bin} ;; # installed
*) camal_bin=${CAMAL_BIN:-$camal_home/build/release/bin} ;;
esac

# Settings of the baseline arm; the proposed arm is run.yaml as it stands. All else (seed, split, first labels,
# initial weights, budget, the rest of training) the two share.
# shellcheck disable=SC2034 # for those who source this file
camal_default_arm=(--set select.strategy=random --set select.quota=none --set select.copies=1
                   --set train.in_mask=0 --set exclude.rule=none --set exclude.finish=2)

# camal_need_program NAME: prints its path, or says what to do.
camal_need_program() {
    if [ ! -x "$camal_bin/$1" ]; then
        echo "camal: no program $camal_bin/$1; build it (cmake --preset release && cmake --build --preset release)" \
             "or set CAMAL_BIN to the folder that has it" >&2
        return 2
    fi
    printf '%s\n' "$camal_bin/$1"
}

# Physical cores that this process may use.
camal_cores() {
    local usable physical
    usable=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc) # nproc would count those, not cores
    physical=$(lscpu -p=Core,Socket 2>/dev/null | grep -v '^#' | sort -u | wc -l)
    if [ "$physical" -gt 0 ] && [ "$physical" -lt "$usable" ]; then
        echo "$physical"
    else
        echo "$usable"
    fi
}

# Whether to start ranks by srun: inside a job whose srun speaks PMIx. CAMAL_LAUNCHER=srun|mpirun decides otherwise.
camal_by_srun() {
    case ${CAMAL_LAUNCHER:-} in
    srun) return 0 ;;
    mpirun) return 1 ;;
    '') [ -n "${SLURM_JOB_ID:-}" ] && srun --mpi=list 2>&1 | grep -qw pmix ;;
    *) echo "camal: CAMAL_LAUNCHER is '$CAMAL_LAUNCHER'; it may be srun or mpirun" >&2; exit 2 ;;
    esac
}

# camal_run RANKS THREADS PROGRAM [ARGUMENT...]: the program on that many ranks, each bound to cores of its own.
# With camal_exec=exec the launcher takes this shell's place, and so its process number.
camal_run() {
    local ranks=$1 threads=$2
    shift 2
    export OMP_NUM_THREADS=$threads OMP_DYNAMIC=false
    if camal_by_srun; then
        # srun does not take over sbatch's --cpus-per-task, so it is said again.
        ${camal_exec:-} srun --mpi=pmix --ntasks="$ranks" --cpus-per-task="$threads" --cpu-bind=cores \
            --kill-on-bad-exit=1 "$@"
        return
    fi

    local options=(-n "$ranks" -x OMP_NUM_THREADS -x OMP_DYNAMIC)
    if [ "$(id -u)" -eq 0 ]; then
        options+=(--allow-run-as-root)
    fi
    if [ -z "${SLURM_JOB_ID:-}" ]; then
        # Containers often forbid reading another process's memory, and then this path fails.
        options+=(--mca btl_vader_single_copy_mechanism none)
    fi
    if [ -n "${SLURM_JOB_ID:-}" ] || [ $((ranks * threads)) -le "$(camal_cores)" ]; then
        # Left alone, mpirun binds each of two ranks to one core, whatever its threads.
        options+=(--map-by "slot:PE=$threads" --bind-to core)
    else
        options+=(--oversubscribe --bind-to none)
    fi
    ${camal_exec:-} mpirun "${options[@]}" "$@"
}

# camal_run_and_requeue RANKS THREADS PROGRAM [ARGUMENT...]: as camal_run, in a job with --signal=B:USR1@SECONDS. The
# early signal goes on to the ranks, which keep what they have and end with exit code 75; then the job is put back
# into the queue and goes on from there. SIGTERM (scancel --batch, a node shut down) does the same but for the queue.
# A job that failed because a node was lost goes back into the queue too. SLURM would see to that, but the ranks that
# are left notice the loss (run.timeout) and end long before SLURM gives the node up (SlurmdTimeout).
camal_run_and_requeue() {
    local launcher='' code=0 again=false requeue=''
    trap 'again=true; requeue=yes; camal_pass_on "early signal" "$launcher"' USR1
    trap 'again=true; requeue=no; camal_pass_on SIGTERM "$launcher"' TERM
    (camal_exec="exec" && camal_run "$@") &
    launcher=$!
    ! $again || kill -USR1 "$launcher" 2>/dev/null || true # it came before there was a launcher
    wait "$launcher" || code=$?
    while $again; do # a signal ends the wait, not the launcher
        again=false
        code=0
        wait "$launcher" || code=$?
    done
    trap - USR1 TERM
    if [ "$code" -ne 0 ] && [ "$requeue" = yes ]; then
        camal_requeue "exit code $code after the early signal"
    elif [ "$code" -ne 0 ] && [ "$code" -ne 2 ] && [ "$code" -ne 3 ] && [ -z "$requeue" ] && camal_node_lost; then
        camal_requeue "exit code $code, and a node of the job does not answer"
    fi
    return "$code"
}

# Whether SLURM misses a node of this job (a star: it does not answer). It may need a while to notice.
camal_node_lost() {
    [ "${SLURM_JOB_NUM_NODES:-1}" -gt 1 ] || return 1
    local end=$((SECONDS + 30))
    until sinfo --noheader --Node --nodes="$SLURM_JOB_NODELIST" --format=%T | grep -qE '\*|down'; do
        [ $SECONDS -lt $end ] || return 1
        sleep 2
    done
}

# camal_pass_on WHAT LAUNCHER: tells the ranks to end at the next safe point.
camal_pass_on() {
    echo "camal: $(date +%T) $1: the ranks are to keep what they have and end" >&2
    kill -USR1 "$2" 2>/dev/null || true
}

# camal_requeue WHY: this job goes back into the queue.
camal_requeue() {
    local job=${SLURM_JOB_ID:-?}
    if [ -n "${SLURM_ARRAY_JOB_ID:-}" ]; then
        job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID # one task's job number is the array's and would mean all of it
    fi
    echo "camal: $(date +%T) $1; job $job goes back into the queue" >&2
    scontrol requeue "$job" || echo "camal: not requeued; submit it again to go on" >&2
}
