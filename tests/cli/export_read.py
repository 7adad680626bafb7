"""Read what camal-export wrote by other means, and hold it against the round files.

usage: export_read.py RUN    scores.csv, queries.csv, classes.csv, metrics.jsonl, board/ and weights.h5 lie here

The event files are decoded from their published format: TFRecord framing with masked CRC-32C
(tensorflow/core/lib/io/record_writer.h), protocol buffers' wire format, event.proto and summary.proto.
"""
import csv
import json
import os
import re
import struct
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.environ["CAMAL_SOURCE"], "tools", "python"))
import camal_rounds  # noqa: E402


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (size, of_size) = struct.unpack_from("<QI", data, at)
        assert of_size == masked(data[at:at + 8]), "checksum of a length"
        payload = data[at + 12:at + 12 + size]
        assert struct.unpack_from("<I", data, at + 12 + size)[0] == masked(payload), "checksum of a record"
        yield payload
        at += 16 + size
    assert at == len(data)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """{field: value} of a message; a field that comes twice is an error here."""
    at, found = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        wire, size = key & 7, 0
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            size, at = varint(data, at)
            value = data[at:at + size]
        else:
            size = {1: 8, 5: 4}[wire]
            value = struct.unpack({1: "<d", 5: "<f"}[wire], data[at:at + size])[0]
        at += size
        assert key >> 3 not in found
        found[key >> 3] = value
    assert at == len(data)
    return found


def read_events(folder):
    names = os.listdir(folder)
    assert len(names) == 1 and "tfevents" in names[0], names
    with open(os.path.join(folder, names[0]), "rb") as file:
        events = [fields(record) for record in records(file.read())]
    assert events[0][3] == b"brain.Event:2"
    curves, last = {}, 0
    for event in events[1:]:
        value = fields(fields(event[5])[1])
        assert event[1] >= last, "time runs backwards"
        last = event[1]
        curves.setdefault(value[1].decode(), []).append((event[2], value[2]))
    return curves


def read_csv(name):
    with open(name, newline="", encoding="utf-8") as file:
        text = file.read()
    assert text.count("\n") == text.count("\r\n"), "lines end with CR LF"
    return list(csv.DictReader(text.splitlines()))


def same(column, texts):
    """Every text is the float32 of its place; empty where nothing was measured."""
    values = np.array([np.float32(text) if text else np.nan for text in texts], np.float32)
    wanted = np.asarray(column, np.float32)
    return len(values) == len(wanted) and np.array_equal(values, wanted, equal_nan=True)


def check_scores(run, rows):
    names = [str(name) for name in run[0]["classes"]["name"]]
    for made in run:
        mine = [row for row in rows if int(row["round"]) == made["index"]]
        assert [int(row["sample"]) for row in mine] == made["scores"]["sample"].tolist()
        assert [names.index(row["predicted"]) for row in mine] == made["scores"]["predicted"].tolist()
        assert [names.index(row["second"]) for row in mine] == made["scores"]["second"].tolist()
        for name in made["scores"]:
            if made["scores"][name].dtype == np.float32:
                assert same(made["scores"][name], [row[name] for row in mine]), name
        assert set(made["scores"]) <= set(mine[0])


def check_queries(run, rows):
    wanted = []
    for made in run:
        queries, names = made["queries"], made["classes"]["name"]
        for i, sample in enumerate(queries["sample"]):
            wanted.append([made["index"], queries["rank"][i], sample, names[queries["predicted"][i]],
                           camal_rounds.QUERY_REASON[queries["reason"][i]], names[queries["answer"][i]]])
    assert len(wanted) > 0
    columns = ("round", "rank", "sample", "predicted", "reason", "answer")
    assert [[row[c] for c in columns] for row in rows] == [[str(value) for value in row] for row in wanted]


def check_classes(run, rows):
    wanted = [dict(row, round=made["index"]) for made in run for row in camal_rounds.class_table(made)]
    assert len(wanted) == len(rows)
    for row, mine in zip(rows, wanted):
        assert (row["class"], row["status"], row["reason"]) == (mine["name"], mine["status"], mine["reason"])
        for name in ("round", "decided_round", "quota", "labelled", "added", "pool_predicted", "test_count"):
            assert int(row[name]) == mine[name], name
        assert int(row["below"]) == mine["below"] and row["labels_needed"] == ""
        for name in ("validation_accuracy", "test_accuracy", "cam_score", "need"):
            assert same([mine[name]], [row[name]]), name


def check_placed(name):
    """With --dataset, the same lines and what their samples are in the COCO files."""
    with h5py.File("data.h5") as data:
        annotations, images = data["samples/annotation_id"][()], data["samples/image_id"][()]
        names = dict(zip(data["images/id"][()], data["images/file_name"].asstr()[()]))
    rows = read_csv(name)
    for row in rows:
        sample = int(row["sample"])
        row.update(annotation_id=str(annotations[sample]), picture=names[images[sample]])
    assert rows and rows == read_csv("placed-" + name), name


def check_metrics(run, lines):
    for made in run:
        mine = [line for line in lines if line["round"] == made["index"]]
        epochs, whole = [m for m in mine if m["kind"] == "epoch"], [m for m in mine if m["kind"] == "round"]
        assert len(whole) == 1 and whole[0]["test_accuracy"] == made["test_accuracy"]
        assert whole[0]["labelled"] == camal_rounds.labelled(made)
        assert whole[0]["seconds"] == made["timing"]
        for name in ("train_loss", "validation_accuracy"):
            assert same(made["epochs"][name], [m[name] for m in epochs]), name


def check_events(run, curves):
    for name in "test_accuracy", "validation_calibration", "test_calibration":
        labels, values = camal_rounds.learning_curve(run, name)
        assert curves["by_labels/" + name] == list(zip(labels.tolist(), np.float32(values).tolist())), name
    steps, losses, before = [], [], 0
    for made in run:
        steps += (made["epochs"]["steps"] + before).tolist()
        losses += made["epochs"]["train_loss"].tolist()
        before += int(made["epochs"]["steps"][-1])
    assert curves["train/loss"] == list(zip(steps, losses))
    assert {"train/accuracy", "train/rate", "validation/loss", "validation/accuracy"} < set(curves)
    assert any(tag.startswith("class_validation_accuracy_by_labels/") for tag in curves)


def check_weights(made):
    with h5py.File("weights.h5") as file:
        assert set(file) == set(made["model"])
        assert all(np.array_equal(file[name], made["model"][name]) for name in file)
        assert [name.decode() for name in file.attrs["classes"]] == made["classes"]["name"].tolist()
        assert file.attrs["size"] == 32 and file.attrs["round"] == made["index"]


def check_words():
    """camal_rounds has a word for every value that a file may hold."""
    with open(os.path.join(os.environ["CAMAL_SOURCE"], "src", "store", "store_records.h")) as file:
        header = file.read()
    for prefix, words in (("CLASS", camal_rounds.STATUS), ("REASON", camal_rounds.REASON),
                          ("QUERY", camal_rounds.QUERY_REASON), ("SPLIT", camal_rounds.SPLIT)):
        named = {int(value): name.lower() for name, value in re.findall(rf"\bSTORE_{prefix}_(\w+) = (\d+)", header)}
        assert words == tuple(named[value] for value in range(len(named))), (words, named)


def main():
    check_words()
    run = camal_rounds.read_run(sys.argv[1], weights=True)
    assert [made["index"] for made in run] == list(range(len(run))) and len(run) > 1
    check_scores(run, read_csv("scores.csv"))
    check_queries(run, read_csv("queries.csv"))
    check_classes(run, read_csv("classes.csv"))
    check_placed("scores.csv")
    check_placed("queries.csv")
    with open("metrics.jsonl", encoding="utf-8") as file:
        check_metrics(run, [json.loads(line) for line in file])
    check_events(run, read_events("board"))
    check_weights(run[-1])


main()
