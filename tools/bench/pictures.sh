#!/usr/bin/env bash
# Pictures a second: camal-ingest, which cuts, masks and compares every annotation, against Pillow in draft mode, which only cuts
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

# camal RANKS MODE: seconds, all ranks; of rank 0: seconds for decoding, for cutting; pictures
camal() {
    mpirun -n "$1" --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none \
        "$bin/camal-ingest" --annotations "$work/four.json" --images "$coco/images" --mode "$2" --size "$size" \
        --out "$work/out.h5" --summary "$work/out.json" </dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    sed -n 's/.*pictures are read: \([0-9.]*\) s.*decoding \([0-9.]*\) s, cutting \([0-9.]*\) s.*/\1 \2 \3/p' "$work/log"
}

for mode in instance image; do
    read -r pictures samples pillow < <(/usr/bin/python3 "$here/pictures.py" $mode "$work/four.json" "$coco/images" "$size")
    read -r one decoding cutting < <(camal 1 $mode)
    read -r two _ < <(camal 2 $mode)
    awk -v m=$mode -v n="$pictures" -v k="$samples" -v p="$pillow" -v a="$one" -v d="$decoding" -v c="$cutting" -v b="$two" 'BEGIN {
        printf "%-8s %d pictures, %d samples: Pillow %.2f s (%.0f/s), camal %.2f s (%.0f/s; decoding %.2f, cutting %.2f), on 2 ranks %.2f s\n",
            m, n, k, p, n / p, a, n / a, d, c, b
        printf "%-8s camal is %.2f times as fast as Pillow, %.2f times in decoding and cutting alone; 2 ranks %.2f times as fast as 1\n",
            m, p / a, p / (d + c), a / b }'
done
