#!/usr/bin/env bash
# A whole study, small and real: listed, run two at a time, cut short and gone on with, as tasks of a job array, and
# compared from its runs and from its results file with the same bytes. Then what is refused, with file and line.
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

refuses() { check_refused "$@"; }
same() { "$CAMAL_BIN/camal-diff" "$@" >said 2>&1 || { cat said; return 1; }; }
study() { "$CAMAL_BIN/camal-study" "$@"; }
compare() { "$CAMAL_BIN/camal-compare" "$@"; }

make_data 60 32
mkdir studies
cat >studies/base.yaml <<'YAML'
run: {folder: none, rounds: 1}
data: {dataset: none, initial: 0.25, budget: 5}
train: {epochs: 2, patience: 0, kernels: direct, batch: 16}
select: {strategy: random, quota: none, copies: 1}
exclude: {rule: none, finish: 2}
YAML
cat >studies/small.yaml <<'YAML'
study: {folder: runs, seeds: 3..4}
run: base.yaml
datasets:
    - {name: synth, file: data.h5, set: {train.epochs: 1}}
arms:
    - {name: random}
    - {name: margin, without: "Grad-CAM, in the choice", set: {select.strategy: margin, train.augment: [mirror, turn]}}
    - {name: cam, set: {select.strategy: cam}}
compare: {default: random, proposed: cam, against: [margin]}
YAML

# ---- tasks ----
cat >expected <<'TEXT'
   0  synth/random-seed3                        waiting
   1  synth/margin-seed3                        waiting
   2  synth/cam-seed3                           waiting
   3  synth/random-seed4                        waiting
   4  synth/margin-seed4                        waiting
   5  synth/cam-seed4                           waiting
6 tasks, 0 done; not done: 0-5
TEXT
check "list" diff expected <(study studies/small.yaml)
check "the command of a task" diff - <(study studies/small.yaml --task 4 --print --launch 'mpirun -n 2' -- --set run.threads=1 |
    sed "s|$CAMAL_BIN/||") <<'TEXT'
mpirun -n 2 camal-learn studies/base.yaml --set train.epochs=1 --set select.strategy=margin --set 'train.augment=[mirror, turn]' --set run.seed=4 --dataset data.h5 --run runs/synth/margin-seed4 --set run.threads=1
TEXT

# Task 0 as the batch script runs it, on two ranks.
batch=(env SLURM_NTASKS=2 SLURM_CPUS_PER_TASK=1 SLURM_SUBMIT_DIR="$CAMAL_SOURCE" CAMAL_LAUNCHER=mpirun)
"${batch[@]}" SLURM_ARRAY_TASK_ID=0 bash "$CAMAL_SOURCE/slurm/study.sbatch" studies/small.yaml \
    --set run.oversubscribe=yes >said 2>&1 || { cat said; echo "failed: study.sbatch"; failed=$((failed + 1)); }
check "a task is done" grep -qE '^ +0  synth/random-seed3 +done$' <(study studies/small.yaml)
mv runs/synth/random-seed3/round-001.h5 .
check "a task that was cut short" grep -qE '^ +0  synth/random-seed3 +round 0 of 1$' <(study studies/small.yaml)
refuses "study.sbatch outside an array" 'usage: sbatch --array' "${batch[@]}" bash "$CAMAL_SOURCE/slurm/study.sbatch" studies/small.yaml

# ---- all of it: one run cannot begin, the others go on ----
touch runs/synth/cam-seed3 # a file where its folder should be
study studies/small.yaml --run --jobs 2 >said 2>&1
check "a task that fails: exit code" [ $? -eq 1 ]
check "a task that fails is named with its log" grep -q 'synth/cam-seed3: failed .* see runs/synth/cam-seed3.log' said
check "the others are done" grep -q '^6 tasks, 5 done; not done: 2$' <(study studies/small.yaml)
check "a run's output is in its log" grep -q 'round 1 of 1' runs/synth/margin-seed4.log
rm runs/synth/cam-seed3
study studies/small.yaml --run --only '*/cam-*' >said 2>&1
check "the same command goes on" [ $? -eq 0 ]
check "and runs only what is not done" [ "$(grep -c begins said)" -eq 1 ]
check "all done" grep -q '^6 tasks, 6 done$' <(study studies/small.yaml)

check "gone on with on another number of ranks, the same bits" same round-001.h5 runs/synth/random-seed3/round-001.h5

# A task gives the bits of camal-learn by hand.
"$CAMAL_BIN/camal-learn" studies/base.yaml --dataset data.h5 --run hand --set run.seed=4 --set train.epochs=1 >said 2>&1
check "a task is the run by hand" same hand/round-001.h5 runs/synth/random-seed4/round-001.h5

# A run that a rule of stop ends is done; one that ends by itself goes on when the study asks for more rounds.
sed 's/^run: .*/run: {folder: none, rounds: 4}/; $a stop: {rule: plateau, rounds: 1, rise: 1}' studies/base.yaml >studies/stop.yaml
sed 's/folder: runs, seeds: 3..4/folder: stopped, seeds: 3/; s/base.yaml/stop.yaml/' studies/small.yaml >studies/stopped.yaml
study studies/stopped.yaml --run --only 'synth/random-*' >said 2>&1 || { cat said; failed=$((failed + 1)); }
check "a run that a rule ended" grep -qE '^ +0 .* done, stopped in round [12]$' <(study studies/stopped.yaml)
sed 's/rounds: 1/rounds: 2/' studies/base.yaml >studies/more.yaml
check "a study of more rounds" grep -qE '^ +0 .* round 1 of 2$' <(sed 's/base.yaml/more.yaml/' studies/small.yaml >studies/longer.yaml; study studies/longer.yaml)

# ---- comparison ----
compare --study studies/small.yaml --save results.jsonl >text 2>err
check "compare, exit code" [ $? -eq 0 ]
check "compare, no warning" [ ! -s err ]
mv runs away
for format in text markdown csv json; do
    compare --study studies/small.yaml --results results.jsonl --format $format >from-file.$format
    check "compare from results, $format" [ $? -eq 0 ]
done
mv away runs
check "results say what the runs say" cmp text from-file.text
check "results, a line a run and a data set" [ "$(wc -l <results.jsonl)" -eq 7 ]
compare --study studies/small.yaml --results results.jsonl --save again.jsonl >said
check "results saved from results" cmp results.jsonl again.jsonl
check "a verdict in words" grep -q '^Against random on synth.* too few seeds: margin, cam\.$' text
check "ablation by the part's name" grep -qE '^Grad-CAM, in the choice  margin ' text
check "one part of the text" diff <(compare --study studies/small.yaml --results results.jsonl --part claim --dataset synth) \
    <(sed -n '/^synth: random (default) against cam/,/^synth: what each part/p' text | sed '$d')
check "Markdown, rows of one table have the same cells" awk '
    { line = $0; gsub(/\\\|/, "", line); bars = gsub(/\|/, "", line) }
    bars && last && bars != last { bad = 1 }
    { last = bars }
    END { exit bad }' from-file.markdown
check "CSV, rows of the same fields" awk -F, 'NF != 11 { bad = 1 } END { exit bad || NR < 100 }' from-file.csv
if [ -x /usr/bin/python3 ]; then
    check "JSON, figures by hand from the results" /usr/bin/python3 - <<'PYTHON'
import json
lines = [json.loads(line) for line in open("results.jsonl")]
found = json.load(open("from-file.json"))
data = lines[0]
runs = {(line["arm"], line["seed"]): line for line in lines[1:]}
def test(run):
    shares = [r / n for r, n in zip(run["rounds"][-1]["test"], data["test"]) if n]
    return sum(shares) / len(shares)
def area(run):
    xs = [r["labels"] for r in run["rounds"]]
    ys = [test({"rounds": [r]}) for r in run["rounds"]]
    return sum((xs[i + 1] - xs[i]) * (ys[i] + ys[i + 1]) / 2 for i in range(len(xs) - 1)) / (xs[-1] - xs[0])
for arm in found["arms"]:
    mine = [runs[arm["arm"], seed] for seed in (3, 4)]
    for key, figure in (("test_all", test), ("area_all", area)):
        assert abs(arm["figures"][key]["mean"] - sum(map(figure, mine)) / 2) < 1e-12, (arm["arm"], key)
pairs = {(pair["arm"], pair["against"]): pair for pair in found["pairs"]}
assert set(pairs) == {("margin", "random"), ("cam", "random"), ("random", "margin"), ("cam", "margin")}, set(pairs)
for (arm, against), pair in pairs.items():
    want = sum(area(runs[arm, seed]) - area(runs[against, seed]) for seed in (3, 4)) / 2
    assert abs(pair["differences"]["area_all"]["mean"] - want) < 1e-12, (arm, against)
PYTHON
fi

# ---- refusals ----
# edited SED-SCRIPT: the study with one fault.
edited() {
    sed "$1" studies/small.yaml >studies/edited.yaml
    study studies/edited.yaml
}
refuses "unknown key"            'edited\.yaml:1:9: study: unknown key foldr; did you mean folder'  edited 's/folder:/foldr:/'
refuses "unknown key of an arm"  'edited\.yaml:7:22: an arm: unknown key sets; did you mean set'    edited '7s/{name: margin, without: .*, set/{name: margin, sets/'
refuses "missing key"            'edited\.yaml:.*: run is missing'                       edited '/^run:/d'
refuses "key twice"              'edited\.yaml:3:.*run is given twice'                   edited '2{p}'
refuses "unknown setting"        'unknown key train\.epoch; did you mean train\.epochs'  edited 's/train.epochs/train.epoch/'
refuses "its line"               'edited\.yaml:4: that setting of synth'                 edited 's/train.epochs/train.epoch/'
refuses "value of a setting"     'select\.strategy.*did you mean margin'                 edited 's/strategy: margin/strategy: margn/'
refuses "setting of the study's" 'edited\.yaml:4:.*run\.seed follows from the study'     edited 's/train.epochs/run.seed/'
refuses "no such arm"            "edited\.yaml:9:.*compare\.proposed: 'cat' is no arm"   edited 's/proposed: cam/proposed: cat/'
refuses "name of two arms"       'random is the name of two arms'                        edited 's/name: cam/name: random/'
refuses "name that is a path"    "'a/b' names a folder"                                  edited 's/name: synth/name: a\/b/'
refuses "seeds"                  "study\.seeds: '4\.\.3': such as 1\.\.5"                edited 's/3\.\.4/4..3/'
refuses "a seed twice"           'study\.seeds: 3 is given twice'                        edited 's/3\.\.4/[3, 3]/'
refuses "no base run"            'run: no file studies/nowhere\.yaml'                    edited 's/base.yaml/nowhere.yaml/'
refuses "not YAML"               'edited\.yaml:.*not YAML'                               edited 's/^arms:/arms: [/'
refuses "no study"               'nowhere\.yaml: no such file'                           study nowhere.yaml
refuses "no such task"           'has tasks 0 to 5'                                      study studies/small.yaml --task 6
refuses "run and task"           '--run goes neither'                                    study studies/small.yaml --run --task 1
refuses "jobs"                   '--jobs.*1'                                             study studies/small.yaml --run --jobs 0
refuses "study with arms"        '--study goes neither'                                  compare --study studies/small.yaml --default a
refuses "results without study"  'are for --study'                                       compare --results results.jsonl
refuses "no such part"           'allowed are arms, classes'                             compare --study studies/small.yaml --part all
refuses "no such data set"       'no data set of that name'                              compare --study studies/small.yaml --dataset other
refuses "no results"             'nowhere\.jsonl: no such file'                          compare --study studies/small.yaml --results nowhere.jsonl
sed '3s/"labels":[0-9]*/"labels":"few"/' results.jsonl >bad.jsonl
refuses "damaged results"        'bad\.jsonl:3: labels: a whole number'                  compare --study studies/small.yaml --results bad.jsonl
sed '2s/"test":\[[0-9]*/"test":[1000000/' results.jsonl >bad.jsonl
refuses "more right than samples" 'bad\.jsonl:2: test: entry 0 is no whole number, 0 to' compare --study studies/small.yaml --results bad.jsonl
sed '4p' results.jsonl >bad.jsonl
refuses "a run twice"            'bad\.jsonl:5: the run of .* is given twice'            compare --study studies/small.yaml --results bad.jsonl
mv runs away
refuses "no run done"            'no task of it is done'                                 compare --study studies/small.yaml
mv away runs
sed -i 's/budget: 5/budget: 6/' studies/base.yaml
compare --study studies/small.yaml >said 2>err
check "runs of other settings are warned of" grep -q 'made with other settings than the study has: budget: 5 against budget: 6' err

# The studies that come with camal are read, and every task of them is a run that camal-learn would take.
for file in "$CAMAL_SOURCE"/jobs/studies/*.yaml; do
    [ "${file##*/}" = base.yaml ] && continue
    check "${file##*/} is a study" grep -qE '^[0-9]+ tasks' <(study "$file")
    head -1 "$file" | grep -q '^# ' || { echo "failed: ${file##*/} does not say what it is for"; failed=$((failed + 1)); }
done
exit $((failed > 0))
