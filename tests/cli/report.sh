#!/usr/bin/env bash
# camal-report on runs with known numbers and names that try to be markup, and on a small real run with pictures:
# numbers as camal-compare and camal-inspect give them, an accessible page, nothing from the network, no error in a
# browser's console, no width overrun; and refusals.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source "$here/common.sh"
python=/usr/bin/python3
skipped=
program_path=$PATH # what camal-report sees

# refuses CODE NAME PATTERN ARGUMENT...: that exit code, the pattern in the message, no report.
refuses() {
    local expected=$1 name=$2 pattern=$3 code
    shift 3
    PATH=$program_path "$CAMAL_BIN/camal-report" "$@" >out 2>err
    code=$?
    if [ $code -ne "$expected" ] || [ -s out ] || [ -e no.html ] || ! grep -qE -- "$pattern" err; then
        echo "failed: $name: exit $code, expected $expected and '$pattern' in:"
        cat err out
        failed=$((failed + 1))
        rm -f no.html
    fi
}

# run FOLDER SEED SETTINGS DIGEST TEST(3) ASKED(3) VALIDATION STATUS: a run of two rounds; the names are to be shown as
# they are. VALIDATION: of the third class at the end, of 10.
first='bolt<b>&"x' third='לאומי'
run() {
    {
        printf 'digest %s\nseed %s\n' "$4" "$2"
        for setting in $3; do echo "set $setting"; done
        printf "class %s 6 14 20 10\nclass nut' 8 30 50 20\nclass %s 4 8 10 10\n" "$first" "$third"
        printf "round\n%s 18 8 0.5 %d active\nnut' 40 15 0.25 %d active\n%s 5 5 0.125 %d active\n" \
            "$first" "$8" "$9" "$third" "${10}"
        printf "round\n%s 19 %d 0.75 0 finished\nnut' 45 %d 0.5 0 active\n%s %d %d 0.25 0 %s\n" \
            "$first" "$5" "$6" "$third" "${11}" "$7" "${12}"
    } | "$CAMAL_BIN/test_make_round" "$1" || { echo "failed: no run $1 to test with"; exit 1; }
}

# inspected OUT RUN...: a list of the runs' rounds as JSON.
inspected() {
    local out=$1 run round comma=
    shift
    {
        echo '['
        for run in "$@"; do
            echo "$comma["
            comma=,
            local inner=
            for round in "$run"/round-*.h5; do
                echo "$inner"
                "$CAMAL_BIN/camal-inspect" --json "$round"
                inner=,
            done
            echo ']'
        done
        echo ']'
    } >"$out"
}

one=0123456789abcdef0123456789abcdef
two=fedcba9876543210fedcba9876543210
default="select.copies=1 select.strategy=random select.quota=none exclude.rule=none"
#   folder seed settings  digest test     asked  validation status
run d1       1 "$default" $one   8 15 6   3 3 3  4 active
run p1       1 ""         $one   9 17 0   2 5 1  0 excluded
run d2       2 "$default" $one   7 15 5   3 3 3  4 active
run p2       2 ""         $one   9 18 5   2 5 1  6 active
run other    1 ""         $two   9 17 0   2 5 1  0 excluded
(
    printf 'digest %s\nclass a 6 14 0 11\nclass b 8 30 0 20\n' $one
    printf 'round\na 0 8 0.5 0 active\nb 0 15 0.25 0 active\n'
) | "$CAMAL_BIN/test_make_round" bare || exit 1
cp -r p1 cut && head -c 2000 p1/round-001.h5 >cut/round-001.h5
cp -r p1 gap && rm gap/round-000.h5
mkdir empty folder
echo "this is text" >text.h5
make_data 60 32

# ---- refusals: none needs gnuplot ----
refuses 2 "no folder"             'nowhere'                                      nowhere -o no.html
refuses 2 "no rounds"             'empty: no round files'                        empty -o no.html
refuses 2 "damaged round"         'cut/round-001\.h5'                            cut -o no.html
refuses 2 "round 0 is missing"    'gap: .* numbered 1 to 1'                      gap -o no.html
refuses 2 "another data set"      'p1 is of data set .*, other of'               p1 other -o no.html
refuses 2 "arms of two data sets" 'd1 and other are of different data sets'      --default d1 --proposed other -o no.html
refuses 2 "seeds do not pair"     'd1 has seed 1, p2 has seed 2'                 --default d1 --proposed p2 -o no.html
refuses 2 "data set of another"   'data\.h5 has digest .*made from data set'     p1 --dataset data.h5 -o no.html
refuses 2 "data set is missing"   'nowhere\.h5'                                  p1 --dataset nowhere.h5 -o no.html
refuses 2 "data set is text"      'text\.h5'                                     p1 --dataset text.h5 -o no.html
refuses 2 "data set is a round"   'round-000\.h5'                                p1 --dataset p1/round-000.h5 -o no.html
refuses 2 "no output"             'no --out FILE'                                p1
refuses 2 "output is a folder"    'folder is there and not a regular file'       p1 -o folder
refuses 2 "no run"                'no run to report on'                          -o no.html
refuses 2 "no proposed arm"       'no run for --proposed'                        --default d1 -o no.html
refuses 2 "a run and arms"        "'p1' stands beside --default"                 p1 --default d1 --proposed p2 -o no.html
refuses 2 "too many runs"         '9 runs, at most 8'          p1 p1 p1 p1 p1 p1 p1 p1 p1 -o no.html
refuses 2 "pictures is no number" '--pictures many'                              p1 --pictures many -o no.html
refuses 2 "near miss"             'did you mean --dataset'                       p1 --datset data.h5 -o no.html
program_path=$work/empty
refuses 1 "gnuplot is missing" 'install the package gnuplot-nox' p1 -o no.html
program_path=$PATH
check "--help" bash -c '"$CAMAL_BIN/camal-report" --help | grep -q examples'
check "--version" bash -c '"$CAMAL_BIN/camal-report" --version | grep -qE "^camal-report [0-9]"'

# ---- the page ----
if ! command -v gnuplot >/dev/null; then
    echo "skipped: gnuplot is not installed: no page was made"
    exit $((failed > 0 ? 1 : 77))
fi
refuses 1 "output in no folder"   'nowhere/no\.html'                             p1 -o nowhere/no.html
"$CAMAL_BIN/camal-report" --proposed p2 p1 --default d1 d2 --out arms.html 2>err
check "two arms of two seeds" [ $? -eq 0 ]
"$CAMAL_BIN/camal-report" d1 p1 -q -o runs.html 2>err
check "two runs" [ $? -eq 0 ]
check "--quiet is quiet" [ ! -s err ]
"$CAMAL_BIN/camal-report" bare -o bare.html 2>err
check "one round, no validation samples, nothing chosen" [ $? -eq 0 ]
check "what is not there is said" grep -q 'Validation: there are no such samples' bare.html
check "without an arm to compare with, that is said" grep -q 'Nothing to compare with' runs.html
check "names are escaped" bash -c '! grep -qF "bolt<b>" arms.html && grep -qF "bolt&lt;b&gt;&amp;&quot;x" arms.html'
check "no style or script lets anything in" grep -q "default-src 'none'" arms.html
"$CAMAL_BIN/camal-report" --proposed p2 p1 --default d1 d2 --out again.html 2>err
check "the same runs give the same bytes" cmp arms.html again.html
"$CAMAL_BIN/camal-compare" --default d1 d2 --proposed p1 p2 --format json >compare.json
inspected d.json d1 d2
inspected p.json p1 p2
inspected d1.json d1
inspected p1.json p1
check "page of two arms" $python "$here/report_check.py" arms.html compare.json d.json p.json
check "page of two runs" $python "$here/report_check.py" runs.html - d1.json p1.json

# ---- a real run, with pictures ----
cat >run.yaml <<TEXT
run: {folder: real, seed: 1, rounds: 1}
data: {dataset: data.h5, initial: 0.4, budget: 12}
train: {epochs: 3, batch: 32, microbatch: 16, kernels: direct, patience: 0}
exclude: {rule: none}
TEXT
"${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml \
    >log 2>&1 || { cat log; echo "failed: no real run"; exit 1; }
"$CAMAL_BIN/camal-report" real --dataset data.h5 -o real.html 2>err
check "with pictures" [ $? -eq 0 ]
check "a few MB at most" [ "$(stat -c %s real.html)" -lt 3000000 ]
inspected real.json real
if $python -c 'import h5py' 2>/dev/null; then
    check "page with pictures" $python "$here/report_check.py" real.html - real.json \
        --pictures data.h5 real/round-000.h5 real/round-001.h5
else
    skipped="python3-h5py is not installed: pictures were not compared"
fi

"${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml \
    --run people --set oracle.kind=people >log 2>&1
check "a run that waits for people" [ $? -eq 3 ]
"$CAMAL_BIN/camal-report" people --dataset data.h5 --pictures 1 -o people.html 2>err
check "choices without answers" [ "$(grep -c 'waits for its answer' people.html)" -gt 0 ]

# ---- in a browser ----
# Pages in frames of a phone, a tablet and a laptop: each says how wide it is, which must be as wide as its frame.
frames() {
    local page width
    echo '<!DOCTYPE html><title>frames</title><body><script>'
    echo 'addEventListener("message", function (e) { document.body.append(" " + e.data); });</script>'
    for page in "$@"; do
        sed "s|</body>|<script>parent.postMessage('$page: ' + document.documentElement.scrollWidth + ' of ' + innerWidth +\
 ', ' + document.querySelectorAll('section').length + ' sections, ' + document.querySelectorAll('.filter option').length +\
 ' choices;', '*');</script>&|" "$page" >"framed-$page"
        for width in 360 768 1280; do
            echo "<iframe src='framed-$page' width=$width height=900 style='border:0'></iframe>"
        done
    done
}

if command -v chromium >/dev/null; then
    frames real.html arms.html >frames.html
    timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking \
        --user-data-dir="$work/profile" --window-size=1400,1000 --enable-logging=stderr --log-net-log=net.json \
        --virtual-time-budget=10000 --dump-dom "file://$work/frames.html" >dump.html 2>console.log
    for width in 360 768 1280; do
        for page in real arms; do
            check "$page.html is as wide as a window of $width" \
                grep -qE " $page\.html: $width of $width, 10 sections, [1-9][0-9]* choices;" dump.html
        done
    done
    check "no word on the console" bash -c '! grep CONSOLE console.log'
    check "no page asks the network" $python - <<'PYTHON'
import json
asked = [e["params"] for e in json.load(open("net.json"))["events"] if "url" in e.get("params", {})]
bad = [p["url"] for p in asked
       if p["url"].startswith(("http:", "https:")) and p.get("initiator", "not an origin") != "not an origin"]
assert not bad, bad
PYTHON
    [ $failed -eq 0 ] || { grep -o ' [a-z]*\.html: [^;]*;' dump.html; head -n 5 console.log; }
else
    skipped="chromium is not installed: no page was opened"
fi
[ $failed -eq 0 ] || exit 1
if [ -n "$skipped" ]; then
    echo "skipped: $skipped"
    exit 77
fi
