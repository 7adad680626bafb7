#!/usr/bin/env bash
# The fuzz targets for two seconds each, the same mutations every time: that all still build, and that what is near the
# seeds does no harm.
set -euo pipefail
build=${CAMAL_BIN%/bin}/fuzz
rm -rf "$build/corpus"
BUILD=$build FUZZ_OPTIONS=-seed=1 exec bash "$(dirname "$0")/run.sh" 2
