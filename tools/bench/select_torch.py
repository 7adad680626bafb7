#!/usr/bin/env python3
"""Choose from a large pool by camal-bench select and by PyTorch, in turns, and print both.

usage: select.sh [--strategies LIST] [--records N] [--width D] [--classes C] [--budget B] [--peer-picks P]
                 [--ranks R] [--bin DIR] [--json FILE]
       select.sh --peer STRATEGY ...      PyTorch alone: one JSON map of figures

camal: R ranks of one thread. PyTorch: one process of R threads, the same strategy on features of the same kind, as few
passes over memory as we know how: squared distances by one matrix-vector product a pick (badge: in factorised form;
the gradient embeddings themselves would be N x C x D floats), a draw by exponential variates, k-means by matrix
products. Both times are of the choice alone: features are there already (bald: are made within camal's time).

Picks cost PyTorch the same one by one, so with --peer-picks P below B it makes P of them and their time is put up in
proportion; the table says so. Memory is the largest resident size, of all ranks together.

examples:
  select.sh                                             1,000,000 samples, 512 wide, 500 picks
  select.sh --strategies badge,coreset --records 100000
exit codes: 0 done, 1 a program failed, 2 usage, 77 no PyTorch
"""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STRATEGIES = ["margin", "bald", "class_balanced", "coreset", "badge", "typiclust"]
ONE_BY_ONE = {"class_balanced", "coreset", "badge"}
PASSES, CLUSTERS, LEARN, ITERATIONS, NEIGHBOURS, REFERENCE = 16, 500, 256, 10, 20, 512  # as src/select has them
CHUNK = 65536


def peak_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


# ---- PyTorch ----


def features(torch, options):
    """Features around 8 middles a class, positive, and softmax outputs."""
    middle = torch.randn(8 * options.classes, options.width)
    made = torch.empty(options.records, options.width)
    for first in range(0, options.records, CHUNK):
        part = made[first : first + CHUNK]
        part.normal_(0, 0.7).add_(middle[torch.randint(len(middle), (len(part),))]).clamp_(min=0)
    logits = 1.5 * torch.randn(options.records, options.classes)
    rows = torch.arange(options.records)
    logits[rows, torch.randint(options.classes, (options.records,))] += 5
    return made, logits.softmax(1)


def nearest_picks(torch, h, a, picks, draw, first=None, marks=None):
    """k-center (draw False) or k-means++ picks on h, or on the outer products of a and h. A mark is set when the first
    pick begins."""
    norm = (h * h).sum(1) if len(h) <= CHUNK else torch.cat([(part * part).sum(1) for part in h.split(CHUNK)])
    if a is not None:
        norm = norm * (a * a).sum(1)
    chosen = [int(norm.argmax()) if first is None else first]
    nearest = torch.full((len(h),), float("inf"))
    if marks is not None:
        marks.append(time.perf_counter())
    while len(chosen) < picks:
        at = chosen[-1]
        product = torch.mv(h, h[at])
        if a is not None:
            product *= torch.mv(a, a[at])
        torch.minimum(nearest, product.mul_(-2).add_(norm).add_(norm[at]).clamp_(min=0), out=nearest)
        nearest[at] = 0
        value = nearest / torch.empty_like(nearest).exponential_() if draw else nearest
        chosen.append(int(value.argmax()))
    return chosen


def balanced(torch, p, picks, marks):
    entropy = -(p * p.clamp(min=1e-30).log()).sum(1)
    missing = torch.full((p.shape[1],), picks / p.shape[1])
    chosen = []
    marks.append(time.perf_counter())
    for _ in range(picks):
        value = entropy - (missing - p).abs_().sum(1)
        if chosen:
            value[chosen] = -float("inf")
        chosen.append(int(value.argmax()))
        missing -= p[chosen[-1]]
    return chosen


def bald(torch, h, classes, picks):
    head = torch.randn(classes, h.shape[1])
    value = []
    for part in h.split(CHUNK // 8):
        mean, inner = 0, 0
        for _ in range(PASSES):
            p = torch.nn.functional.dropout(part, 0.5).matmul(head.t()).softmax(1)
            inner = inner - (p * p.clamp(min=1e-30).log()).sum(1) / PASSES
            mean = mean + p / PASSES
        value.append(-(mean * mean.clamp(min=1e-30).log()).sum(1) - inner)
    return torch.cat(value).topk(picks).indices


def assign(torch, h, centre):
    norm = (centre * centre).sum(1)
    return torch.cat([(norm - 2 * part @ centre.t()).argmin(1) for part in h.split(CHUNK // 4)])


def typiclust(torch, h, picks):
    clusters = min(picks, CLUSTERS)
    part = h[torch.randperm(len(h))[: clusters * LEARN]]
    centre = part[nearest_picks(torch, part, None, clusters, True, 0)].clone()
    for _ in range(ITERATIONS):
        of = assign(torch, part, centre)
        count = torch.bincount(of, minlength=clusters)
        mean = torch.zeros_like(centre).index_add_(0, of, part) / count.clamp(min=1)[:, None]
        centre = torch.where(count[:, None] > 0, mean, centre)
    del part
    order = assign(torch, h, centre)
    count = torch.bincount(order, minlength=clusters).tolist()
    chosen = []
    for at in torch.argsort(order, stable=True).split(count):
        if len(at) < 2:
            continue
        member = h[at]
        other = member[torch.randperm(len(at))[:REFERENCE]]
        k = min(NEIGHBOURS, len(at) // 2) + 1
        distance = torch.cdist(member, other).topk(min(k, len(other)), largest=False).values
        chosen.append(int(at[distance.sum(1).argmin()]))
    return chosen


def peer(options):
    import torch

    torch.set_num_threads(options.ranks)
    torch.manual_seed(1)
    h, p = features(torch, options)
    a = p.clone()
    a[torch.arange(len(a)), a.argmax(1)] -= 1
    picks = min(options.budget, options.peer_picks) if options.peer in ONE_BY_ONE else options.budget
    marks = []
    work = {
        "margin": lambda: (lambda top: (top[:, 0] - top[:, 1]).topk(picks, largest=False))(p.topk(2, 1).values),
        "bald": lambda: bald(torch, h, options.classes, picks),
        "class_balanced": lambda: balanced(torch, p, picks, marks),
        "coreset": lambda: nearest_picks(torch, h, None, picks, False, marks=marks),
        "badge": lambda: nearest_picks(torch, h, a, picks, True, marks=marks),
        "typiclust": lambda: typiclust(torch, h, picks),
    }[options.peer]
    with torch.no_grad():
        start = time.perf_counter()
        work()
        end = time.perf_counter()
    begun = marks[0] if marks else end  # what comes before the first pick is not put up
    seconds = begun - start + (end - begun) * options.budget / picks
    figures = {"select_seconds": seconds, "picks_made": picks, "peak_bytes": peak_bytes()}
    print(json.dumps(figures))


# ---- both ----


def run(command, environment):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("select_torch.py: failed: " + " ".join(command))
    return json.loads(done.stdout)


def work_options(options):
    return [word for name in ("records", "width", "classes", "budget")
            for word in (f"--{name}", str(getattr(options, name)))]


def run_camal(strategy, options):
    command = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "btl_vader_single_copy_mechanism", "none"]
    if os.geteuid() == 0:
        command.append("--allow-run-as-root")
    command += ["-n", str(options.ranks), os.path.join(options.bin, "camal-bench"), "select", "--json"]
    command += ["--strategy", strategy] + work_options(options)
    return run(command, {**os.environ, "OMP_NUM_THREADS": "1", "CAMAL_QUIET": "1"})


def run_peer(strategy, options):
    command = [sys.executable, os.path.abspath(__file__), "--peer", strategy, "--ranks", str(options.ranks),
               "--peer-picks", str(options.peer_picks)] + work_options(options)
    return run(command, {**os.environ, "OMP_NUM_THREADS": str(options.ranks)})


def compare(options):
    figures = {}
    print(f"{options.records} samples, {options.width} wide, {options.classes} classes, {options.budget} picks; "
          f"camal {options.ranks} ranks, PyTorch {options.ranks} threads")
    print(f"{'strategy':16}{'camal s':>9}{'GB':>7}{'PyTorch s':>11}{'GB':>7}{'ratio':>8}")
    for strategy in options.strategies.split(","):
        camal, other = run_camal(strategy, options), run_peer(strategy, options)
        made = other["picks_made"]
        note = f"  PyTorch's time from {made} picks" if made < options.budget else ""
        print(f"{strategy:16}{camal['select_seconds']:9.2f}{camal['peak_bytes'] / 1e9:7.2f}"
              f"{other['select_seconds']:11.2f}{other['peak_bytes'] / 1e9:7.2f}"
              f"{other['select_seconds'] / camal['select_seconds']:8.2f}{note}", flush=True)
        figures[strategy] = {"camal": camal, "pytorch": other}
    if options.json:
        with open(options.json, "w") as out:
            json.dump(figures, out, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--peer", choices=STRATEGIES)
    for name, standard in (("records", 1000000), ("width", 512), ("classes", 15), ("budget", 500), ("peer-picks", 50),
                           ("ranks", 2)):
        parser.add_argument("--" + name, type=int, default=standard)
    parser.add_argument("--bin", default=os.environ.get("CAMAL_BIN", os.path.join(HERE, "../../build/release/bin")))
    parser.add_argument("--json")
    options = parser.parse_args()
    unknown = set(options.strategies.split(",")) - set(STRATEGIES)
    if unknown:
        parser.error(f"--strategies {','.join(sorted(unknown))}: allowed are {', '.join(STRATEGIES)}")
    if options.peer:
        peer(options)
    else:
        compare(options)


if __name__ == "__main__":
    main()
