"""Pictures decoded, and every annotation's square cut and resized, by Pillow as well as it can: draft mode where the
smallest square allows it, one decoding a picture. What pictures.sh compares camal-ingest with.

usage: pictures.py instance|image ANNOTATIONS.json IMAGES SIZE      prints pictures, samples, seconds
"""
import collections
import json
import math
import os
import sys
import time

from PIL import Image


def square(box, context):
    side = max(math.floor(context * max(box[2], box[3]) + 0.5), 16)
    x = math.floor(box[0] + (box[2] - side) / 2 + 0.5)
    y = math.floor(box[1] + (box[3] - side) / 2 + 0.5)
    return x, y, side


def main():
    mode, annotations, folder, size = sys.argv[1:]
    size = int(size)
    with open(annotations, encoding="utf-8") as file:
        coco = json.load(file)
    classes = collections.defaultdict(set)  # mode image takes pictures of one class
    for annotation in coco["annotations"]:
        classes[annotation["image_id"]].add(annotation["category_id"])
    boxes = collections.defaultdict(list)
    for annotation in coco["annotations"]:
        x, y, w, h = annotation["bbox"]
        if not annotation.get("iscrowd") and max(w, h) >= 4 and min(w, h) > 0:
            boxes[annotation["image_id"]].append((x, y, w, h))
    pictures = samples = 0
    start = time.perf_counter()
    for image in coco["images"]:
        whole = (0, 0, image["width"], image["height"])
        squares = [square(whole, 1.0)] if mode == "image" else [square(box, 1.3) for box in boxes[image["id"]]]
        if not squares or (mode == "image" and len(classes[image["id"]]) != 1):
            continue
        picture = Image.open(os.path.join(folder, image["file_name"]))
        full = picture.width
        least = min(side for _, _, side in squares)
        picture.draft("RGB", tuple(max(1, int(length * 2 * size / least)) for length in picture.size))
        picture = picture.convert("RGB")
        scale = full / picture.width
        for x, y, side in squares:
            left, top, right, bottom = x / scale, y / scale, (x + side) / scale, (y + side) / scale
            cut = picture.crop((math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)))
            cut.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0).tobytes()
            samples += 1
        pictures += 1
    print(pictures, samples, f"{time.perf_counter() - start:.3f}")


main()
