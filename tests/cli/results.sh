#!/usr/bin/env bash
# RESULTS.md is what tools/results.sh makes of the committed results files; and the script on a small real study.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME COMMAND...: the command must succeed.
check() {
    local name=$1
    shift
    "$@" || { echo "failed: $name"; failed=$((failed + 1)); }
}

if ls "$CAMAL_SOURCE"/jobs/studies/*.jsonl >/dev/null 2>&1; then
    check "RESULTS.md is what the script makes" bash "$CAMAL_SOURCE/tools/results.sh" --check
else
    echo "no results files are committed: RESULTS.md is not looked at"
fi

command -v gnuplot >/dev/null || { echo "skipped: no gnuplot"; exit 77; }
cd "$work" || exit 1
mkdir -p jobs/studies
cp "$CAMAL_SOURCE"/jobs/studies/base.yaml jobs/studies
cat >jobs/studies/small.yaml <<'YAML'
# A study of two arms.
#
# Not shown.
study: {folder: runs, seeds: [1, 2]}
run: base.yaml
datasets: [{name: synth, file: data.h5}, {name: twice, file: data.h5}]
arms: [{name: random}, {name: cam, set: {select.strategy: cam}}]
compare: {default: random, proposed: cam}
YAML
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
(
    "$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 1 &&
        "$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --classes all \
            --size 32 --split-key split --out data.h5 &&
        "$CAMAL_BIN/camal-study" jobs/studies/small.yaml --run --jobs 2 -- --set run.rounds=1 --set train.epochs=1 \
            --set train.kernels=direct --set data.budget=5
) >said 2>&1 || { cat said; echo "failed: no study to test with"; exit 1; }
# Its runs are shorter than the study says.
sed -i 's/rounds: 5/rounds: 1/' jobs/studies/base.yaml
"$CAMAL_BIN/camal-compare" --study jobs/studies/small.yaml --save jobs/studies/small.jsonl >said 2>&1
echo "What a person wrote." >jobs/studies/small.md
printf '<!-- some command -->\n\nits table\n' >jobs/studies/other.md
script=$CAMAL_SOURCE/tools/results.sh
check "the script" bash "$script" .
for text in '^A study of two arms\.$' '^What a person wrote\.$' '^## other$' '^ {4}some command$' '^its table$' \
    '^### small: twice$' '^### small: all data sets$' \
    '^!\[learning curves on synth\]\(jobs/studies/figures/small-synth\.svg\)$' '^ {4}camal-compare .*--dataset synth' \
    '^\*\*twice: differences from random\*\*$' '^\| cam \| 4 \|'; do
    check "RESULTS.md has '$text'" grep -qE -- "$text" RESULTS.md
done
check "what is not shown" bash -c '! grep -q "Not shown" RESULTS.md'
check "a figure for each data set" [ "$(ls jobs/studies/figures/*.svg | wc -l)" -eq 2 ]
check "curves of both arms" [ "$(grep -cE '<title>.*(random|cam)|>(random|cam)<' jobs/studies/figures/small-synth.svg)" -ge 2 ]
check "the same bytes again" bash "$script" --check .
# A data set with fewer pairs than another counts the same, in the means as in the difference.
grep -v '"data":"twice","arm":"cam","seed":2' jobs/studies/small.jsonl >uneven.jsonl
check "a run less" [ "$(($(wc -l <jobs/studies/small.jsonl) - $(wc -l <uneven.jsonl)))" -eq 1 ]
"$CAMAL_BIN/camal-compare" --study jobs/studies/small.yaml --results uneven.jsonl --dataset all --part claim \
    --format markdown >claim
check "means differ by the difference" awk -F'|' '
    $2 ~ /\(%\) $/ && $3 + 0 == $3 {
        rows++; gap = $4 - $3 - $5; if (gap > 0.011 || gap < -0.011) bad = 1
    }
    END { exit bad || rows < 5 }' claim
# The command above a table prints it.
command=$(sed -n 's/^    camal-compare \(.*--dataset synth.*\)$/\1/p' RESULTS.md)
# shellcheck disable=SC2086 # words of a command
"$CAMAL_BIN/camal-compare" $command --format markdown >table
check "a table's command prints it" bash -c 'grep -qFx -f <(grep "^| cam " table | head -1) RESULTS.md'
sed -i 's/cam/cat/' RESULTS.md
bash "$script" --check . >said 2>&1
check "another RESULTS.md is noticed" [ $? -eq 1 ]
exit $((failed > 0))
