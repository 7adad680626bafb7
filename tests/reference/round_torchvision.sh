#!/usr/bin/env bash
# A round file's weights, loaded into torchvision's resnet18 by name, say what camal said of the same samples.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cat >run.yaml <<TEXT
run: {folder: run, rounds: 1}
data: {dataset: data.h5, initial: 0.5, budget: 8}
network: {name: resnet18, stem: imagenet}
train: {epochs: 1, batch: 16, microbatch: 8, rate: 0.02}
TEXT
make_data 24 64
"${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml
"$python" -W ignore "$CAMAL_SOURCE/tests/reference/round_torchvision.py" run/round-000.h5 data.h5
