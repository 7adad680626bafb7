"""Load a round's weights into torchvision's resnet18 and compare what both say of pool, validation and test.

usage: round_torchvision.py ROUND.h5 DATASET.h5

The round file holds no logits, so all that camal derives from them is compared: the predicted class, its
probability, the margin, the entropy and the log-probability of the label.
"""
import sys

import h5py
import numpy as np
import torch
import torchvision

TOLERANCE = 1e-4  # absolute, on probabilities and nats


def load_model(round_file, classes):
    model = torchvision.models.resnet18(num_classes=classes)
    state = {name: torch.from_numpy(tensor[:]) for name, tensor in round_file["model"].items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected, unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing), missing
    return model.eval()


def probabilities(model, dataset, samples):
    mean, std = (np.array(dataset.attrs[name]).ravel() for name in ("mean", "std"))
    pixels = dataset["samples/image"][:][samples].astype(np.float32) / 255
    pixels = np.ascontiguousarray(((pixels - mean) / std).transpose(0, 3, 1, 2), dtype=np.float32)
    with torch.no_grad():
        return torch.softmax(model(torch.from_numpy(pixels)).double(), 1).numpy()


def compare(what, camal, torch_says):
    worst = np.abs(camal - torch_says).max()
    print(f"{what}: {len(camal)} samples, largest difference {worst:.2e}")
    assert worst < TOLERANCE, what


def main():
    with h5py.File(sys.argv[1]) as round_file, h5py.File(sys.argv[2]) as dataset:
        model = load_model(round_file, len(dataset["classes/name"]))
        scores = {name: column[:] for name, column in round_file["scores"].items()}
        p = probabilities(model, dataset, scores["sample"])
        order = np.sort(p, 1)[:, ::-1]
        assert (p.argmax(1) == scores["predicted"]).all()
        compare("confidence in the pool", scores["confidence"], order[:, 0])
        compare("margin in the pool", scores["margin"], order[:, 0] - order[:, 1])
        compare("entropy in the pool", scores["entropy"], -(p * np.log(p)).sum(1))
        judged = {name: column[:] for name, column in round_file["evaluation"].items()}
        p = probabilities(model, dataset, judged["sample"])
        assert (p.argmax(1) == judged["predicted"]).all()
        compare("log-probability of the label", -judged["loss"], np.log(p[np.arange(len(p)), judged["label"]]))


main()
