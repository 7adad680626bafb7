#!/usr/bin/env bash
# camal-learn as its users run it: killed and started again, branched, refused with other settings or beside itself.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

same() {
    "$CAMAL_BIN/camal-diff" "$1" "$2" || fail "$2 differs from $1"
}

cat >run.yaml <<TEXT
run: {folder: plain, seed: 1, rounds: 3, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 3, batch: 32, microbatch: 8, patience: 0}
TEXT
make_data 60 32

learn 2 plain || fail "a plain run"
"$CAMAL_BIN/camal-check" plain/round-*.h5 data.h5 || fail "camal-check on what a run wrote"

# Masks alone, without an augmentation that asks for them, reach the training.
learn 2 unmasked --set train.in_mask=0 --set run.rounds=0 || fail "a run without masks"
"$CAMAL_BIN/camal-diff" plain/round-000.h5 unmasked/round-000.h5 >differences.log 2>&1 && fail "no difference at all"
grep -q '/model/layer1.0.conv1.weight' differences.log || fail "train.in_mask does not reach the weights"

# Killed after its first round, and started again on another number of ranks.
"${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml --run killed >killed.log 2>&1 &
pid=$!
for _ in $(seq 600); do
    [ -e killed/round-000.h5 ] && break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null || true
for _ in $(seq 100); do
    [ -e killed/round-003.h5 ] && break # it was faster than the signal
    flock --nonblock killed/lock true && break
    sleep 0.1
done
learn 4 killed || fail "starting a killed run again"
same plain killed

# Interrupted by USR1 again and again, going on on other numbers of ranks: exit code 75, and the same bits in the end.
learn 2 long --set train.epochs=24 --set run.rounds=1 || fail "a longer run"
code=75 tries=0 interrupted=0 ranks=(2 4 1)
while [ $code -eq 75 ] && [ $tries -lt 12 ]; do
    : >stopped.log # now: what the last run said would have the signal sent before mpirun can receive it
    "${mpirun[@]}" -n "${ranks[$((tries % 3))]}" "$CAMAL_BIN/camal-learn" run.yaml --run stopped --set run.rounds=1 \
        --set train.epochs=24 --set run.checkpoint=0.005 --set run.verify=10 >stopped.log 2>&1 &
    pid=$!
    for _ in $(seq 300); do
        grep -q "kept after\|done" stopped.log && break
        kill -0 $pid 2>/dev/null || break
        sleep 0.05
    done
    [ $tries -ge 4 ] || kill -USR1 $pid 2>/dev/null || true
    code=0
    wait $pid || code=$?
    if [ $code -eq 75 ]; then
        interrupted=$((interrupted + 1))
        grep -q "same command goes on" stopped.log || fail "an interrupted run does not say how to go on"
        for file in stopped/training-*.h5; do
            [ ! -e "$file" ] || "$CAMAL_BIN/camal-check" "$file" || fail "camal-check on a checkpoint"
        done
    fi
    tries=$((tries + 1))
done
[ $code -eq 0 ] || fail "an interrupted run ended with exit code $code"
[ $interrupted -ge 2 ] || fail "only $interrupted of $tries runs could be interrupted"
same long stopped
if ls stopped/training-* >/dev/null 2>&1; then fail "checkpoints are left behind"; fi

# A rank that hangs, and too many ranks.
"${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml --run hung --set run.timeout=1 --set train.epochs=10000 \
    >hung.log 2>&1 &
pid=$!
for _ in $(seq 300); do
    [ -e hung/run.yaml ] && break
    sleep 0.1
done
sleep 0.5
kill -STOP "$(pgrep -P $pid camal-learn | tail -n 1)" # rank 1, if they are numbered as they started
code=0
wait $pid || code=$?
[ $code -eq 1 ] || fail "a hanging rank gave exit code $code in place of 1"
grep -q "rank [01] on .* no sign of life" hung.log || fail "the hanging rank is not named"
code=0
learn 4 plain --set run.oversubscribe=no --set run.threads=1000 || code=$?
[ $code -eq 2 ] || fail "too many threads gave exit code $code in place of 2"

# Started again when all is done: nothing to do, nothing changed but the log of events.
sums() { find plain -type f ! -name events.jsonl -exec cksum {} + | sort; }
before=$(sums)
learn 2 plain || fail "starting a finished run again"
[ "$before" = "$(sums)" ] || fail "starting a finished run again changed it"

# A rank that sees another data set under the same name, as on the disks of nodes.
mkdir disk-0 disk-1
cp data.h5 disk-0
"$CAMAL_BIN/camal-ingest" --quiet --annotations coco/annotations/instances.json --images coco/images --size 16 \
    --split-key split --out disk-1/data.h5 || fail "another data set"
for program in "camal-learn ../run.yaml --run ../torn" "camal-score --round ../plain/round-003.h5 --dataset data.h5 -o s.h5"; do
    code=0
    # shellcheck disable=SC2016
    "${mpirun[@]}" -n 2 bash -c 'cd disk-$OMPI_COMM_WORLD_RANK && exec "$CAMAL_BIN"/'"$program" >torn.log 2>&1 || code=$?
    [ $code -eq 2 ] || fail "two data sets in one job gave exit code $code in place of 2"
    grep -q '\[1\]: error: data.h5 has digest .* on rank 0' torn.log || fail "two data sets in one job are not named"
    [ ! -e torn ] && [ ! -e disk-0/s.h5 ] || fail "two data sets in one job left something behind"
done

# A damaged newest round is named, and the one before it is used.
cp -r plain damaged
truncate --size=-1000 damaged/round-003.h5
learn 1 damaged || fail "going on after a damaged round"
grep -q "round-003.h5" damaged.log || fail "the damaged round is not named"
same plain damaged

# Other settings: refused on the same folder, fine on a branch, which is the same up to its root.
before=$(sums)
code=0
learn 2 plain --set train.rate=0.05 || code=$?
[ $code -eq 2 ] || fail "other settings gave exit code $code in place of 2"
grep -q "rate: 0.05" plain.log || fail "the differing setting is not shown"
[ "$before" = "$(sums)" ] || fail "a refused run was changed"
"${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml --from-round 1 --run branch --set select.strategy=margin \
    >branch.log 2>&1 || fail "a branch"
cmp plain/round-001.h5 branch/round-001.h5 || fail "a branch begins with other rounds"
[ -e branch/round-003.h5 ] || fail "a branch did not go on"
grep -q "strategy: margin" branch/run.yaml || fail "a branch has not the settings asked for"
"${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml --from-round 1 --run same >same.log 2>&1 || fail "a second branch"
same plain same

# What is left of a branch from a later round is not taken for one from an earlier round.
mkdir later
cp plain/round-003.h5 later
code=0
"${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml --from-round 1 --run later >later.log 2>&1 || code=$?
[ $code -eq 2 ] || fail "half a branch from a later round gave exit code $code in place of 2"
grep -q "later holds round 3 of a branch" later.log || fail "half a branch from a later round is not named"

# More rounds than the run was to have: the one that was the last has not chosen, which is said.
cp -a plain more
learn 2 more --set run.rounds=4 || fail "a round more"
grep -q "round-003.h5 asked for no labels" more.log || fail "nothing is said of a round without new labels"
if grep -q "asked for no labels" killed.log branch.log; then fail "a run that goes on is said to have no new labels"; fi

# Two jobs on one folder: the second is refused.
(
    flock 9
    code=0
    learn 1 plain || code=$?
    [ $code -eq 2 ] || fail "a second job gave exit code $code in place of 2"
    grep -q "another job" plain.log || fail "the second job does not say why it is refused"
) 9>plain/lock
echo "passed"
