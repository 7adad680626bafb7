#!/usr/bin/env python3
"""A COCO annotation file of any size, made by repeating a small one.

usage: make_annotations.py FROM.json ANNOTATIONS IMAGES OUT.json

Every repetition gets ids of its own (ids of images + n * 10^7, of annotations + n * 10^12); file names are repeated, so
that the pictures of FROM.json do for all.
"""
import json
import sys


def pieces(record, keys):
    """The record's text with a %d for each of the keys' values, and those values."""
    text = json.dumps({key: "\0" if key in keys else value for key, value in record.items()})
    return text.replace("%", "%%").replace('"\\u0000"', "%d"), [record[key] for key in record if key in keys]


def repeat(out, records, steps, count):
    """Write `count` records; `steps` says by how much each id grows from one repetition to the next."""
    made = [(pieces(record, steps), [steps[key] for key in record if key in steps]) for record in records]
    separator = ""
    for n in range(count):
        (text, values), grow = made[n % len(made)]
        turn = n // len(made)
        out.write(separator + text % tuple(value + turn * step for value, step in zip(values, grow)))
        separator = ", "


def main():
    source, annotations, images, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        coco = json.load(file)
    with open(target, "w", encoding="utf-8") as out:
        for key in coco:
            out.write(("{" if key == next(iter(coco)) else ", ") + json.dumps(key) + ": ")
            if key == "images":
                out.write("[")
                repeat(out, coco[key], {"id": 10**7}, int(images))
                out.write("]")
            elif key == "annotations":
                out.write("[")
                repeat(out, coco[key], {"id": 10**12, "image_id": 10**7}, int(annotations))
                out.write("]")
            else:
                json.dump(coco[key], out)
        out.write("}\n")


if __name__ == "__main__":
    main()
