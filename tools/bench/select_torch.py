#!/usr/bin/env python3
"""Choose from a large pool by camal-bench select and by PyTorch, in turns, and print both.

usage: select.sh [--strategies LIST] [--records N] [--width D] [--classes C] [--budget B] [--peer-picks P]
                 [--ranks R] [--bin DIR] [--json FILE] [--alone]
       select.sh --peer STRATEGY ...      PyTorch alone: one JSON map of figures
       select.sh --table FILE...          a Markdown table of what --json wrote

camal: R ranks of one thread. PyTorch: one process of R threads, the same strategy on features of the same kind, as few
passes over memory as we know how: squared distances by one matrix-vector product a pick (badge: in factorised form;
the gradient embeddings themselves would be N x C x D floats), a draw by exponential variates, k-means by matrix
products. Both times are of the choice alone: features are there already (bald: are made within camal's time), and
so are heat maps' figures, here random numbers.

Picks cost PyTorch the same one by one, so with --peer-picks P below B it makes P of them and their time is put up in
proportion; the table says so. Memory is the largest resident size, of all ranks together and of the largest rank.
PyTorch multiplies by the system's BLAS: have libopenblas0 for a fair comparison; the table names it. --alone leaves
PyTorch out, where it takes too long or too much memory. --json adds to a file of the same options, so that a long
comparison can be made in parts.

examples:
  select.sh                                             1,000,000 samples, 512 wide, 1,000 picks
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
STRATEGIES = ["random", "least_confidence", "margin", "entropy", "power_margin", "cam", "cam_margin", "cam_consistency",
              "cam_overlap", "bald", "class_balanced", "coreset", "badge", "cam_badge", "typiclust"]
ONE_BY_ONE = {"class_balanced", "coreset", "badge", "cam_badge"}
WITH_FEATURES = {"bald", "coreset", "badge", "cam_badge", "typiclust"}
PASSES, CLUSTERS, LEARN, ITERATIONS, NEIGHBOURS, REFERENCE = 16, 500, 256, 10, 20, 512  # as src/select has them
CHUNK = 65536


def peak_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def blas():
    """What multiplies matrices for PyTorch here."""
    with open("/proc/self/maps") as maps:
        text = maps.read()
    return next((name for name in ("mkl", "openblas", "blis", "atlas") if "lib" + name in text), "reference BLAS")


# ---- PyTorch ----


def features(torch, options):
    """Around 8 middles a class, positive."""
    middle = torch.randn(8 * options.classes, options.width)
    made = torch.empty(options.records, options.width)
    for first in range(0, options.records, CHUNK):
        part = made[first : first + CHUNK]
        part.normal_(0, 0.7).add_(middle[torch.randint(len(middle), (len(part),))]).clamp_(min=0)
    return made


def answers(torch, options):
    """Softmax outputs."""
    logits = 1.5 * torch.randn(options.records, options.classes)
    rows = torch.arange(options.records)
    logits[rows, torch.randint(options.classes, (options.records,))] += 5
    return logits.softmax(1)


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


def margin(p):
    top = p.topk(2, 1).values
    return top[:, 0] - top[:, 1]


def by_rank(torch, strategy, p, picks):
    """Strategies that rank samples by figures of their own; those of heat maps are in `heat`."""
    heat = torch.rand(len(p))
    start = time.perf_counter()
    {
        "random": lambda: torch.rand(len(p)),
        "least_confidence": lambda: p.max(1).values,
        "margin": lambda: margin(p),
        "entropy": lambda: (p * p.clamp(min=1e-30).log()).sum(1),
        "power_margin": lambda: torch.empty(len(p)).exponential_() / (1 - margin(p)),
        "cam": lambda: heat,
        "cam_margin": lambda: margin(p) * heat,
        "cam_consistency": lambda: heat,
        "cam_overlap": lambda: -heat,
    }[strategy]().topk(picks, largest=False)
    return time.perf_counter() - start


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
    name, marks = options.peer, []
    picks = min(options.budget, options.peer_picks) if name in ONE_BY_ONE else options.budget
    with torch.no_grad():
        p = answers(torch, options)
        if name in WITH_FEATURES:
            h = features(torch, options)
        if name in ("badge", "cam_badge"):
            p[torch.arange(len(p)), p.argmax(1)] -= 1  # the gradient by the logits
        start = time.perf_counter()
        if name in ("badge", "cam_badge"):
            nearest_picks(torch, h, p, picks, True, marks=marks)
        elif name == "coreset":
            nearest_picks(torch, h, None, picks, False, marks=marks)
        elif name == "class_balanced":
            balanced(torch, p, picks, marks)
        elif name == "typiclust":
            typiclust(torch, h, picks)
        elif name == "bald":
            bald(torch, h, options.classes, picks)
        else:
            start = time.perf_counter() - by_rank(torch, name, p, picks)
        end = time.perf_counter()
    begun = marks[0] if marks else end  # what comes before the first pick is not put up
    seconds = begun - start + (end - begun) * options.budget / picks
    print(json.dumps({"select_seconds": seconds, "picks_made": picks, "peak_bytes": peak_bytes(), "blas": blas()}))


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


def heading(o):
    return (f"{o['records']:,} samples, {o['width']} wide, {o['classes']} classes, {o['budget']:,} picks; "
            f"camal {o['ranks']} ranks of one thread, PyTorch {o['ranks']} threads")


def figures_of(pair):
    camal, other = pair["camal"], pair["pytorch"]
    bytes_ = [f"{camal[key] / 1e9:.2f}" for key in ("peak_bytes_rank", "peak_bytes")]
    ours = [f"{camal['select_seconds']:.2f}"] + bytes_
    if other is None:
        return ours + 3 * ["-"]
    return ours + [f"{other['select_seconds']:.2f}", f"{other['peak_bytes'] / 1e9:.2f}",
                   f"{other['select_seconds'] / camal['select_seconds']:.2f}"]


def is_put_up(pair, budget):
    return pair["pytorch"] is not None and pair["pytorch"]["picks_made"] < budget


COLUMNS = ["camal s", "GB a rank", "GB in all", "PyTorch s", "GB", "times as fast"]


def load(file):
    if not file or not os.path.exists(file):
        return None
    with open(file, encoding="utf-8") as text:
        return json.load(text)


def compare(options):
    asked = {name: getattr(options, name) for name in ("records", "width", "classes", "budget", "ranks", "peer_picks")}
    kept = load(options.json) or {"options": asked, "strategies": {}}
    if kept["options"] != asked:
        sys.exit(f"select_torch.py: {options.json} is of other options: {kept['options']}; give another --json")
    print(heading(asked))
    print(f"{'strategy':16}" + "".join(f"{name:>14}" for name in COLUMNS))
    for strategy in options.strategies.split(","):
        pair = {"camal": run_camal(strategy, options), "pytorch": None}
        if not options.alone:
            pair["pytorch"] = run_peer(strategy, options)
        note = f"  PyTorch's time from {options.peer_picks} picks" if is_put_up(pair, options.budget) else ""
        print(f"{strategy:16}" + "".join(f"{figure:>14}" for figure in figures_of(pair)) + note, flush=True)
        kept["strategies"][strategy] = pair
        if options.json:
            with open(options.json, "w", encoding="utf-8") as out:
                json.dump(kept, out, indent=1)


def table(files):
    for file in files:
        kept = load(file)
        if kept is None:
            sys.exit(f"select_torch.py: {file}: no such file")
        asked, pairs = kept["options"], kept["strategies"]
        others = sorted({pair["pytorch"].get("blas") for pair in pairs.values() if pair["pytorch"]} - {None})
        print(", ".join([heading(asked)] + others) + ".\n\n| strategy | " + " | ".join(COLUMNS) + " |")
        print("|---" + "|---:" * len(COLUMNS) + "|")
        for name in (name for name in STRATEGIES if name in pairs):
            star = " \\*" if is_put_up(pairs[name], asked["budget"]) else ""
            print(f"| {name}{star} | " + " | ".join(figures_of(pairs[name])) + " |")
        if any(is_put_up(pair, asked["budget"]) for pair in pairs.values()):
            print(f"\n\\* PyTorch made {asked['peer_picks']} picks; its time is put up in proportion.")
        print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--peer", choices=STRATEGIES)
    for name, standard in (("records", 1000000), ("width", 512), ("classes", 15), ("budget", 1000), ("peer-picks", 50),
                           ("ranks", 2)):
        parser.add_argument("--" + name, type=int, default=standard)
    parser.add_argument("--bin", default=os.environ.get("CAMAL_BIN", os.path.join(HERE, "../../build/release/bin")))
    parser.add_argument("--json")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--table", nargs="+")
    options = parser.parse_args()
    unknown = set(options.strategies.split(",")) - set(STRATEGIES)
    if unknown:
        parser.error(f"--strategies {','.join(sorted(unknown))}: allowed are {', '.join(STRATEGIES)}")
    if options.table:
        table(options.table)
    elif options.peer:
        peer(options)
    else:
        compare(options)


if __name__ == "__main__":
    main()
