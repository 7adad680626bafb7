#!/usr/bin/env bash
# Line coverage of src by the unit, MPI and command-line tests; fails below 85 %.
set -euo pipefail
cd "$(dirname "$0")/.."

floor=85
build=build/coverage

command -v gcovr >/dev/null || { echo "coverage: no gcovr; run: bash tools/install_deps.sh --with-tests" >&2; exit 1; }
cmake --preset coverage
cmake --build --preset coverage
find $build -name '*.gcda' -delete # a count is of this run alone
ctest --test-dir $build --label-regex '^(unit|mpi|cli)$' --output-on-failure -j "$(nproc)"
gcovr --root . --filter src/ --object-directory $build --sort-uncovered --print-summary --fail-under-line $floor \
    --xml $build/coverage.xml --txt $build/coverage.txt $build
sed -n '/^File/,$p' $build/coverage.txt
echo "coverage: lines of src are covered by at least $floor %; the list is $build/coverage.txt"
