#!/usr/bin/env bash
# A run is the same on 1, 2, 4 and 8 ranks, and when four ranks are interrupted and two go on.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
cd "$work"
# shellcheck source=tests/faults/common.sh
source "$here/common.sh"

make_plain 2 6
eight=(--set train.batch=64 --set run.rounds=1) # eight micro-batches: all of eight ranks train
learn 1 on-1 "${eight[@]}" >on-1.log 2>&1 || fail "a run on one rank"
for ranks in 2 4 8; do
    learn $ranks on-$ranks "${eight[@]}" >on-$ranks.log 2>&1 || fail "a run on $ranks ranks"
    "$CAMAL_BIN/camal-diff" on-1 on-$ranks || fail "$ranks ranks give other bits than one"
done

start 4 interrupted interrupted.log "${eight[@]}" --set run.checkpoint=0.00001
wait_for 30 grep -q "round [01]: kept after step [2-9]" interrupted.log || fail "no step to interrupt at"
kill -USR1 "$job"
code=0
wait "$job" || code=$?
[ $code -eq 75 ] || fail "interrupted: exit code $code in place of 75"
learn 2 interrupted "${eight[@]}" >resumed.log 2>&1 || fail "going on on two ranks"
grep -q "begun on 4 ranks, going on on 2" resumed.log || fail "two ranks did not go on from the checkpoint of four"
"$CAMAL_BIN/camal-diff" on-1 interrupted || fail "four ranks interrupted and two give other bits than one"
echo "passed"
