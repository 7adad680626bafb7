#!/usr/bin/env bash
# What the library says that it runs in a step: the copies between layouts that the plan names, no other, and
# no reference code.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export TMPDIR=$work
bench=$CAMAL_BIN/camal-bench

# runs FILE TURNS: of the lines behind the plan, those of turns 2 to TURNS; a turn begins with the first layer's
# forward pass.
runs() {
    awk -v turns="$2" '
        /^onednn_verbose,exec,/ && planned {
            if ($0 ~ /,convolution,/ && $0 ~ /,forward_(training|inference),/ && $0 ~ /_ic3oc/)
                turn++
            if (turn >= 2 && turn <= turns)
                print turn "," $0
        }
        /^(training|scoring) batch / { planned = 1 }' "$1"
}

# audit NAME PASSES TURNS ARGUMENT...: what a run of camal-bench says, against its plan's copies of PASSES.
audit() {
    local name=$1 passes=$2 turns=$3 named first
    ONEDNN_VERBOSE=1 "$bench" "${@:4}" --plan --seconds 600 >"$name.txt" 2>"$name.log" ||
        fail "$name: $(cat "$name.log")"
    grep -q "^conv1 forward " "$name.txt" || fail "$name: no plan in the output"
    runs "$name.txt" "$turns" >"$name.runs"
    named=$(grep -cE "^copy [^ ]+ ($passes) " "$name.txt" || true)
    first=$(grep -c "^2," "$name.runs" || true)
    [ "$first" -gt 10 ] || fail "$name: $first primitives in a turn"
    if grep -E "^[0-9]+,onednn_verbose,exec,cpu,[a-z_]+,[^,]*ref" "$name.runs"; then
        fail "$name: reference code"
    fi
    awk -F, -v named="$named" -v first="$first" -v turns="$turns" -v name="$name" '
        { all[$1]++ }
        $5 == "reorder" { reorders[$1]++ }
        END {
            for (turn = 2; turn <= turns; turn++)
                if (all[turn] != first || reorders[turn] + 0 != named) {
                    print "turn " turn ": " all[turn] + 0 " primitives, " reorders[turn] + 0 \
                        " of them reorders; " first " in turn 2, copies in the plan " named
                    exit 1
                }
            print name ": " first " primitives a turn, " named " of them copies"
        }' "$name.runs" >&2 || fail "$name: copies that the plan does not name"
}

small=(--network resnet8 --size 24)
types=(f32)
if "$bench" train "${small[@]}" --batch 4 --dtype bf16 --kernels direct --steps 1 >/dev/null 2>bf16.log; then
    types+=(bf16)
else
    grep -q "only emulates" bf16.log || fail "bf16: $(cat bf16.log)"
    echo "no bf16 on this CPU: f32 only"
fi
for type in "${types[@]}"; do
    for kernels in direct tuned; do
        # three steps of warming up and three measured; the last turn runs into what follows them
        check "train-$type-$kernels" "forward|backward_data|backward_weights" 5 \
            train "${small[@]}" --batch 4 --dtype "$type" --kernels "$kernels" --steps 3
        # two batches, as they are and mirrored, in a pass of warming up and one measured
        check "score-$type-$kernels" "forward" 7 \
            score "${small[@]}" --samples 64 --dtype "$type" --kernels "$kernels" --steps 1
    done
done
audit resnet18 "forward|backward_data|backward_weights" 5 \
    train --network resnet18 --stem imagenet --size 32 --batch 4 --kernels direct --steps 3
echo "passed"
