#!/usr/bin/env bash
# Rules that look back over rounds: classes paused, tried and taken back, runs that end early, all of it the same when a
# run goes on from its files on another number of ranks.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cat >run.yaml <<TEXT
run: {folder: none, seed: 1, rounds: 5, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 4, batch: 32, microbatch: 8, patience: 0}
exclude: {min_classes: 2, accuracy: 0.8, after_round: 1, rounds: 1}
TEXT
make_data 60 32

# ---- exclusion: in one go on 2 ranks, and gone on with from its third round's file on 1 ----
for rule in "plateau guarded" "cost_aware budget"; do
    read -r name from <<<"$rule"
    settings=(--set exclude.rule="$name" --set exclude.from="$from" --set exclude.cost=5)
    learn 2 "$name" "${settings[@]}" || fail "a run with rule $name"
    "${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml --set run.folder="$name" --from-round 2 --run "$name-again" \
        "${settings[@]}" >"$name-again.log" 2>&1 || fail "going on with rule $name"
    "$CAMAL_BIN/camal-diff" "$name" "$name-again" || fail "rule $name decides otherwise when it goes on from files"
    "$CAMAL_BIN/camal-check" "$name"/round-*.h5 >/dev/null || fail "camal-check on a run with rule $name"
    for round in "$name"/round-*.h5; do "$CAMAL_BIN/camal-inspect" "$round"; done >"$name.text"
    grep -q " paused in round 1: " "$name.text" || fail "rule $name pauses no class"
    grep -q " active: " "$name.text" || fail "rule $name keeps no class for a reason"
    ! "$CAMAL_BIN/camal-inspect" "$name/round-005.h5" | grep " active: " ||
        fail "the last round, which decides nothing, says why classes are kept"
done
grep -q " excluded in round 2: paused before and not recovered, out of training for a round on trial" plateau.text ||
    fail "no class is tried"
grep -qE " (excluded in round 2: the kept classes lost no accuracy|paused in round 3: in training again)" plateau.text ||
    fail "no trial ends"

# A file that a rule needs and that is gone is named.
cp -r plateau hole
rm hole/round-004.h5
code=0
learn 1 hole --set exclude.rule=plateau --set exclude.from=guarded --set exclude.cost=5 --set run.rounds=6 || code=$?
[ $code -ne 0 ] || fail "a missing round is not missed"
grep -q "round-004.h5" hole.log || fail "the missing round is not named"

# ---- the end of a run ----
stop=(--set stop.rule=plateau --set stop.rounds=1)
learn 2 ended "${stop[@]}" --set stop.rise=1 || fail "a run that stops"
[ -e ended/round-001.h5 ] && [ ! -e ended/round-002.h5 ] || fail "the run does not end after its first round of labels"
grep -q "round 1: the run ends here by stop.rule plateau: mean validation accuracy .* less than +1.0000" ended.log ||
    fail "the log does not say why the run ends"
tail -n 1 ended/events.jsonl | grep -q '"event":"done".*"exit_code":0,"reason":"plateau: mean validation' ||
    fail "events.jsonl does not say why the run ends"
"$CAMAL_BIN/camal-inspect" ended | grep -qx "stop.rule plateau stopped the run after round 1." || fail "camal-inspect on the end"
"$CAMAL_BIN/camal-inspect" ended/round-001.h5 | grep -qx "  chosen      nothing: stop.rule ended the run here" ||
    fail "camal-inspect on the last round"
sums() { find ended -type f ! -name events.jsonl -exec cksum {} + | sort; }
before=$(sums)
learn 1 ended "${stop[@]}" --set stop.rise=1 || fail "starting an ended run again"
[ "$before" = "$(sums)" ] || fail "starting an ended run again changed it"
learn 1 ended --set stop.rule=agreement --set stop.rounds=2 --set stop.agreement=-1 || fail "going on by another rule"
[ -e ended/round-002.h5 ] && [ ! -e ended/round-003.h5 ] || fail "the other rule does not end the run after round 2"
learn 2 ended || fail "going on to the budget"
[ -e ended/round-005.h5 ] || fail "the budget is not used up"
tail -n 1 ended/events.jsonl | grep -q '"reason":"budget: ' || fail "the budget is not told as the reason"
"$CAMAL_BIN/camal-check" ended/round-*.h5 data.h5 >/dev/null || fail "camal-check on a run that ended twice"
echo "passed"
