#!/usr/bin/env bash
# Heat maps before colouring are PyTorch's: last layer and an inner one, of predicted classes and of labels, by the
# round's kernels and by direct ones.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cat >run.yaml <<TEXT
run: {folder: run, rounds: 0}
data: {dataset: data.h5, initial: 0.5, budget: 8}
network: {name: resnet18, stem: imagenet}
train: {epochs: 1, batch: 16, microbatch: 8, rate: 0.02}
TEXT
make_data 24 64
"${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml

compare() { # ROUND FOLDER ARGUMENT...
    local round=$1 folder=$2
    shift 2
    "$CAMAL_BIN/camal-heatmap" "$round" --dataset data.h5 --samples 0-39 --npy --scale 1 -o "$folder" "$@"
    echo "$round $*"
    "$python" -W ignore "$CAMAL_SOURCE/tests/reference/heatmap_torch.py" "$round" data.h5 "$folder"
}
compare run/round-000.h5 predicted 2>said.txt
grep -q 'kernels of the round' said.txt
compare run/round-000.h5 label --of label --kernels direct
"$python" "$CAMAL_SOURCE/tests/reference/heatmap_torch.py" --layer layer3.0 run/round-000.h5 inner.h5
compare inner.h5 inner --kernels direct

# The same weights, exported and loaded strictly into torchvision's resnet18, say what the round says.
"$CAMAL_BIN/camal-export" run --what weights --dataset data.h5 -o weights.h5
"$python" -W ignore "$CAMAL_SOURCE/tests/reference/export_torch.py" weights.h5 run/round-000.h5 data.h5
