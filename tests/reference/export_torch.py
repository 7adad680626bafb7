"""Weights that camal-export wrote, loaded strictly into PyTorch by tools/python/load_weights.py, say what camal said.

usage: export_torch.py WEIGHTS.h5 ROUND.h5 DATASET.h5
"""
import os
import sys

import h5py
import numpy as np
import torch

sys.path.insert(0, os.path.join(os.environ["CAMAL_SOURCE"], "tools", "python"))
import load_weights  # noqa: E402

TOLERANCE = 1e-4  # absolute, on probabilities and nats

model, about = load_weights.load(sys.argv[1])
with h5py.File(sys.argv[2]) as made, h5py.File(sys.argv[3]) as dataset:
    judged = {name: column[:] for name, column in made["evaluation"].items()}
    names = [name.decode() for name in made["classes/name"]]
    pixels = dataset["samples/image"][:][judged["sample"]].astype(np.float32) / 255
pixels = ((pixels - about["mean"]) / about["std"]).transpose(0, 3, 1, 2)
with torch.no_grad():
    logits = model(torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))).double()
p = torch.softmax(logits, 1).numpy()
rows = np.arange(len(p))
assert about["classes"] == names and about["active"].all() and about["size"] == pixels.shape[2]
assert (p.argmax(1) == judged["predicted"]).all()
worst = max(np.abs(np.log(p[rows, judged["label"]]) + judged["loss"]).max(),
            np.abs(p.max(1) - judged["confidence"]).max())
print(f"{about['network']} {about['stem']}: {len(p)} samples, largest difference {worst:.2e}")
assert worst < TOLERANCE
