# shellcheck shell=bash
# What the tests against PyTorch share: all of tests/cli/common.sh, and $python, which has torch, torchvision and h5py;
# where it has not the test is skipped.

python=/usr/bin/python3
if ! "$python" -c 'import torch, torchvision, h5py' 2>/dev/null; then
    echo "skipped: $python has no torch, torchvision and h5py"
    exit 77
fi
source "$(dirname "${BASH_SOURCE[0]}")/../cli/common.sh"
