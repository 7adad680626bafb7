#!/usr/bin/env bash
# A round file's weights, loaded into torchvision's resnet18 by name, say what camal said of the same samples.
set -euo pipefail
python=/usr/bin/python3
if ! "$python" -c 'import torch, torchvision, h5py' 2>/dev/null; then
    echo "skipped: $python has no torch, torchvision and h5py"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

cat >run.yaml <<TEXT
run: {folder: run, rounds: 1}
data: {dataset: data.h5, initial: 0.5, budget: 8}
network: {name: resnet18, stem: imagenet}
train: {epochs: 1, batch: 16, microbatch: 8, rate: 0.02}
TEXT
"$CAMAL_BIN/camal-synth" --out coco --images 24 --seed 1
"$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --classes all --size 64 \
    --split-key split --out data.h5
mpirun -n 2 --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none \
    "$CAMAL_BIN/camal-learn" run.yaml
"$python" -W ignore "$CAMAL_SOURCE/tests/reference/round_torchvision.py" run/round-000.h5 data.h5
