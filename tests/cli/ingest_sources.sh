#!/usr/bin/env bash
# camal-ingest from several sources: annotation files merged by category name or mapping, lists of pictures, unlabelled
# pictures, whole pictures as samples, choices of classes. Same bytes on any number of ranks throughout.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# on RANKS ARGUMENT...: camal-ingest on so many ranks.
on() {
    local ranks=$1
    shift
    timeout 120 "${mpirun[@]}" -n "$ranks" "$CAMAL_BIN/camal-ingest" "$@" </dev/null
}

# ingest NAME ARGUMENT...: NAME.h5 and NAME.json, the same on 1, 2, 3 and 4 ranks, or on those of $on_ranks; sound.
ingest() {
    local name=$1 ranks
    shift
    for ranks in ${on_ranks:-1 2 3 4}; do
        on "$ranks" --size 16 --out $name.h5 --summary $name.json "$@" 2>log || fail "$name on $ranks: $(cat log)"
        [ -e first-$name.h5 ] || cp $name.h5 first-$name.h5
        cmp $name.h5 first-$name.h5 || fail "$name: another data set on $ranks ranks"
    done
    "$CAMAL_BIN/camal-check" $name.h5 >log 2>&1 || fail "$name: $(cat log)"
}

# refused WORD ARGUMENT...: exit 2 with the word.
refused() {
    local word=$1 code=0
    shift
    on 1 --size 16 --out no.h5 "$@" >log 2>&1 || code=$?
    [ $code -eq 2 ] || fail "exit code $code for: $*: $(cat log)"
    grep -qE -- "$word" log || fail "'$word' is not said: $(cat log)"
    [ ! -e no.h5 ] || fail "written: $*"
}

"$CAMAL_BIN/camal-synth" --out coco --images 60 --seed 3 >synth.log 2>&1 || fail "camal-synth: $(cat synth.log)"
mkdir pool
python3 - <<'PYTHON'
import json, os
coco = json.load(open("coco/annotations/instances.json"))
for a in coco["annotations"]:
    a["iscrowd"] = 0
images = coco["images"]
for image in images[50:]:  # nobody speaks of these
    os.rename("coco/images/" + image["file_name"], "pool/" + os.path.basename(image["file_name"]))
open("pool/._junk", "wb").write(b"\0\5\26\7" + b"\0" * 60)
images = images[:50]
of = {i["id"]: [a for a in coco["annotations"] if a["image_id"] == i["id"]] for i in images}
def write(name, images, annotations, categories):
    json.dump({"images": images, "annotations": annotations, "categories": categories}, open(name, "w"))
everything = [a for i in images for a in of[i["id"]]]
write("one-in.json", images, everything, coco["categories"])
write("a.json", images[:25], [a for i in images[:25] for a in of[i["id"]]], coco["categories"])
# the second file: the same names under other ids, image and annotation ids from 1 again
turn = {c["id"]: 100 - c["id"] for c in coco["categories"]}
ids = {i["id"]: n + 1 for n, i in enumerate(images[25:])}
write("b.json", [{**i, "id": ids[i["id"]]} for i in images[25:]],
      [{**a, "id": n + 1, "image_id": ids[a["image_id"]], "category_id": turn[a["category_id"]]}
       for n, a in enumerate(a for i in images[25:] for a in of[i["id"]])],
      [{**c, "id": turn[c["id"]]} for c in coco["categories"]])
names = [c["name"] for c in coco["categories"]]
open("names", "w").write(f"# two into one, one out\n{names[0]} -> {names[1]}\n{names[2]} ->\n\n")
open("list", "w").write("".join(f"coco/images/{i['file_name']}\n" for i in images))
write("sparse-in.json", images, [a for i in images[10:] for a in of[i["id"]][:1]] +
      [{**a, "id": a["id"] + 10**9} for i in images[45:] for a in of[i["id"]][1:]], coco["categories"])
json.dump(names, open("expected.json", "w"))
PYTHON

echo "two files make what one makes"
ingest one --annotations one-in.json --images coco/images
ingest both --annotations a.json --images coco/images --annotations b.json --images coco/images
python3 - <<'PYTHON' || fail "two files are not one"
import json
one, both = json.load(open("one.json")), json.load(open("both.json"))
for key in "annotations", "samples", "skipped", "splits", "groups", "masks":
    assert one[key] == both[key], (key, one[key], both[key])
count = lambda summary: sorted((c["name"], c["category_id"], c["samples"]) for c in summary["classes"])
assert count(one) == count(both)
PYTHON

echo "a mapping file renames and leaves out"
ingest mapped --annotations sparse-in.json --images coco/images --map names
python3 - <<'PYTHON' || fail "the mapping is not followed"
import json
names, mapped = json.load(open("expected.json")), json.load(open("mapped.json"))
found = [c["name"] for c in mapped["classes"]]
assert names[1] in found and names[0] not in found and names[2] not in found, found
assert mapped["skipped"]["class_not_selected"] > 0
PYTHON
echo "nosuch -> x" >wrong
refused 'wrong:1: no annotation file has a category named "nosuch"' --annotations a.json --images coco/images \
    --map wrong
echo "nosuch = x" >wrong
refused 'wrong:1: expected OLD -> NEW' --annotations a.json --images coco/images --map wrong
refused 'one --images for each' --annotations a.json --images coco/images --annotations b.json
refused 'mode image' --annotations a.json --images coco/images --empty-class good

echo "a list of pictures does as well as their folder"
on_ranks=2 ingest listed --annotations one-in.json --images list
cmp listed.h5 one.h5 || fail "the list makes another data set"

echo "unlabelled pictures go to the pool"
ingest pool --annotations one-in.json --images coco/images --unlabelled pool --unlabelled coco/images
python3 - <<'PYTHON' || fail "unlabelled pictures are not where they should be"
import json
one, pool = json.load(open("one.json")), json.load(open("pool.json"))
assert pool["unlabelled"] == 10 and one["unlabelled"] == 0, pool["unlabelled"]
assert pool["splits"] == one["splits"] and pool["classes"] == one["classes"]
assert pool["skipped"]["picture_not_supported"] == 1  # ._junk
PYTHON

echo "with --group-duplicates what the pool has copies of is neither in validation nor in test"
mkdir twice
for path in coco/images/*[02468].*; do cp "$path" "twice/copy-${path##*/}"; done
twice=(--mode image --empty-class good --annotations sparse-in.json --images coco/images --unlabelled twice
    --group-duplicates)
ingest twice "${twice[@]}"
on 1 --size 16 --out twice.h5 "${twice[@]}" 2>log || fail "twice: $(cat log)"
grep -q "in the train split whatever" log || fail "nothing is said of samples bound to the train split"
python3 - <<'PYTHON' || fail "copies of the pool's pictures are in other splits"
import json
found = json.load(open("twice.json"))
assert found["quality"]["near_copies"] > 0 and found["quality"]["near_copies_in_two_splits"] == 0, found["quality"]
assert found["splits"]["validation"] > 0 and found["splits"]["test"] > 0, found["splits"]
PYTHON

echo "a picture is a sample if its annotations are of one class, or if it has none"
ingest image --mode image --empty-class good --annotations sparse-in.json --images coco/images
python3 - <<'PYTHON' || fail "pictures are not counted right"
import collections, json
coco, found = json.load(open("sparse-in.json")), json.load(open("image.json"))
names = {c["id"]: c["name"] for c in coco["categories"]}
expected, several = collections.Counter(), 0
for image in coco["images"]:
    of = [a["category_id"] for a in coco["annotations"] if a["image_id"] == image["id"]]
    if len(set(of)) > 1:
        several += len(of)
    else:
        expected[names[of[0]] if of else "good"] += 1
assert {c["name"]: c["samples"] for c in found["classes"]} == dict(expected), (found["classes"], expected)
skipped = found["skipped"]  # a class that is in mixed pictures only has no sample: it is none
assert skipped["several_classes"] + skipped["class_not_selected"] == several, (skipped, several)
assert expected["good"] == 10
PYTHON

echo "every sample has an id of its own, by which people answer"
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
    /usr/bin/python3 - <<'PYTHON' || fail "ids are not those described"
import h5py
for name in "pool", "image", "both":
    samples = h5py.File(name + ".h5", "r")["samples"]
    ids, labels, images = (samples[key][()].tolist() for key in ("annotation_id", "label", "image_id"))
    assert len(set(ids)) == len(ids), name
    unknown = [i for i, label in enumerate(labels) if label == -1]
    assert len(unknown) == (10 if name == "pool" else 0)
    assert all(ids[i] == images[i] and images[i] >> 48 == 1 and samples["split"][i] == 0 for i in unknown)
    assert sum(i < 0 for i in ids) == (10 if name == "image" else 0)
    assert all(i >= 0 or i == -1 - image for i, image in zip(ids, images))
    assert {image >> 48 for image in images} == {"pool": {0, 1}, "image": {0}, "both": {0, 1}}[name]
PYTHON
else
    echo "skipped: python3-h5py is not installed"
fi

echo "classes by id, by supercategory, and the most frequent of some"
python3 - >choices <<'PYTHON'
import collections, json
coco = json.load(open("one-in.json"))
counts = collections.Counter(a["category_id"] for a in coco["annotations"])
above = coco["categories"][0]["supercategory"]
same = [c for c in coco["categories"] if c["supercategory"] == above and counts[c["id"]]]
best = sorted(same, key=lambda c: (-counts[c["id"]], c["id"]))[:2]
print(above, ",".join(c["name"] for c in same), ",".join(f"id:{c['id']}" for c in best), sep="|")
PYTHON
IFS='|' read -r above names best <choices
few=(--annotations one-in.json --images coco/images --min-box 0)
on_ranks=1 ingest above "${few[@]}" --classes "super:$above"
on_ranks=3 ingest names "${few[@]}" --classes "$names"
on_ranks=2 ingest best "${few[@]}" --classes "super:$above,top:2"
on_ranks=4 ingest ids "${few[@]}" --classes "$best"
cmp above.h5 names.h5 || fail "super:$above is not $names"
cmp best.h5 ids.h5 || fail "super:$above,top:2 is not $best"
refused 'supercategory "nosuch"' "${few[@]}" --classes super:nosuch
refused 'id "77777"' "${few[@]}" --classes id:77777
echo "copies are found, and kept in one split if asked"
python3 - <<'PYTHON'
import json, shutil
coco = json.load(open("one-in.json"))
names = {i["id"]: i for i in coco["images"]}
boxed = [a for a in coco["annotations"] if min(a["bbox"][2:]) > 16][:12]
for n, a in enumerate(boxed):  # the picture once more, alone with this annotation; one under another class
    image = names[a["image_id"]]
    shutil.copy("coco/images/" + image["file_name"], f"coco/images/copy{n}.jpg")
    coco["images"].append({**image, "id": 9000 + n, "file_name": f"copy{n}.jpg"})
    other = next(c["id"] for c in coco["categories"] if c["id"] != a["category_id"])
    coco["annotations"].append({**a, "id": 90000 + n, "image_id": 9000 + n,
                                "category_id": other if n == 0 else a["category_id"]})
json.dump(coco, open("copies-in.json", "w"))
PYTHON
on_ranks=3 ingest copies --annotations copies-in.json --images coco/images
ingest grouped --annotations copies-in.json --images coco/images --group-duplicates
python3 - <<'PYTHON' || fail "the copies are not found"
import json
loose, grouped = (json.load(open(name + ".json"))["quality"] for name in ("copies", "grouped"))
assert loose["pictures_of_the_same_bytes"] == 12, loose
assert loose["near_copies"] >= 8 and loose["near_copies_in_two_splits"] > 0, loose
assert loose["near_copies_of_two_classes"] >= 1, loose
pair = next(p for p in loose["suspicious_labels"] if 90000 in (p["a"]["annotation_id"], p["b"]["annotation_id"]))
assert pair["a"]["class"] != pair["b"]["class"] and "copy0.jpg" in (pair["a"]["file_name"], pair["b"]["file_name"])
assert grouped["near_copies_in_two_splits"] == 0 and grouped["near_copies"] == loose["near_copies"], grouped
assert sum(loose["box_sizes"].values()) == json.load(open("copies.json"))["samples"]
PYTHON

echo "a killed ingest leaves nothing under the final name, and does not stand in the way"
"$CAMAL_BIN/camal-ingest" "${few[@]}" --size 256 --out whole.h5 2>log || fail "$(cat log)"
"$CAMAL_BIN/camal-ingest" "${few[@]}" --size 256 --out killed.h5 >log 2>&1 &
victim=$!
for ((i = 0; i < 2000; i++)); do
    [ ! -e killed.h5.tmp ] || break
    sleep 0.005
done
kill -9 $victim
wait $victim 2>/dev/null || true
[ ! -e killed.h5 ] || fail "a killed ingest left its file"
"$CAMAL_BIN/camal-ingest" "${few[@]}" --size 256 --out killed.h5 2>log || fail "$(cat log)"
cmp killed.h5 whole.h5 || fail "the second ingest differs"
[ "$(ls killed.h5*)" = killed.h5 ] || fail "left behind: $(ls killed.h5*)"
echo "ok"
