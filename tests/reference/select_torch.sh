#!/usr/bin/env bash
# What a round chose is what PyTorch and NumPy choose from the round's weights: features, heat maps and picks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

make_data 36 64

choose_alike() { # STRATEGY [LAYER]
    cat >run.yaml <<TEXT
run: {folder: run-$1-${2:-last}, rounds: 1, seed: 5}
data: {dataset: data.h5, initial: 0.2, budget: 12}
network: {name: resnet18, stem: imagenet}
train: {epochs: 2, batch: 16, microbatch: 8, rate: 0.02, kernels: direct}
select: {strategy: $1, quota: none}
cam: {layer: ${2:-last}}
exclude: {rule: none}
TEXT
    "${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml
    "$python" -W ignore "$CAMAL_SOURCE/tests/reference/select_torch.py" "$1" "run-$1-${2:-last}/round-000.h5" data.h5
}
# By several ranks' features or by maps: always. What ranks samples by one figure has its plain reference in the unit
# test too, and CAMAL_LIVE=1 here.
choose_alike cam_consistency layer3.0
choose_alike coreset
choose_alike badge
choose_alike cam_badge layer3.0
if [ -n "${CAMAL_LIVE-}" ]; then
    choose_alike cam_margin
    choose_alike cam_overlap
    choose_alike power_margin
    choose_alike bald
    choose_alike class_balanced
    choose_alike cam_badge
fi
