#!/usr/bin/env python3
"""Train camal's resnet8 in PyTorch on a dataset.h5, with camal's split and recipe, for comparison.

usage: factory15_torch.py DATASET.h5 [--seeds 3] [--epochs 12] [--json FILE]

The same samples, network, class-balanced batches, augmentation (mirror, quarter turns), SGD with Nesterov
momentum, one-cycle rate and choice of the epoch by validation; the random numbers and the batch-norm batch
(64 here, micro-batches of 16 in camal) differ. Prints mean recall on validation and test, a line a seed.
"""
import argparse
import json

import h5py
import numpy as np
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(outputs))

    def forward(self, x):
        skip = x if self.downsample is None else self.downsample(x)
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + skip)


class Resnet8(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.layer1 = Block(32, 32, 1)
        self.layer2 = Block(32, 64, 2)
        self.layer3 = Block(64, 128, 2)
        self.fc = nn.Linear(128, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def load(path):
    with h5py.File(path) as f:
        image = f["samples/image"][:]
        label = f["samples/label"][:].astype(np.int64)
        split = f["samples/split"][:]
        mean, std = np.array(f.attrs["mean"]).ravel(), np.array(f.attrs["std"]).ravel()
    pixels = (image.astype(np.float32) / 255 - mean) / std
    pixels = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), dtype=np.float32))
    return pixels, torch.from_numpy(label), split


def balanced_epoch(random, by_class, draws):
    each, rest = divmod(draws, len(by_class))
    order = []
    for c, members in enumerate(by_class):
        wanted = each + (c < rest)
        passes = [random.permutation(members) for _ in range(-(-wanted // len(members)))]
        order.append(np.concatenate(passes)[:wanted])
    return random.permutation(np.concatenate(order))


def augment(random, batch):
    """Quarter turns and mirrors, each of the eight symmetries at once for all samples that drew it."""
    out = torch.empty_like(batch)
    drawn = random.integers(8, size=len(batch))
    for symmetry in range(8):
        where = torch.from_numpy(np.flatnonzero(drawn == symmetry))
        part = torch.rot90(batch[where], symmetry // 2, (2, 3))
        out[where] = part.flip(3) if symmetry % 2 else part
    return out.contiguous(memory_format=torch.channels_last)


def recall(net, pixels, label, where, classes):
    net.eval()
    with torch.no_grad():
        logits = torch.cat([net(pixels[part]) for part in torch.split(where, 256)])
        loss = nn.functional.cross_entropy(logits, label[where]).item()
    hit = (logits.argmax(1) == label[where]).numpy()
    truth = label[where].numpy()
    return float(np.mean([hit[truth == c].mean() for c in range(classes) if (truth == c).any()])), loss


def train(pixels, label, split, seed, epochs, batch=64):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    classes = int(label.max()) + 1
    train_set = np.flatnonzero(split == 0)
    validation, test = (torch.from_numpy(np.flatnonzero(split == s)) for s in (1, 2))
    by_class = [train_set[label.numpy()[train_set] == c] for c in range(classes)]
    draws = -(-len(train_set) // batch) * batch
    net = Resnet8(classes).to(memory_format=torch.channels_last)
    decayed = [p for p in net.parameters() if p.dim() > 1]
    plain = [p for p in net.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD([{"params": decayed, "weight_decay": 5e-4}, {"params": plain, "weight_decay": 0}],
                                lr=0.1, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=epochs * draws // batch,
                                                   cycle_momentum=False)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    best = (-1, 0, None)
    for _ in range(epochs):
        net.train()
        order = balanced_epoch(random, by_class, draws)
        for chosen in order.reshape(-1, batch):
            chosen = torch.from_numpy(chosen)
            loss = loss_of(net(augment(random, pixels[chosen])), label[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
        accuracy, value = recall(net, pixels, label, validation, classes)
        if (accuracy, -value) > best[:2]:
            best = (accuracy, -value, recall(net, pixels, label, test, classes)[0])
    return best[0], best[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    pixels, label, split = load(args.dataset)
    found = []
    for seed in range(1, args.seeds + 1):
        validation, test = train(pixels, label, split, seed, args.epochs)
        found.append({"seed": seed, "validation": validation, "test": test})
        print(f"seed {seed}: validation {validation:.4f} test {test:.4f}", flush=True)
    means = {key: float(np.mean([one[key] for one in found])) for key in ("validation", "test")}
    print(f"mean of {len(found)}: validation {means['validation']:.4f} test {means['test']:.4f}")
    if args.json:
        with open(args.json, "w") as out:
            json.dump({"seeds": found, "mean": means}, out, indent=1)


if __name__ == "__main__":
    main()
