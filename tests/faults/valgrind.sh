#!/usr/bin/env bash
# Every tool over a small run under valgrind: no error, nothing lost, and the exit code that it has without.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
source "$CAMAL_SOURCE/tests/faults/common.sh"
if [ -z "${CAMAL_LIVE-}" ]; then
    echo "skipped: it takes minutes; CAMAL_LIVE=1 runs it"
    exit 77
fi
if ! command -v valgrind >/dev/null; then
    echo "skipped: no valgrind"
    exit 77
fi
failed=0

# checked CODE NAME COMMAND...: under valgrind; leaks are looked for, or not as $leaks says.
checked() {
    local wanted=$1 name=$2 code=0
    shift 2
    valgrind --quiet --error-exitcode=99 --leak-check="${leaks:-full}" --errors-for-leak-kinds=definite,possible \
        --show-leak-kinds=definite,possible --suppressions=/usr/share/openmpi/openmpi-valgrind.supp \
        --log-file=said.valgrind "$@" >said 2>&1 </dev/null || code=$?
    [ $code -eq "$wanted" ] && [ ! -s said.valgrind ] && return
    echo "failed: $name: exit code $code in place of $wanted"
    head -n 60 said.valgrind said
    failed=$((failed + 1))
}

make_plain 2 1
bin=$CAMAL_BIN
round=plain/round-001.h5
learn 2 twin --set run.seed=2 >twin.log 2>&1 || fail "no second run to test with"
learn 2 other --set select.strategy=random >other.log 2>&1 || fail "no run of another arm to test with"
learn 1 asked --set oracle.kind=people >asked.log 2>&1
[ -e asked/queries/round-000.json ] || fail "no run that asks"
head -c 20000 $round >cut.h5

checked 0 "inspect ROUND" "$bin/camal-inspect" $round
checked 0 "inspect RUN --json" "$bin/camal-inspect" plain --json
checked 0 "inspect --plan" "$bin/camal-inspect" $round --plan
checked 2 "inspect, a cut file" "$bin/camal-inspect" cut.h5
checked 0 "check" "$bin/camal-check" data.h5 plain/round-000.h5 $round
checked 1 "check, a cut file" "$bin/camal-check" cut.h5
checked 0 "diff, equal" "$bin/camal-diff" plain plain
checked 1 "diff, other seed" "$bin/camal-diff" plain twin
checked 0 "compare" "$bin/camal-compare" --default other --proposed plain
checked 3 "label --status" "$bin/camal-label" asked --status
checked 0 "label --format" "$bin/camal-label" asked --format label-studio
checked 0 "label --export-pictures" "$bin/camal-label" asked --export-pictures crops
checked 0 "label FILE" "$bin/camal-label" asked asked/queries/round-000.json --by ann
checked 0 "report" "$bin/camal-report" plain -o report.html --dataset data.h5
checked 0 "heatmap" "$bin/camal-heatmap" $round --dataset data.h5 -o maps --samples 0-3
for what in scores queries classes metrics weights tensorboard; do
    checked 0 "export $what" "$bin/camal-export" $round --what $what -o "out-$what"
done
# Open MPI loses much of its own; of ours the sanitizers look for leaks, in the MPI tests.
leaks=no checked 0 "score" "$bin/camal-score" --round $round --dataset data.h5 --out scores.h5
[ $failed -eq 0 ] && echo ok
exit $((failed > 0))
