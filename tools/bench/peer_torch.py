#!/usr/bin/env python3
"""What camal-bench measures, done in PyTorch as well as we know how: one JSON map of figures.

usage: peer_torch.py train [--network N] [--stem S] [--size S] [--batch B] [--threads T] [--ranks R] [--dtype T]
       peer_torch.py score --dataset FILE [...]
       each with [--seconds X] [--variant NAME | --pick [NAME...]]

--pick tries the variants (those named, or all), says how fast each is and goes on with the fastest; --variant runs one.

Training: pixels in memory, channels_last, SGD with Nesterov momentum, label smoothing, several ranks by DDP over gloo.
Variants: memory layout, foreach or plain optimiser, and for DDP gradients set to zero or dropped.

Scoring: batches of u8 pixels from HDF5, softmax scores, heat maps of the two likeliest classes and of the mirrored
image, and all that camal derives from them. Families of variants:
  grad-*      autograd.grad of the class logits (summed over the batch: one backward a class) with respect to the
              last layer's output, which a hook takes. Fastest where that output is made the leaf of the graph, so that
              the layers before it keep nothing; `graph` is the same with the graph over all layers. Also tried: the
              mirrored images in the same forward pass (joined), norms folded into the convolutions (fused), a traced
              and frozen trunk (frozen), bf16 weights in place of autocast (cast), batches of 32 and 128. Both classes
              in one batched backward gains nothing: it passes the pooling and the linear layer only.
  backward    what Grad-CAM packages do: hooks, and backward() through the whole graph with gradients of all weights.
  closed-*    camal's formula given to PyTorch: the head's weights are the gradient, no autograd at all.
"""
import argparse
import contextlib
import copy
import json
import math
import os
import socket
import statistics
import sys
import time


def peak_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


import h5py
import numpy as np
import torch
from torch import nn

IMPORT_BYTES = peak_bytes()
CLASSES = 15
WARM_UP = 2


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(outputs))

    def forward(self, x):
        skip = x if self.downsample is None else self.downsample(x)
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += skip
        return self.relu2(y)


class Network(nn.Module):
    """torchvision's ResNet-18, or camal's resnet8, as trunk and head."""

    def __init__(self, network, stem):
        super().__init__()
        if network == "resnet8":
            first = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True)]
            blocks, channels = [Block(32, 32, 1), Block(32, 64, 2), Block(64, 128, 2)], 128
        else:
            imagenet = stem == "imagenet"
            first = [nn.Conv2d(3, 64, 7 if imagenet else 3, 2 if imagenet else 1, 3 if imagenet else 1, bias=False),
                     nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
            first += [nn.MaxPool2d(3, 2, 1)] if imagenet else []
            blocks, channels = [], 64
            for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
                blocks += [Block(channels, width, stride), Block(width, width, 1)]
                channels = width
        self.trunk = nn.Sequential(*first, *blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def head(self, x):
        return self.fc(self.pool(x).flatten(1))

    def forward(self, x):
        return self.head(self.trunk(x))


def autocast(args):
    if args.dtype == "bf16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


# ---- training ----

TRAIN_VARIANTS = ["channels_last-foreach", "channels_last-loop", "contiguous-foreach", "contiguous-loop"]
DDP_VARIANTS = TRAIN_VARIANTS + ["channels_last-foreach-zero", "channels_last-loop-zero"]


class Trainer:
    def __init__(self, args, variant, rank):
        torch.manual_seed(1)
        layout = torch.channels_last if variant.startswith("channels_last") else torch.contiguous_format
        net = Network(args.network, args.stem).to(memory_format=layout)
        groups = [{"params": [p for p in net.parameters() if p.dim() > 1], "weight_decay": 5e-4},
                  {"params": [p for p in net.parameters() if p.dim() <= 1], "weight_decay": 0}]
        self.optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9, nesterov=True,
                                         foreach="foreach" in variant)
        self.drops = not variant.endswith("zero")
        self.net = net
        if args.ranks > 1:
            self.net = nn.parallel.DistributedDataParallel(net, gradient_as_bucket_view=True)
        self.loss = nn.CrossEntropyLoss(label_smoothing=0.05)
        torch.manual_seed(rank)
        self.pixels = torch.randn(args.batch, 3, args.size, args.size).to(memory_format=layout)
        self.labels = torch.arange(args.batch) % CLASSES
        self.args = args

    def step(self):
        start = time.perf_counter()
        with autocast(self.args):
            loss = self.loss(self.net(self.pixels), self.labels)
        self.optimizer.zero_grad(set_to_none=self.drops)
        loss.backward()
        self.optimizer.step()
        return time.perf_counter() - start


def agree(args, number):
    """The first rank's number: all ranks must take as many steps."""
    if args.ranks == 1:
        return number
    shared = torch.tensor([number])
    torch.distributed.broadcast(shared, 0)
    return int(shared[0])


def train_variant(args, variant, rank, seconds, least, most):
    trainer = Trainer(args, variant, rank)
    warm = [trainer.step() for _ in range(WARM_UP if least > 1 else 1)]
    steps = agree(args, max(least, min(most, int(seconds / min(warm)))))
    times = [trainer.step() for _ in range(steps)]
    return args.batch * args.ranks / statistics.median(times)


def pick_trainer(args, rank):
    """Short trials: as many as fit half a second, one at least; twice where they are short."""
    names = args.pick or (DDP_VARIANTS if args.ranks > 1 else TRAIN_VARIANTS)
    train_variant(args, names[0], rank, 0, 1, 1)  # the library's own warm-up counts for none
    rates = dict.fromkeys(names, 0)
    for variant in names * (2 if args.size <= 64 else 1):
        rates[variant] = max(rates[variant], train_variant(args, variant, rank, 0.5, 1, 4))
    best = agree(args, names.index(max(rates, key=rates.get)))
    return {"variants": rates, "variant": names[best]}


def train(args, rank=0):
    found = {"variant": args.variant or TRAIN_VARIANTS[0]} if args.pick is None else pick_trainer(args, rank)
    rate = train_variant(args, found["variant"], rank, args.seconds, 3, args.steps)
    return found | {"images_per_second": rate}


def train_rank(rank, args, port, results):
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[rank % len(os.sched_getaffinity(0))]})
    start(args)
    torch.distributed.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=args.ranks)
    found = train(args, rank)
    found["peak_bytes"] = peak_bytes()
    results.put((rank, found))
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def train_ranks(args):
    """One process a rank, each bound to a core."""
    context = torch.multiprocessing.get_context("spawn")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    results = context.SimpleQueue()
    spawned = torch.multiprocessing.spawn(train_rank, (args, port, results), args.ranks, join=False)
    found = [results.get() for _ in range(args.ranks)]
    spawned.join()
    first = next(one for rank, one in found if rank == 0)
    first["peak_bytes"] = max(one["peak_bytes"] for _, one in found)
    return first


# ---- scoring ----

SCORE_VARIANTS = ["grad-graph-32", "grad-plain-32", "grad-plain-128", "grad-fused-32", "grad-fused-128",
                  "grad-fused-joined-32", "grad-frozen-32", "grad-frozen-128"]
SCORE_BF16 = ["grad-fused-cast-32", "grad-fused-cast-128", "grad-frozen-cast-32"]


def fold_norms(net):
    """Every convolution takes the norm behind it over."""
    fuse = nn.utils.fusion.fuse_conv_bn_eval
    trunk = net.trunk
    trunk[0], trunk[1] = fuse(trunk[0], trunk[1]), nn.Identity()
    for block in trunk:
        if isinstance(block, Block):
            block.conv1, block.bn1 = fuse(block.conv1, block.bn1), nn.Identity()
            block.conv2, block.bn2 = fuse(block.conv2, block.bn2), nn.Identity()
            if block.downsample is not None:
                block.downsample = fuse(*block.downsample)
    return net


class Scorer:
    def __init__(self, args, variant, size):
        words = variant.split("-")
        self.args, self.family = args, words[0]
        self.batch = int(words[-1]) if words[-1].isdigit() else 32
        self.joined, self.cast = "joined" in words, "cast" in words
        torch.manual_seed(1)
        self.net = Network(args.network, args.stem).eval()
        if "fused" in words or "frozen" in words:
            self.net = fold_norms(self.net)
        if self.cast:
            self.net = self.net.bfloat16()
        self.net = self.net.to(memory_format=torch.channels_last)
        self.whole = self.family == "backward" or "graph" in words
        self.net.requires_grad_(self.whole)
        if "frozen" in words:
            self.freeze(size)
        elif self.whole:
            self.net.trunk.register_forward_hook(self.keep)

    def freeze(self, size):
        example = torch.randn(self.batch, 3, size, size).to(memory_format=torch.channels_last)
        if self.cast:
            example = example.bfloat16()
        with torch.no_grad(), self.autocast():
            trunk = torch.jit.freeze(torch.jit.trace(copy.deepcopy(self.net.trunk), example))
            # Packed weights are f32 only.
            trunk = trunk if self.args.dtype == "bf16" else torch.jit.optimize_for_inference(trunk)
            trunk(example), trunk(example)
        self.net.trunk = trunk

    def autocast(self):
        return contextlib.nullcontext() if self.cast else autocast(self.args)

    def keep(self, module, inputs, output):
        if self.family == "backward":
            output.retain_grad()
        self.activation = output

    def forward(self, x):
        if self.whole:
            return self.net(x)
        with torch.no_grad():
            self.activation = self.net.trunk(x)
        if self.family == "closed":
            with torch.no_grad():
                return self.net.head(self.activation)
        self.activation = self.activation.detach().requires_grad_()
        return self.net.head(self.activation)

    def maps(self, logits, classes, again=False):
        """ReLU of the activation weighted by the mean gradient of each sample's class logit."""
        activation = self.activation
        if self.family == "closed":
            alpha = self.net.fc.weight[classes].to(activation.dtype) / (activation.shape[2] * activation.shape[3])
        else:
            chosen = logits.gather(1, classes[:, None]).sum()  # a sample's logit depends on it alone
            if self.family == "backward":
                activation.grad = None
                chosen.backward(retain_graph=again)
                self.net.zero_grad(set_to_none=True)
                alpha = activation.grad.mean((2, 3))
            else:
                alpha = torch.autograd.grad(chosen, activation, retain_graph=again)[0].mean((2, 3))
        # A batched product: faster than multiplying and summing.
        flat = activation.detach().flatten(2)
        maps = torch.bmm(alpha.to(flat.dtype)[:, None], flat)
        return torch.relu(maps.float()).view(-1, *activation.shape[2:])

    def heat(self, pixels):
        """Logits, and maps of the first class, of the second, and of the first in the mirrored image."""
        count = len(pixels)
        if self.joined:
            logits = self.forward(torch.cat([pixels, pixels.flip(3)]))
            top = logits[:count].detach().float().topk(2, 1).indices
            first, second = top[:, 0], top[:, 1]
            both = self.maps(logits, torch.cat([first, first]), again=True)
            other = self.maps(logits, torch.cat([second, second]))[:count]
            return logits[:count].detach().float(), top, both[:count], other, both[count:]
        logits = self.forward(pixels)
        top = logits.detach().float().topk(2, 1).indices
        first = self.maps(logits, top[:, 0], again=True)
        second = self.maps(logits, top[:, 1])
        mirrored = self.maps(self.forward(pixels.flip(3)), top[:, 0])
        return logits.detach().float(), top, first, second, mirrored

    def score(self, pixels):
        """[B,12]: what camal's record of a sample holds."""
        with self.autocast():
            logits, top, first, second, mirrored = self.heat(pixels)
        log_p = torch.log_softmax(logits, 1)
        p = log_p.exp()
        best = p.gather(1, top)
        heat, other, mirror = first.flatten(1), second.flatten(1), mirrored.flip(2).flatten(1)
        total, peak = heat.sum(1), heat.amax(1)
        share = heat / total.clamp_min(1e-30)[:, None]
        other = other / other.sum(1).clamp_min(1e-30)[:, None]
        mirror = mirror / mirror.sum(1).clamp_min(1e-30)[:, None]
        mask = (heat >= 0.5 * peak[:, None]).float()
        return torch.stack([
            top[:, 0].float(), top[:, 1].float(), best[:, 0], best[:, 0] - best[:, 1], -(p * log_p).sum(1), total,
            (share * mask).sum(1), mask.mean(1), -torch.xlogy(share, share).sum(1) / math.log(heat.shape[1]),
            torch.minimum(share, other).sum(1) / torch.maximum(share, other).sum(1),
            torch.minimum(share, mirror).sum(1) / torch.maximum(share, mirror).sum(1), (total == 0).float()], 1)


def score_pass(scorer, path, most=None):
    """Score the whole file; seconds, and how many samples."""
    start = time.perf_counter()
    found = []
    # The cache that h5py opens with is smaller than a chunk: each would be read again for every batch.
    with h5py.File(path, rdcc_nbytes=64 << 20, rdcc_nslots=1009) as file:
        image = file["samples/image"]
        mean, std = (torch.from_numpy(np.array(file.attrs[key]).ravel()).float() for key in ("mean", "std"))
        scale, shift = (1 / (255 * std)).view(1, 3, 1, 1), (-mean / std).view(1, 3, 1, 1)
        count = min(len(image), most or len(image))
        for first in range(0, count, scorer.batch):
            block = torch.from_numpy(image[first:min(first + scorer.batch, count)]).permute(0, 3, 1, 2)
            pixels = block.float().mul_(scale).add_(shift)  # channels_last, as it lies in the file
            found.append(scorer.score(pixels.bfloat16() if scorer.cast else pixels))
    scores = torch.cat(found).numpy()
    if not np.isfinite(scores).all() or scores.shape != (count, 12):
        raise SystemExit("peer_torch: scores that are not finite")
    return time.perf_counter() - start, count


def try_score(args, variant, size):
    """Images/s over a few batches; 0 for what this PyTorch cannot do."""
    try:
        scorer = Scorer(args, variant, size)
        most = 256 if size <= 64 else 128
        score_pass(scorer, args.dataset, scorer.batch)
        seconds, count = min(score_pass(scorer, args.dataset, most) for _ in range(2 if size <= 64 else 1))
        return count / seconds
    except (RuntimeError, NotImplementedError) as error:
        print(f"peer_torch: {variant}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 0


def pick_scorer(args, size):
    if args.family == "backward":
        return {"variants": {"backward": 0}, "variant": "backward"}  # there is but one
    names = args.pick or [name.replace("grad", args.family, 1)
                          for name in SCORE_VARIANTS + (SCORE_BF16 if args.dtype == "bf16" else [])
                          if args.family != "closed" or "graph" not in name]
    rates = {name: try_score(args, name, size) for name in names}
    return {"variants": rates, "variant": max(rates, key=rates.get)}


def score(args):
    with h5py.File(args.dataset) as file:
        size = file["samples/image"].shape[1]
    found = {"variant": args.variant or SCORE_VARIANTS[0]} if args.pick is None else pick_scorer(args, size)
    scorer = Scorer(args, found["variant"], size)
    score_pass(scorer, args.dataset, scorer.batch)  # warm-up
    times = [score_pass(scorer, args.dataset, args.samples)]
    while len(times) < args.steps and sum(seconds for seconds, _ in times) < args.seconds:
        times.append(score_pass(scorer, args.dataset, args.samples))
    return found | {"images_per_second": times[0][1] / statistics.median(seconds for seconds, _ in times)}


def start(args):
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["train", "score"])
    parser.add_argument("--network", choices=["resnet8", "resnet18"], default="resnet18")
    parser.add_argument("--stem", choices=["small", "imagenet"], default="imagenet")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--dataset")
    parser.add_argument("--family", choices=["grad", "backward", "closed"], default="grad")
    parser.add_argument("--variant")
    parser.add_argument("--pick", nargs="*", metavar="NAME")
    parser.add_argument("--samples", type=int, help="score no more than so many")
    args = parser.parse_args()
    if args.work == "score" and not args.dataset:
        parser.error("score needs --dataset")
    if args.work == "train" and args.ranks > 1:
        found = train_ranks(args)
    else:
        start(args)
        found = train(args) if args.work == "train" else score(args)
        found["peak_bytes"] = peak_bytes()
    found["import_bytes"] = IMPORT_BYTES
    print(json.dumps(found))


if __name__ == "__main__":
    main()
