#!/usr/bin/env bash
# network.weights: a run begins with the weights of a file, on any number of ranks; what is no such file is refused.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python=/usr/bin/python3

cat >run.yaml <<TEXT
run: {folder: first, seed: 1, rounds: 0, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3}
train: {epochs: 1, batch: 32, microbatch: 8, kernels: direct}
TEXT
make_data 60 32
learn 2 first || fail "a run to begin with"
"$CAMAL_BIN/camal-export" first --what weights -o weights.h5 2>export.log || fail "weights of a run"

# At a rate of next to nothing the weights stay, bit for bit, all but the statistics of norms.
still=(--set run.seed=2 --set train.rate=1e-37 --set train.weight_decay=0)
for file in weights.h5 first/round-000.h5; do
    rm -rf still
    learn 1 still "${still[@]}" --set network.weights="$file" || fail "beginning with $file"
    grep -q "beginning with the weights of $file\$" still.log || fail "it does not say that it begins with $file"
    grep -q "$file was trained on this data set" still.log || fail "nothing is said of labels that $file has seen"
    "$CAMAL_BIN/camal-diff" first/round-000.h5 still/round-000.h5 >differences.log 2>&1 || true
    grep -q '/model/bn1.running_mean' differences.log || fail "the statistics of norms stayed"
    if grep -E '/model/.*(conv|fc|downsample.0).*weight|/model/fc.bias' differences.log; then fail "weights of $file moved"; fi
    "$CAMAL_BIN/camal-check" still/round-000.h5 || fail "camal-check on a run that began with $file"
done

# The same bits on other numbers of ranks, every round again with train.start afresh, and from a round on.
begin=(--set network.weights=weights.h5 --set train.start=afresh --set run.rounds=2 --set data.budget=10)
learn 1 one "${begin[@]}" || fail "one rank"
learn 2 two "${begin[@]}" || fail "two ranks"
"$CAMAL_BIN/camal-diff" one two || fail "two ranks differ from one"
learn 2 branch "${begin[@]}" --from-round 0 --set run.folder=two || fail "a branch"
"$CAMAL_BIN/camal-diff" one branch || fail "a branch differs"
[ "$(grep -c 'beginning with the weights' branch.log)" -eq 2 ] || fail "not every round begins with the file"

# Interrupted in its first round: the file's digest is that of the beginning, and the bits are those of the whole.
long=(--set network.weights=weights.h5 --set train.epochs=60)
learn 1 whole "${long[@]}" || fail "a longer run"
"${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml --run cut "${long[@]}" --set run.checkpoint=0.001 >cut.log 2>&1 &
pid=$!
for _ in $(seq 300); do
    grep -q "kept after\|done" cut.log && break
    sleep 0.05
done
kill -USR1 $pid 2>/dev/null || true
code=0
wait $pid || code=$?
[ $code -eq 75 ] || fail "a run that was to be interrupted ended with exit code $code"
"$CAMAL_BIN/camal-check" cut/training-*.h5 || fail "camal-check on a checkpoint"
learn 1 cut "${long[@]}" || fail "going on"
"$CAMAL_BIN/camal-diff" whole/round-000.h5 cut/round-000.h5 || fail "an interrupted run differs"

mv weights.h5 kept.h5
"$CAMAL_BIN/camal-export" one --what weights -o weights.h5 2>export.log || fail "other weights"
learn 2 changed "${begin[@]}" --from-round 0 --set run.folder=two || fail "a changed file"
grep -q 'has the digest .*, the run began with' changed.log || fail "nothing is said of a file that has changed"

# Other classes: all but the last layer.
"$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --split-key split \
    --classes bolt,nut,crack --size 32 --out three.h5 >three.log 2>&1 || fail "a data set of three classes"
learn 1 three "${still[@]}" --dataset three.h5 --set network.weights=kept.h5 || fail "other classes"
grep -q 'but for the last layer' three.log || fail "nothing is said of the last layer"
grep -q 'kept.h5 was trained on the data set [0-9a-f]*: accuracies' three.log || fail "nothing is said of what it was trained on"

head -c 20000 kept.h5 >short.h5
tool=("${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml --run refused)
must_refuse 'no-such.h5: no such file' "${tool[@]}" --set network.weights=no-such.h5
must_refuse 'data.h5: is a camal-dataset file, expected camal-weights or camal-round' "${tool[@]}" \
    --set network.weights=data.h5
must_refuse 'short.h5' "${tool[@]}" --set network.weights=short.h5
must_refuse 'coco/annotations/instances.json' "${tool[@]}" --set network.weights=coco/annotations/instances.json
must_refuse 'kept.h5: tensor conv1.weight is \[32,3,3,3\], expected \[64,3,3,3\]: of another network' "${tool[@]}" \
    --set network.weights=kept.h5 --set network.name=resnet18
[ ! -e refused ] || fail "a refused run leaves something behind"

if ! "$python" -c 'import torch, torchvision, h5py' 2>/dev/null; then
    echo "skipped: $python has no torch, torchvision and h5py to make weights with"
    exit 77
fi
"$python" -W ignore - <<'TEXT' >torch.log 2>&1 || fail "no weights of PyTorch"
import os
import shutil
import sys

import h5py
import torch
import torchvision

sys.path.insert(0, os.path.join(os.environ["CAMAL_SOURCE"], "tools", "python"))
import load_weights

shutil.copy("kept.h5", "nan.h5")
with h5py.File("nan.h5", "r+") as made:
    made["fc.bias"][0] = float("nan")
torch.manual_seed(1)
torch.save(torchvision.models.resnet18().state_dict(), "resnet18.pth")
torch.save({"state_dict": {"module." + name: value for name, value in load_weights.load("kept.h5")[0].state_dict().items()}},
           "own.pth")
torch.save(torchvision.models.resnet50().state_dict(), "resnet50.pth")
spoilt = torchvision.models.resnet18().state_dict()
spoilt["fc.bias"][3] = float("nan")
torch.save(spoilt, "nan.pth")
TEXT
must_refuse 'nan.h5: /fc.bias\[0\] is nan, expected a finite number' "${tool[@]}" --set network.weights=nan.h5
save=("$python" -W ignore "$CAMAL_SOURCE/tools/python/save_weights.py")
"$python" -c '
import h5py
print("\n".join(name.decode() for name in h5py.File("kept.h5").attrs["classes"]))' >classes.txt
"${save[@]}" own.pth own.h5 --classes classes.txt >save.log 2>&1 || fail "no file of one's own weights"
"${save[@]}" resnet18.pth resnet18.h5 >save.log 2>&1 || fail "no file of torchvision's weights"
grep -q 'resnet18 with stem imagenet, 1000 classes' save.log || fail "it does not say what it has found"
"$CAMAL_BIN/camal-check" own.h5 resnet18.h5 >check.log 2>&1 || fail "camal-check on weights of PyTorch"
rm -rf still
learn 1 still "${still[@]}" --set network.weights=own.h5 || fail "beginning with weights of PyTorch"
"$CAMAL_BIN/camal-diff" first/round-000.h5 still/round-000.h5 >differences.log 2>&1 || true
if grep -E '/model/.*(conv|fc|downsample.0).*weight|/model/fc.bias' differences.log; then fail "not the weights it had"; fi
learn 1 pictures "${still[@]}" --set network.name=resnet18 --set network.stem=imagenet --set network.weights=resnet18.h5 \
    || fail "beginning with torchvision's weights"
grep -q 'but for the last layer' pictures.log || fail "torchvision's classes are not the data set's"
if grep 'was trained on' pictures.log; then fail "torchvision's weights are of no data set of camal"; fi
must_say() {
    if "${save[@]}" "${@:2}" out.h5 >save.log 2>&1; then fail "nothing against ${*:2}"; fi
    grep -q -- "$1" save.log || fail "not a word of '$1'"
}
must_say 'resnet50.pth: is of a deeper ResNet' resnet50.pth
must_say 'nan.pth: array fc.bias has values that are not finite' nan.pth
must_say 'no-such.pth' no-such.pth
must_say 'has 1000 classes, but 15 names are given' --classes classes.txt resnet18.pth
