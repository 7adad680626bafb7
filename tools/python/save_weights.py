"""Make weights of PyTorch a file that a run begins with (network.weights): torchvision's ImageNet weights, or one's own.

    python3 save_weights.py resnet18-f37072fd.pth imagenet.h5
    mpirun -n 2 camal-learn run.yaml --set network.name=resnet18 --set network.stem=imagenet --set network.weights=imagenet.h5

Taken are resnet18 as torchvision has it, and what load_weights.py makes: resnet18 with a small stem, and resnet8. Which
one it is, the arrays tell. The last layer counts only where its classes are those of the data set (--classes).
"""
import argparse
import os
import sys

import h5py
import numpy as np
import torch


def read_state(path):
    """Arrays by name, as torch.save() wrote a state dictionary, or a checkpoint that has one."""
    state = torch.load(path, map_location="cpu")
    state = state.get("state_dict", state) if isinstance(state, dict) else state.state_dict()
    state = {name[len("module."):] if name.startswith("module.") else name: value for name, value in state.items()}
    return {name: value.numpy().astype("<f4") for name, value in state.items()
            if torch.is_tensor(value) and not name.endswith("num_batches_tracked")}


def kind_of(state):
    """network.name and network.stem."""
    for name in ("conv1.weight", "layer1.0.conv1.weight", "fc.weight", "fc.bias"):
        if name not in state:
            raise ValueError(f"has no array {name}: not a ResNet by torchvision's names")
    if "layer1.0.conv3.weight" in state or "layer1.2.conv1.weight" in state:
        raise ValueError("is of a deeper ResNet: camal has resnet18 and resnet8")
    if "layer1.1.conv1.weight" not in state:
        return "resnet8", "small"
    return "resnet18", "imagenet" if state["conv1.weight"].shape[2] == 7 else "small"


def save(state, names, path):
    """Whole under its name or not at all, as camal writes files."""
    network, stem = kind_of(state)
    classes = len(state["fc.bias"])
    names = [str(number) for number in range(classes)] if names is None else names
    if len(names) != classes:
        raise ValueError(f"has {classes} classes, but {len(names)} names are given")
    if len(set(names)) != classes or not all(0 < len(name.encode()) < 64 for name in names):
        raise ValueError("names of classes must differ, and have 1 to 63 bytes each")
    for name, array in state.items():
        if not np.isfinite(array).all():
            raise ValueError(f"array {name} has values that are not finite")

    def text(value):  # with a 0 at the end, as camal reads
        return np.bytes_(value.encode() + b"\0")

    width = max(len(name.encode()) for name in names) + 1
    with h5py.File(path + ".tmp", "w", libver="latest") as file:
        for name, value in (("schema", "camal-weights"), ("version", "pytorch"), ("network", network), ("stem", stem),
                            ("dataset_digest", "")):
            kind = h5py.string_dtype("utf-8", max(len(value) + 1, 2))
            file.attrs.create(name, text(value), dtype=kind)
        for name, value in (("schema_version", 1), ("round", 0)):
            file.attrs.create(name, value, dtype="<i4")
        file.attrs.create("classes", np.array([text(name) for name in names], f"S{width}"),
                          dtype=h5py.string_dtype("utf-8", width))
        file.attrs.create("active", np.ones(classes, "u1"))
        for name, array in state.items():
            file.create_dataset(name, data=array, chunks=array.shape, fletcher32=True)
    os.replace(path + ".tmp", path)
    return network, stem, classes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", metavar="STATE.pth", help="what torch.save() wrote: a state dictionary or a model")
    parser.add_argument("out", metavar="OUT.h5")
    parser.add_argument("--classes", metavar="FILE", help="names of its classes, one a line (default 0, 1, ...)")
    asked = parser.parse_args()
    try:
        names = None
        if asked.classes:
            with open(asked.classes, encoding="utf-8") as file:
                names = file.read().splitlines()
        network, stem, classes = save(read_state(asked.state), names, asked.out)
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"save_weights: {asked.state}: {error}")
    print(f"save_weights: {asked.out}: {network} with stem {stem}, {classes} classes; next: camal-learn RUN.yaml "
          f"--set network.name={network} --set network.stem={stem} --set network.weights={asked.out}")


if __name__ == "__main__":
    main()
