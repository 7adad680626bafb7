"""Grad-CAM by PyTorch's autograd on torchvision's resnet18, against the raw maps of camal-heatmap.

usage: heatmap_torch.py ROUND.h5 DATASET.h5 FOLDER    FOLDER has maps.npy and index.csv
       heatmap_torch.py --layer NAME ROUND.h5 OUT.h5  a copy of a round whose heat maps are of another layer
"""
import csv
import os
import re
import shutil
import sys

import h5py
import numpy as np
import torch
import torchvision
from relu_gates import clear_samples

TOLERANCE = 1e-4  # absolute, on maps before colouring and on probabilities


def set_layer(layer, source, target):
    shutil.copy(source, target)
    with h5py.File(target, "r+") as file:
        text = re.sub(r"layer: \S+", "layer: " + layer, file["config"][0].decode())
        del file["config"]
        kind = h5py.string_dtype("utf-8", len(text.encode()))
        file.create_dataset("config", data=np.array([text.encode()], kind), chunks=(1,), fletcher32=True)


def load_model(round_file):
    model = torchvision.models.resnet18(num_classes=len(round_file["classes/name"]))
    model.load_state_dict({k: torch.from_numpy(v[:]) for k, v in round_file["model"].items()}, strict=False)
    return model.eval()


def find_layer(model, round_file):
    layer = re.search(r"layer: (\S+)", round_file["config"][0].decode()).group(1)
    return model.layer4 if layer == "last" else model.get_submodule(layer)


def read_images(dataset, samples):
    mean, std = (np.array(dataset.attrs[name]).ravel() for name in ("mean", "std"))
    pixels = np.stack([dataset["samples/image"][s] for s in samples]).astype(np.float64) / 255
    return torch.from_numpy(np.ascontiguousarray(((pixels - mean) / std).transpose(0, 3, 1, 2), dtype=np.float32))


def grad_cam(model, layer, images, classes):
    kept = []
    hook = layer.register_forward_hook(lambda module, given, output: kept.append(output))
    logits = model(images)
    hook.remove()
    chosen = logits[torch.arange(len(classes)), classes].sum()  # samples do not mix in eval mode
    gradient = torch.autograd.grad(chosen, kept[0])[0]
    alpha = gradient.mean((2, 3), keepdim=True)
    return torch.relu((alpha * kept[0]).sum(1)).detach().numpy(), torch.softmax(logits, 1).detach().numpy()


def main():
    with h5py.File(sys.argv[1]) as round_file, h5py.File(sys.argv[2]) as dataset:
        maps = np.load(os.path.join(sys.argv[3], "maps.npy"))
        with open(os.path.join(sys.argv[3], "index.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        names = [name.decode() for name in round_file["classes/name"]]
        classes = torch.tensor([names.index(row["map_of"]) for row in rows])
        model = load_model(round_file).double()
        images = read_images(dataset, [int(row["sample"]) for row in rows]).double()
        layer = find_layer(model, round_file)
        theirs, p = grad_cam(model, layer, images, classes)
        clear = clear_samples(model, layer, images)
    assert maps.shape == theirs.shape and maps.dtype == np.float32, (maps.shape, theirs.shape)
    assert [names[c] for c in p.argmax(1)] == [row["predicted"] for row in rows]
    of = np.array([float(row["probability"]) for row in rows])
    confidence = np.array([float(row["confidence"]) for row in rows])
    worst = np.abs(maps - theirs)[clear].max()
    print(f"{len(rows)} maps of {maps.shape[1]} x {maps.shape[2]}, largest value {theirs.max():.3f}, "
          f"largest difference {worst:.2e} over {np.count_nonzero(clear)} clear samples")
    assert theirs.max() > 1e-2, "the maps say nothing"
    assert np.count_nonzero(clear) >= len(rows) // 2
    assert worst < TOLERANCE
    assert np.abs(of - p[np.arange(len(rows)), classes.numpy()]).max() < TOLERANCE
    assert np.abs(confidence - p.max(1)).max() < TOLERANCE


if sys.argv[1] == "--layer":
    set_layer(*sys.argv[2:])
else:
    main()
