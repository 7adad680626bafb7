#!/usr/bin/env bash
# Progress on a terminal, in a log, and on several ranks, as programs show it. script(1) gives them a terminal.
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
unset NO_COLOR CAMAL_PROGRESS CAMAL_QUIET COLUMNS
failed=0
if ! command -v script >/dev/null; then
    echo "skipped: no script"
    exit 77
fi

fault() {
    echo "failed: $*"
    tr '\r' '\n' <shown | head -5 | cat -v
    failed=$((failed + 1))
}

# on_terminal COLUMNS COMMAND: what a terminal of that width is sent, into shown; the seconds it took, into took.
on_terminal() {
    local start
    rm -rf made
    start=$(date +%s%N)
    script -qec "stty cols $1 rows 24; $2" /dev/null >shown 2>&1 </dev/null || fault "$2"
    took=$((($(date +%s%N) - start) / 1000000))
}

# widest: the longest line drawn, escapes apart.
widest() {
    tr '\r' '\n' <shown | grep '/70 images' | sed 's/\x1b\[[0-9;]*[mK]//g' |
        awk '{ if (length > w) w = length } END { print w + 0 }'
}

synth="'$CAMAL_BIN/camal-synth' --out made --images 70 --size 512"
export TERM=xterm
on_terminal 72 "$synth"
bars=$(grep -oE \
    $'\r\033\[Ksynth \[\033\[32m#*\033\[0m\.*\] [0-9]+/70 images \([0-9]+ %\), [0-9.]+/s, [0-9.]+ s left' shown | wc -l)
[ "$bars" -ge 2 ] || fault "$bars bars with share, rate and time left"
[ "$(grep -o '/70 images' shown | wc -l)" -le $((took / 100 + 2)) ] || fault "more than ten bars a second in $took ms"
[ "$(widest)" -le 71 ] && [ "$(widest)" -gt 60 ] || fault "a bar of $(widest) columns in 72"
[ "$(tr '\r' '\n' <shown | grep -c '70 images in .* s (')" -eq 1 ] || fault "no line at the end"
on_terminal 40 "$synth"
[ "$(widest)" -le 39 ] || fault "a bar of $(widest) columns in 40"
on_terminal 72 "NO_COLOR=1 $synth"
grep -q $'\033\[[0-9]*m' shown && fault "colour in spite of NO_COLOR"
grep -q '\[#' shown || fault "no bar with NO_COLOR"
on_terminal 72 "TERM=dumb $synth"
grep -q $'\033' shown && fault "escapes on a dumb terminal"
on_terminal 72 "$synth --quiet"
[ ! -s shown ] || fault "--quiet, and yet"

# In a log: lines, no escapes.
rm -rf made
eval "$synth" >shown 2>&1 </dev/null
grep -q $'[\r\033]' shown && fault "escapes in a log"
grep -q '70 images in ' shown || fault "nothing in a log"

# Ranks: one speaks, and draws over lines if it is told that a terminal is at the pipe's end.
CAMAL_PROGRESS=bar "${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-ingest" --annotations made/annotations/instances.json \
    --images made/images --size 32 --split-key split --out data.h5 >shown 2>&1 </dev/null || fault "ingest on two ranks"
grep -q $'\r\033\[Kcamal-ingest: ' shown || fault "lines on two ranks do not clear a bar"
grep -qF '[1]' shown && fault "rank 1 speaks"

echo "$failed failed"
[ $failed -eq 0 ]
