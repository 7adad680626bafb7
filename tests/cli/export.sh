#!/usr/bin/env bash
# camal-export: what it writes is what the rounds hold, as CSV, JSON lines, events and weights; refusals; the Python
# that goes with it.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python=/usr/bin/python3

cat >run.yaml <<TEXT
run: {folder: run, seed: 1, rounds: 2, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 3, batch: 32, microbatch: 8, patience: 0, kernels: direct}
TEXT
{
    "$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 1
    sed -i 's/"washer"/"washer, \\"flat\\""/' coco/annotations/instances.json # a name that CSV must quote
    "$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --split-key split \
        --classes all --size 32 --out data.h5
    "$CAMAL_BIN/camal-ingest" --annotations coco/annotations/instances.json --images coco/images --size 16 --out other.h5
    "${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml
} >made.log 2>&1 || fail "no run to test with"

write() { # OUT FROM WHAT [ARGUMENT...]
    local out=$1 from=$2 what=$3
    shift 3
    "$CAMAL_BIN/camal-export" "$from" --what "$what" -o "$out" "$@" >"$what.log" 2>&1 || fail "$what of $from"
}
for what in scores queries classes; do
    write $what.csv run $what
done
write metrics.jsonl run metrics
write board run tensorboard
write weights.h5 run weights --dataset data.h5
write bare.h5 run weights
write placed-scores.csv run scores --dataset data.h5
write placed-queries.csv run queries --dataset data.h5
"$CAMAL_BIN/camal-check" weights.h5 bare.h5 >check.log 2>&1 || fail "camal-check on weights"
head -n 2 queries.csv | tr -d '\r' | head -n 1 | grep -qx 'round,rank,sample,predicted,score,reason,answer' ||
    fail "no header line"
grep -q '"washer, ""flat"""' classes.csv || fail "a name with a comma is not quoted"
grep -q '3 rounds' scores.log || fail "it does not say how many rounds"

# A round is its part of the run; standard output has the bytes of the file.
"$CAMAL_BIN/camal-export" run/round-001.h5 --what scores >one.csv 2>one.log || fail "scores of one round"
{ head -n 1 scores.csv && grep '^1,' scores.csv; } | cmp - one.csv || fail "a round is not its part of the run"
"$CAMAL_BIN/camal-export" run --what metrics 2>one.log | cmp - metrics.jsonl || fail "standard output has other bytes"
write again run tensorboard
diff -r board again >/dev/null || fail "the same command gives other bytes"

tool=("$CAMAL_BIN/camal-export" -o out)
head -c 20000 run/round-001.h5 >short.h5
mkdir empty
for what in scores metrics weights tensorboard; do
    must_refuse 'no-such.h5: no such file' "${tool[@]}" --what $what no-such.h5
    must_refuse 'is a camal-dataset file, expected camal-round' "${tool[@]}" --what $what data.h5
    must_refuse 'empty: no round files' "${tool[@]}" --what $what empty
    must_refuse 'short.h5' "${tool[@]}" --what $what short.h5
done
must_refuse '--what scors: allowed are scores, .*; did you mean scores' "${tool[@]}" --what scors run
must_refuse '--what is needed' "${tool[@]}" run
must_refuse 'one round file or run folder is needed, 0 are given' "${tool[@]}" --what scores
must_refuse 'one round file or run folder is needed, 2 are given' "${tool[@]}" --what scores run run
must_refuse "unrecognized option '--waht'; did you mean --what" "${tool[@]}" --waht scores run
must_refuse '--what weights needs --out' "$CAMAL_BIN/camal-export" --what weights run
must_refuse '--what tensorboard needs --out' "$CAMAL_BIN/camal-export" --what tensorboard run
must_refuse '--dataset is for --what scores, queries or weights' "${tool[@]}" --what classes --dataset data.h5 run
must_refuse 'is the data set [0-9a-f]*, the round was made from' "${tool[@]}" --what scores --dataset other.h5 run
must_refuse 'scores.csv exists already' "$CAMAL_BIN/camal-export" --what scores -o scores.csv run
must_refuse 'board exists already' "$CAMAL_BIN/camal-export" --what tensorboard -o board run
must_refuse 'Not a directory' "$CAMAL_BIN/camal-export" --what scores -o data.h5/sub/out.csv run
must_refuse 'no-such.h5: no such file' "${tool[@]}" --what weights --dataset no-such.h5 run
must_refuse 'is a camal-round file, expected camal-dataset' "${tool[@]}" --what weights --dataset run/round-000.h5 run
code=0
"$CAMAL_BIN/camal-export" --what scores run >/dev/full 2>refused.log || code=$?
[ $code -eq 1 ] && grep -q 'cannot write to standard output' refused.log || fail "a full disk: exit code $code"

if ! "$python" -c 'import h5py' 2>/dev/null; then
    echo "skipped: $python has no h5py to read round files with"
    exit 77
fi
"$python" - <<'TEXT'
import shutil
import h5py

shutil.copy("run/round-001.h5", "version.h5")
with h5py.File("version.h5", "r+") as made:
    made.attrs["schema_version"] = made.attrs["schema_version"] + 1
with h5py.File("run/round-001.h5") as made:
    place = made["scores/margin"].id.get_chunk_info(0).byte_offset
with open("run/round-001.h5", "rb") as whole, open("damaged.h5", "wb") as damaged:
    data = bytearray(whole.read())
    data[place + 5] ^= 1
    damaged.write(data)
for name, change in (("nan.h5", lambda made: made["fc.bias"].__setitem__(0, float("nan"))),
                     ("more.h5", lambda made: made.create_group("more")),
                     ("less.h5", lambda made: made.attrs.__delitem__("stem"))):
    shutil.copy("weights.h5", name)
    with h5py.File(name, "r+") as made:
        change(made)
TEXT
must_refuse 'version.h5.*version' "${tool[@]}" --what scores version.h5
must_refuse 'damaged.h5.*scores/margin' "${tool[@]}" --what scores damaged.h5
for what in 'nan.h5: /fc.bias\[0\] is' 'more.h5: /more is' 'less.h5: /@stem is missing'; do
    code=0
    "$CAMAL_BIN/camal-check" "${what%%:*}" >check.log 2>&1 || code=$?
    [ $code -eq 1 ] && grep -q -- "$what" check.log || fail "camal-check says nothing of '$what': exit code $code"
done
mkdir broken
cp run/round-000.h5 broken
cp damaged.h5 broken/round-001.h5
must_refuse 'broken/round-001.h5.*scores/margin' "${tool[@]}" --what metrics broken

"$python" "$CAMAL_SOURCE/tests/cli/export_read.py" run >read.log 2>&1 ||
    fail "what was written is not what the run holds"

# The figure: a line an arm, the numbers of the round files.
curve=("$python" "$CAMAL_SOURCE/tools/python/learning_curve.py")
"${curve[@]}" -o curve.svg default=run 'proposed & <new>=run,run' >curve.log 2>&1 || fail "no figure"
"${curve[@]}" -o curve.csv default=run 'proposed & <new>=run,run' >curve.log 2>&1 || fail "no table"
"$python" - <<'TEXT' >curve.log 2>&1 || fail "the figure does not say what the run holds"
import csv, os, sys
import xml.etree.ElementTree
sys.path.insert(0, os.path.join(os.environ["CAMAL_SOURCE"], "tools", "python"))
import camal_rounds

svg = xml.etree.ElementTree.parse("curve.svg").getroot()
lines = svg.findall("{http://www.w3.org/2000/svg}polyline")
assert [len(line.get("points").split()) for line in lines] == [3, 3]
assert "proposed & <new>" in [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
labels, accuracy = camal_rounds.learning_curve(camal_rounds.read_run("run"))
rows = list(csv.DictReader(open("curve.csv", newline="")))
for name in ("default", "proposed & <new>"):
    mine = [row for row in rows if row["name"] == name]
    assert [float(row["labels"]) for row in mine] == labels.tolist()
    assert max(abs(float(row["accuracy"]) - a) for row, a in zip(mine, accuracy)) < 1e-5
    assert all(row["low"] == row["accuracy"] == row["high"] for row in mine)
TEXT
must_refuse 'no round files' "${curve[@]}" -o out.svg default=empty
must_refuse 'not a camal-round file|no round files' "${curve[@]}" -o out.svg default=no-such
must_refuse 'expected NAME=RUN' "${curve[@]}" -o out.svg run
must_refuse 'allowed are names that end with' "${curve[@]}" -o out.bmp default=run

if "$python" -c 'import torch, torchvision' 2>/dev/null; then
    "$python" -W ignore "$CAMAL_SOURCE/tests/reference/export_torch.py" weights.h5 run/round-002.h5 data.h5 \
        >torch.log 2>&1 || fail "PyTorch says other things with these weights"
fi
