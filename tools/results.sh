#!/usr/bin/env bash
# Makes RESULTS.md of the studies whose results are committed: tables by camal-compare, learning curves by gnuplot.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tools/results.sh [--check] [FOLDER]

Writes FOLDER/RESULTS.md and FOLDER/jobs/studies/figures/*.svg (FOLDER: camal's own if none is given) of the studies in
FOLDER/jobs/studies that have a results file beside them: NAME.yaml and NAME.jsonl. Text that people wrote about a study
is taken from NAME.md beside them; a NAME.md without a study is a part of its own. The same files give the same bytes.

  --check   write nothing; exit 1 if what is there is not what would be written

CAMAL_BIN names the folder of camal-compare (build/release/bin).
TEXT
}

check=no
case ${1:-} in
--help) usage; exit 0 ;;
--check) check=yes; shift ;;
-*) echo "results: unknown option '$1'; see --help" >&2; exit 2 ;;
esac
home=$(cd "$(dirname "$0")/.." && pwd)
cd "${1:-$home}"
compare=${CAMAL_BIN:-$home/build/release/bin}/camal-compare
[ -x "$compare" ] || { echo "results: no program $compare; build it or set CAMAL_BIN" >&2; exit 2; }
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir "$made/figures"

# say COMMAND...: the command as a reader would type it, then what it prints.
say() {
    printf '    camal-compare %s\n\n' "$*"
    "$compare" "$@" --format markdown
    echo
}

# curves STUDY DATASET: an SVG of the arms' mean learning curves, those that compare names apart from the others.
# Labels across, mean test recall of all classes up.
curves() {
    awk -F, -v dataset="$2" '
        $1 == dataset && $4 ~ /^round_[0-9]+_labels$/ { labels = $5 }
        $1 == dataset && $4 ~ /^round_[0-9]+_test_all$/ {
            if ($2 != arm) printf "%s\"%s\"\n", (arm == "" ? "" : "\n\n"), $2
            arm = $2
            print labels, 100 * $5
        }' "$made/$1.csv" >"$made/curve"
    [ -s "$made/curve" ] || return 0
    gnuplot <<TEXT
set terminal svg size 720,480 font 'sans,12' dynamic background 'white'
set output '$made/figure.svg'
set title '$2: mean over seeds' noenhanced
set xlabel 'labels'
set ylabel 'test recall, mean of all classes (%)'
set key outside right noenhanced
set grid
stats '$made/curve' using 1:2 nooutput
plot for [i=0:STATS_blocks-1] '$made/curve' index i using 1:2 \
    with linespoints pointsize 0.4 linetype i%8+1 dashtype i/8+1 title columnheader(1)
TEXT
    grep -v '^<desc>Produced by' "$made/figure.svg" >"$made/figures/$1-$2.svg" # the version would be another elsewhere
    printf '![learning curves on %s](jobs/studies/figures/%s-%s.svg)\n\n' "$2" "$1" "$2"
}

study() {
    local name=$1 dataset options
    options=(--study "jobs/studies/$name.yaml" --results "jobs/studies/$name.jsonl")
    printf '## %s\n\n' "$name"
    sed -n '/^# */!q; s/^# *//p' "jobs/studies/$name.yaml" | sed '/^$/,$d'
    echo
    [ ! -f "jobs/studies/$name.md" ] || { cat "jobs/studies/$name.md"; echo; }
    "$compare" "${options[@]}" --format csv >"$made/$name.csv"
    for dataset in $(sed -n 's/^{"kind":"data","data":"\([^"]*\)".*/\1/p' "jobs/studies/$name.jsonl"); do
        printf '### %s: %s\n\n' "$name" "$dataset"
        curves "$name" "$dataset"
        say "${options[@]}" --dataset "$dataset" --part arms --part classes --part against --part claim --part ablation
    done
    if [ "$(grep -c '^{"kind":"data"' "jobs/studies/$name.jsonl")" -gt 1 ]; then
        printf '### %s: all data sets\n\n' "$name"
        say "${options[@]}" --dataset all --part against --part claim --part ablation
    fi
    printf '### %s: how to read the tables\n\n' "$name"
    say "${options[@]}" --part notes
}

# other FILE.md: a table of another program, whose command stands in a comment at its top.
other() {
    printf '## %s\n\n' "$(basename "$1" .md)"
    sed '1s/^<!-- *\(.*[^ ]\) *-->$/    \1/' "$1"
    echo
}

{
    cat <<'TEXT'
# Results

Made by `bash tools/results.sh` from the results files in `jobs/studies`; each table has the command that prints it. A
study is run by `camal-study jobs/studies/NAME.yaml --run`, and its results file is written by `camal-compare --study
jobs/studies/NAME.yaml --save jobs/studies/NAME.jsonl`.

TEXT
    for results in jobs/studies/*.jsonl; do
        [ ! -e "$results" ] || study "$(basename "$results" .jsonl)"
    done
    for text in jobs/studies/*.md; do
        [ ! -e "$text" ] || [ -e "${text%.md}.yaml" ] || other "$text"
    done
} | cat -s >"$made/RESULTS.md"

if [ $check = yes ]; then
    cmp "$made/RESULTS.md" RESULTS.md && diff -r "$made/figures" jobs/studies/figures && exit
    echo "results: RESULTS.md is not what tools/results.sh makes: run it" >&2
    exit 1
fi
mkdir -p jobs/studies/figures
rm -f jobs/studies/figures/*.svg
cp "$made/RESULTS.md" .
cp "$made"/figures/*.svg jobs/studies/figures/ 2>/dev/null || true
