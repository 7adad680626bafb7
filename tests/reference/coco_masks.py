"""Masks by COCO's definition, pixel by pixel, against those of camal.

usage: coco_masks.py DUMP_MASKS ANNOTATIONS.json

An independent implementation in numpy of rleFrPoly (corners on a grid five times finer, edges in unit steps along
their longer direction, crossings of the pixel columns' middle lines, parity fill) and of both kinds of RLE, written as
bitmaps. DUMP_MASKS prints the same masks as runs; every annotation's bitmaps must be equal.
"""
import json
import subprocess
import sys

import numpy as np

FINE = 5.0


def dense_boundary(xy):
    """Points of the closed polygon on the fine grid, in order: u, v."""
    x = np.trunc(FINE * xy[0::2] + 0.5)
    y = np.trunc(FINE * xy[1::2] + 0.5)
    us, vs = [], []
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1)):
        dx, dy = abs(x1 - x0), abs(y1 - y0)
        t = np.arange(max(dx, dy) + 1)
        if dx == 0 and dy == 0:
            u, v = np.array([x0]), np.array([y0])
        elif dx >= dy:
            flip = x0 > x1
            a, b = ((x1, y1), (x0, y0)) if flip else ((x0, y0), (x1, y1))
            t = t[::-1] if flip else t
            u = a[0] + t
            v = np.trunc(a[1] + (b[1] - a[1]) / dx * t + 0.5)
        else:
            flip = y0 > y1
            a, b = ((x1, y1), (x0, y0)) if flip else ((x0, y0), (x1, y1))
            t = t[::-1] if flip else t
            v = a[1] + t
            u = np.trunc(a[0] + (b[0] - a[0]) / dy * t + 0.5)
        us.append(u)
        vs.append(v)
    return np.concatenate(us), np.concatenate(vs)


def polygon(xy, width, height):
    u, v = dense_boundary(np.asarray(xy, dtype=np.float64))
    step = np.nonzero(u[1:] != u[:-1])[0]
    u0, u1, v0, v1 = u[step], u[step + 1], v[step], v[step + 1]
    column = (np.where(u1 < u0, u1, u1 - 1) + 0.5) / FINE - 0.5
    row = np.ceil(np.clip((np.minimum(v0, v1) + 0.5) / FINE - 0.5, 0, height))
    keep = (np.floor(column) == column) & (column >= 0) & (column <= width - 1)
    flips = np.zeros(width * height + 1, dtype=np.uint8)
    np.add.at(flips, (column[keep] * height + row[keep]).astype(np.int64), 1)  # wraps at 256: even, as it should
    return (np.cumsum(flips, dtype=np.uint8)[:-1] & 1).astype(bool)  # parity along the columns


def runs(counts):
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts)


def compressed(text):
    counts, i = [], 0
    while i < len(text):
        value, shift, more = 0, 0, True
        while more:
            c = ord(text[i]) - 48
            value |= (c & 0x1F) << shift
            more = bool(c & 0x20)
            shift += 5
            i += 1
            if not more and c & 0x10:
                value |= -1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    return counts


def reference(annotation, width, height):
    """(source, flat column-major bitmap), or None where the box is all there is."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        assert segmentation["size"] == [height, width], annotation["id"]
        counts = segmentation["counts"]
        return "runs", runs(compressed(counts) if isinstance(counts, str) else counts)
    parts = [p for p in segmentation or [] if len(p) >= 6]
    if not parts:
        return None
    mask = np.zeros(width * height, dtype=bool)
    for part in parts:
        mask |= polygon(part, width, height)
    return ("polygons", mask) if mask.any() else None


def main():
    program, path = sys.argv[1:]
    document = json.load(open(path, encoding="utf-8"))
    images = {image["id"]: image for image in document["images"]}
    annotations = {a["id"]: a for a in document["annotations"]}
    lines = subprocess.run([program, path], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    compared = {"polygons": 0, "runs": 0, "box": 0}
    wrong = 0
    for line in lines:
        number, source, *rest = line.split()
        width, height, *counts = map(int, rest)
        annotation = annotations.pop(int(number))
        image = images[annotation["image_id"]]
        assert (width, height) == (image["width"], image["height"]), number
        expected = reference(annotation, width, height) or ("box", None)
        got = runs(counts)
        if source != expected[0] or got.size != width * height:
            print(f"annotation {number}: {source} of {got.size} pixels, expected {expected[0]}")
            wrong += 1
        elif expected[1] is not None and not np.array_equal(got, expected[1]):
            print(f"annotation {number}: {np.count_nonzero(got != expected[1])} of {got.size} pixels differ")
            wrong += 1
        if source == "runs" and expected[1] is not None and "area" in annotation and not annotation.get("iscrowd"):
            if int(got.sum()) != annotation["area"]:
                print(f"annotation {number}: area {int(got.sum())}, the file says {annotation['area']}")
                wrong += 1
        compared[expected[0]] += 1
    if annotations:
        print(f"{len(annotations)} annotations were not dumped")
        wrong += 1
    print(f"{path}: {compared['polygons']} polygon masks, {compared['runs']} run masks, {compared['box']} boxes; "
          f"{wrong} wrong")
    return wrong != 0 or compared["polygons"] + compared["runs"] == 0


if __name__ == "__main__":
    sys.exit(main())
