#!/usr/bin/env bash
# camal-synth: same seed same bytes, a folder that is complete or absent, and annotations that say what the pictures show.
set -uo pipefail

synth=${CAMAL_BIN:?}/camal-synth
python=${CAMAL_PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() { # check NAME COMMAND...: the command succeeds
    local name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        echo "ok: $name"
    else
        echo "FAILED: $name: $*"
        sed 's/^/    /' "$work/out"
        failed=1
    fi
}

exits() { # exits CODE WORD COMMAND...: the command ends with the code and a message holding the word
    local code=$1 word=$2 got
    shift 2
    "$@" >"$work/out" 2>&1
    got=$?
    if [ "$got" -ne "$code" ]; then
        echo "expected exit $code, not $got: $(cat "$work/out")"
        return 1
    fi
    grep -qF -- "$word" "$work/out" || { echo "no '$word' in: $(cat "$work/out")"; return 1; }
}

sums() { (cd "$1" && find . -type f ! -name synth.json -exec cksum {} + | sort -k3); }
same() { cmp <(sums "$1") <(sums "$2"); }
differ() { ! same "$1" "$2" >/dev/null; }
absent() { [ ! -e "$1" ]; }

# --- bytes ---
check "makes a data set" "$synth" --out "$work/a" --images 120 --seed 3
check "makes it again elsewhere" "$synth" --out "$work/b/deep/" --images 120 --seed 3
check "same seed gives same bytes" same "$work/a" "$work/b/deep"
check "makes another seed" "$synth" --out "$work/c" --images 120 --seed 4
check "another seed gives other bytes" differ "$work/a" "$work/c"
check "leaves no temporary folder" absent "$work/a.tmp"

# --- the folder ---
stamp=$(stat -c '%i %Y' "$work/a/annotations/instances.json")
check "says that it is there" exits 0 "is there already" "$synth" --out "$work/a" --images 120 --seed 3
check "leaves a complete folder as it is" test "$stamp" = "$(stat -c '%i %Y' "$work/a/annotations/instances.json")"
printf x >>"$work/a/images/000007.jpg"
check "notices a damaged picture" exits 0 "damaged or missing" "$synth" --out "$work/a" --images 120 --seed 3
check "and repairs it" same "$work/a" "$work/b/deep"
rm "$work/a/annotations/instances.json"
check "notices a missing file" exits 0 "damaged or missing" "$synth" --out "$work/a" --images 120 --seed 3
check "and restores it" same "$work/a" "$work/b/deep"
check "replaces what it made before" "$synth" --out "$work/a" --images 12 --seed 5
check "and leaves none of the old pictures" test "$(find "$work/a/images" -type f | wc -l)" = 12
mkdir -p "$work/d.tmp/images"
touch "$work/d.tmp/images/000001.jpg"
check "clears what an interrupted run left" "$synth" --out "$work/d" --images 5
check "and makes its folder" test -f "$work/d/synth.json" -a ! -e "$work/d.tmp"
mkdir "$work/empty"
check "takes an empty folder" "$synth" --out "$work/empty" --images 3

# --- bad usage ---
mkdir "$work/other"
echo mine >"$work/other/notes.txt"
check "refuses a folder of others" exits 2 "notes.txt" "$synth" --out "$work/other" --images 3
check "and keeps its files" grep -q mine "$work/other/notes.txt"
echo mine >"$work/empty/images/mine.txt"
check "refuses its own folder with other files in it" exits 2 "mine.txt" "$synth" --out "$work/empty" --images 4
rm "$work/empty/images/mine.txt" "$work/empty/synth.json"
check "refuses a folder without marker" exits 2 "no synth.json" "$synth" --out "$work/empty" --images 3
check "refuses a file for a folder" exits 2 "is not a folder" "$synth" --out "$work/other/notes.txt" --images 3
check "refuses 0 images" exits 2 "--images 0: allowed are whole numbers from 1 to 1000000" \
    "$synth" --out "$work/n" --images 0
check "refuses too many images" exits 2 "--images" "$synth" --out "$work/n" --images 1000001
check "refuses a negative seed" exits 2 "--seed" "$synth" --out "$work/n" --seed -1
check "refuses a seed beyond 64 bits" exits 2 "--seed" "$synth" --out "$work/n" --seed 18446744073709551616
check "refuses a small size" exits 2 "--size 64: allowed are whole numbers from 128 to 2048" \
    "$synth" --out "$work/n" --size 64
check "wants --out" exits 2 "--out DIR is missing" "$synth" --images 3
check "wants no other argument" exits 2 "extra" "$synth" --out "$work/n" extra
check "an unknown option is an error" exits 2 "colour" "$synth" --out "$work/n" --colour
check "an unwritable place is named" exits 1 "/proc/camal" "$synth" --out /proc/camal/set --images 3
check "bad usage wrote nothing" absent "$work/n"
check "--help has examples" exits 0 "examples" "$synth" --help
check "--version" exits 0 "camal-synth" "$synth" --version

# --- content ---
check "other sizes work" "$synth" --out "$work/wide" --images 8 --size 400
check "one image works" "$synth" --out "$work/one" --images 1
check "makes the default" "$synth" --out "$work/full"
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: $python has no numpy, contents not looked at"
    [ $failed -eq 0 ] && exit 77
    exit 1
fi
for set in full wide one; do
    check "annotations of '$set' agree with themselves" "$python" "${CAMAL_SOURCE:?}/tests/cli/synth_check.py" "$work/$set"
done
check "the default has the statistics promised" "$python" "$CAMAL_SOURCE/tests/cli/synth_check.py" "$work/full" --statistics
cat "$work/out"
exit $failed
