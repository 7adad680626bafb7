#!/usr/bin/env bash
# camal-compare on runs with known numbers: each format, to the letter where it is short; pairs by seed; and
# refusals of what may not be compared.
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

refuses() { check_refused "$1" "$2" "$CAMAL_BIN/camal-compare" "${@:3}"; }

# run FOLDER SEED SETTINGS DIGEST BOLTS TEST(3) ASKED(3) VALIDATION(2) STATUS: a run of two rounds and three classes.
# BOLTS: bolts labelled at the start; TEST: right on test at the end, of 10 bolts, 20 nuts and 10 cracks; ASKED:
# labels asked for; VALIDATION: bolts (of 20) and cracks (of 10) right on validation at the end; STATUS: of crack.
run() {
    {
        printf 'digest %s\nseed %s\n' "$4" "$2"
        for setting in $3; do echo "set $setting"; done
        printf 'class bolt %d %d 20 10\nclass nut 8 30 50 20\nclass crack 4 8 10 10\n' "$5" $((20 - $5))
        printf 'round\nbolt 18 8 0.5 %d active\nnut 40 15 0.25 %d active\ncrack 5 5 0.125 %d active\n' "${@:9:3}"
        printf 'round\nbolt %d %d 0.75 0 active\nnut 45 %d 0.5 0 active\ncrack %d %d 0.25 0 %s\n' \
            "${12}" "$6" "$7" "${13}" "$8" "${14}"
    } | "$CAMAL_BIN/test_make_round" "$1" || { echo "failed: no run $1 to test with"; exit 1; }
}

one=0123456789abcdef0123456789abcdef
two=fedcba9876543210fedcba9876543210
default="select.copies=1 select.strategy=random select.quota=none exclude.rule=none"
proposed="select.copies=2"
#   folder seed settings   digest bolts test   asked  validation status
run d1       1 "$default"  $one   6     8 15 6   3 3 3  17 4 active
run p1       1 "$proposed" $one   6     9 17 0   2 5 1  19 0 excluded
run d2       2 "$default"  $one   6     7 15 5   3 3 3  17 4 active
run p2       2 "$proposed" $one   6     9 18 5   2 5 1  19 6 active
run d3       3 "$default"  $one   6     8 14 6   3 3 3  18 4 active
run p3       3 "$proposed" $one   6    10 17 0   2 5 1  20 0 excluded
run other    1 "$proposed" $two   6     9 17 0   2 5 1  19 0 excluded
run labels   1 "$proposed" $one   7     9 17 0   2 5 1  19 0 excluded
run copies   2 "select.copies=3" $one 6 9 17 0   2 5 1  19 0 excluded
run epochs   1 "$proposed train.epochs=7"  $one 6 9 17 0   2 5 1  19 0 excluded
(
    echo "digest $one"
    printf 'class bolt 6 14 19 11\nclass nut 8 30 50 20\nclass crack 4 8 10 10\n'
    printf 'round\nbolt 18 8 0.5 2 active\nnut 40 15 0.25 5 active\ncrack 5 5 0.125 1 active\n'
) | "$CAMAL_BIN/test_make_round" split || exit 1
cp -r p1 gap && rm gap/round-000.h5
cp -r p1 cut && head -c 2000 p1/round-001.h5 >cut/round-001.h5
mkdir empty

# ---- one seed ----
cat >expected <<'TEXT'
Table 1. Default > Proposed: 3 classes, 1 round of labelling, 1 seed (1), data set 01234567

#  Class        Number of labeled data  Default labels  Best Accuracy (%)       Last (%)       Test (%)    In-mask CAM
----------------------------------------------------------------------------------------------------------------------
1  bolt                      6 (+ 2*2)       6 (+ 3*1)      90.00 > 95.00  85.00 > 95.00  80.00 > 90.00  0.750 > 0.750
2  nut                       8 (+ 5*2)       8 (+ 3*1)      90.00 > 90.00  90.00 > 90.00  75.00 > 85.00  0.500 > 0.500
   Excluded: 1
3  crack                     4 (+ 1*2)       4 (+ 3*1)      50.00 > 50.00   40.00 > 0.00   60.00 > 0.00  0.250 > 0.250

Summary                                             Default  Proposed  Difference
---------------------------------------------------------------------------------
Labels at the start                                      18        18           0
Labels added                                              9         8          -1
Labels used                                              27        26          -1
Classes not excluded                                      3         2          -1
Best >= 99 %, of the kept classes                         0         0           0
Best >= 95 %, of the kept classes                         0         1          +1
Best >= 99 %, of all classes                              0         0           0
Best >= 95 %, of all classes                              0         1          +1
Test >= 99 %, of the kept classes                         0         0           0
Test >= 95 %, of the kept classes                         0         0           0
Test >= 99 %, of all classes                              0         0           0
Test >= 95 %, of all classes                              0         0           0
Test, mean of the kept classes (%)                    77.50     87.50      +10.00
Test, mean of all classes, excluded as errors (%)     71.67     58.33      -13.33
Test, right of all samples, excluded as errors (%)    72.50     65.00       -7.50
In-mask CAM on test, mean of the kept classes         0.625     0.625       0.000

Verdict: one seed: no interval. Proposed against default, mean test accuracy: kept classes +10.00 points, all
classes with excluded ones as errors -13.33 points, with 1 label fewer. Whether that is more than chance, one
seed cannot tell.
TEXT
"$CAMAL_BIN/camal-compare" --default d1 --proposed p1 >text
check "text, exit code" [ $? -eq 0 ]
check "text of one seed" diff expected <(head -n "$(wc -l <expected)" text)
check "text, the best column is explained" grep -q '^Best: largest validation recall over the rounds' text
check "text, no note on what differs" bash -c '! grep -qE "arms differ|did not start" text'
check "lines of text are short below the tables" bash -c '! sed "1,/^Verdict/d" text | grep -qE "^.{111}"'
"$CAMAL_BIN/camal-compare" --default d1 --proposed epochs >text
check "text, other settings are noted" grep -q '^epochs: 30 against epochs: 7$' text

check "text, another round 0 is noted" grep -q '^Round 0, .* different weights in 1 of 1 pairs' text

# ---- three seeds: differences of bolt on test 10, 20, 20: mean 16.67, deviation 5.77, t(2) = 4.3027 ----
cat >expected <<'TEXT'
**Table 1. Default > Proposed: 3 classes, 1 round of labelling, 3 seeds (1, 2, 3), data set 01234567**

| # | Class | Number of labeled data | Default labels | Best Accuracy (%) | Best, difference | Last (%) | Test (%) | Test, difference | In-mask CAM |
| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| 1 | bolt | 6 (+ 2\*2) | 6 (+ 3\*1) | 90.00 > 96.67 | +6.67 ± 7.17 | 86.67 > 96.67 | 76.67 > 93.33 | +16.67 ± 14.34 | 0.750 > 0.750 |
| 2 | nut | 8 (+ 5\*2) | 8 (+ 3\*1) | 90.00 > 90.00 | 0.00 ± 0.00 | 90.00 > 90.00 | 73.33 > 86.67 | +13.33 ± 7.17 | 0.500 > 0.500 |
|  | Excluded: 1 |  |  |  |  |  |  |  |  |
| 3 | crack (excluded 2/3) | 4 (+ 1\*2) | 4 (+ 3\*1) | 50.00 > 53.33 | +3.33 ± 14.34 | 40.00 > 20.00 | 56.67 > 16.67 | -40.00 ± 86.05 | 0.250 > 0.250 |
TEXT
"$CAMAL_BIN/camal-compare" --format markdown --proposed p3 p1 p2 --default d1 d3 d2 >markdown
check "Markdown of three seeds" diff expected <(head -n "$(wc -l <expected)" markdown)
check "Markdown, mean of kept classes" grep -qF \
    '| Test, mean of the kept classes (%) | 72.50 | 85.56 | +13.06 | +3.27 to +22.84 |' markdown
check "Markdown, kept classes are better" grep -qF \
    'over 3 seeds: kept classes better (+13.06 points, 95 % interval +3.27 to +22.84); all classes' markdown
check "Markdown, all classes are not" grep -qF \
    'excluded ones as errors not distinguishable (-3.33 points, -36.20 to +29.53)' markdown
# A table renders if every row has as many bars that are not escaped as its heading.
check "Markdown, rows of one table have the same cells" awk '
    { line = $0; gsub(/\\\|/, "", line); bars = gsub(/\|/, "", line) }
    bars && last && bars != last { bad = 1 }
    { last = bars }
    END { exit bad }' markdown

# ---- CSV and JSON ----
"$CAMAL_BIN/camal-compare" --default d1 --proposed p1 --format csv >csv
cat >expected <<'TEXT'
class,status,figure,default,proposed,difference,low,high,pairs
bolt,kept,labels_start,6,6,0,,,1
bolt,kept,labels_added,3,2,-1,,,1
TEXT
check "CSV" diff expected <(head -3 csv)
check "CSV, figures of every class and the summary" [ "$(wc -l <csv)" -eq $((1 + 3 * 6 + 16)) ]
check "CSV, excluded class" grep -qx 'crack,excluded,labels_added,3,1,-2,,,1' csv
check "CSV, summary" grep -qx ',summary,labels,27,26,-1,,,1' csv
"$CAMAL_BIN/camal-compare" --default d1 d2 --proposed p1 p2 --format json >json
if command -v /usr/bin/python3 >/dev/null; then
    check "JSON" /usr/bin/python3 - <<'PYTHON'
import json
found = json.load(open("json"))
assert found["verdict_kept"] == "better" and found["verdict_all"] == "not distinguishable", found["verdict"]
assert [pair["seed"] for pair in found["pairs"]] == [1, 2]
assert found["pairs"][0]["same_round_0"] is True
assert found["pairs"][0]["proposed"]["classes"][2]["excluded"] is True
assert found["pairs"][0]["proposed"]["test_samples_all"] == 0.65
bolt = found["classes"][0]
assert bolt["name"] == "bolt" and bolt["labels_added"]["proposed"] == 2
assert abs(bolt["test"]["difference"] - 0.15) < 1e-12 and bolt["test"]["pairs"] == 2
assert abs(bolt["test"]["high"] - 0.15 - 12.7062 * 0.05) < 1e-6
assert found["summary"]["classes_kept"]["proposed"] == 2.5
PYTHON
fi

# ---- refusals ----
refuses "other data set"         'd1 and other are of different data sets'           --default d1 --proposed other
refuses "other seed"             'd1 has seed 1, p2 has seed 2'                      --default d1 --proposed p2
refuses "other first labels"     'first labels \(L0\): sample 6 '                    --default d1 --proposed labels
refuses "other split"            'their split: sample 20 is for validation in the one|their split: sample' \
    --default d1 --proposed split
refuses "unequal numbers"        '2 runs of the default arm and 1 of the proposed'   --default d1 d2 --proposed p1
refuses "one seed twice"         'd1 and d1: two runs of the default arm with seed 1' --default d1 d1 --proposed p1 p2
refuses "settings within an arm" 'p1 and copies.*copies: 2 against copies: 3'        --default d1 d2 --proposed p1 copies
refuses "round 0 is missing"     'gap: .* numbered 1 to 1'                           --default d1 --proposed gap
refuses "damaged round"          'cut/round-001\.h5'                                 --default d1 --proposed cut
refuses "no rounds"              'empty: no round files'                             --default d1 --proposed empty
refuses "no folder"              'nowhere'                                           --default nowhere --proposed p1
refuses "no proposed arm"        'no run for --proposed'                             --default d1
refuses "no value"               '--default'                                         --default
refuses "stray word"             "'p1' belongs to no option"                         --format csv p1
refuses "unknown format"         'allowed are text, markdown, csv, json'              --format pdf
refuses "unknown option"         'frobnicate'                                        --frobnicate

check "--help" bash -c '"$CAMAL_BIN/camal-compare" --help | grep -q examples'
check "--version" bash -c '"$CAMAL_BIN/camal-compare" --version | grep -qE "^camal-compare [0-9]"'
if [ -w /dev/full ]; then
    "$CAMAL_BIN/camal-compare" --default d1 --proposed p1 >/dev/full 2>err
    check "a full disk is a failure" [ $? -eq 1 ]
fi
mkfifo pipe
refuses "output is a pipe" 'pipe: is there and not a regular file' --default d1 --proposed p1 --out pipe
check "a table in a file" "$CAMAL_BIN/camal-compare" --default d1 --proposed p1 --out table
check "the table in the file" diff table <("$CAMAL_BIN/camal-compare" --default d1 --proposed p1)
(
    ulimit -f 0
    trap '' XFSZ # so that writing beyond the limit fails instead of killing
    "$CAMAL_BIN/camal-compare" --default d1 --proposed p1 --out half
) 2>/dev/null
check "half a table is not left" [ $? -eq 1 -a ! -e half -a ! -e half.tmp ]
exit $((failed > 0))
