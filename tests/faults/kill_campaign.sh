#!/usr/bin/env bash
# kill -9 of one rank or of the whole job at random moments of a run on two ranks; what goes on after it must end
# with the bits of the undisturbed run.
set -euo pipefail

if [ $# -gt 2 ] || ! [[ "${1:-3}${2:-1}" =~ ^[0-9]+$ ]]; then
    echo "usage: kill_campaign.sh [KILLS] [SEED]    (default 3 and 1; CAMAL_BIN is the folder of the programs)" >&2
    exit 2
fi
kills=${1:-3}
RANDOM=${2:-1}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
cd "$work"
# shellcheck source=tests/faults/common.sh
source "$here/common.sh"

# The ranks write their own logs, so that nothing of them is on its way when mpirun is killed too.
begin() {
    rm -rf run rank-*.log
    # shellcheck disable=SC2016
    "${mpirun[@]}" -n 2 bash -c 'exec "$0" "$@" 2>"rank-$OMPI_COMM_WORLD_RANK.log"' \
        "$CAMAL_BIN/camal-learn" run.yaml --run run >job.log 2>&1 &
    job=$!
}

# What the run was doing, by what it has left.
stage() {
    local said
    said=$(grep -oE "training: [0-9]+ steps|round [0-9]+ of [0-9]+:|done:" rank-0.log | tail -n 1 || true)
    if compgen -G "run/round-*.h5.tmp" >/dev/null; then
        echo commit
    elif compgen -G "run/training-*.h5.tmp" >/dev/null; then
        echo checkpoint
    elif [ ! -e run/run.yaml ]; then
        echo start
    elif [[ $said == done* ]]; then
        echo end
    elif [[ $said == training* ]]; then
        # scored and written, but not yet told
        if [ "$(find run -name 'round-*.h5' | wc -l)" -gt "$(grep -cE "round [0-9]+ of" rank-0.log)" ]; then
            echo commit
        else
            echo scoring
        fi
    else
        echo training
    fi
}

# is_there PATTERN: waits for a file of the run, at most its whole time.
is_there() {
    local until=$((${EPOCHREALTIME/./} + took))
    while ! compgen -G "$1" >/dev/null; do
        [ ${EPOCHREALTIME/./} -lt $until ] || return 1
    done
}

# kill_one: one in ten at a random moment of the start, two in ten when a round is being written, the others at a random
# moment of what follows the start; false if there was nothing to kill.
kill_one() {
    local ranks delay=0
    begin
    case $((RANDOM % 10)) in
    0) delay=$((RANDOM % 1000 * started / 1000)) ;;
    1 | 2) is_there "run/round-00$((RANDOM % 2)).h5.tmp" || true ;;
    *)
        is_there run/kernels.plan || true
        delay=$((RANDOM % 1000 * (took - started) / 1000))
        ;;
    esac
    sleep $((delay / 1000000)).$(printf %06d $((delay % 1000000)))
    mapfile -t ranks < <(ranks_of $job)
    if [ ${#ranks[@]} -ne 2 ]; then # not yet, or not any more
        wait $job || fail "a run that nothing disturbed"
        return 1
    fi
    if [ $((RANDOM % 2)) -eq 0 ]; then
        who=all
        kill -9 "${ranks[@]}" $job 2>/dev/null || true
    else
        who=one
        kill -9 "${ranks[RANDOM % 2]}" 2>/dev/null || true
    fi
    ! wait $job 2>/dev/null # false if it was over before the signal
}

make_plain 1 4
begin
began=${EPOCHREALTIME/./}
took=10000000
is_there run/kernels.plan || fail "the run does not start"
started=$((${EPOCHREALTIME/./} - began))
wait $job || fail "a run to take the time of"
took=$((${EPOCHREALTIME/./} - began))
printf 'an undisturbed run takes %d ms, %d of them to start\n' $((took / 1000)) $((started / 1000))

declare -A at=([start]=0 [training]=0 [checkpoint]=0 [scoring]=0 [commit]=0 [end]=0) of=([one]=0 [all]=0)
killed=0 missed=0
while [ $killed -lt "$kills" ]; do
    if ! kill_one; then
        missed=$((missed + 1))
        [ $missed -le $((20 + 2 * kills)) ] || fail "of $((killed + missed)) runs only $killed could be killed"
        continue
    fi
    now=$(stage)
    [ ! -e run/lock ] || wait_for 10 flock --nonblock run/lock true || fail "the run folder is not free after a kill"
    learn 2 run >run.log 2>&1 || fail "kill $killed ($who, $now): the run does not go on"
    "$CAMAL_BIN/camal-diff" plain run >diff.log 2>&1 || fail "kill $killed ($who, $now): the run ends with other bits"
    if compgen -G "run/*.tmp" || compgen -G "run/training-*"; then fail "kill $killed ($who, $now): leavings"; fi
    at[$now]=$((at[$now] + 1))
    of[$who]=$((of[$who] + 1))
    killed=$((killed + 1))
    printf 'kill %d: %s, %s\n' $killed "$who" "$now"
done
printf '%d kills, %d of one rank, %d of all: %d at the start, %d in training, %d in a checkpoint, ' \
    $killed ${of[one]} ${of[all]} ${at[start]} ${at[training]} ${at[checkpoint]}
printf '%d in scoring, %d in a commit, %d at the end; all ended equal (%d runs were not hit)\n' \
    ${at[scoring]} ${at[commit]} ${at[end]} $missed
