#!/usr/bin/env bash
# camal-score: the bits of a round's own scores on any number of ranks, other data sets, refusals, interruption.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# score RANKS OUT [ARGUMENT...]: OUT.h5, OUT.txt and OUT.log.
score() {
    local ranks=$1 out=$2
    shift 2
    "${mpirun[@]}" -n "$ranks" "$CAMAL_BIN/camal-score" --out "$out.h5" "$@" >"$out.txt" 2>"$out.log"
}

# match SCORES ROUND PATTERN: the same bits where both have a sample; PATTERN is of "in round, in scores, in both".
match() {
    "$CAMAL_BIN/test_match_scores" "$2" "$1" >match.log 2>&1 || fail "$1 has other scores than $2"
    grep -qE "$3" match.log || fail "$1 has other samples than expected of $2"
    ! grep -q ' 0$' match.log || fail "$1 and $2 have no sample in common"
}

# refuses NAME PATTERN ARGUMENT...: exit 2 with that message, nothing written.
refuses() {
    local name=$1 pattern=$2 code=0
    shift 2
    score 2 refused "$@" || code=$?
    [ $code -eq 2 ] || fail "$name: exit code $code in place of 2"
    grep -qE -- "$pattern" refused.log || fail "$name: no '$pattern' in its message"
    [ ! -e refused.h5 ] && [ ! -e refused.h5.tmp ] || fail "$name: something was written"
}

cat >run.yaml <<TEXT
run: {folder: run, seed: 1, rounds: 2, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 3, batch: 32, microbatch: 8, patience: 0}
exclude: {accuracy: 0.9, after_round: 1, min_classes: 3}
TEXT
ingest() {
    "$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --split-key split "$@"
}
{
    "$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 1
    ingest --classes all --size 32 --out data.h5
    ingest --classes all --size 16 --out small.h5
    ingest --classes top:2 --size 32 --out other.h5
    "${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" run.yaml
} >made.log 2>&1 || fail "no run to test with"

# The round's own data set: what is left unlabelled, all of it, and both on other numbers of ranks.
own=(--round run/round-001.h5 --dataset data.h5)
score 1 pool "${own[@]}" || fail "scoring the pool"
score 3 pool3 "${own[@]}" || fail "scoring the pool on three ranks"
score 2 all "${own[@]}" --samples all --top 7 --strategy margin || fail "scoring all samples"
score 4 all4 "${own[@]}" --samples all || fail "scoring all samples on four ranks"
score 2 last --round run/round-002.h5 --dataset data.h5 || fail "scoring by the last round"
cmp pool.h5 pool3.h5 || fail "three ranks give other bytes than one"
cmp all.h5 all4.h5 || fail "four ranks give other bytes than two"
match pool.h5 run/round-001.h5 '^([0-9]+) ([0-9]+) \2$' # all of it scored by the round too
match all.h5 run/round-001.h5 '^([0-9]+) ([0-9]+) \1$' # all that the round scored
match last.h5 run/round-002.h5 '^([0-9]+) \1 \1$'      # no queries: the same samples
grep -q "bits of its own" pool.log || fail "the round's kernels were not taken"
grep -q "7 samples to look at first, by strategy margin" all.log || fail "what ranks is not told"
[ "$(grep -vc '^#' all.txt)" -eq 7 ] || fail "--top 7 did not print seven samples"
head -n 1 all.txt | tr '\t' '\n' | sort | uniq -d | grep -q . && fail "--top has two columns of one name"
grep -v '^#' all.txt | cut -f 7 | sort --check --numeric-sort || fail "--strategy margin has not the smallest margins first"

code=0
"${mpirun[@]}" -n 1 bash -c 'exec "$@" >/dev/full' - "$CAMAL_BIN/camal-score" "${own[@]}" --out full.h5 --top 7 2>full.log || code=$?
[ $code -eq 1 ] || fail "--top into a full device gave exit code $code in place of 1"
grep -q 'cannot write to standard output' full.log || fail "nothing is said of a full device: $(cat full.log)"

# Another data set: all its samples, by the mean and deviation of the training.
score 2 others --round run/round-001.h5 --dataset other.h5 || fail "scoring another data set"
grep -q "other.h5 has other classes (2)" others.log || fail "other classes are not told"
mkdir elsewhere
mv data.h5 elsewhere/moved.h5
score 2 apart --round run/round-001.h5 --dataset other.h5 || fail "scoring where the training's data set is gone"
cmp others.h5 apart.h5 || fail "other scores where the training's data set is gone"
refuses "trained on another one" 'say where that is by --trained-on' --round run/round-001.h5 --dataset other.h5 \
    --trained-on other.h5
score 1 again --round run/round-001.h5 --dataset other.h5 --trained-on elsewhere/moved.h5 ||
    fail "scoring with --trained-on"
cmp others.h5 again.h5 || fail "--trained-on gives other scores"
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then # a round of before: it does not know its network's input
    cp run/round-001.h5 before.h5
    /usr/bin/python3 -c 'import h5py; a = h5py.File("before.h5", "r+")["model"].attrs
for name in "size", "mean", "std": del a[name]'
    refuses "the training's data set is gone" 'data\.h5.*--trained-on' --round before.h5 --dataset other.h5
    score 2 before-scores --round before.h5 --dataset other.h5 --trained-on elsewhere/moved.h5 ||
        fail "scoring by a round of before"
    /usr/bin/python3 -c 'import h5py; a, b = (h5py.File(f)["scores"] for f in ("others.h5", "before-scores.h5"))
assert a.keys() == b.keys() and all((a[c][:] == b[c][:]).all() for c in a)' || fail "a round of before gives other scores"
fi
mv elsewhere/moved.h5 data.h5
"$CAMAL_BIN/camal-check" pool.h5 all.h5 last.h5 others.h5 >check.log 2>&1 || fail "camal-check on what was written"

"$CAMAL_BIN/camal-score" --help | grep -q 'usage: camal-score' || fail "--help"
"$CAMAL_BIN/camal-score" --version | grep -q '^camal-score [0-9]' || fail "--version"
refuses "images of another size" 'small\.h5 has images of 16 x 16 pixels.*32 x 32' --round run/round-001.h5 \
    --dataset small.h5
refuses "no round" 'nowhere\.h5' --round nowhere.h5 --dataset data.h5
refuses "a data set for a round" 'small\.h5' --round small.h5 --dataset data.h5
refuses "unknown strategy" 'strategy' "${own[@]}" --strategy luck
refuses "unknown dtype" 'dtype' "${own[@]}" --dtype f8
refuses "no threads" 'threads' "${own[@]}" --threads 0
refuses "samples of no kind" '--samples some' "${own[@]}" --samples some
refuses "top of nothing" '--top 0' "${own[@]}" --top 0
refuses "unknown option" 'frobnicate' "${own[@]}" --frobnicate
refuses "no data set" 'needed' --round run/round-001.h5
before=$(cksum pool.h5)
code=0
score 2 pool "${own[@]}" || code=$?
[ $code -eq 2 ] && [ "$before" = "$(cksum pool.h5)" ] || fail "a file that exists: exit code $code, or it was replaced"

# A signal while kernels are measured: exit code 75 and no file. Tried again where it came after the work.
code=0
for try in 1 2 3 4 5; do
    CAMAL_CACHE=$work/cache$try "$CAMAL_BIN/camal-score" "${own[@]}" --kernels tuned --out signal.h5 >signal.log 2>&1 &
    pid=$!
    for _ in $(seq 1000); do
        grep -q measuring signal.log && break
        sleep 0.01
    done
    kill -TERM $pid || true
    code=0
    wait $pid || code=$?
    [ $code -eq 0 ] || break
    rm signal.h5
done
[ $code -eq 75 ] || fail "after SIGTERM: exit code $code in place of 75"
[ ! -e signal.h5 ] && [ ! -e signal.h5.tmp ] || fail "an interrupted camal-score left a file"
echo "passed"
