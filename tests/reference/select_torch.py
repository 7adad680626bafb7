"""Choices of a round, made again by PyTorch and NumPy in double precision from the round's own weights.

usage: select_torch.py STRATEGY ROUND.h5 DATASET.h5

Every distance is computed, embeddings are formed as they are written in the papers, nothing is left out. Since the two
sides round differently, each of camal's picks must be the best of what is left but for a small difference of values.
"""
import re
import sys

import h5py
import numpy as np
import torch
import torchvision
from relu_gates import clear_samples

PASSES = 16  # of dropout
SELECT = 7  # purpose of the random numbers
SCORES = 1e-4  # absolute
PICKS = 2e-4  # relative to the best value left
LOW = np.uint64(0xFFFFFFFF)


# ---- random numbers: Philox4x32-10 (Salmon et al., SC11) ----


def philox(counter, key):
    c = [np.asarray(word, np.uint64) for word in counter]
    k = [np.uint64(word) for word in key]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ k[0], p1 & LOW, (p0 >> np.uint64(32)) ^ c[3] ^ k[1], p0 & LOW]
        k = [(k[0] + np.uint64(0x9E3779B9)) & LOW, (k[1] + np.uint64(0xBB67AE85)) & LOW]
    return c


def block(seed, epoch, items, number=0):
    """Four words an item, of round 0."""
    items = np.asarray(items, np.uint64)
    return philox([np.full(items.shape, number), items & LOW, (items >> np.uint64(32)) << np.uint64(16),
                   np.full(items.shape, epoch << 8 | SELECT)], [seed & 0xFFFFFFFF, seed >> 32])


def units(seed, epoch, items):
    words = block(seed, epoch, items)
    return ((words[0] << np.uint64(32) | words[1]) >> np.uint64(11)).astype(np.float64) / 2.0**53


# ---- the network ----


class Look:
    """What the network makes of samples: logits, pooled features, activations and heat maps of the layer."""

    def __init__(self, round_file, dataset):
        self.model = torchvision.models.resnet18(num_classes=len(round_file["classes/name"]))
        self.model.load_state_dict({k: torch.from_numpy(v[:]) for k, v in round_file["model"].items()}, strict=False)
        self.model = self.model.eval().double()
        name = re.search(r"layer: (\S+)", round_file["config"][0].decode()).group(1)
        self.layer = self.model.layer4 if name == "last" else self.model.get_submodule(name)
        self.dataset = dataset

    def images(self, samples):
        mean, std = (np.array(self.dataset.attrs[name]).ravel() for name in ("mean", "std"))
        pixels = np.stack([self.dataset["samples/image"][s] for s in samples]).astype(np.float64) / 255
        return torch.from_numpy(np.ascontiguousarray(((pixels - mean) / std).transpose(0, 3, 1, 2)))

    def run(self, images):
        kept = {}
        hooks = [self.layer.register_forward_hook(lambda m, i, o: kept.update(layer=o)),
                 self.model.fc.register_forward_hook(lambda m, i, o: kept.update(pooled=i[0]))]
        logits = self.model(images)
        for hook in hooks:
            hook.remove()
        return logits, kept["pooled"].detach().numpy(), kept["layer"]

    def maps(self, logits, activations, classes):
        one = logits[torch.arange(len(classes)), torch.as_tensor(classes)].sum()
        gradient = torch.autograd.grad(one, activations, retain_graph=True)[0]
        return torch.relu((gradient.mean((2, 3), keepdim=True) * activations).sum(1)).detach().numpy()


def shares(maps):
    return maps / np.maximum(maps.sum((1, 2), keepdims=True), 1e-300)


def overlap(a, b):
    a, b = shares(a), shares(b)
    return np.minimum(a, b).sum((1, 2)) / np.maximum(a, b).sum((1, 2))


def activation(maps):
    inside = maps >= 0.5 * maps.max((1, 2), keepdims=True)
    return (maps * inside).sum((1, 2)) / maps.sum((1, 2))


class Pool:
    """Everything that strategies rank by, of the pool's samples in order."""

    def __init__(self, look, samples):
        images = look.images(samples)
        logits, self.pooled, layer = look.run(images)
        self.softmax = torch.softmax(logits, 1).detach().numpy()
        order = np.argsort(-self.softmax, 1)
        self.predicted, second = order[:, 0].copy(), order[:, 1].copy()
        map_ = look.maps(logits, layer, self.predicted)
        mirrored = look.run(torch.flip(images, (3,)))
        self.figures = {
            "confidence": self.softmax.max(1),
            "margin": (lambda p: p[:, -1] - p[:, -2])(np.sort(self.softmax, 1)),
            "entropy": -(self.softmax * np.log(self.softmax)).sum(1),
            "cam_sum": map_.sum((1, 2)),
            "cam_activation": activation(map_),
            "cam_overlap": overlap(map_, look.maps(logits, layer, second)),
            "cam_agreement": overlap(map_, look.maps(mirrored[0], mirrored[2], self.predicted)[:, :, ::-1]),
        }
        values = layer.detach().numpy()
        self.heated = (values * map_[:, None]).sum((2, 3)) / map_.sum((1, 2))[:, None]
        self.head = look.model.fc.weight.detach().numpy(), look.model.fc.bias.detach().numpy()


# ---- values of the samples at a turn, larger first ----


def bald(pool, samples, seed):
    """Houlsby et al., arXiv 1112.5745: H(mean answer) - mean H(answer)."""
    width = pool.pooled.shape[1]
    answers = []
    for number in range(PASSES):
        words = np.stack([w for b in range(-(-width // 128)) for w in block(seed, number, samples, b)], 1)
        bits = words[:, np.arange(width) // 32] >> (np.arange(width) % 32).astype(np.uint64) & np.uint64(1)
        logits = 2 * pool.pooled * bits @ pool.head[0].T + pool.head[1]
        answers.append(torch.softmax(torch.from_numpy(logits), 1).numpy())
    entropy = lambda p: -(p * np.log(np.maximum(p, 1e-300))).sum(-1)
    return entropy(np.mean(answers, 0)) - entropy(np.array(answers)).mean(0)


class Nearest:
    """Distances of points to the nearest centre; `draw`: times the noise of a draw in proportion to them."""

    def __init__(self, points, samples, seed, centres=(), draw=False):
        self.points, self.samples, self.seed, self.draw, self.turn = points, samples, seed, draw, 0
        self.distance = None
        for centre in centres:
            self.add(centre)

    def add(self, centre):
        gap = ((self.points - centre) ** 2).sum(1)
        self.distance = gap if self.distance is None else np.minimum(self.distance, gap)

    def values(self):
        if self.distance is None:
            return (self.points**2).sum(1)
        return self.distance / -np.log1p(-units(self.seed, self.turn, self.samples)) if self.draw else self.distance

    def take(self, pick):
        self.turn += 1
        self.add(self.points[pick])


class Balance:
    """Bengar et al., arXiv 2110.04543: entropy less the change of |what classes lack - what they get|."""

    def __init__(self, pool, labels, classes, budget):
        counts = np.bincount(labels, minlength=classes)
        self.pool, self.missing = pool, np.maximum((counts.sum() + budget) / classes - counts, 0)

    def values(self):
        change = np.abs(self.missing).sum() - np.abs(self.missing - self.pool.softmax).sum(1)
        return self.pool.figures["entropy"] + change

    def take(self, pick):
        self.missing = self.missing - self.pool.softmax[pick]


class Fixed:
    def __init__(self, values):
        self.fixed = values

    def values(self):
        return self.fixed

    def take(self, pick):
        pass


def gradients(pool, features):
    """Ash et al., arXiv 1906.03671: the gradient of the loss by the head's weights, the prediction as label."""
    a = pool.softmax - np.eye(pool.softmax.shape[1])[pool.predicted]
    return (a[:, :, None] * features[:, None, :]).reshape(len(a), -1)


def make(strategy, pool, look, samples, labelled, labels, seed, budget):
    f = pool.figures
    if strategy == "coreset":
        return Nearest(pool.pooled, samples, seed, look.run(look.images(labelled))[1])
    if strategy in ("badge", "cam_badge"):
        features = pool.pooled if strategy == "badge" else pool.heated
        return Nearest(gradients(pool, features), samples, seed, draw=True)
    if strategy == "class_balanced":
        return Balance(pool, labels, pool.softmax.shape[1], budget)
    return Fixed({
        "bald": lambda: bald(pool, samples, seed),
        "cam_margin": lambda: -f["margin"] * f["cam_activation"],
        "cam_overlap": lambda: f["cam_overlap"],
        "cam_consistency": lambda: -f["cam_agreement"],
        "power_margin": lambda: np.log(1 - f["margin"]) - np.log(-np.log1p(-units(seed, 0, samples))),
    }[strategy]())


def main():
    strategy = sys.argv[1]
    with h5py.File(sys.argv[2]) as round_file, h5py.File(sys.argv[3]) as dataset:
        samples, seed = round_file["scores/sample"][:], int(np.ravel(round_file["rng"].attrs["seed"])[0])
        labelled = np.flatnonzero(round_file["pool/round_labelled"][:] == 0)
        labels = round_file["pool/label"][:][labelled]
        assert (round_file["classes/status"][:] == 0).all(), "all classes are to be open"
        look = Look(round_file, dataset)
        pool = Pool(look, samples)
        assert (pool.predicted == round_file["scores/predicted"][:]).all()
        assert not round_file["scores/cam_empty"][:].any()
        clear = clear_samples(look.model, look.layer, look.images(samples))
        assert np.count_nonzero(clear) >= len(samples) // 2
        for name, theirs in pool.figures.items():
            differences = np.abs(round_file["scores/" + name][:] - theirs) / max(1, np.abs(theirs).max())
            assert differences[clear].max() < SCORES, (name, differences[clear].max())
        picks, scores = round_file["queries/sample"][:], round_file["queries/score"][:]
        state = make(strategy, pool, look, samples, labelled, labels, seed, len(picks))
    left, worst, others = np.ones(len(samples), bool), 0, 0
    assert len(picks) == 12 and len(set(picks)) == 12 and set(picks) <= set(samples)
    for pick, score in zip(np.searchsorted(samples, picks), scores):
        values = state.values()
        scale = max(np.abs(values[left]).max(), 1e-3)
        short = (values[left].max() - values[pick]) / scale
        worst = max(worst, short, abs(values[pick] + score) / scale)
        others += values[left].max() > values[pick]
        left[pick] = False
        state.take(pick)
    print(f"{strategy}: {len(picks)} of {len(samples)} samples, largest difference {worst:.1e}, {others} near ties")
    assert worst < PICKS
    assert others <= 1


main()
