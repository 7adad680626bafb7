#!/usr/bin/env bash
# Bad usage of every program: a message that names the fault, exit 2, nothing written; on two ranks no hang either.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_odls_base_sigkill_timeout=0 # mpirun waits a second after an error for no one
mpirun=(mpirun -n 2 --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none)
passed=0
failed=0

# What lies in the work folder, with sizes and contents.
listing() {
    (cd "$work" && find . -type f -exec cksum {} + | sort && find . -type d | sort)
}

# judge NAME WORD COMMAND...: runs it in the work folder; WORD is a pattern that its message must hold.
judge() {
    local name=$1 word=$2 before code fault=
    shift 2
    before=$(listing)
    (cd "$work" && timeout 60 "$@") >/dev/null 2>"$work.err" </dev/null
    code=$?
    if [ $code -eq 124 ]; then
        fault="hung"
    elif [ $code -ne 2 ]; then
        fault="exit code $code in place of 2"
    elif ! grep -qiE -- "$word" "$work.err"; then
        fault="no '$word' in its message"
    elif [ "$before" != "$(listing)" ]; then
        fault="something was written"
    fi
    if [ -n "$fault" ]; then
        echo "failed: $name: $fault: $*"
        sed 's/^/    /' "$work.err"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
    rm -f "$work.err"
}

# refuses NAME WORD PROGRAM [ARGUMENT...]: a serial program.
refuses() {
    judge "$1" "$2" "$CAMAL_BIN/$3" "${@:4}"
}

# refuses_on_ranks NAME WORD PROGRAM [ARGUMENT...]: an MPI program, on two ranks.
refuses_on_ranks() {
    judge "$1" "$2" "${mpirun[@]}" "$CAMAL_BIN/$3" "${@:4}"
}

# A small data set to be wrong about, and files that are not what they should be.
(
    cd "$work" && "$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 1 &&
        "$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --classes all \
            --size 32 --split-key split --out data.h5
) >"$work/log" 2>&1 || { cat "$work/log"; echo "failed: no data set to test with"; exit 1; }
rm "$work/log"
cd "$work" || exit 1
echo 'data: {dataset: data.h5, budget: 5}' >good.yaml
printf 'data: {dataset: data.h5}\ntrain:\n    epochs: 3\n    ratee: 0.1\n' >key.yaml
printf 'data: {dataset: data.h5}\ntrain: {epochs: many}\n' >type.yaml
printf 'data: {dataset: data.h5\n' >syntax.yaml
printf 'trian: {epochs: 3}\n' >section.yaml
echo 'this is text' >text.h5
echo '{"images": [' >broken.json
cat >empty.json <<'TEXT'
{"images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}], "annotations": [],
 "categories": [{"id": 1, "name": "nothing"}]}
TEXT

learn=(camal-learn --run run)
refuses_on_ranks "learn, no configuration"     'yaml|usage'          camal-learn
refuses_on_ranks "learn, unknown option"       'frobnicate'          "${learn[@]}" --frobnicate good.yaml
refuses_on_ranks "learn, missing file"         'nowhere\.yaml'       "${learn[@]}" nowhere.yaml
refuses_on_ranks "learn, wrong key"            'key\.yaml.*4.*ratee' "${learn[@]}" key.yaml
refuses_on_ranks "learn, wrong section"        'trian'               "${learn[@]}" section.yaml
refuses_on_ranks "learn, ill-typed key"        'epochs'              "${learn[@]}" type.yaml
refuses_on_ranks "learn, broken YAML"          'syntax\.yaml'        "${learn[@]}" syntax.yaml
refuses_on_ranks "learn, override of no key"   'ratee'               "${learn[@]}" good.yaml --set train.ratee=1
refuses_on_ranks "learn, ill-typed override"   'epochs'              "${learn[@]}" good.yaml --set train.epochs=many
refuses_on_ranks "learn, override of nothing"  'nonsense'            "${learn[@]}" good.yaml --set nonsense
refuses_on_ranks "learn, batch of 0"           'batch'               "${learn[@]}" good.yaml --set train.batch=0
refuses_on_ranks "learn, unknown strategy"     'strategy'            "${learn[@]}" good.yaml --set select.strategy=luck
refuses "learn, near miss of a key"            'mean train\.epochs'  "${learn[@]}" good.yaml --set train.epoch=3
refuses "learn, near miss of a name"           'mean margin'         "${learn[@]}" good.yaml --set select.strategy=margn
refuses "score, nothing said"                  'round.*needed'       camal-score
refuses "score, near miss of a name"           'mean pool'           camal-score --samples pol
refuses "bench, nothing said"                  'one work'            camal-bench
refuses "bench, near miss of a work"           'mean train'          camal-bench trian
refuses_on_ranks "learn, budget over the pool" 'budget'              "${learn[@]}" good.yaml --set data.budget=100000
refuses_on_ranks "learn, no pool"           "data.initial is 1: it leaves no sample" "${learn[@]}" good.yaml --set data.initial=1
refuses_on_ranks "learn, missing data set"     'nowhere\.h5'         "${learn[@]}" good.yaml --set data.dataset=nowhere.h5
refuses_on_ranks "learn, no HDF5 file"         'text\.h5'            "${learn[@]}" good.yaml --set data.dataset=text.h5
refuses_on_ranks "learn, unknown layer"        'layer'               "${learn[@]}" good.yaml --set cam.layer=nowhere
refuses_on_ranks "learn, branch of no round"   'round'               "${learn[@]}" good.yaml --set run.folder=old --from-round 3
refuses_on_ranks "learn, two configurations"   'key\.yaml|one'       "${learn[@]}" good.yaml key.yaml

# ingest_refuses NAME WORD ARGUMENT...: the arguments come after good ones; the last of two counts, but that a second
# pair of annotations and images is a second source.
ingest_refuses() {
    refuses_on_ranks "ingest, $1" "$2" camal-ingest --annotations coco/annotations/instances.json \
        --images coco/images --classes all --size 32 --out out.h5 "${@:3}"
}
refuses_on_ranks "ingest, nothing said" 'annotations|usage' camal-ingest
ingest_refuses "unknown option"       'frobnicate'    --frobnicate
ingest_refuses "missing annotations"  'nowhere\.json' --annotations nowhere.json --images coco/images
ingest_refuses "missing images"       'nowhere'       --annotations empty.json --images nowhere
ingest_refuses "a folder too many"   'images'        --images nowhere
ingest_refuses "broken JSON"          'broken\.json'  --annotations broken.json --images coco/images
ingest_refuses "size 0"               'size'          --size 0
ingest_refuses "size is no number"    'size'          --size large
ingest_refuses "context below 1"      'context'       --context -1
ingest_refuses "split of two"         'split'         --split 7:3
ingest_refuses "unknown class"        'nosuch'        --classes nosuch
ingest_refuses "empty class"          'nothing'       --annotations empty.json --images coco/images --classes nothing
ingest_refuses "no classes at all"    'classes|top'   --classes top:0
ingest_refuses "unknown group key"    'nosuch'        --group-key nosuch
ingest_refuses "output in no folder"  'nowhere'       --out nowhere/out.h5

refuses "synth, nothing said"      'out'         camal-synth
refuses "synth, unknown option"    'frobnicate'  camal-synth --out new --frobnicate
refuses "synth, no images"         'images'      camal-synth --out new --images 0
refuses "synth, seed is no number" 'seed'        camal-synth --out new --seed one

refuses "inspect, nothing said"    'usage|round'  camal-inspect
refuses "inspect, unknown option"  'frobnicate'   camal-inspect --frobnicate data.h5
refuses "inspect, missing file"    'nowhere\.h5'  camal-inspect nowhere.h5
refuses "inspect, no HDF5 file"    'text\.h5'     camal-inspect text.h5
refuses "check, nothing said"      'usage|file'   camal-check
refuses "check, unknown option"    'frobnicate'   camal-check --frobnicate data.h5
refuses "compare, nothing said"   'default'     camal-compare
refuses "compare, unknown option" 'frobnicate'  camal-compare --frobnicate
refuses "compare, missing run"    'nowhere'     camal-compare --default nowhere --proposed nowhere
refuses "compare, unknown format" 'format'      camal-compare --default a --proposed b --format pdf
refuses "study, nothing said"     'one STUDY'   camal-study
refuses "study, unknown option"   'frobnicate'  camal-study --frobnicate
refuses "study, missing file"     'nowhere'     camal-study nowhere.yaml
refuses "diff, nothing said"      'usage|two'   camal-diff
refuses "diff, unknown option"    'frobnicate'  camal-diff --frobnicate
refuses "diff, missing file"      'nowhere\.h5' camal-diff nowhere.h5 data.h5

# An MPI program by itself, without mpirun.
refuses "learn alone, wrong key"     'key\.yaml.*4.*ratee' "${learn[@]}" key.yaml
refuses "ingest alone, nothing said" 'annotations|usage'   camal-ingest

# What every program promises, whichever there are: options as --help lists them, and near misses recognised.

# claim NAME COMMAND...: counts whether it succeeds.
claim() {
    if "${@:2}"; then
        passed=$((passed + 1))
    else
        echo "failed: $1"
        failed=$((failed + 1))
    fi
}

# said TEXT OPTION...: what the program says is the text.
said() {
    [ "$("$program" "${@:2}" 2>&1)" = "$1" ]
}

# near OPTION: without one of its letters it is refused, and an option is suggested.
near() {
    local word=${1:0:4}${1:5} code=0
    timeout 60 "$program" "$word" >"$work.out" 2>&1 </dev/null || code=$?
    [ $code -eq 2 ] && grep -q "unrecognized option '$word'; did you mean --" "$work.out" && return
    sed 's/^/    /' "$work.out"
    return 1
}

# has_entry TEXT: --help has a line for the options, and it says something.
has_entry() {
    grep -qE -- "^  $1  +[a-z]" "$work.help"
}

# The options whose values are numbers say which are allowed. An entry's lines are put into one.
numbers_without_range() {
    sed -n '/^configuration:/q;p' "$work.help" |
        awk '/^  -/ { if (entry) print entry; entry = $0; next } /^      / && entry { entry = entry $0; next }
             { if (entry) print entry; entry = "" }' |
        grep -E '^  (-[a-z], )?--[a-z-]+ (N|X|S|PX) ' | grep -vE '[0-9]\.\.[0-9]|[0-9] to [0-9]'
}

programs=0
for program in "$CAMAL_BIN"/camal-*; do
    name=${program##*/}
    programs=$((programs + 1))
    "$program" --help >"$work.help" 2>&1
    claim "$name --help: exit code" [ $? -eq 0 ]
    claim "$name -h: as --help" said "$(cat "$work.help")" -h
    claim "$name --version" eval '"$program" --version | grep -qxE "$name [0-9]+\.[0-9]+\.[0-9]+"'
    claim "$name -V: as --version" said "$("$program" --version)" -V
    claim "$name --help starts with its usage" eval 'head -1 "$work.help" | grep -q "^usage: $name "'
    purpose=$(sed -n '/^$/,$p' "$work.help" | sed -n 2p)
    claim "$name --help: a line says what it is for, not '$purpose'" \
        eval '[ ${#purpose} -le 80 ] && [[ $purpose =~ ^[A-Z].*\.$ ]]'
    claim "$name --help has no -h, --help" has_entry '-h, --help'
    claim "$name --help has no -V, --version" has_entry '-V, --version'
    claim "$name --help has fewer than 2 examples" \
        [ "$(sed -n '/^examples:$/,/^$/p' "$work.help" | grep -c "$name")" -ge 2 ]
    claim "$name --help has no exit codes" grep -qE '^exit codes: 0 ' "$work.help"
    claim "$name --help is wider than 110 columns" eval '! sed "/^configuration:/,\$d" "$work.help" | grep -qE "^.{111}"'
    claim "$name --help: numbers of which range?" eval '! numbers_without_range'
    if grep -qE '^  (-., )?--out ' "$work.help"; then
        claim "$name: -o is --out" has_entry '-o, --out [A-Z][A-Za-z0-9.]*'
    fi
    mapfile -t options < <(sed -n '/^configuration:/q;s/^  \(-., \)\{0,1\}\(--[a-z-]\{4,\}\).*/\2/p' "$work.help")
    if ldd "$program" | grep -q libmpi; then # a second each: one stands for all
        options=("${options[0]}")
    fi
    for option in "${options[@]}"; do
        claim "$name, near miss of $option" near "$option"
    done
done
claim "only $programs programs" [ $programs -ge 9 ]
rm -f "$work.out" "$work.help"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
