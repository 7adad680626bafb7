#!/usr/bin/env bash
# Draw what camal-bench model predicts, as SVG: images/s and efficiency over nodes, by gnuplot.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: model_curve.sh OUT.svg [option of camal-bench model]...

CAMAL_BIN is the folder of camal-bench (default build/release/bin).

example: model_curve.sh scale.svg --threads 2 --latency 2 --bandwidth 12.5 --nodes 1:1024
TEXT
}

case ${1-} in
--help) usage; exit 0 ;;
'' | -*) usage >&2; exit 2 ;;
esac
if ! command -v gnuplot >/dev/null; then
    echo "skipped: no gnuplot (Debian: gnuplot-nox)" >&2
    exit 77
fi
out=$1
shift
bench=${CAMAL_BIN:-$(dirname "$0")/../../build/release/bin}/camal-bench
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
"$bench" model "$@" >"$rows"
grep '^#' "$rows" || true

# Columns as the table's heading names them: 1 nodes, 5 and 6 weak scaling, 9 and 10 strong, 11 and 12 scoring.
gnuplot <<TEXT
set terminal svg size 900,380 font "sans,12" background "white"
set output "$out"
set logscale x 2
set grid
set xlabel "nodes"
set key bottom right
set multiplot layout 1,2
set logscale y
set title "images/s"
plot "$rows" using 1:5 with linespoints title "training, one micro-batch a rank", \
     "$rows" using 1:9 with linespoints title "training, the same step on more ranks", \
     "$rows" using 1:11 with linespoints title "scoring"
unset logscale y
set yrange [0:105]
set key center left
set title "efficiency, %"
plot "$rows" using 1:6 with linespoints title "training, one micro-batch a rank", \
     "$rows" using 1:10 with linespoints title "training, the same step on more ranks", \
     "$rows" using 1:12 with linespoints title "scoring"
unset multiplot
TEXT
