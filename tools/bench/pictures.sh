#!/usr/bin/env bash
# Pictures a second: camal-ingest, which cuts and masks every annotation, against Pillow in draft mode, which only cuts
# them, on one core each and one after the other; and camal-ingest on two ranks against one.
#
# usage: tools/bench/pictures.sh [SIZE]      pixels of a sample's side, default 64; on ../shared/data/coco four times over
# CAMAL_BIN: where camal-ingest is (build/release/bin). Needs python3-pil for the comparison.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${CAMAL_BIN:-$here/../../build/release/bin}
coco=${CAMAL_SHARED:-$here/../../../shared}/data/coco
size=${1:-64}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
python3 "$here/make_annotations.py" "$coco/annotations/instances.json" 11896 1372 "$work/four.json"
cat "$coco"/images/* >/dev/null # both find them in the page cache

# camal RANKS MODE: seconds
camal() {
    mpirun -n "$1" --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none \
        "$bin/camal-ingest" --annotations "$work/four.json" --images "$coco/images" --mode "$2" --size "$size" \
        --out "$work/out.h5" --summary "$work/out.json" </dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    sed -n 's/.*pictures are read: \([0-9.]*\) s.*/\1/p' "$work/log"
}

for mode in instance image; do
    read -r pictures samples pillow < <(/usr/bin/python3 "$here/pictures.py" $mode "$work/four.json" "$coco/images" "$size")
    one=$(camal 1 $mode)
    two=$(camal 2 $mode)
    awk -v m=$mode -v n="$pictures" -v k="$samples" -v p="$pillow" -v a="$one" -v b="$two" 'BEGIN {
        printf "%-8s %d pictures, %d samples: Pillow %.2f s (%.0f/s), camal %.2f s (%.0f/s), on 2 ranks %.2f s\n", m, n, k, p, n / p, a, n / a, b
        printf "%-8s camal is %.2f times as fast as Pillow; 2 ranks %.2f times as fast as 1\n", m, p / a, a / b }'
done
