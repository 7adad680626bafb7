#!/usr/bin/env bash
# camal-bench as its users run it, on tiny work: its JSON, its data sets, its exit codes.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export TMPDIR=$work
bench=$CAMAL_BIN/camal-bench
tiny=(--network resnet8 --stem small --size 16)

# holds FILE EXPRESSION: what Python says of the JSON map `f` in FILE.
holds() {
    python3 -c 'import json, sys; f = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2" ||
        fail "$1: not $2: $(cat "$1")"
}

# refuses WORD ARGUMENT...: exit 2 and a message that holds WORD.
refuses() {
    local code=0
    "$bench" "${@:2}" >refused.out 2>refused.log || code=$?
    [ $code -eq 2 ] || fail "exit code $code in place of 2: ${*:2}"
    grep -qi -- "$1" refused.log || fail "no '$1' in the message: ${*:2}"
    [ ! -s refused.out ] || fail "figures beside an error: ${*:2}"
}

"${mpirun[@]}" -n 2 "$bench" train "${tiny[@]}" --batch 8 --microbatches 2 --steps 4 --json >train.json 2>train.log ||
    fail "train on two ranks"
holds train.json 'f["work"] == "train" and f["ranks"] == 2 and f["steps"] == 4'
holds train.json 'abs(f["images_per_second"] * f["step_seconds"] - 32) < 0.01'
holds train.json 'f["images_per_second_low"] <= f["images_per_second"] <= f["images_per_second_high"]'
holds train.json '0 < f["share_in_primitives"] < 1 and f["limit_seconds"] > 0 and f["reduce_seconds"] > 0'
holds train.json '0 < f["reduce_exposed_seconds"] < f["step_seconds"] and f["peak_bytes"] > 1e6'

"$bench" read --size 16 --samples 50 --steps 3 --keep --json >read.json 2>read.log || fail "read"
holds read.json 'f["samples"] == 50 and f["images_per_second"] > 0 and f["rank_bytes"] >= 50 * 16 * 16 * 3'
dataset=$(echo "$work"/camal-bench-*.h5)
"$CAMAL_BIN/camal-check" "$dataset" >check.log 2>&1 || fail "camal-check on the synthetic data set"

before=$(cksum "$dataset")
"${mpirun[@]}" -n 2 "$bench" score "${tiny[@]}" --dataset "$dataset" --steps 1 --json >score.json 2>score.log ||
    fail "score on two ranks"
holds score.json 'f["samples"] == 50 and f["images_per_second"] > 0 and f["limit_images_per_second"] > 0'
[ "$before" = "$(cksum "$dataset")" ] || fail "score changed its data set"
"$bench" score "${tiny[@]}" --samples 40 --steps 1 >score.txt 2>score.log || fail "score of a synthetic pool"
[ "$(echo "$work"/camal-bench-*.h5)" = "$dataset" ] || fail "a synthetic data set was left behind"

"${mpirun[@]}" -n 2 "$bench" reduce --floats 1000 --json >reduce.json 2>reduce.log || fail "reduce"
holds reduce.json 'f["reduce_floats"] == 1000 and f["tree_seconds"] > 0 and f["mpi_seconds"] > 0'

# Everything measured, then the same prediction from the files alone.
"$bench" model "${tiny[@]}" --batch 8 --steps 3 --samples 40 --nodes 1:8 --json >model.json 2>model.log || fail "model"
holds model.json '[row["nodes"] for row in f["rows"]] == [1, 2, 4, 8]'
holds model.json 'all(0 < row["weak_efficiency"] <= 1 and row["weak_images_per_second"] > 0 for row in f["rows"])'
"$bench" model "${tiny[@]}" --batch 8 --nodes 1:8 --from model.json --json >again.json 2>model.log ||
    fail "model --from"
python3 -c 'import json; a, b = (json.load(open(n))["rows"] for n in ("model.json", "again.json"))
assert all(abs(x[k] - y[k]) <= 1e-6 * abs(x[k]) for x, y in zip(a, b) for k in x if k != "best")' ||
    fail "a prediction from its own file differs"
"$bench" model --from train.json --from score.json --nodes 4 >model.txt 2>model.log || fail "model from two files"
grep -q "^# assumed" model.txt || fail "a prediction without its assumptions"
grep -cv '^#' model.txt | grep -qx 1 || fail "not one row for one number of nodes"

"$bench" --help | grep -q "camal-bench model --latency" || fail "no example in the help"
"$bench" --version | grep -q "^camal-bench [0-9]" || fail "no version"

echo '{"gradient_seconds": "soon"}' >text.json
echo '{"gradient_seconds": 0}' >zero.json
echo 'gradient' >broken.json
refuses "one work"       --json
refuses "frobnicate"     frobnicate
refuses "frobnicate"     train --frobnicate
refuses "latency"        train --latency 3
refuses "exclude"        train --plan --json
refuses "plan"           reduce --plan
refuses "resnet18"       train --network resnet34
refuses "0 to\|from 1"   train --steps 0
refuses "from 0.001"     train --seconds nan
refuses "powers of two"  model --ranks-per-node 3
refuses "below"          model --nodes 8:2
refuses "whole numbers"  model --nodes 1:x
refuses "text.json"      model --from text.json
refuses "zero.json"      model --from zero.json
refuses "broken.json"    model --from broken.json
refuses "size"           train --network resnet18 --size 8 --batch 1
refuses "text.json"      score "${tiny[@]}" --dataset text.json
code=0
"${mpirun[@]}" -n 3 "$bench" reduce --floats 10 >three.out 2>three.log || code=$?
[ $code -eq 2 ] && grep -q "powers of two" three.log || fail "three ranks are not refused: exit code $code"
echo "passed"
