"""Look at a folder of camal-synth with nothing but json and numpy: masks, boxes, splits, groups, counts, cues."""
import collections
import json
import os
import sys

import numpy as np

WEIGHTS = [122, 136, 212, 352, 504, 444, 264, 562, 300, 180, 150, 410, 230, 118, 250]
CUES = {"pin": "patch", "crack": "stripe", "pinholes": "ring", "washer": "cross"}


def fill_polygons(polygons, height, width):
    """Even-odd rule at pixel centres."""
    mask = np.zeros((height, width), bool)
    x = np.arange(width) + 0.5
    for flat in polygons:
        assert len(flat) >= 8 and len(flat) % 2 == 0, "a polygon has four corners at least"
        px, py = np.array(flat[0::2], float), np.array(flat[1::2], float)
        qx, qy = np.roll(px, -1), np.roll(py, -1)
        for row in range(int(py.min()), int(py.max())):
            y = row + 0.5
            hit = (py > y) != (qy > y)
            at = px[hit] + (y - py[hit]) * (qx[hit] - px[hit]) / (qy[hit] - py[hit])
            mask[row] ^= (x[None, :] > at[:, None]).sum(0) % 2 == 1
    return mask


def unpack(text):
    """COCO's string to run lengths."""
    counts, i = [], 0
    while i < len(text):
        value, shift, more = 0, 0, True
        while more:
            c = ord(text[i]) - 48
            assert 0 <= c < 64, "characters of compressed RLE lie in 48 to 111"
            value |= (c & 0x1F) << shift
            more = bool(c & 0x20)
            i += 1
            shift += 5
            if not more and c & 0x10:
                value |= -1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    return counts


def mask_of(segmentation, height, width):
    if isinstance(segmentation, list):
        return fill_polygons(segmentation, height, width)
    assert segmentation["size"] == [height, width]
    counts = segmentation["counts"]
    if isinstance(counts, str):
        counts = unpack(counts)
    assert sum(counts) == height * width, "runs cover the image"
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(width, height).T


def check_annotation(a, image):
    mask = mask_of(a["segmentation"], image["height"], image["width"])
    assert mask.sum() == a["area"], f"annotation {a['id']}: area {a['area']}, mask {mask.sum()}"
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    x, y, w, h = a["bbox"]
    assert [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1] == [x, y, x + w, y + h], f"box of {a['id']}"
    half = 0.65 * max(w, h)
    assert min(x + w / 2, y + h / 2) >= half
    assert x + w / 2 + half <= image["width"] and y + h / 2 + half <= image["height"]
    if "cue" in a:
        cx, cy, r = a["cue_circle"]
        my, mx = np.nonzero(mask)
        assert np.hypot(mx - cx, my - cy).min() > r, f"cue of {a['id']} touches its object"
        away = max(abs(cx + 0.5 - x - w / 2), abs(cy + 0.5 - y - h / 2))
        assert away + r <= half + 1, f"cue of {a['id']} is out of sight"
    return mask


def check_images(data, folder):
    files = sorted(os.listdir(f"{folder}/images"))
    assert files == [i["file_name"] for i in data["images"]], "a file an image"
    for name in files:
        with open(f"{folder}/images/{name}", "rb") as f:
            assert f.read(2) == b"\xff\xd8", f"{name} is JPEG"
    split_of = {}
    for i in data["images"]:
        assert split_of.setdefault(i["group"], i["split"]) == i["split"], f"group {i['group']} is in two splits"


def check_masks(data):
    images = {i["id"]: i for i in data["images"]}
    seen, kinds = {}, collections.Counter()
    for a in data["annotations"]:
        mask = check_annotation(a, images[a["image_id"]])
        other = seen.setdefault(a["image_id"], np.zeros_like(mask))
        assert not (mask & other).any(), f"annotation {a['id']} overlaps another"
        other |= mask
        s = a["segmentation"]
        kinds["multi-polygon" if isinstance(s, list) and len(s) > 1 else "polygon" if isinstance(s, list)
              else "compressed" if isinstance(s["counts"], str) else "counts"] += 1
    return kinds


def check_statistics(data, kinds):
    names = [c["name"] for c in data["categories"]]
    images = {i["id"]: i for i in data["images"]}
    splits = ("train", "val", "test")
    count = {s: np.zeros(len(names), int) for s in splits}
    cued = {s: np.zeros(len(names), int) for s in splits}
    cue_of = {s: collections.Counter() for s in splits}
    for a in data["annotations"]:
        s, c = images[a["image_id"]]["split"], a["category_id"] - 1
        count[s][c] += 1
        cued[s][c] += "cue" in a
        if "cue" in a:
            cue_of[s][(names[c] if s != "test" else "", a["cue"])] += 1
    total = sum(count.values())
    print("masks:", dict(kinds))
    print(f"{'class':10}" + "".join(f"{s:>7}{'cue':>6}" for s in splits))
    for c, name in enumerate(names):
        print(f"{name:10}" + "".join(f"{count[s][c]:7}{cued[s][c] / count[s][c]:6.2f}" for s in splits))
    per_image = collections.Counter(a["image_id"] for a in data["annotations"])
    assert len(data["images"]) == 1200 and set(per_image.values()) == {2, 3, 4}
    ways = "polygon", "multi-polygon", "compressed", "counts"
    assert all(kinds[k] > 50 for k in ways), "every way of writing is there"
    unlike = np.abs(total / total.sum() - np.array(WEIGHTS) / sum(WEIGHTS))
    assert max(unlike) * total.sum() < 2, "imbalance of the table"
    for s, share in zip(splits, (0.7, 0.2, 0.1)):
        assert np.abs(count[s] - share * total).max() < 2, f"{s} is {share} of every class"
    sizes = [max(a["bbox"][2:]) for a in data["annotations"]]
    assert 17 <= min(sizes) and max(sizes) <= 71, f"boxes of {min(sizes)} to {max(sizes)} pixels"
    shots = collections.Counter(collections.Counter(i["group"] for i in data["images"]).values())
    assert set(shots) == {1, 2, 3}, "groups of one to three shots"
    for s in ("train", "val"):
        assert {k for k in cue_of[s]} == set(CUES.items()), "each class with a cue has its own, no other has one"
    has = np.array([n in CUES for n in names])
    assert abs(cued["train"][has].sum() / count["train"][has].sum() - 0.85) < 0.05
    assert abs(cued["val"][has].sum() / count["val"][has].sum() - 0.85) < 0.08
    assert 0.04 < cued["test"].sum() / count["test"].sum() < 0.16 and len(cue_of["test"]) == 4
    assert 0.02 < cued["test"][has].sum() / count["test"][has].sum() < 0.2, "cues tell nothing in test images"


def main():
    folder = sys.argv[1]
    with open(f"{folder}/annotations/instances.json") as f:
        data = json.load(f)
    ids = [a["id"] for a in data["annotations"]]
    assert ids == list(range(1, len(ids) + 1)) and len(data["categories"]) == 15
    check_images(data, folder)
    kinds = check_masks(data)
    if "--statistics" in sys.argv:
        check_statistics(data, kinds)


main()
