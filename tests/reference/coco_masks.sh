#!/usr/bin/env bash
# Every polygon and RLE of the data sets beside the repository, rasterised by camal and by coco_masks.py.
set -euo pipefail

if [ ! -d "$CAMAL_SHARED/data/coco" ]; then
    echo "skipped: no $CAMAL_SHARED/data/coco"
    exit 77
fi
if ! /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
    echo "skipped: python3-numpy is not installed"
    exit 77
fi
for set in coco factory15; do
    /usr/bin/python3 "$CAMAL_SOURCE/tests/reference/coco_masks.py" "$CAMAL_BIN/dump_masks" \
        "$CAMAL_SHARED/data/$set/annotations/instances.json"
done
