#!/usr/bin/env bash
# Each strategy says what memory it will take before it chooses, and chooses alike on 1, 2 and 4 ranks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
unset CAMAL_QUIET

choose() { # RANKS STRATEGY
    "${mpirun[@]}" -n "$1" "$CAMAL_BIN/camal-bench" select --json --strategy "$2" --records 3000 --width 33 \
        --classes 6 --budget 40 --labelled 50 >"$2-$1.json" 2>"$2-$1.txt"
}
picks() { # FILE
    grep -o '"picks": *"[^"]*"' "$1"
}
for strategy in random least_confidence margin entropy power_margin class_balanced bald coreset badge typiclust \
    cam cam_margin cam_consistency cam_overlap cam_badge; do
    for ranks in 1 2 4; do
        choose "$ranks" "$strategy"
    done
    grep -q "strategy $strategy: 3000 pool samples .*: [0-9.]* [MG]B o" "$strategy-2.txt" || {
        echo "$strategy does not say its memory:"
        cat "$strategy-2.txt"
        exit 1
    }
    [ "$(picks "$strategy-1.json")" = "$(picks "$strategy-2.json")" ] &&
        [ "$(picks "$strategy-1.json")" = "$(picks "$strategy-4.json")" ] || {
        echo "$strategy chooses by the number of ranks:"
        picks "$strategy-1.json" && picks "$strategy-2.json" && picks "$strategy-4.json"
        exit 1
    }
done
echo "15 strategies say their memory, and choose alike on 1, 2 and 4 ranks"
