#!/usr/bin/env bash
# camal-inspect on a run with known numbers: a round and a run, as text and as JSON, and refusals.
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

refuses() { check_refused "$1" "$2" "$CAMAL_BIN/camal-inspect" "${@:3}"; }

"$CAMAL_BIN/test_make_round" run <<'TEXT' || { echo "failed: no run to test with"; exit 1; }
digest 0123456789abcdef0123456789abcdef
seed 18446744073709551615
set exclude.accuracy=0.7
class bolt 6 14 20 10
class nut 8 30 0 20
class crack 4 8 10 10
round
bolt 18 8 0.5 2 active
nut 0 15 0.25 5 active
crack 5 5 0.125 1 active
round 0.8125
bolt 20 9 0.75 0 finished
nut 0 17 0.5 0 active
crack 0 0 0.25 0 excluded
TEXT

# ---- a round, as text ----
cat >expected <<'TEXT'
run/round-000.h5: round 0 of a run, by camal VERSION

  data set    0123456789abcdef0123456789abcdef, 140 samples, 3 classes
  parent      none: the first round
  made with   seed 18446744073709551615, ranks 2, threads of a rank 1
  network     1 tensors, 3 numbers
  labelled    18 trained on: 18 of the start, 0 added
  pool        44 samples left without label; 70 are for validation and test
  classes     3 active, 0 finished, 0 excluded
  accuracy    validation 70.00 %, test 68.33 % (mean recall of the classes trained on)
  samples     test 70.00 % of the classes trained on, 70.00 % of all with excluded classes as errors
  calibration error 0.0625 on validation, 0.1250 on test
  seconds     train 10.0, evaluate 1.0, score 2.0, select 0.5
  chosen      8 samples of 52 scored: 8 within quotas, 0 beyond them, 0 without quotas
  answered    8, of them 8 as predicted

Class  Labelled  (added)  Valid. %  Best %  Test %    CAM   Need  Pool  Quota  Chosen  Answers  Status
------------------------------------------------------------------------------------------------------
bolt          6     (+0)     90.00   90.00   80.00  0.500  0.550    14      2       2        2  active
nut           8     (+0)         -       -   75.00      -  1.000    30      5       5        5  active
crack         4     (+0)     50.00   50.00   50.00  0.125  0.938     8      1       1        1  active

Epoch  Steps  Rate  Train loss  Train %  Valid. loss  Valid. %
--------------------------------------------------------------------
    0     10   0.1      2.0000    50.00       1.5000     62.50  kept
    1     20  0.05      1.0000    75.00            -         -
TEXT
"$CAMAL_BIN/camal-inspect" run/round-000.h5 >text
check "round, exit code" [ $? -eq 0 ]
check "text of a round" diff expected <(sed '1s/camal [0-9.]*$/camal VERSION/' text)

"$CAMAL_BIN/camal-inspect" run/round-001.h5 >text
check "the last round has chosen nothing" grep -q '^  chosen      nothing' text
check "reason of an excluded class" grep -qE \
    '^crack .*  excluded in round 1: accuracy below 0\.70 in 2 rounds running, and not up by 0\.02 in the last$' text
check "reason of a finished class" grep -qE \
    '^bolt .*  finished in round 1: accuracy at or above 0\.9999 in 2 rounds running$' text
check "digest of the parent" grep -qE '^  parent      [0-9a-f]{32}$' text

# ---- a run, as text ----
cat >expected <<'TEXT'
run: 2 rounds

Round  Labelled  Valid. %  Test %  Kept %  All %   Kappa  Active  Finished  Excluded  Paused  Chosen  Seconds
-------------------------------------------------------------------------------------------------------------
    0        18     70.00   68.33   70.00  70.00       -       3         0         0       0       8     13.5
    1        26     50.00   58.33   65.00  65.00  0.8125       1         1         1       0       0     13.5

TEXT
"$CAMAL_BIN/camal-inspect" run >text
check "text of a run" diff expected <(head -7 text)

# ---- what rules would have saved, and classes that are paused ----
"$CAMAL_BIN/test_make_round" stops <<'TEXT' || { echo "failed: no run to test with"; exit 1; }
set stop.rounds=2
class bolt 6 14 20 10
class nut 8 30 20 20
round
bolt 10 8 0.5 2 active
nut 10 10 0.25 5 active
round 0.9
bolt 14 8 0.75 2 active
nut 8 10 0.5 5 paused
round 0.992
bolt 14 9 0.75 1 active
nut 19 12 0.5 5 paused
round 0.99
bolt 14 9 0.75 1 active
nut 20 20 0.5 0 paused
round 0.5
bolt 20 10 0.75 0 active
nut 20 20 0.5 0 active
TEXT
cat >expected <<'TEXT'
stop.rule plateau would have stopped the run after round 3: 1 label fewer, test accuracy 95.00 % instead of 100.00 %.
  plateau: mean validation accuracy +0.0000 in the last 2 rounds, less than +0.0050
stop.rule agreement would have stopped the run after round 3: 1 label fewer, test accuracy 95.00 % instead of 100.00 %.
  agreement: mean kappa 0.9910 in the last 2 rounds, at or above 0.9900
TEXT
"$CAMAL_BIN/camal-inspect" stops >text
check "what rules would have saved" diff expected <(tail -4 text)
"$CAMAL_BIN/camal-inspect" stops/round-002.h5 >text
check "a paused class" grep -qE '  paused in round 1: accuracy below 0\.60, and no rise by 0\.02 in 2 rounds$' text
check "agreement" grep -qx '  agreement   kappa 0.9920 with the round before, over 30 pool samples of both' text
check "count of paused classes" grep -qx '  classes     1 active, 0 finished, 0 excluded, 1 paused' text
"$CAMAL_BIN/camal-inspect" stops --json >stops.json

# ---- for programs ----
"$CAMAL_BIN/camal-inspect" run/round-001.h5 --json >round.json
"$CAMAL_BIN/camal-inspect" --json run >run.json
if command -v /usr/bin/python3 >/dev/null; then
    check "JSON" /usr/bin/python3 - <<'PYTHON'
import json
found = json.load(open("round.json"))
assert found["kind"] == "round" and found["round"] == 1 and found["seed"] == 18446744073709551615
assert found["labelled_start"] == 18 and found["labelled_added"] == 8 and found["outside"] == 70
assert found["dataset_digest"] == "0123456789abcdef0123456789abcdef" and len(found["parent_digest"]) == 32
bolt, nut, crack = found["classes"]
assert bolt["status"] == "finished" and bolt["validation_accuracy"] == 1 and bolt["test_accuracy"] == 0.9
assert nut["validation_accuracy"] is None and nut["validation_count"] == 0
assert crack["reason"] == "below_threshold" and crack["decided_round"] == 1 and crack["added"] == 1
assert crack["sentence"].startswith("excluded in round 1")
assert found["epochs"][1]["validation_loss"] is None and found["epochs"][0]["rate"] == 0.1
run = json.load(open("run.json"))
assert [line["labelled"] for line in run["rounds"]] == [18, 26]
assert [line["excluded"] for line in run["rounds"]] == [0, 1]
assert [line["agreement"] for line in run["rounds"]] == [None, 0.8125]
stops = json.load(open("stops.json"))["stops"]
assert [(s["rule"], s["would_stop"], s["stopped"], s["round"]) for s in stops] == [
    ("plateau", True, False, 3), ("agreement", True, False, 3)]
assert stops[0]["labels_fewer"] == 1 and abs(stops[0]["test_accuracy"] - 0.95) < 1e-6 and stops[0]["instead_of"] == 1
assert run["rounds"][0]["queries"] == 8 and run["rounds"][0]["all_test_accuracy"] == 0.7
PYTHON
fi
check "--config is YAML of the run" bash -c \
    '"$CAMAL_BIN/camal-inspect" run/round-000.h5 --config | grep -qx "  accuracy: 0.7"'
check "--plan is the plan" [ "$("$CAMAL_BIN/camal-inspect" --plan run/round-000.h5)" = "conv1 forward jit:avx512_core" ]

# ---- refusals ----
echo "this is text" >text.h5
head -c 2000 run/round-000.h5 >cut.h5
mkdir empty damaged
cp cut.h5 damaged/round-000.h5
refuses "missing file"     'nowhere\.h5: no such file'          nowhere.h5
refuses "no HDF5 file"     'text\.h5'                           text.h5
refuses "truncated file"   'cut\.h5'                            cut.h5
refuses "no rounds"        'empty: no round files'              empty
refuses "damaged round"    'damaged/round-000\.h5'              damaged
refuses "plan of a run"    'run is a folder'                    run --plan
refuses "config of a run"  'run is a folder'                    run --config
refuses "two of three"     'exclude each other'                 run/round-000.h5 --json --plan
refuses "nothing said"     'expected one ROUND\.h5'             --json
refuses "two files"        '2 files given'                      run run
refuses "unknown option"   'frobnicate'                         run --frobnicate

check "--help" bash -c '"$CAMAL_BIN/camal-inspect" --help | grep -q examples'
check "--version" bash -c '"$CAMAL_BIN/camal-inspect" --version | grep -qE "^camal-inspect [0-9]"'
if [ -w /dev/full ]; then
    for argument in run run/round-000.h5 "run --json"; do
        # shellcheck disable=SC2086
        "$CAMAL_BIN/camal-inspect" $argument >/dev/full 2>err
        check "a full disk is a failure: $argument" [ $? -eq 1 ]
    done
fi
exit $((failed > 0))
