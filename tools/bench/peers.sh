#!/usr/bin/env bash
# camal-bench side by side with PyTorch: see --help.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=${PEERS_PYTHON:-/usr/bin/python3}

if ! "$python" -c 'import torch, h5py' 2>/dev/null; then
    for option in "$@"; do
        [ "$option" != --help ] || exec python3 "$here/peers.py" --help
    done
    echo "skipped: $python has no torch and h5py (Debian: python3-torch python3-h5py)" >&2
    exit 77
fi
exec "$python" "$here/peers.py" --python "$python" "$@"
