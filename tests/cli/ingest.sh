#!/usr/bin/env bash
# camal-ingest as a whole, on pictures made here: same bytes on any number of ranks, every annotation accounted for,
# bad pictures under their reasons, bad input refused without a trace.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# on RANKS ARGUMENT...: camal-ingest on so many ranks.
on() {
    local ranks=$1
    shift
    timeout 120 "${mpirun[@]}" -n "$ranks" "$CAMAL_BIN/camal-ingest" "$@" </dev/null
}

"$CAMAL_BIN/camal-synth" --out coco --images 90 --seed 3 >synth.log 2>&1 || fail "camal-synth: $(cat synth.log)"
json=coco/annotations/instances.json
good=(--annotations $json --images coco/images --size 32 --group-key group)

echo "same bytes on 1, 2, 3 and 4 ranks"
for ranks in 1 2 3 4; do
    mkdir ranks-$ranks
    (cd ranks-$ranks && on $ranks --annotations ../$json --images ../coco/images --size 32 --group-key group \
        --out data.h5 --summary summary.json 2>log) || fail "$ranks ranks: $(cat ranks-$ranks/log)"
    cmp ranks-1/data.h5 ranks-$ranks/data.h5 || fail "$ranks ranks gave another data set"
    cmp ranks-1/summary.json ranks-$ranks/summary.json || fail "$ranks ranks gave another summary"
    [ "$(ls ranks-$ranks)" = "$(printf 'data.h5\nlog\nsummary.json')" ] || fail "left behind: $(ls ranks-$ranks)"
done
grep -q 'next: .*camal-learn' ranks-1/log || fail "no word on what to do next"

echo "shards: same bytes on any ranks; camal-check names what is missing, mixed up or damaged"
for ranks in 1 2 3 4; do
    mkdir shards-$ranks
    (cd shards-$ranks && on $ranks --annotations ../$json --images ../coco/images --size 64 --shards 2 --out data.h5 \
        --summary summary.json 2>log) || fail "shards on $ranks ranks: $(cat shards-$ranks/log)"
    rm shards-$ranks/log
done
[ "$(ls shards-1)" = "$(printf 'data.h5\ndata.h5.shard-000\ndata.h5.shard-001\nsummary.json')" ] ||
    fail "shards: $(ls shards-1)"
for ranks in 2 3 4; do
    diff -r shards-1 shards-$ranks || fail "$ranks ranks gave other shards"
done
"$CAMAL_BIN/camal-check" shards-1/data.h5* >said 2>&1 || fail "shards are not sound: $(cat said)"
# refused SHARDS WORD: camal-check must fail on shards-1/data.h5 and name the shard and the word.
refused() {
    ! "$CAMAL_BIN/camal-check" shards-1/data.h5 >said 2>&1 || fail "$1 ($2) was not noticed"
    grep "$1.*$2" said >/dev/null || fail "no word of $1, $2: $(cat said)"
}
mv shards-1/data.h5.shard-001 aside
refused data.h5.shard-001 'No such file'
cp shards-1/data.h5.shard-000 shards-1/data.h5.shard-001
refused data.h5.shard-001 'mixed up'
mv aside shards-1/data.h5.shard-001
printf 'XXXX' | dd of=shards-1/data.h5.shard-000 bs=1 seek=300000 conv=notrunc status=none
refused data.h5.shard-000 checksum

echo "a dry run plans as the real one, and writes its summary alone"
mkdir dry
(cd dry && on 2 --annotations ../$json --size 32 --group-key group --dry-run --summary summary.json 2>log) ||
    fail "$(cat dry/log)"
[ "$(ls dry)" = "$(printf 'log\nsummary.json')" ] || fail "a dry run made $(ls dry)"
python3 - dry/summary.json ranks-1/summary.json <<'PYTHON' || fail "the dry run's plan differs"
import json, sys
dry, real = (json.load(open(path)) for path in sys.argv[1:])
for key in "annotations", "samples", "skipped", "splits", "groups", "classes":
    assert dry[key] == real[key], (key, dry[key], real[key])
assert dry["dataset"] is None and dry["digest"] is None
PYTHON

echo "another seed, another split; the same seed, the same"
on 1 "${good[@]}" --seed 2 --out seed.h5 2>log || fail "$(cat log)"
! cmp -s seed.h5 ranks-1/data.h5 || fail "the seed changes nothing"

echo "top:K is the same as naming those classes"
python3 - $json <<'PYTHON' >names
import collections, json, sys
coco = json.load(open(sys.argv[1]))
counts = collections.Counter(a["category_id"] for a in coco["annotations"] if not a.get("iscrowd"))
names = {c["id"]: c["name"] for c in coco["categories"]}
print(",".join(names[c] for c, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:4]))
PYTHON
on 2 "${good[@]}" --min-box 0 --classes top:4 --out top.h5 --summary top.json 2>log || fail "$(cat log)"
on 2 "${good[@]}" --min-box 0 --classes "$(cat names)" --out named.h5 --summary named.json 2>log || fail "$(cat log)"
cmp top.h5 named.h5 || fail "top:4 differs from $(cat names)"

echo "every annotation of a bad lot is a sample or has a reason"
cp -r coco bad
python3 - bad <<'PYTHON'
import json, os, sys
folder = sys.argv[1]
path = folder + "/annotations/instances.json"
coco = json.load(open(path))
images, annotations = coco["images"], coco["annotations"]
of = {}
for a in annotations:
    of.setdefault(a["image_id"], []).append(a)
full = [i for i in images if i["id"] in of]
expected = {}
def expect(reason, count):
    expected[reason] = expected.get(reason, 0) + count
def usable(image):
    return sum(not a.get("iscrowd") for a in of[image["id"]])
def picture(image):
    return os.path.join(folder, "images", image["file_name"])
os.remove(picture(full[0])); expect("picture_missing", usable(full[0]))
data = open(picture(full[1]), "rb").read()
open(picture(full[1]), "wb").write(data[:len(data) * 2 // 3]); expect("picture_truncated", usable(full[1]))
open(picture(full[2]), "wb").write(b"\0\5\26\7" + b"\0" * 90); expect("picture_not_supported", usable(full[2]))
full[3]["width"] += 1; expect("picture_size_differs", usable(full[3]))
full[4]["file_name"] = "../images/" + full[4]["file_name"]; expect("picture_outside", usable(full[4]))
open(picture(full[5]), "wb").write(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 30)
expect("picture_damaged", usable(full[5]))
os.remove(picture(full[6])); os.mkdir(picture(full[6])); expect("picture_unreadable", usable(full[6]))
sound = [a for i in full[7:] for a in of[i["id"]] if not a.get("iscrowd")]
for n, (reason, change) in enumerate([
        ("unknown_image", {"image_id": 10 ** 12}), ("unknown_category", {"category_id": -5}), ("crowd", {"iscrowd": 1}),
        ("box_invalid", {"bbox": [1, 2, 0, 5]}), ("box_invalid", {"bbox": "x"}), ("box_outside", {"bbox": [-90, 2, 9, 9]}),
        ("box_too_small", {"bbox": [10, 10, 3.5, 3.5]}), ("duplicate_id", {"id": sound[0]["id"]}),
        ("mask_invalid", {"segmentation": {"size": [1, 1], "counts": [1]}}),
        ("mask_invalid", {"segmentation": [[1, 2, 3]]})]):
    annotations.append({**sound[n + 1], "id": 10 ** 11 + n, **change}); expect(reason, 1)
expect("crowd", sum(bool(a.get("iscrowd")) for a in annotations[:-10]))
json.dump(coco, open(path, "w"))
json.dump({"total": len(annotations), "skipped": expected}, open("expected.json", "w"))
PYTHON
for ranks in 1 3; do
    on $ranks --annotations bad/annotations/instances.json --images bad/images --size 32 --min-box 4 \
        --out bad-$ranks.h5 --summary bad-$ranks.json 2>log || fail "$(cat log)"
done
cmp bad-1.h5 bad-3.h5 || fail "bad pictures: another data set on 3 ranks"
python3 - bad-1.json expected.json ranks-1/summary.json <<'PYTHON' || fail "the counts do not add up"
import json, sys
found, expected, clean = (json.load(open(path)) for path in sys.argv[1:])
skipped = {reason: count for reason, count in found["skipped"].items() if count}
small = clean["skipped"]["box_too_small"]  # those that the synthesiser made itself
assert found["annotations"] == expected["total"] == found["samples"] + sum(skipped.values()), found
if small == 0:
    assert skipped == {r: c for r, c in expected["skipped"].items() if c}, (skipped, expected["skipped"])
assert sum(found["splits"].values()) == found["samples"] == sum(c["samples"] for c in found["classes"])
refused = {picture["reason"] for picture in found["pictures"]["refused"]}
assert refused == {r for r in expected["skipped"] if r.startswith("picture_")}, refused
PYTHON

# refused NAME WORD ARGUMENT...: on 2 ranks exit 2, the word said once, nothing written, an old file untouched.
echo "old" >old.h5
refused() {
    local name=$1 word=$2 code=0 before
    shift 2
    before=$(find . -type f -newer old.h5 -o -type d | sort)
    local base=(--size 32 --group-key group --out old.h5)
    [[ " $* " == *" --annotations "* ]] || base+=(--annotations $json)
    [[ " $* " == *" --images "* ]] || base+=(--images coco/images)
    on 2 "${base[@]}" "$@" >log.refused 2>&1 || code=$?
    [ $code -eq 2 ] || fail "$name: exit code $code: $(cat log.refused)"
    [ "$(grep -cE -- "$word" log.refused)" -eq 1 ] || fail "$name: '$word' is not said once: $(cat log.refused)"
    rm log.refused
    [ "$(cat old.h5)" = old ] || fail "$name: the old data set is gone"
    [ "$before" = "$(find . -type f -newer old.h5 -o -type d | sort)" ] || fail "$name: something was written"
}

echo "bad input is refused"
printf '{"images": [],\n "annotations": [{"id": 1, "image_id": x}]}' >broken.json
printf '{"images": [],\n "annotations": [{"id": 1, "image_id": "x"}]}' >wrong.json
head -c 20000 $json >cut.json
printf '{"images": [{"id": 1, "file_name": "a", "group": "g", "use": "train"},
 {"id": 2, "file_name": "b", "group": "g", "use": "test"}], "categories": [{"id": 1, "name": "n"}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9]},
 {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 9, 9]}]}' >torn.json
mkdir torn
cp "$(find coco/images -name '*.jpg' | head -1)" torn/a
cp torn/a torn/b
sed 's/"name":"gear"/"name":""/' $json >nameless.json
sed 's/"name":"gear"/"name":"ge\\nar"/' $json >lines.json
refused "a class without a name" 'category id 1 has an empty name' --annotations nameless.json
refused "a class named in two lines" 'category id 1: a line break' --annotations lines.json
refused "broken JSON" 'broken.json:2:40: not valid JSON' --annotations broken.json
refused "wrong type" 'wrong.json:2:42: annotations\[0\].image_id: expected an integer, found a string' \
    --annotations wrong.json
refused "cut JSON" 'cut.json:[0-9]+:[0-9]+: not valid JSON' --annotations cut.json
refused "no file" 'nowhere.json' --annotations nowhere.json
refused "no folder" '--images nowhere' --images nowhere
refused "no class" 'no category is named "nosuch"; the nearest is' --classes nosuch
refused "size 0" '--size 0: allowed are' --size 0
refused "size 1025" '--size 1025: allowed are' --size 1025
refused "size -1" '--size -1: allowed are' --size -1
refused "context" '--context 0.5: allowed are' --context 0.5
refused "min-box" '--min-box nan: allowed are' --min-box nan
for split in 7:2 7:2:1:0 a:b:c 0:5:5 7:-2:1 7:2: '7: 2:1'; do
    refused "split $split" "--split $split: allowed is" --split "$split"
done
refused "split of nothing" "'--split' needs a value" --split ''
refused "stray word" '"stray"' stray
refused "group key" '--group-key nosuch' --group-key nosuch
refused "torn group" 'one group' --annotations torn.json --images torn --split-key use
mkfifo pipe
refused "out is a pipe" '--out pipe: is there and not a regular file' --out pipe
refused "summary is a pipe" '--summary pipe: is there and not a regular file' --summary pipe
refused "out is a folder" '--out torn: is a folder' --out torn
refused "out in no folder" '--out nowhere/x.h5|--out nowhere' --out nowhere/x.h5
refused "out in a file" '--out' --out old.h5/x.h5
refused "summary in no folder" '--summary' --summary nowhere/x.json
refused "nothing usable" 'there would be no sample' --min-box 100000
refused "another folder's pictures" 'the first such picture: coco/annotations/.*jpg: picture_missing' \
    --images coco/annotations

echo "a split that the file gives is kept"
on 2 --annotations torn.json --images torn --split-key use --size 8 --out given.h5 --summary given.json 2>log ||
    fail "$(cat log)"
python3 -c "
import json
splits = json.load(open('given.json'))['splits']
assert splits == {'train': 1, 'validation': 0, 'test': 1}, splits" || fail "the given split is not kept"
on 5 --annotations torn.json --images torn --split-key use --size 8 --out given-5.h5 2>log || fail "$(cat log)"
cmp given.h5 given-5.h5 || fail "more ranks than pictures: another data set"

echo "a full disk ends every rank, and leaves nothing"
cat >limited <<'SHELL'
#!/usr/bin/env bash
trap '' XFSZ # so that writing beyond the limit fails instead of killing
ulimit -f 20480 # KiB: Open MPI's own shared memory still fits
exec "$CAMAL_BIN/camal-ingest" "$@"
SHELL
code=0
timeout 120 "${mpirun[@]}" -n 3 bash limited "${good[@]}" --size 1024 --out full.h5 >log 2>&1 </dev/null || code=$?
[ $code -eq 1 ] || fail "exit code $code in place of 1: $(cat log)"
grep -q 'full.h5.*File too large' log || fail "not said why: $(cat log)"
[ -z "$(ls full.h5* 2>/dev/null)" ] || fail "left behind: $(ls full.h5*)"
echo "ok"
