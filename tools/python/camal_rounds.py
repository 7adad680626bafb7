"""camal's round files as Python dicts and NumPy arrays.

    import camal_rounds
    rounds = camal_rounds.read_run("runs/factory15-proposed")
    last = rounds[-1]
    last["test_accuracy"]                        # a number of the round
    last["scores"]["cam_activation"].mean()      # columns by name, one row a pool sample
    camal_rounds.class_table(last)[0]            # {"name": "crack", "status": "active", ...}
    camal_rounds.learning_curve(rounds)          # labels, accuracies

Needs h5py and numpy. hdf5-schemas/round.yaml says what each column means.
"""
import glob
import os
import re

import h5py
import numpy as np

STATUS = ("active", "finished", "excluded", "paused")
REASON = ("none", "finished", "below_threshold", "improving", "floor", "too_early", "no_validation", "watched",
          "plateau", "cost", "affordable", "readmitted", "on_trial", "left_out", "returned")
QUERY_REASON = ("strategy", "quota", "fill")
SPLIT = ("train", "validation", "test")
TABLES = ("pool", "scores", "queries", "answers", "evaluation", "classes")


def _value(value):
    return value.decode() if isinstance(value, bytes) else value.item() if np.ndim(value) == 0 else value


def _column(dataset):
    values = dataset[()]
    if values.dtype.kind == "S":
        return np.array([text.decode() for text in values], dtype=object)
    return values


def _columns(group):
    return {name: _column(member) for name, member in group.items() if isinstance(member, h5py.Dataset)}


def read_round(path, weights=False):
    """One round-NNN.h5 as a dict: attributes of the file and of /metrics (index, test_accuracy, ...), "config" and
    "plan" as text, "timing" in seconds, the tables of TABLES and "epochs" as dicts of columns, "confusion" by
    split. With weights, "model" and "optimizer" too, arrays by torchvision's names."""
    with h5py.File(path, "r") as file:
        if _value(file.attrs.get("schema", b"")) != "camal-round":
            raise ValueError(f"{path}: not a camal-round file")
        if file.attrs["schema_version"] != 1:
            raise ValueError(f"{path}: version {file.attrs['schema_version']} of camal-round, this reads 1")
        made = {name: _value(value) for name, value in file.attrs.items()}
        made.update({name: _value(value) for name, value in file["metrics"].attrs.items()})
        made.update(config=file["config"][0].decode(), plan=file["plan"][0].decode())
        made["timing"] = {name: _value(value) for name, value in file["timing"].attrs.items()}
        made.update({name: _columns(file[name]) for name in TABLES if name in file})
        made["epochs"] = _columns(file["metrics/epoch"])
        made["confusion"] = {split: file[f"metrics/{split}_confusion"][()] for split in SPLIT[1:]}
        for name in ("model", "optimizer") if weights else ():
            made[name] = _columns(file[name])
    return made


def read_run(folder, weights=False):
    """All rounds of a run folder, in order."""
    paths = glob.glob(os.path.join(glob.escape(folder), "round-*.h5"))
    paths = [path for path in paths if re.search(r"round-\d{3,}\.h5$", path)]
    if not paths:
        raise FileNotFoundError(f"{folder}: no round files in it")
    return sorted((read_round(path, weights) for path in paths), key=lambda made: made["index"])


def class_table(made):
    """The classes of a round, one dict a class, status and reason as words, not measured (-1) as NaN."""
    columns = dict(made["classes"])
    columns["status"] = [STATUS[s] for s in columns["status"]]
    columns["reason"] = [REASON[r] for r in columns["reason"]]
    for name, values in columns.items():
        if getattr(values, "dtype", None) == np.float32:
            columns[name] = np.where(values < 0, np.nan, values)
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def labelled(made):
    """Samples that the round's model was trained on, copies not counted."""
    return int(made["classes"]["labelled"].sum())


def recall(made, split="test"):
    """Mean recall over all classes that have samples; a class that is excluded counts as 0."""
    confusion = made["confusion"][split]
    counts = confusion.sum(1)
    with np.errstate(invalid="ignore"):
        recalls = np.where(made["classes"]["status"] == STATUS.index("excluded"), 0, np.diag(confusion) / counts)
    return float(recalls[counts > 0].mean())


def learning_curve(rounds, measure=recall):
    """Labels and accuracy of each round; measure is a function of a round, or a name such as "test_accuracy"."""
    values = [made[measure] if isinstance(measure, str) else measure(made) for made in rounds]
    return np.array([labelled(made) for made in rounds]), np.array(values)
