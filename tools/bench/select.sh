#!/usr/bin/env bash
# camal-bench select side by side with PyTorch: see --help.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=${PEERS_PYTHON:-/usr/bin/python3}

if ! "$python" -c 'import torch' 2>/dev/null; then
    for option in "$@"; do
        [ "$option" != --help ] || exec python3 "$here/select_torch.py" --help
    done
    echo "skipped: $python has no torch (Debian: python3-torch)" >&2
    exit 77
fi
exec "$python" "$here/select_torch.py" "$@"
