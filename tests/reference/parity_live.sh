#!/bin/bash
# The parity test against answers that the PyTorch of this machine gives now.
set -euo pipefail
if [ -z "${CAMAL_LIVE:-}" ]; then
    echo "skipped: it takes minutes; CAMAL_LIVE=1 asks for it (the committed answers are tested in any case)"
    exit 77
fi
python=/usr/bin/python3
if ! "$python" -c 'import torch, torchvision' 2> /dev/null; then
    echo "skipped: $python has no torch and torchvision"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -W ignore "$CAMAL_SOURCE/tests/reference/parity_make.py" "$folder" --like "$CAMAL_SOURCE/tests/reference"
OMP_NUM_THREADS=1 "$CAMAL_BIN/parity_test" "$folder"
OMP_NUM_THREADS=1 "$CAMAL_BIN/parity_exact_test" "$folder"
