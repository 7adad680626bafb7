#!/usr/bin/env bash
# camal-ingest on the real data sets beside the repository, if they are there: COCO on 1, 2 and 3 ranks, and
# factory15, whose groups must not straddle splits. The files are read with h5py, which knows nothing of camal.
set -euo pipefail

coco=$CAMAL_SHARED/data/coco
factory=$CAMAL_SHARED/data/factory15
if [ ! -d "$coco" ] || [ ! -d "$factory" ]; then
    echo "skipped: no $coco or $factory"
    exit 77
fi
if ! /usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null; then
    echo "skipped: python3-h5py is not installed"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# ingest RANKS FOLDER OUT ARGUMENT...
ingest() {
    local ranks=$1 from=$2 out=$3
    shift 3
    timeout 300 mpirun -n "$ranks" --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none \
        "$CAMAL_BIN/camal-ingest" --annotations "$from/annotations/instances.json" --images "$from/images" --size 64 \
        --out "$work/$out.h5" --summary "$work/$out.json" "$@" </dev/null
}

for ranks in 1 2 3; do
    ingest $ranks "$coco" coco-$ranks --classes top:15
    cmp "$work/coco-1.h5" "$work/coco-$ranks.h5"
done
ingest 2 "$factory" factory --group-key group 2>"$work/log" || { cat "$work/log" && exit 1; }
grep -q "from boxes: for most samples" "$work/log" || { echo "nothing is said of masks that are boxes" && exit 1; }

/usr/bin/python3 - "$CAMAL_SOURCE/tests/reference" "$coco" "$work/coco-1" 2974 29 \
    "$factory" "$work/factory" 6494 0 <<'PYTHON'
import json
import sys

import h5py
import numpy as np

sys.path.insert(0, sys.argv.pop(1))
import coco_masks


def overlaps(side, size):
    """[size, side]: by how many 1/size of a pixel each bit covers each pixel of a crop."""
    bit, pixel = np.arange(size)[:, None] * side, np.arange(side)[None, :] * size
    return np.clip(np.minimum(bit + side, pixel + size) - np.maximum(bit, pixel), 0, None)


def check_twins(coco, file, samples, masks):
    """The other plane, of every seventh sample that has others of its class beside it, made anew."""
    twins = np.unpackbits(file["samples/twins"][()], axis=2)
    assert not np.any(twins & masks)
    images = {image["id"]: image for image in coco["images"]}
    mates, size, compared = {}, twins.shape[1], 0
    for a in coco["annotations"]:
        mates.setdefault((a["image_id"], a["category_id"]), []).append(a)
    by_id = {a["id"]: a for a in coco["annotations"]}
    for row in range(len(twins)):
        annotation = by_id[samples["annotation_id"][row]]
        others = mates[annotation["image_id"], annotation["category_id"]]
        if len(others) == 1:
            assert not twins[row].any()
            continue
        width, height = (images[annotation["image_id"]][k] for k in ("width", "height"))
        if row % 7 or any(coco_masks.reference(a, width, height) is None for a in others):
            continue
        union = np.logical_or.reduce([coco_masks.reference(a, width, height)[1] for a in others])
        union = union.reshape(width, height).T
        x, y, w, h = annotation["bbox"]
        right, bottom = min(x + w, width), min(y + h, height)
        x, y = max(x, 0), max(y, 0)
        w, h = right - x, bottom - y
        side = int(max(np.floor(1.3 * max(w, h) + 0.5), 16))
        left, top = (int(np.floor(v + (e - side) / 2 + 0.5)) for v, e in ((x, w), (y, h)))
        crop = np.zeros((side, side), dtype=np.int64)
        rows, columns = slice(max(top, 0), min(top + side, height)), slice(max(left, 0), min(left + side, width))
        crop[rows.start - top:rows.stop - top, columns.start - left:columns.stop - left] = union[rows, columns]
        cover = overlaps(side, size)
        area = cover @ crop @ cover.T
        assert np.array_equal(twins[row], (2 * area >= side * side) & (masks[row] == 0)), annotation["id"]
        compared += 1
    return compared


def check(folder, made, annotations, crowds):
    coco = json.load(open(folder + "/annotations/instances.json", encoding="utf-8"))
    summary = json.load(open(made + ".json", encoding="utf-8"))
    skipped = summary["skipped"]
    assert summary["annotations"] == annotations == summary["samples"] + sum(skipped.values()), summary
    assert skipped["crowd"] == crowds, skipped

    file = h5py.File(made + ".h5", "r")
    columns = "label", "split", "image_id", "annotation_id", "group", "bbox"
    samples = {name: file["samples/" + name][()] for name in columns}
    count = summary["samples"]
    assert all(len(column) == count for column in samples.values())
    source = {a["id"]: a for a in coco["annotations"]}
    group_of = {i["id"]: i.get("group", i["id"]) for i in coco["images"]}
    category = file["classes/category_id"][()]
    splits = {}
    for row in range(count):
        annotation = source[samples["annotation_id"][row]]
        assert annotation["image_id"] == samples["image_id"][row]
        assert annotation["category_id"] == category[samples["label"][row]]
        assert np.allclose(annotation["bbox"], samples["bbox"][row])
        for key in ("image", annotation["image_id"]), ("group", group_of[annotation["image_id"]]):
            assert splits.setdefault(key, samples["split"][row]) == samples["split"][row], (key, "in two splits")
    assert len(set(samples["annotation_id"])) == count

    for c in range(len(category)):  # shares, as near as the groups allow
        share = np.bincount(samples["split"][samples["label"] == c], minlength=3) / np.sum(samples["label"] == c)
        assert np.all(np.abs(share - [0.7, 0.2, 0.1]) < 0.08), (c, share)

    image, train = file["samples/image"], samples["split"] == 0
    pixels = image[()][train].reshape(-1, 3).astype(np.float64) / 255
    assert np.allclose(pixels.mean(axis=0), file.attrs["mean"], atol=1e-6)
    assert np.allclose(pixels.std(axis=0), file.attrs["std"], atol=1e-6)
    masks = np.unpackbits(file["samples/mask"][()], axis=2)
    assert np.all(masks.any(axis=(1, 2))), "an empty mask"
    compared = check_twins(coco, file, samples, masks)
    assert compared > 50 or crowds == 0, compared
    print(f"{made}: {count} samples of {len(category)} classes in {len(set(samples['group']))} groups; "
          f"twins of {compared} compared")


for at in range(1, len(sys.argv), 4):
    check(sys.argv[at], sys.argv[at + 1], int(sys.argv[at + 2]), int(sys.argv[at + 3]))
PYTHON
