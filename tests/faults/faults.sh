#!/usr/bin/env bash
# What camal does when disks, files, clocks and its neighbours fail: the table below, row by row.
#
# Each row starts from a run folder with round 0 of the undisturbed run "plain", and calls the function of its
# name, which breaks something and runs a program. Then the row's exit code, message and state must be there, and
# no round that was committed may have changed.
set -euo pipefail

# In a mount namespace of its own: mounts are gone with it, whatever happens.
mounts=no
if [ "${1:-}" = inside ]; then
    mounts=yes
elif [ "$(id -u)" -eq 0 ] && unshare --mount --propagation private true 2>/dev/null; then
    exec unshare --mount --propagation private bash "$0" inside
fi

work=$(mktemp -d)
trap 'umount "$work/run" "$work/out" 2>/dev/null || true; rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
cd "$work"
# shellcheck source=tests/faults/common.sh
source "$here/common.sh"

# States afterwards:
#   goes_on   nothing half written; mended, the same command ends with the bits of the undisturbed run
#   ended     the run ended in spite of the fault, with the bits of the undisturbed run
#   nothing   no output, whole or half
#   good      the run ended, and the next one finds all in order
table() {
    cat <<'ROWS'
# fault                        exit  state    message (extended regular expression)
full_disk_at_a_commit          1     goes_on  run/round-001\.h5\.tmp: .*No space left on device
full_disk_at_a_checkpoint      1     goes_on  run/training-a\.h5\.tmp: .*No space left on device
full_disk_at_the_start         1     goes_on  run/run\.yaml\.tmp: cannot write: No space left on device
full_disk_at_ingest            1     nothing  out/data\.h5\.tmp: .*No space left on device
read_only_run_folder           1     goes_on  run/lock: cannot open: Read-only file system
read_only_folder_at_ingest     2     nothing  --out out/data\.h5: its folder cannot be written to: Read-only file system
file_size_limit_at_a_commit    1     goes_on  run/round-001\.h5\.tmp: .*File too large
file_size_limit_at_ingest      1     nothing  limited\.h5\.tmp: .*File too large
round_truncated                0     ended    round-001\.h5 is damaged and left aside: going on from the round before
round_bit_flipped              0     ended    round-001\.h5 is damaged and left aside: going on from the round before
round_zero_filled              0     ended    round-001\.h5 is damaged and left aside: going on from the round before
checkpoint_truncated           0     ended    training-[ab]\.h5 is damaged and left aside
checkpoint_bit_flipped         0     ended    training-[ab]\.h5 is damaged and left aside
checkpoint_zero_filled         0     ended    training-[ab]\.h5 is damaged and left aside
both_checkpoints_damaged       0     ended    training-[ab]\.h5 is damaged and left aside
dataset_truncated              2     goes_on  data\.h5: .*truncated file
dataset_bit_flipped            2     goes_on  data\.h5: /samples/image: .*checksum
dataset_zero_filled            2     goes_on  data\.h5: /samples/image: .*checksum
run_plan_truncated             2     goes_on  if run/kernels\.plan is damaged, remove it
run_plan_bit_flipped           2     goes_on  if run/kernels\.plan is damaged, remove it
run_plan_zero_filled           2     goes_on  if run/kernels\.plan is damaged, remove it
cached_plan_truncated          0     good     cache/plan-[0-9a-f]*\.txt is not the plan that its name says: measuring anew
cached_plan_bit_flipped        0     good     cache/plan-[0-9a-f]*\.txt is not the plan that its name says: measuring anew
cached_plan_zero_filled        0     good     cache/plan-[0-9a-f]*\.txt is not the plan that its name says: measuring anew
configuration_truncated        2     goes_on  run/run\.yaml
clock_jumps                    0     ended    done: run/round-000\.h5
no_locks                       0     ended    run/lock: this file system has no locks
locks_fail                     1     goes_on  run/lock: cannot lock: No locks available
second_job                     2     goes_on  run: another job works on this run folder; wait for it
one_rank_killed                any   goes_on  -
all_ranks_killed               137   goes_on  -
ROWS
}

# ---- breaking files ----

size_of() {
    stat -c %s "$1"
}

cut_half() {
    truncate --size=$(($(size_of "$1") / 2)) "$1"
}

# flip FILE [AT]: one bit of a byte, of the middle one if not said.
flip() {
    local at=${2:-$(($(size_of "$1") / 2))} byte
    byte=$(od -An -tu1 -j "$at" -N 1 "$1")
    # shellcheck disable=SC2059
    printf "\\x$(printf %x $((byte ^ 4)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# A block of zeros where data were, as file systems leave it after a crash.
zero() {
    local size
    size=$(size_of "$1")
    dd if=/dev/zero of="$1" bs=1 seek=$((size / 2)) count=$((size / 2 < 4096 ? size / 2 : 4096)) conv=notrunc status=none
}

# The same among the first samples: the middle of so small a data set is padding.
zero_early() {
    dd if=/dev/zero of="$1" bs=1 seek=20000 count=4096 conv=notrunc status=none
}

# mount_on FOLDER SIZE: a disk of its own, with what is in the folder.
mount_on() {
    [ $mounts = yes ] || return 77
    mkdir -p "$1" kept
    cp -a "$1/." kept
    mount -t tmpfs -o size="$2" tmpfs "$1"
    cp -a kept/. "$1"
    rm -r kept
    mend="mend_mount $1"
}

# The disk is gone, what was on it is there.
mend_mount() {
    mount -o remount,rw,size=64m "$1"
    rm -f "$1/filler"
    cp -a "$1" kept
    umount "$1"
    cp -a kept/. "$1"
    rm -r kept
}

# fill FOLDER KIB: leave so much.
fill() {
    local free
    free=$(df --output=avail -k "$1" | tail -n 1)
    [ "$2" -ge "$free" ] || head -c $(((free - $2) * 1024)) /dev/zero >"$1/filler"
}

# ---- faults ----

full_disk_at_a_commit() {
    mount_on run 16m || return
    fill run 1000
    learn 2 run --set run.checkpoint=0
}

full_disk_at_a_checkpoint() {
    mount_on run 16m || return
    fill run 1000
    learn 2 run --set run.checkpoint=0.00001
}

full_disk_at_the_start() {
    mount_on run 16m || return
    fill run 0
    learn 2 run
}

full_disk_at_ingest() {
    mount_on out 200k || return
    ingest out/data.h5
}

read_only_run_folder() {
    mount_on run 16m || return
    mount -o remount,ro run
    learn 2 run
}

read_only_folder_at_ingest() {
    mount_on out 16m || return
    mount -o remount,ro out
    ingest out/data.h5
}

# The limit is the ranks' only: mpirun has files of its own.
limited() {
    local kib=$1
    shift
    "${mpirun[@]}" -n 1 bash -c 'ulimit -f $0; exec "$@"' "$kib" "$@"
}
file_size_limit_at_a_commit() {
    limited 1000 "$CAMAL_BIN/camal-learn" run.yaml --run run --set run.checkpoint=0
}
file_size_limit_at_ingest() {
    limited 200 "$CAMAL_BIN/camal-ingest" "${ingest[@]}" --out limited.h5
}

# damaged_round HOW
damaged_round() {
    cp plain/round-001.h5 run
    "$1" run/round-001.h5
    if "$CAMAL_BIN/camal-check" run/round-001.h5 >check.log 2>&1; then fail "camal-check passes a damaged round"; fi
    grep -q "round-001\.h5" check.log || fail "camal-check does not name the damaged round"
    learn 2 run
}
round_truncated() { damaged_round cut_half; }
round_bit_flipped() { damaged_round flip; }
round_zero_filled() { damaged_round zero; }

# with_checkpoints: stops in the middle of round 1, where both checkpoints are there.
with_checkpoints() {
    cp -a stopped/. run
    "$CAMAL_BIN/camal-check" run/training-?.h5 >check.log 2>&1 || fail "the checkpoints to damage are damaged"
}
# damaged_checkpoint HOW
damaged_checkpoint() {
    local newer=run/training-a.h5 older=run/training-b.h5 code=0
    with_checkpoints
    [ $newer -nt $older ] || { newer=run/training-b.h5 older=run/training-a.h5; }
    "$1" $newer
    if "$CAMAL_BIN/camal-check" $newer >check.log 2>&1; then fail "camal-check passes a damaged checkpoint"; fi
    learn 2 run --set run.checkpoint=0 >learn.log 2>&1 || code=$?
    cat learn.log
    grep -q "going on after step .* from $older" learn.log || fail "the other checkpoint was not taken"
    return $code
}
checkpoint_truncated() { damaged_checkpoint cut_half; }
checkpoint_bit_flipped() { damaged_checkpoint flip; }
checkpoint_zero_filled() { damaged_checkpoint zero; }
both_checkpoints_damaged() {
    with_checkpoints
    zero run/training-b.h5
    flip run/training-a.h5
    learn 2 run
}

# damaged_dataset HOW
damaged_dataset() {
    cp data.h5 whole.h5
    "$1" data.h5
    mend="mv whole.h5 data.h5"
    if "$CAMAL_BIN/camal-check" data.h5 >check.log 2>&1; then fail "camal-check passes a damaged data set"; fi
    learn 2 run
}
dataset_truncated() { damaged_dataset cut_half; }
dataset_bit_flipped() { damaged_dataset flip; }
dataset_zero_filled() { damaged_dataset zero_early; }

# damaged_plan HOW
damaged_plan() {
    "$1" run/kernels.plan
    mend="rm run/kernels.plan" # what the message says to do
    learn 2 run
}
run_plan_truncated() { damaged_plan cut_half; }
run_plan_bit_flipped() { damaged_plan flip; }
run_plan_zero_filled() { damaged_plan zero; }

# damaged_cache HOW: of a run that measures its kernels, and of the next one.
damaged_cache() {
    local plan tuned=(--set train.kernels=tuned --set run.rounds=0 --set train.epochs=1)
    export CAMAL_CACHE=$work/cache
    if [ ! -d cache ]; then
        learn 1 first "${tuned[@]}" >first.log 2>&1
        grep -q "measuring what" first.log || fail "no kernels were measured"
    fi
    plan=$(echo cache/plan-*.txt)
    "$1" "$plan"
    rm -rf run
    learn 1 run "${tuned[@]}"
    rm -rf again
    learn 1 again "${tuned[@]}" >again.log 2>&1 || fail "the plan that was kept anew is of no use"
    grep -q "as measured before" again.log || fail "the plan was not kept anew"
    "$CAMAL_BIN/camal-check" run/round-*.h5 >check.log 2>&1 || fail "a round with the plan measured anew is unsound"
}
cached_plan_truncated() { damaged_cache cut_half; }
cached_plan_bit_flipped() { damaged_cache flip; }
cached_plan_zero_filled() { damaged_cache zero; }

configuration_truncated() {
    truncate --size=20 run/run.yaml
    mend="cp plain/run.yaml run"
    learn 2 run
}

clock_jumps() {
    local year
    year=$(LD_PRELOAD=$CAMAL_BIN/libtest_clock_jumps.so date +%Y)
    [ "$year" -gt 2100 ] || fail "the clock does not jump: it says $year"
    "${mpirun[@]}" -n 2 env LD_PRELOAD="$CAMAL_BIN/libtest_clock_jumps.so" "$CAMAL_BIN/camal-learn" run.yaml --run run \
        --set run.timeout=5
}

# without_locks ERRNO
without_locks() {
    "${mpirun[@]}" -n 2 env LD_PRELOAD="$CAMAL_BIN/libtest_no_locks.so" TEST_FLOCK_ERRNO="$1" "$CAMAL_BIN/camal-learn" \
        run.yaml --run run
}
no_locks() { without_locks 38; }   # ENOSYS
locks_fail() { without_locks 37; } # ENOLCK

# begin: a job on "run" in the background, in the middle of round 1; $job is its mpirun, $ranks are its ranks.
begin() {
    start 2 run background.log --set run.checkpoint=0.00001
    wait_for 20 grep -q "round 1: kept after step" background.log || fail "a job in the background does not get on"
    mapfile -t ranks < <(ranks_of "$job")
}

# A second job is refused; once the first has been killed the folder is free.
second_job() {
    local code=0
    begin
    kill -STOP "${ranks[@]}"
    learn 1 run || code=$?
    kill -9 "${ranks[@]}" "$job"
    wait "$job" 2>/dev/null || true
    return $code
}

one_rank_killed() {
    local code=0
    begin
    kill -9 "${ranks[RANDOM % 2]}"
    wait "$job" || code=$?
    cat background.log
    return $code
}

all_ranks_killed() {
    local code=0
    begin
    kill -9 "$job" "${ranks[@]}"
    wait "$job" 2>/dev/null || code=$?
    cat background.log
    return $code
}

# ---- the table ----

# check_state WORD
check_state() {
    case $1 in
    nothing)
        if compgen -G "out/*.h5*" || compgen -G "limited.h5*"; then fail "$fault: something was written"; fi
        $mend
        ;;
    goes_on)
        case $fault in
        *_killed | second_job) ;; # may leave half a file, under a name that says so
        *) if compgen -G "run/*.tmp"; then fail "$fault: something is half written"; fi ;;
        esac
        $mend
        cmp plain/round-000.h5 run/round-000.h5 || fail "$fault: a committed round has changed"
        learn 1 run --set run.checkpoint=0 >again.log 2>&1 || fail "$fault: the run does not go on"
        ;;&
    goes_on | ended)
        if compgen -G "run/*.tmp"; then fail "$fault: something is half written in the end"; fi
        cmp plain/round-000.h5 run/round-000.h5 || fail "$fault: a committed round has changed"
        "$CAMAL_BIN/camal-diff" plain run >diff.log 2>&1 || fail "$fault: the run ends with other bits"
        ;;
    esac
}

# row FAULT EXIT STATE MESSAGE
row() {
    local fault=$1 wanted=$2 state=$3 message=$4 code=0 mend=true began=${EPOCHREALTIME/./}
    rm -rf run out
    mkdir run out
    cp -a plain/run.yaml plain/kernels.plan plain/round-000.h5 run
    "$fault" >fault.log 2>&1 || code=$?
    if [ $code -eq 77 ]; then
        printf '%-30s skipped: needs root and mounts\n' "$fault"
        return
    fi
    [ $code -eq "$wanted" ] 2>/dev/null || { [ "$wanted" = any ] && [ $code -ne 0 ]; } ||
        fail "$fault: exit code $code in place of $wanted"
    [ "$message" = - ] || grep -qE -- "$message" fault.log || fail "$fault: no message '$message'"
    check_state "$state"
    printf '%-30s exit %3d, %-7s  %d ms\n' "$fault" $code "$state" $(((${EPOCHREALTIME/./} - began) / 1000))
}

RANDOM=1
make_plain 2 6
mkdir stopped
cp -a plain/run.yaml plain/kernels.plan plain/round-000.h5 stopped
make_stopped() {
    start 2 stopped stopped.log --set run.checkpoint=0.00001
    wait_for 20 grep -q "round 1: kept after step [4-9]" stopped.log || fail "no checkpoints to damage"
    kill -USR1 $job
    wait $job || [ $? -eq 75 ] || fail "no checkpoints to damage"
    [ -e stopped/training-a.h5 ] && [ -e stopped/training-b.h5 ] || fail "no checkpoints to damage"
}
make_stopped
while read -r -u 3 fault wanted state message; do
    [ "$fault" = "#" ] || row "$fault" "$wanted" "$state" "$message"
done 3< <(table)
echo "passed"
