#!/usr/bin/env bash
# From nothing to the paper's Table 1: installs packages, builds, makes the embedded data set, ingests it, and runs
# five rounds of both arms on two ranks. Started again, it goes on from what is finished and valid.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tools/quickstart.sh [FOLDER]

Results go to FOLDER (runs/quickstart if none is given); delete it to start anew.
CAMAL_BUILD names another build folder than build/release.
TEXT
}

case ${1:-} in
--help) usage; exit 0 ;;
-*) echo "quickstart: unknown option '$1'; see --help" >&2; exit 2 ;;
esac
home=$(cd "$(dirname "$0")/.." && pwd)
folder=$(realpath -m -- "${1:-$home/runs/quickstart}")
build=$(realpath -m -- "${CAMAL_BUILD:-$home/build/release}")
CAMAL_BIN=$build/bin
source "$home/slurm/common.sh"

ranks=2
threads=1 # as quickstart.yaml says
coco=$folder/coco
dataset=$folder/dataset.h5
table=$folder/table1.txt
report=$folder/report.html

part=0
# announce TEXT: the heading of the next part.
announce() {
    part=$((part + 1))
    printf '\n[%d/6, %d s] %s\n' $part $SECONDS "$1"
}

build() {
    cmake --preset release -S "$home" -B "$build" >/dev/null
    cmake --build "$build" --target camal-synth camal-ingest camal-learn camal-check camal-inspect camal-compare \
        camal-report
}

ingest() {
    if [ -f "$dataset" ] && "$camal_bin/camal-check" "$dataset" >/dev/null 2>&1; then
        echo "there already, and valid: $dataset"
    else
        camal_run $ranks $threads "$camal_bin/camal-ingest" --annotations "$coco/annotations/instances.json" \
            --images "$coco/images" --classes all --size 32 --split-key split --out "$dataset"
    fi
}

# learn ARM [--set key=value...]: paths relative to the folder, so that it may be moved.
learn() {
    local arm=$1
    shift
    (cd "$folder" && camal_run $ranks $threads "$camal_bin/camal-learn" "$home/jobs/examples/quickstart.yaml" \
        --set data.dataset=dataset.h5 --set run.oversubscribe=yes "$@" --run "$arm")
}

cd "$home"
announce "packages"
bash tools/install_deps.sh
announce "build in $build"
build
mkdir -p "$folder"
announce "the embedded data set: fifteen classes of parts and defects"
"$camal_bin/camal-synth" --out "$coco"
announce "ingest on $ranks ranks"
ingest
announce "five rounds, default arm: random choice"
learn default "${camal_default_arm[@]}"
announce "five rounds, proposed arm: by margin and need, maps inside masks, exclusion"
learn proposed

printf '\nTable 1\n\n'
"$camal_bin/camal-compare" --default "$folder/default" --proposed "$folder/proposed" | tee "$table"
"$camal_bin/camal-report" --default "$folder/default" --proposed "$folder/proposed" --dataset "$dataset" -o "$report"
cat <<TEXT

$SECONDS s in all. What was made:
  $coco        images and COCO annotations
  $dataset  the samples, by class and split
  $folder/default     a round file each round, of the default arm
  $folder/proposed    and of the proposed arm
  $table  the table above
  $report  the same to look at: curves, choices with heat maps, why; open it in a browser
Look into a round: $camal_bin/camal-inspect $folder/proposed
TEXT
