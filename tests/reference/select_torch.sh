#!/usr/bin/env bash
# What a round chose is what PyTorch and NumPy choose from the round's weights: features, heat maps and picks.
set -euo pipefail
python=/usr/bin/python3
if ! "$python" -c 'import torch, torchvision, h5py' 2>/dev/null; then
    echo "skipped: $python has no torch, torchvision and h5py"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PYTHONDONTWRITEBYTECODE=1

"$CAMAL_BIN/camal-synth" --out coco --images 36 --seed 1
"$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --classes all --size 64 \
    --split-key split --out data.h5

check() { # STRATEGY [LAYER]
    cat >run.yaml <<TEXT
run: {folder: run-$1-${2:-last}, rounds: 1, seed: 5}
data: {dataset: data.h5, initial: 0.2, budget: 12}
network: {name: resnet18, stem: imagenet}
train: {epochs: 2, batch: 16, microbatch: 8, rate: 0.02, kernels: direct}
select: {strategy: $1, quota: none}
cam: {layer: ${2:-last}}
exclude: {rule: none}
TEXT
    mpirun -n 2 --oversubscribe --bind-to none --quiet --mca btl_vader_single_copy_mechanism none \
        "$CAMAL_BIN/camal-learn" run.yaml
    "$python" -W ignore "$CAMAL_SOURCE/tests/reference/select_torch.py" "$1" "run-$1-${2:-last}/round-000.h5" data.h5
}
# By several ranks' features or by maps: always. What ranks samples by one figure has its plain reference in the unit
# test too, and CAMAL_LIVE=1 here.
check cam_consistency layer3.0
check coreset
check badge
check cam_badge layer3.0
if [ -n "${CAMAL_LIVE-}" ]; then
    check cam_margin
    check cam_overlap
    check power_margin
    check bald
    check class_balanced
    check cam_badge
fi
