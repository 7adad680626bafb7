#!/usr/bin/env bash
# camal-heatmap: the samples asked for, the maps that scoring saw, nothing of what nobody has answered, refusals.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python=/usr/bin/python3

cat >run.yaml <<TEXT
run: {folder: run, seed: 1, rounds: 1, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 3, batch: 32, microbatch: 8, patience: 0, kernels: direct}
TEXT
{
    make_data 60 32
    "${mpirun[@]}" -n 1 "$CAMAL_BIN/camal-learn" run.yaml
} >made.log 2>&1 || fail "no run to test with"

heatmap() { # DIR ARGUMENT...
    local out=$1
    shift
    "$CAMAL_BIN/camal-heatmap" run/round-000.h5 --dataset data.h5 -o "$out" "$@" >heatmap.log 2>&1 || fail "$out: $*"
}

# column FILE NAME: that column of a table without fields that need quotes.
column() {
    tr -d '\r' <"$1" | awk -F, -v name="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        NR > 1 { print $c }'
}

# Files of names that say sample and class, in the order of the table; the same bytes again.
heatmap worst --worst 32 --npy
[ "$(column worst/index.csv position | wc -l)" -eq 32 ] || fail "--worst 32 has not 32 lines"
while IFS= read -r file; do
    [ -s "worst/$file" ] || fail "$file is named in index.csv and is not there"
done < <(column worst/index.csv file)
[ "$(ls worst/sheet-*.png | wc -l)" -eq 2 ] || fail "32 samples do not fill two sheets"
[ "$(ls worst | wc -l)" -eq $((32 + 2 + 2)) ] || fail "more files than said"
for file in worst/*.png; do
    [ "$(head -c 8 "$file" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$file is no PNG"
done
heatmap again --worst 32 --npy
diff -r worst again >/dev/null || fail "the same command gives other bytes"
grep -q 'kernels of the round' heatmap.log || fail "the round's kernels were not taken"
heatmap energy --worst 9 --by energy
column energy/index.csv energy | sort --check --general-numeric-sort || fail "--by energy does not begin with the least"
[ "$(column energy/index.csv label)" = "$(column energy/index.csv predicted)" ] || fail "--by energy shows wrong ones"

# The samples asked for, and whose maps.
heatmap list --samples 7,3-5,4 --of label
[ "$(column list/index.csv sample | tr '\n' ' ')" = "7 3 4 5 " ] || fail "--samples 7,3-5,4 shows others"
name=$(column worst/index.csv label | head -n 1)
heatmap class --class "$name" --of "$name" --most 3
[ "$(column class/index.csv label | sort -u)" = "$name" ] || fail "--class $name shows others"
[ "$(column class/index.csv map_of | sort -u)" = "$name" ] || fail "--of $name shows others' maps"
[ "$(wc -l <class/index.csv)" -le 4 ] || fail "--most 3 shows more"

# Queries in their order; the maps are those that the round was scored by, bit for bit.
heatmap queries --queries
"$CAMAL_BIN/camal-export" run/round-000.h5 --what queries -o queries.csv -q
"$CAMAL_BIN/camal-export" run/round-000.h5 --what scores -o scores.csv -q
[ "$(column queries/index.csv sample)" = "$(column queries.csv sample)" ] || fail "--queries has another order"
[ "$(column queries/index.csv label)" = "$(column queries.csv answer)" ] || fail "answers are not the labels"
scored=$(column scores.csv sample | paste -sd,)
heatmap pool --samples "$scored"
for what in predicted confidence; do
    [ "$(column pool/index.csv $what)" = "$(column scores.csv $what)" ] || fail "$what is not as scored"
done
[ "$(column pool/index.csv map_sum)" = "$(column scores.csv cam_sum)" ] || fail "the maps are not those of the scores"
heatmap direct --samples "$scored" --kernels direct

tool=("$CAMAL_BIN/camal-heatmap" -o out --dataset data.h5)
must_refuse 'no-such.h5: no such file' "${tool[@]}" no-such.h5
must_refuse 'is a camal-dataset file, expected camal-round' "${tool[@]}" data.h5
must_refuse 'no-such.h5: no such file' "$CAMAL_BIN/camal-heatmap" -o out --dataset no-such.h5 run/round-000.h5
must_refuse 'is a camal-round file, expected camal-dataset' "$CAMAL_BIN/camal-heatmap" -o out \
    --dataset run/round-000.h5 run/round-000.h5
tool+=(run/round-000.h5)
must_refuse '999999 is not in the data set, which has 0 to' "${tool[@]}" --samples 3,999999
must_refuse 'is no list of samples' "${tool[@]}" --samples 3,x
must_refuse 'is no list of samples' "${tool[@]}" --samples -4
must_refuse 'runs backwards' "${tool[@]}" --samples 9-3
must_refuse 'a comma is expected' "${tool[@]}" --samples '3;4'
must_refuse "no class \"washr\"; did you mean washer" "${tool[@]}" --class washr
must_refuse "no class \"washr\"; did you mean washer" "${tool[@]}" --of washr
must_refuse 'one of them' "${tool[@]}" --queries --worst 3
must_refuse '--worst 0: allowed are whole numbers from 1' "${tool[@]}" --worst 0
must_refuse '--by los: allowed are loss, energy; did you mean loss' "${tool[@]}" --by los
must_refuse "unrecognized option '--sampels'; did you mean --samples" "${tool[@]}" --sampels 3
must_refuse 'one round file is needed, 2 are given' "${tool[@]}" run/round-001.h5
must_refuse '--dataset and --out are needed' "$CAMAL_BIN/camal-heatmap" run/round-000.h5
must_refuse 'Not a directory' "${tool[@]}" -o data.h5/out
must_refuse 'not empty' "${tool[@]}" -o worst
must_refuse 'data.h5: Not a directory' "${tool[@]}" -o data.h5
"$CAMAL_BIN/camal-synth" --out other --images 40 --seed 2 >made.log 2>&1
"$CAMAL_BIN/camal-ingest" --annotations other/annotations/instances.json --images other/images --split-key split \
    --classes all --size 32 --out other.h5 >made.log 2>&1
must_refuse 'was made from the data set [0-9a-f]{32}, this is [0-9a-f]{32}' "$CAMAL_BIN/camal-heatmap" -o out \
    --dataset other.h5 run/round-000.h5
head -c 20000 run/round-000.h5 >short.h5
must_refuse 'short.h5' "$CAMAL_BIN/camal-heatmap" -o out --dataset data.h5 short.h5
"$CAMAL_BIN/camal-heatmap" --help | grep -q 'are not shown,' || fail "--help does not say what is not shown"

if ! "$python" -c 'import h5py' 2>/dev/null; then
    echo "skipped: $python has no h5py to make versions, damage and other labels with"
    exit 77
fi
# Neither labels nor masks of the pool make a difference; those of answered samples do.
"$python" - <<'TEXT'
import shutil
import h5py

with h5py.File("run/round-000.h5") as made:
    state = made["pool/state"][:]
for name, which in (("pool.h5", state == 1), ("labelled.h5", state == 2)):
    shutil.copy("data.h5", name)
    with h5py.File(name, "r+") as data:
        labels = data["samples/label"][:]
        labels[which] = (labels[which] + 1) % len(data["classes/name"])
        data["samples/label"][:] = labels
        masks = data["samples/mask"][:]
        masks[which] = ~masks[which]
        data["samples/mask"][:] = masks
shutil.copy("run/round-000.h5", "version.h5")
with h5py.File("version.h5", "r+") as made:
    made.attrs["schema_version"] = made.attrs["schema_version"] + 1
with h5py.File("run/round-000.h5") as made:
    place = made["model/fc.weight"].id.get_chunk_info(0).byte_offset
with open("run/round-000.h5", "rb") as whole, open("damaged.h5", "wb") as damaged:
    data = bytearray(whole.read())
    data[place + 5] ^= 1
    damaged.write(data)
TEXT
unanswered=$(column pool/index.csv set | paste -d, - <(column pool/index.csv sample) | grep '^pool,' | cut -d, -f2 |
    paste -sd,)
[ -n "$unanswered" ] || fail "no sample of the pool is unanswered"
[ -z "$(tr -d '\r' <pool/index.csv | awk -F, '$7 == "pool" && $8 != ""')" ] || fail "labels of the pool are told"
heatmap plain --samples "$unanswered" --of label
"$CAMAL_BIN/camal-heatmap" run/round-000.h5 --dataset pool.h5 -o scrambled --samples "$unanswered" --of label -q
diff -r plain scrambled >/dev/null || fail "labels or masks of the pool are shown"
asked=$(column queries.csv sample | paste -sd,)
heatmap answered --samples "$asked"
"$CAMAL_BIN/camal-heatmap" run/round-000.h5 --dataset labelled.h5 -o turned --samples "$asked" -q
! diff -r answered turned >/dev/null || fail "masks of answered samples are not shown"
must_refuse 'version.h5.*version' "$CAMAL_BIN/camal-heatmap" -o out --dataset data.h5 version.h5
must_refuse 'damaged.h5.*model/fc.weight' "$CAMAL_BIN/camal-heatmap" -o out --dataset data.h5 damaged.h5
"$python" -c 'import numpy
maps = numpy.load("worst/maps.npy")
assert maps.shape[0] == 32 and maps.dtype == numpy.float32 and (maps >= 0).all() and maps.max() > 0, maps.shape' ||
    fail "maps.npy is not what it should be"
