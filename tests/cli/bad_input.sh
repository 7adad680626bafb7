#!/usr/bin/env bash
# Every program on every kind of bad input: a message that names the file, the exit code of the table, nothing written,
# no crash. The code is 2 for input that is not there, is something else or is damaged; but camal-check's is 1: its answer.
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# A rank by itself needs neither a daemon nor networks: it starts in 0.04 s in place of 0.4.
export OMPI_MCA_ess_singleton_isolated=1 OMPI_MCA_pml=ob1 OMPI_MCA_btl=self
passed=0
if ! /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
    echo "skipped: Debian's python3 has no h5py"
    exit 77
fi

# quietly COMMAND...: what it says is shown only if it fails, and then all ends.
quietly() {
    "$@" >said 2>&1 && return
    echo "failed: $*"
    cat said
    exit 1
}

# Good files, of every kind.
cat >run.yaml <<'TEXT'
run: {folder: run, rounds: 1, oversubscribe: yes}
data: {dataset: dataset.h5, initial: 0.3, budget: 10}
train: {epochs: 1, batch: 32, microbatch: 8, kernels: direct}
TEXT
quietly "$CAMAL_BIN/camal-synth" --quiet --out coco --images 60
cp coco/annotations/instances.json annotations.json
quietly "$CAMAL_BIN/camal-ingest" --quiet --annotations annotations.json --images coco/images --size 32 \
    --split-key split --out dataset.h5
quietly "$CAMAL_BIN/camal-learn" --quiet run.yaml
cp run/round-001.h5 round.h5
quietly "$CAMAL_BIN/camal-score" --quiet --round round.h5 --dataset dataset.h5 --samples all --out scores.h5
quietly "$CAMAL_BIN/camal-export" round.h5 --what weights -o weights.h5
"$CAMAL_BIN/camal-learn" --quiet run.yaml --run asked --set oracle.kind=people >said 2>&1 # waits: 3
cp asked/queries/round-000.json answers.json

# Bad ones of each: bad/KIND/FILE. A run is bad by its last round, one that asks people by what it asks or has been told.
quietly /usr/bin/python3 - <<'PYTHON'
import json, os, shutil
import h5py

def bad(kind, name):
    os.makedirs("bad/" + kind, exist_ok=True)
    return "bad/" + kind + "/" + name

other = {"round.h5": "dataset.h5", "dataset.h5": "scores.h5", "scores.h5": "weights.h5", "weights.h5": "round.h5"}
for name in list(other) + ["annotations.json", "answers.json", "run.yaml"]:
    good = open(name, "rb").read()
    open(bad("text", name), "wb").write(b"this: {is [text\n")
    open(bad("empty", name), "wb").close()
    if not name.endswith("yaml"):
        open(bad("cut", name), "wb").write(good[: len(good) * 6 // 10])
    os.mkdir(bad("folder", name))
    if name.endswith("h5"):
        shutil.copy(other[name], bad("kind", name))
        shutil.copy(name, bad("version", name))
        with h5py.File(bad("version", name), "r+") as f:
            f.attrs["schema_version"] = f.attrs["schema_version"] + 98
        # Bits of the first bytes, of the middle of a large array, of what describes it.
        with h5py.File(name, "r") as f:
            largest = []
            f.visititems(lambda path, item: largest.append((item.size * item.dtype.itemsize, path))
                         if isinstance(item, h5py.Dataset) and item.chunks else None)
            chunk = f[max(largest)[1]].id.get_chunk_info(0)
        middle = chunk.byte_offset + chunk.size // 2
        for kind, at in ("flip-signature", 1), ("flip-superblock", 20), ("flip-data", middle):
            flipped = bytearray(good)
            flipped[at] ^= 0x10
            open(bad(kind, name), "wb").write(flipped)
for name in "annotations.json", "answers.json":
    open(bad("kind", name), "w").write('{"version": "5.0", "shapes": []}')
open(bad("kind", "run.yaml"), "w").write("nodes: {count: 3}\n")
for kind in os.listdir("bad"):
    if os.path.isfile(f"bad/{kind}/round.h5"):
        shutil.copytree("run", f"bad/{kind}/run", ignore=shutil.ignore_patterns("events.jsonl", "lock"))
        shutil.copy(f"bad/{kind}/round.h5", f"bad/{kind}/run/round-001.h5")
os.mkdir("bad/folder/run")  # without a round
answers = json.load(open("answers.json"))
binding = answers["info"].pop("camal")
for a in answers["annotations"]:
    a["image_id"] += 1000
json.dump(answers, open(bad("unknown", "answers.json"), "w"))
answers["info"]["camal"] = dict(binding, queries_digest="0" * 32)
json.dump(answers, open(bad("other", "answers.json"), "w"))
answers["info"]["camal"] = dict(binding, version=99)
json.dump(answers, open(bad("version", "answers.json"), "w"))
for kind in os.listdir("bad"):
    if os.path.isfile(f"bad/{kind}/answers.json"):
        for run, wrong in ("asked", "round-000.json"), ("told", "round-000.labels.json"):
            shutil.copytree("asked", f"bad/{kind}/{run}", ignore=shutil.ignore_patterns("events.jsonl", "lock"))
            shutil.copy(f"bad/{kind}/answers.json", f"bad/{kind}/{run}/queries/{wrong}")
PYTHON
kinds=(missing folder empty text kind version cut flip-signature flip-superblock flip-data unknown other)

# What lies in the work folder.
listing() {
    find . -name said -prune -o -type f -printf '%p %s %T@ %i\n' | sort
}

# tries WANTED FILE COMMAND...: the command on each kind of bad FILE, in the place of @. WANTED has an exit code for each
# kind, in their order; "-" where a kind does not exist. The file that a message names may be one of the run's.
tries() {
    local wanted=($1) file=$2 before i kind code fault arguments
    shift 2
    for i in "${!kinds[@]}"; do
        kind=${kinds[i]}
        [ "${wanted[i]:--}" != - ] || continue
        before=$(listing)
        code=0
        arguments=("${@//@/bad/$kind/$file}")
        timeout 60 "$CAMAL_BIN/camal-$1" "${arguments[@]:1}" >said 2>&1 </dev/null || code=$?
        fault=
        if [ $code -ne "${wanted[i]}" ]; then
            fault="exit code $code in place of ${wanted[i]}"
        elif [ $code -ne 0 ] && ! grep -qF "bad/$kind/$file" said; then
            fault="no message names bad/$kind/$file"
        elif [ $code -ne 0 ] && [ "$before" != "$(listing)" ]; then
            fault="something was written"
        fi
        if [ -n "$fault" ]; then
            echo "failed: camal-$1 on $kind $file: $fault"
            head -3 said | cut -c1-200 | sed 's/^/    /'
            failed=$((failed + 1))
        else
            passed=$((passed + 1))
        fi
        rm -rf new new.*
    done
}

#      missing folder empty text kind version cut signature superblock data unknown other
tries "1 1 1 1 0 1 1 1 1 1" round.h5 check @
tries "1 1 1 1 0 1 1 1 1 1" dataset.h5 check @
tries "1 1 1 1 0 1 1 1 1 1" scores.h5 check @
tries "1 1 1 1 0 1 1 1 1 1" weights.h5 check @
tries "2 2 2 2 2 2 2 2 2 2" round.h5 inspect @
tries "2 2 2 2 2 2 2 2 2 2" run inspect @
tries "2 2 2 2 2 2 2 2 2 2" round.h5 diff @ round.h5
tries "2 2 2 2 2 2 2 2 2 2" run diff run @
tries "2 2 2 2 2 2 2 2 2 2" run compare --default @ --proposed run
tries "2 2 2 2 2 2 2 2 2 2" run compare --default run --proposed @
tries "2 2 2 2 2 2 2 2 2 2" run report @ -o new.html
tries "2 2 2 2 2 2 2 2 2 2" dataset.h5 report run --dataset @ -o new.html
tries "2 2 2 2 2 2 2 2 2 2" round.h5 export @ --what metrics
tries "2 2 2 2 2 2 2 2 2 2" run export @ --what weights -o new.h5
tries "2 2 2 2 2 2 2 2 2 0" dataset.h5 export round.h5 --what weights --dataset @ -o new.h5
tries "2 2 2 2 2 2 2 2 2 2" round.h5 heatmap @ --dataset dataset.h5 --most 2 -o new
tries "2 2 2 2 2 2 2 2 2 2" dataset.h5 heatmap round.h5 --dataset @ --most 2 -o new
tries "2 2 2 2 2 2 2 2 2 2" round.h5 score --round @ --dataset dataset.h5 --out new.h5
tries "2 2 2 2 2 2 2 2 2 2" dataset.h5 score --round round.h5 --dataset @ --out new.h5
tries "2 2 2 2 2 2 2 2 2 2" dataset.h5 learn run.yaml --dataset @ --run new
tries "2 2 2 2 2 2 2 2 2 2" dataset.h5 bench score --network resnet8 --stem small --kernels direct --steps 1 --dataset @
tries "2 2 - 2 2 - - - - -" run.yaml learn @ --run new
tries "2 2 2 2 2 - 2 - - -" annotations.json ingest --annotations @ --images coco/images --out new.h5
tries "2 2 2 2 - - - - - -" annotations.json bench model --from @
tries "2 2 2 2 2 - 2 - - - 2 2" answers.json label asked @ --by ann
tries "2 - 2 2 2 2 2 - - - - -" asked label @ --status
tries "2 - 2 2 2 - 2 - - - - 2" told label @ answers.json --by ann
tries "2 2 2 2 2 2 2 2 2 2" dataset.h5 label asked --dataset @ --export-pictures new

# A pipe that nobody writes to: no waiting for it.
mkdir bad/pipe
mkfifo bad/pipe/round.h5 bad/pipe/dataset.h5
kinds=(pipe)
tries 1 round.h5 check @
tries 2 round.h5 inspect @
tries 2 round.h5 score --round @ --dataset dataset.h5 --out new.h5
tries 2 dataset.h5 score --round round.h5 --dataset @ --out new.h5
tries 2 dataset.h5 learn run.yaml --dataset @ --run new
tries 2 round.h5 learn run.yaml --run new --set network.weights=@

if [ -w /dev/full ]; then # more than stdio keeps to write at the end
    check "camal-inspect: a full disk" eval '"$CAMAL_BIN/camal-inspect" round.h5 --plan >/dev/full 2>said; [ $? -eq 1 ]'
fi

# Rounds behind one that is missing in both runs are compared, too.
mkdir gap other
cp round.h5 gap/round-001.h5
cp run/round-000.h5 other/round-001.h5
check "camal-diff: rounds 1 differ" eval '"$CAMAL_BIN/camal-diff" gap other >said 2>&1; [ $? -eq 1 ]'

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
