#!/usr/bin/env python3
"""Run camal-bench and PyTorch in turns and print what the one does for each of the other.

usage: peers.sh [--all | --rows PATTERN] [--bin DIR] [--rounds N] [--seconds X] [--camal "OPTION..."] [--json FILE]

Each round runs camal, then PyTorch, then the next round; a figure is the median over rounds, each the median over its
steps. PyTorch's first round tries its variants (peer_torch.py --help says which) and keeps the fastest; at a network's
further sizes the two that were fastest before try again. Both sides get the same threads and cores; PyTorch gets
allocator settings that it gains from. A ratio above 1 is in camal's favour; for memory it is camal's share of
PyTorch's. camal's search of kernels, which it keeps for later runs, happens before the first round.

Rows are named NETWORK/SIZE/WORK; --rows takes a regular expression on that name. The works:
  train-f32, train-bf16  one process of --threads threads, batch 32
  train-ranks            one rank a core of 1 thread, batch 32 each; PyTorch's DDP over gloo
  score-f32, score-bf16  all scores of a pool in an HDF5 file, PyTorch's fastest way by hooks and autograd
  score-f32-backward, score-bf16-backward
                         the same by backward() through the network with hooks, as Grad-CAM packages do; under autocast
  score-f32-closed       the same by camal's closed form given to PyTorch
  memory                 largest resident memory of the processes of train-f32
  memory-own             the same, less what importing torch takes
  scaling                no peer: camal's ranks of 1 thread against as many times one rank

examples:
  peers.sh                                      ResNet-18 at 64 pixels
  peers.sh --rows 'resnet8/64|resnet18/.*/train-f32$'
  peers.sh --all --camal "--kernels tuned" --json peers.json
exit codes: 0 done, 1 a program failed, 2 usage, 77 no PyTorch
"""
import argparse
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RANKS = 2
SAMPLES = {64: 1024, 128: 256, 224: 128}  # of a pool: a pass takes seconds
SLOW_SAMPLES = {64: 256, 128: 64, 224: 32}  # of those, what backward() through the network scores
WORKS = ["train-f32", "train-bf16", "train-ranks", "score-f32", "score-bf16", "score-f32-backward",
         "score-bf16-backward", "score-f32-closed", "memory", "memory-own", "scaling"]
EXTRAS = ["score-f32-closed", "scaling"]  # at the first place only
PLACES = [("resnet18", 64), ("resnet18", 128), ("resnet18", 224), ("resnet8", 64)]
# What ResNet-18 at 64 pixels is to reach; elsewhere camal is to be ahead.
GOALS = {"train-f32": 2.0, "train-bf16": 2.0, "train-ranks": 2.2, "score-f32": 5.0, "score-bf16": 7.0,
         "score-f32-backward": 5.0, "score-bf16-backward": 7.0, "scaling": 0.95}
MEMORY_GOAL = 0.5
PEERLESS = ["scaling"]
# For PyTorch: big blocks stay with the process. Otherwise glibc gives each activation back to the system and takes it
# anew, page by page, in every step, which costs up to a third of the speed. (camal allocates before the first step.)
TORCH_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
CAMAL_ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


class Failure(Exception):
    pass


def call(command, threads, more):
    """The JSON that a program prints. Its last words are the failure's."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), **more)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines()
        raise Failure(said[-1].strip() if said else f"exit code {done.returncode}")
    return json.loads(done.stdout)


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, self.datasets, self.finalists = args, folder, {}, {}
        self.measured, self.planned = {}, set()

    def say(self, *words):
        print("peers:", *words, file=sys.stderr, flush=True)

    def dataset(self, size):
        if size not in self.datasets:
            program = os.path.join(self.args.bin, "camal-bench")
            call([program, "read", "--size", str(size), "--samples", str(SAMPLES[size]), "--steps", "1", "--keep",
                  "--folder", self.folder, "--json"], 1, CAMAL_ENVIRONMENT)
            name = next(name for name in os.listdir(self.folder)
                        if name.endswith(".h5") and os.path.join(self.folder, name) not in self.datasets.values())
            self.datasets[size] = os.path.join(self.folder, name)
        return self.datasets[size]

    def setting(self, network, size, work, ranks):
        """What both programs are told."""
        said = [work.split("-")[0], "--network", network, "--threads", str(1 if ranks else self.args.threads),
                "--dtype", "bf16" if "bf16" in work else "f32", "--seconds", str(self.args.seconds),
                "--stem", "small" if network == "resnet8" else "imagenet"]
        if work.startswith("score"):
            return said + ["--dataset", self.dataset(size)]
        return said + ["--size", str(size), "--batch", "32"]

    def camal(self, network, size, work, ranks=0):
        command = [os.path.join(self.args.bin, "camal-bench")] + self.setting(network, size, work, ranks)
        command += ["--json"] + shlex.split(self.args.camal)
        if ranks == 1:
            command = ["taskset", "-c", str(min(os.sched_getaffinity(0)))] + command
        elif ranks:
            command = ["mpirun", "--bind-to", "core", "--map-by", "slot:PE=1", "--mca",
                       "btl_vader_single_copy_mechanism", "none", "-n", str(ranks)] + command
        return call(command, 1 if ranks else self.args.threads, CAMAL_ENVIRONMENT)

    def torch(self, network, size, work, variant):
        """One variant, or else the fastest of those that come into question."""
        ranks = RANKS if work == "train-ranks" else 0
        command = [self.args.python, os.path.join(HERE, "peer_torch.py")] + self.setting(network, size, work, ranks)
        for family in ("backward", "closed"):
            command += ["--family", family] if work.endswith(family) else []
        command += ["--samples", str(SLOW_SAMPLES[size])] if work.endswith("backward") else []
        command += ["--ranks", str(ranks)] if ranks else []
        command += ["--variant", variant] if variant else ["--pick"] + self.finalists.get((network, work), [])
        found = call(command, 1 if ranks else self.args.threads, TORCH_ENVIRONMENT)
        if not variant:
            rates = found["variants"]
            self.finalists[network, work] = sorted(rates, key=rates.get)[-2:]
            if len(rates) > 1:
                self.say(f"{network}/{size}/{work}: PyTorch's variants, images/s:",
                         ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items()))
        return found

    def find_plan(self, network, size, work, ranks):
        """Before the first round, which the search of kernels would make unequal."""
        setting = self.setting(network, size, work, ranks)
        setting[setting.index("--seconds") + 1] = "0.01"
        program = os.path.join(self.args.bin, "camal-bench")
        call([program] + setting + ["--json"] + shlex.split(self.args.camal), 1 if ranks else self.args.threads,
             CAMAL_ENVIRONMENT)

    def measure(self, network, size, work):
        """Figures of both sides, one a round; runs once, also where several rows need it."""
        key = (network, size, work)
        if key in self.measured:
            return self.measured[key]
        ranks = RANKS if work in ("train-ranks", "scaling") else 0
        ours, theirs, fault, variant = [], [], None, None
        train = "train-f32" if work == "scaling" else work
        planned = (network, size, "bf16" in work, ranks)
        try:
            if planned not in self.planned:
                self.find_plan(network, size, train, ranks)
            self.planned.add(planned)
        except Failure as failure:
            fault = str(failure)
        for i in range(self.args.rounds):
            try:
                if fault is None:
                    ours.append(self.camal(network, size, train, ranks))
                if fault is None and work in PEERLESS:
                    theirs.append(self.camal(network, size, train, 1))
            except Failure as failure:
                fault = str(failure)
            if work not in PEERLESS:
                theirs.append(self.torch(network, size, work, variant))
                variant = theirs[-1]["variant"]
            rates = [side[-1]["images_per_second"] if side else 0 for side in (ours, theirs)]
            self.say(f"{network}/{size}/{work}: round {i + 1}: {rates[0]:.0f} {rates[1]:.0f}")
        self.measured[key] = (ours, theirs, fault, variant)
        return self.measured[key]

    def row(self, network, size, work):
        memory = work.startswith("memory")
        ours, theirs, fault, variant = self.measure(network, size, "train-f32" if memory else work)
        key = "peak_bytes" if memory else "images_per_second"
        scale = 1 / (1 << 20) if memory else 1

        def middle(side, less=None):
            values = [(one[key] - (one[less] if less else 0)) * scale for one in side]
            return statistics.median(values) if values else None

        camal = middle(ours)
        torch = middle(theirs, "import_bytes" if work == "memory-own" else None)
        if work == "scaling" and torch:
            torch *= RANKS
        goal = GOALS.get(work) if (network, size) == PLACES[0] else 1.0 if work in GOALS else None
        if memory:
            goal = MEMORY_GOAL if work == "memory" else None
        if work == "scaling":
            goal = GOALS[work]
        ratio = camal / torch if camal and torch else None
        return {"row": f"{network}/{size}/{work}", "unit": "MiB" if memory else "images/s", "camal": camal,
                "torch": torch, "ratio": ratio, "goal": goal, "most": memory, "variant": variant, "fault": fault,
                "camal_rounds": [one[key] for one in ours], "torch_rounds": [one[key] for one in theirs]}


def verdict(row):
    if row["goal"] is None or row["ratio"] is None:
        return ""
    reached = row["ratio"] <= row["goal"] if row["most"] else row["ratio"] >= row["goal"]
    return "yes" if reached else "no"


def print_table(rows):
    print(f"{'row':34} {'camal':>9} {'PyTorch':>9} {'':8} {'ratio':>6} {'wanted':>8} {'':3}  PyTorch's variant")
    for row in rows:
        figures = [f"{row[side]:.1f}" if row[side] else "-" for side in ("camal", "torch")]
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "-"
        goal = f"{'<=' if row['most'] else '>='} {row['goal']}" if row["goal"] else ""
        print(f"{row['row']:34} {figures[0]:>9} {figures[1]:>9} {row['unit']:8} {ratio:>6} {goal:>8} "
              f"{verdict(row):3}  {row['fault'] or row['variant'] or ''}")


def wanted(args):
    names = [(network, size, work) for network, size in PLACES for work in WORKS
             if (network, size) == PLACES[0] or work not in EXTRAS]
    if args.rows:
        return [name for name in names if re.search(args.rows, "%s/%d/%s" % name)]
    return names if args.all else [name for name in names if name[:2] == PLACES[0]]


def main():
    parser = argparse.ArgumentParser(usage="peers.sh [option]...", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help=argparse.SUPPRESS)
    parser.add_argument("--bin", default=os.path.join(HERE, "../../build/release/bin"), help="folder of camal-bench")
    parser.add_argument("--all", action="store_true", help="every row")
    parser.add_argument("--rows", help="rows whose name this matches")
    parser.add_argument("--rounds", type=int, help="3, with --all 2")
    parser.add_argument("--seconds", type=float, help="of each measurement, start and warm-up apart: 4, with --all 1")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--camal", default="", help="further options for camal-bench")
    parser.add_argument("--json", help="write the rows there too")
    args = parser.parse_args()
    args.rounds = (2 if args.all else 3) if args.rounds is None else args.rounds
    args.seconds = (1 if args.all else 4) if args.seconds is None else args.seconds
    program = os.path.join(args.bin, "camal-bench")
    if not os.access(program, os.X_OK):
        parser.error(f"{program}: no such program; build camal, or say --bin DIR")
    if args.rounds < 1 or args.seconds <= 0 or args.threads < 1:
        parser.error("--rounds and --threads are 1 or more, --seconds is above 0")
    try:
        names = wanted(args)
    except re.error as error:
        parser.error(f"--rows {args.rows}: {error}")
    if not names:
        parser.error(f"--rows {args.rows}: matches no row")
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        bench = Bench(args, folder)
        try:
            rows = [bench.row(*name) for name in names]
        except Failure as failure:
            print(f"peers: error: {failure}", file=sys.stderr)
            return 1
    print_table(rows)
    if args.json:
        with open(args.json, "w") as out:
            json.dump({"rows": rows, "rounds": args.rounds, "threads": args.threads}, out, indent=1)
    return 1 if any(row["fault"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
