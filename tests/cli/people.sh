#!/usr/bin/env bash
# Labels from people: three rounds with an annotator that speaks through files alone (Label Studio's JSON, CVAT's and
# Label Studio's COCO JSON), in parts, in conflict, in doubt, with a job interrupted in between; the same bits as the
# truth.
set -euo pipefail

/usr/bin/python3 -c 'import h5py' 2>/dev/null || { echo "skipped: Debian's python3 has no h5py"; exit 77; }
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mpirun+=(-n 2)

# exits CODE WORD LOG COMMAND...: its output, with WORD in it, goes to LOG.
exits() {
    local wanted=$1 word=$2 log=$3 code=0
    shift 3
    "$@" >"$log" 2>&1 || code=$?
    [ $code -eq "$wanted" ] || fail "exit code $code in place of $wanted: $*"
    grep -qE -- "$word" "$log" || fail "no '$word' in what it says: $*"
}

# learns CODE WORD RUN [ARGUMENT...]
learns() {
    exits "$1" "$2" "$3.log" "${mpirun[@]}" "$CAMAL_BIN/camal-learn" run.yaml --run "$3" "${@:4}"
}

# labels CODE WORD ARGUMENT...
labels() {
    exits "$1" "$2" label.log "$CAMAL_BIN/camal-label" people "${@:3}"
}

cat >run.yaml <<TEXT
run: {folder: people, seed: 1, rounds: 3, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 3, batch: 32, microbatch: 8, patience: 0, in_mask: 0} # people give no masks
TEXT
make_data 60 32

# annotate.py QUERIES OUT KIND [FIRST LAST]: the true classes of queries FIRST to LAST, as a tool exports them.
cat >annotate.py <<'TEXT'
import json, sys
path, out, kind = sys.argv[1:4]
first, last = (int(a) for a in sys.argv[4:6]) if len(sys.argv) > 4 else (0, 10**6)
source = json.load(open("coco/annotations/instances.json"))
names = {c["id"]: c["name"] for c in source["categories"]}
truth = {a["id"]: names[a["category_id"]] for a in source["annotations"]}
classes = sorted(set(names.values()), reverse=True)
if kind == "studio":  # tasks that camal-label wrote, predictions corrected and submitted
    tasks, done = json.load(open(path)), []
    for number, task in enumerate(tasks[first:last]):
        result = task.pop("predictions")[0]["result"]
        for region in result:
            region["value"]["rectanglelabels"] = [truth[int(region["id"].split("-")[1])]]
            region["id"] = "Dx_%d" % number
        task.update(id=number, annotations=[{"id": number, "completed_by": {"id": 7, "email": "ann@example.org"},
                    "created_at": "2026-01-02T03:04:05.678901Z", "was_cancelled": False, "result": result}])
        task["data"]["image"] = "/data/upload/1/8f3b2c1a-" + task["data"]["image"].split("/")[-1]
        done.append(task)
    json.dump(done, open(out, "w"))
    sys.exit()
coco = json.load(open(path))
images = {i["id"]: n for n, i in enumerate(coco["images"])}
annotations = []
for number, a in enumerate(coco["annotations"][first:last]):
    name, box = truth[a["id"]], a["bbox"]
    if kind == "wrong":
        name = classes[classes.index(name) - 1]
    if kind == "studio-coco":
        box = [int(v) for v in box]
    annotations.append({"id": number + 1, "image_id": images[a["image_id"]], "category_id": classes.index(name),
                        "segmentation": [], "area": box[2] * box[3], "bbox": box, "iscrowd": 0,
                        "attributes": {"occluded": False, "rotation": 0.0}})
if kind == "doubt":
    for a in annotations:
        a["attributes"]["cant_tell"] = True
if kind == "extra":  # an object that nobody asked about, outlined
    a = dict(annotations[0], id=999, bbox=[0, 0, 13, 12], segmentation=[[0, 0, 13, 0, 13, 12]])
    annotations.append(a)
prefix = "images/8f3b2c1a-" if kind == "studio-coco" else ""
json.dump({"info": {"contributor": "", "date_created": ""}, "licenses": [{"name": "", "id": 0, "url": ""}],
           "categories": [{"id": n, "name": c, "supercategory": ""} for n, c in enumerate(classes)],
           "images": [dict(i, id=n, file_name=prefix + i["file_name"]) for n, i in enumerate(coco["images"])],
           "annotations": annotations}, open(out, "w"))
TEXT
annotate() {
    /usr/bin/python3 annotate.py "$@" || fail "annotate.py $*"
}

learns 0 done truth

# Round 0: in two parts, by Label Studio. Waiting says how many are open, and what to do.
learns 3 '10 of 10 samples.*camal-label people' people --set oracle.kind=people
[ ! -e people/round-001.h5 ] || fail "a run went on without labels"
/usr/bin/python3 - <<'TEXT' || fail "the query file"
import json
coco = json.load(open("people/queries/round-000.json"))
names = open("people/queries/round-000.txt").read().split("\n")[:-1]
source = json.load(open("coco/annotations/instances.json"))
boxes = {a["id"]: a["bbox"] for a in source["annotations"]}
assert names == [i["file_name"] for i in coco["images"]] and len(set(names)) == len(names)
assert len(coco["annotations"]) == 10
for a in coco["annotations"]:
    assert max(abs(x - y) for x, y in zip(a["bbox"], boxes[a["id"]])) < 1e-3 and a["attributes"]["reason"], a
TEXT
"$CAMAL_BIN/camal-label" people --format label-studio >tasks.json || fail "writing Label Studio's tasks"
annotate tasks.json part.json studio 0 3
annotate tasks.json all.json studio
labels 3 ' open' part.json
learns 3 'waits for labels' people --set oracle.kind=people
before=$(cksum people/queries/*)
labels 3 ' 0 answers new' part.json
[ "$before" = "$(cksum people/queries/*)" ] || fail "taking a file twice changed the labels"
labels 0 '10 answered, 0 could not be told, 0 open' all.json
labels 0 '10 answered' --status
learns 3 '10 of 10 samples asked for are labelled' people --set oracle.kind=people
labels 2 'in use' all.json --round 0

# Round 1: a conflict, settled by the one who was wrong; CVAT's COCO; an object nobody asked about.
queries=people/queries/round-001.json
annotate $queries wrong.json wrong 0 2
annotate $queries extra.json extra
annotate $queries right.json cvat 0 2
touch -d 2026-01-01T00:00:00Z wrong.json
labels 3 '8 open|open' wrong.json --by bob
labels 3 '2 of them in conflict' extra.json --by ann
[ "$(grep -c '^conflict: .* by ann .* by bob' label.log)" -eq 2 ] || fail "not every conflict is named"
grep -q 'agree on 0 (0 %)' label.log || fail "the agreement is not said"
learns 3 '2 of 10 samples.*are open' people --set oracle.kind=people
labels 0 'settled by newest' --conflict newest
labels 3 'in conflict' --conflict open
labels 0 'bob has changed the answer' right.json --by bob
grep -q 'boxes and outlines kept for camal-ingest: 1' label.log || fail "the new object is not kept"
/usr/bin/python3 - <<'TEXT' || fail "the kept object"
import json
new = json.load(open("people/queries/round-001.new.json"))
(a,) = new["annotations"]
assert a["bbox"] == [0, 0, 13, 12] and a["segmentation"] == [[0, 0, 13, 0, 13, 12]]
assert [i["id"] for i in new["images"]] == [a["image_id"]]
assert a["category_id"] in [c["id"] for c in new["categories"]]
TEXT

# A job interrupted while it learns from these labels; they cannot change any more.
"${mpirun[@]}" "$CAMAL_BIN/camal-learn" run.yaml --run people --set oracle.kind=people --set run.checkpoint=0.0001 \
    >people.log 2>&1 &
pid=$!
for _ in $(seq 200); do
    grep -q "kept after" people.log && break
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
done
kill -USR1 $pid 2>/dev/null || true
code=0
wait $pid || code=$?
[ $code -eq 75 ] || [ $code -eq 3 ] || fail "an interrupted job gave exit code $code"
[ $code -ne 75 ] || labels 2 'in use' wrong.json --by bob --round 1
mkdir left
cp people/training-?.h5 left 2>/dev/null || true
[ $code -eq 3 ] || learns 3 'samples asked for are labelled' people --set oracle.kind=people

# Round 2: in doubt first, then told; Label Studio's COCO with whole pixels and upload names.
# The checkpoints of this round, as a job leaves them that is killed between commit and their removal, use no labels yet.
queries=people/queries/round-002.json
cp left/. people -r
annotate $queries doubt.json doubt 0 4
annotate $queries coco.json studio-coco
touch -d 2026-01-01T00:00:00Z doubt.json
labels 3 '0 answered, 4 could not be told, 6 open' doubt.json --by ann
labels 0 '10 answered, 0 could not be told' coco.json --by ann
learns 0 done people --set oracle.kind=people
"$CAMAL_BIN/camal-diff" truth/round-003.h5 people/round-003.h5 || fail "people's labels gave other bits than the truth"
"$CAMAL_BIN/camal-check" people/round-*.h5 || fail "camal-check on rounds with answers"

# What is written is read back, every id and box: the questions as they are, by camal-label and camal-ingest; what people
# drew, alone or beside the run's own annotations, in the split of their pictures.
ingests() {
    "$CAMAL_BIN/camal-ingest" --quiet --classes all --size 32 --images coco/images --annotations "$@" >ingest.log 2>&1 ||
        fail "camal-ingest --annotations $*: $(cat ingest.log)"
}
learns 3 open asked --set oracle.kind=people --set run.rounds=1
exits 0 '10 answers new, 0 changed.* 0 of new objects, 0 drawn anew' label.log \
    "$CAMAL_BIN/camal-label" asked asked/queries/round-000.json --by ann
exits 0 '0 answers new, 0 changed, 10 as before' label.log \
    "$CAMAL_BIN/camal-label" asked asked/queries/round-000.labels.json
[ ! -e asked/queries/round-000.new.json ] || fail "the questions are taken for new objects"
ingests asked/queries/round-000.json --out asked.h5
ingests people/queries/round-001.new.json --split-key split --out new.h5
ingests people/queries/round-001.new.json --images coco/images --annotations coco/annotations/instances.json \
    --split-key split --group-duplicates --out both.h5
/usr/bin/python3 - <<'TEXT' || fail "what was written is read as something else"
import h5py, json
def rows(path):
    with h5py.File(path) as f:
        names = [n.decode() for n in f["classes/name"][:]]
        s = f["samples"]
        return {int(i): (names[l], [float(v) for v in b], int(p))
                for i, l, b, p in zip(s["annotation_id"][:], s["label"][:], s["bbox"][:], s["split"][:])}
def wanted(path):
    coco = json.load(open(path))
    names = {c["id"]: c["name"] for c in coco["categories"]}
    return {a["id"]: (names[a["category_id"]], a["bbox"]) for a in coco["annotations"]}
asked, both, new = rows("asked.h5"), rows("both.h5"), rows("new.h5")
queries, drawn = wanted("asked/queries/round-000.json"), wanted("people/queries/round-001.new.json")
assert len(queries) == 10 and {i: r[:2] for i, r in asked.items()} == queries, (asked, queries)
assert len(drawn) == 1 and {i: r[:2] for i, r in new.items()} == drawn, (new, drawn)
assert [r[2] for r in new.values()] == [0], "what the pool's pictures show is for training"
assert len(both) == 1 + len(rows("data.h5")), len(both)
TEXT

# What nobody can tell is set aside; what is left open stays in the pool.
learns 3 open aside --set oracle.kind=people --set run.rounds=1
annotate aside/queries/round-000.json doubt.json doubt 0 4
exits 3 '4 could not be told, 6 open' label.log "$CAMAL_BIN/camal-label" aside doubt.json --by ann
exits 0 'stay in the pool' label.log "$CAMAL_BIN/camal-label" aside --finish
learns 0 done aside --set oracle.kind=people --set run.rounds=1
"$CAMAL_BIN/camal-check" aside/round-*.h5 || fail "camal-check on a run with samples set aside"

# Crops, and what is said of them.
exits 0 '10 pictures' label.log "$CAMAL_BIN/camal-label" aside --export-pictures crops
[ "$(find crops -name 'query-*.png' | wc -l)" -eq 10 ] || fail "the crops are not there"

# Refused, and nothing changed.
labels_before=$(cksum people/queries/*)
echo '{"annotations": [' >broken.json
echo '{"images": []}' >neither.json
annotate people/queries/round-000.json unknown.json cvat
sed 's/"name": "[a-z]*/&x/g' unknown.json >class.json
echo '{"images": [{"id": 1, "file_name": "nowhere.jpg"}], "categories": [],
    "annotations": [{"id": 1, "image_id": 1, "bbox": [0, 0, 1, 1]}]}' >picture.json
cp people/queries/round-001.labels.json other.json
exits 3 . people2.log "${mpirun[@]}" "$CAMAL_BIN/camal-learn" run.yaml --run second --set oracle.kind=people
refuses() {
    exits 2 "$1" label.log "$CAMAL_BIN/camal-label" "${@:2}"
    [ ! -e second/queries/round-000.labels.json ] || fail "a refused file left labels: $*"
}
refuses 'RUN folder'
refuses 'nothing to do'               second
refuses 'nowhere/queries'             nowhere --status
refuses 'nothere.json: no such file'  second nothere.json
refuses 'broken.json, line 1: not JSON' second broken.json
refuses 'neither COCO JSON'           second neither.json
refuses 'does not say who.*--by'      second unknown.json
refuses 'annotations\[[0-9]*\] .*has the category "[a-z]*x", allowed are' second class.json --by ann
refuses 'nowhere.jpg", which is not among' second picture.json --by ann
refuses 'of another run or round'     second other.json
refuses '--conflict oldest: allowed are open, newest, majority' second unknown.json --conflict oldest
refuses 'by. needs a value'            second unknown.json --by ''
refuses 'ask for one of them'         second unknown.json --status
(
    flock 9
    refuses 'works on this run'       second unknown.json --by ann
) 9>second/lock
[ "$labels_before" = "$(cksum people/queries/*)" ] || fail "labels of another run were changed"
echo "passed"
