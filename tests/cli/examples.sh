#!/usr/bin/env bash
# The example runs: each is read, says what it would use, and that reads as the same; comments keep to the facts.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
examples=$CAMAL_SOURCE/jobs/examples
learn=$CAMAL_BIN/camal-learn
failed=0
count=0

fault() {
    echo "failed: $*"
    failed=$((failed + 1))
}

for run in "$examples"/*.yaml; do
    count=$((count + 1))
    "$learn" "$run" --show-config >"$work/first.yaml" 2>"$work/said" || fault "${run##*/}: $(cat "$work/said")"
    "$learn" "$work/first.yaml" --show-config >"$work/again.yaml" 2>&1
    cmp -s "$work/first.yaml" "$work/again.yaml" || fault "${run##*/}: what it shows reads as something else"
    head -1 "$run" | grep -q '^# ' || fault "${run##*/} does not say what it is for"
done
[ $count -ge 3 ] || fault "there are $count examples"

# --show-config shows what the command line changes, and refuses as a run would.
"$learn" "$examples/quickstart.yaml" --show-config --dataset other.h5 --run there -s train.rate=0.5 >"$work/shown.yaml"
for line in '  dataset: "\{0,1\}other.h5' '  folder: "\{0,1\}there' '  rate: 0.5'; do
    grep -q "^$line" "$work/shown.yaml" || fault "--show-config does not show '$line'"
done
"$learn" "$examples/quickstart.yaml" --show-config -s train.batch=7 >/dev/null 2>&1
[ $? -eq 2 ] || fault "--show-config takes a batch of 7"

# The default arm that paper-arms.yaml tells of is the one of the batch scripts.
source "$CAMAL_SOURCE/slurm/common.sh"
told=$(sed -n 's/^# *//; /--run runs\/factory15\/default/,/exclude.finish/p' "$examples/paper-arms.yaml" |
    grep -oE -- '--set [a-z.=_0-9]+' | tr '\n' ' ')
[ "$told" = "${camal_default_arm[*]} " ] || fault "paper-arms.yaml tells of '$told', common.sh of '${camal_default_arm[*]}'"

echo "$count examples; $failed failed"
[ $failed -eq 0 ]
