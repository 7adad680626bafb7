#!/usr/bin/env bash
# Each fuzz target for two seconds, the same mutations every time: that it still builds, and that the seeds and what
# is near them do no harm.
set -euo pipefail
build=${CAMAL_BIN%/bin}/fuzz
rm -rf "$build/corpus"
BUILD=$build FUZZ_OPTIONS=-seed=1 exec bash "$(dirname "$0")/run.sh" 2
