#!/usr/bin/env bash
# events.jsonl of real runs against its documentation, jobs/events.yaml: each way a job ends, every event, every field.
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if ! command -v python3 >/dev/null; then
    echo "skipped: no python3"
    exit 77
fi

cat >run.yaml <<'TEXT'
run: {folder: plain, rounds: 1, oversubscribe: yes}
data: {dataset: data.h5, initial: 0.3, budget: 10}
train: {epochs: 1, batch: 32, microbatch: 8, kernels: direct}
TEXT
"$CAMAL_BIN/camal-synth" --quiet --out coco --images 60 >synth.log 2>&1 || fail "no data"
"$CAMAL_BIN/camal-ingest" --quiet --annotations coco/annotations/instances.json --images coco/images --size 32 \
    --split-key split --out data.h5 >ingest.log 2>&1 || fail "no data set"

# learns CODE RUN ARGUMENT...: a job of one rank, with the exit code that is expected.
learns() {
    local code=0
    "$CAMAL_BIN/camal-learn" run.yaml --run "$2" "${@:3}" >"$2.log" 2>&1 || code=$?
    [ $code -eq "$1" ] || fail "$2: exit code $code in place of $1"
}
learns 0 plain
learns 0 plain # is done already
learns 3 people --set oracle.kind=people
learns 0 excluding --set run.rounds=2 --set exclude.after_round=0 --set exclude.accuracy=1 --set exclude.rise=1
learns 1 failing --set train.rate=100 --set train.epochs=20 --set train.warmup=0
"$CAMAL_BIN/camal-learn" run.yaml --run stopped --set train.epochs=20000 >stopped.log 2>&1 &
job=$!
for _ in $(seq 300); do
    [ -e stopped/events.jsonl ] && break
    sleep 0.1
done
kill -USR1 $job
wait $job
[ $? -eq 75 ] || fail "a job interrupted by USR1 does not end with 75"
"${mpirun[@]}" -n 2 "$CAMAL_BIN/camal-learn" \
    run.yaml --run ranks >ranks.log 2>&1 || fail "two ranks"

python3 - "$CAMAL_SOURCE/jobs/events.yaml" <<'PYTHON'
import datetime, json, os, re, subprocess, sys

schema, section = {}, None
for line in open(sys.argv[1]):
    if match := re.match(r"([a-z]+):", line):
        section = schema.setdefault(match[1], {})
    elif match := re.match(r"  ([a-z_]+): \{type: ([a-z ]+), unit: .*, meaning: .+\}$", line.rstrip()):
        section[match[1]] = match[2]
    elif line.strip() and not line.startswith("#"):
        sys.exit(f"failed: events.yaml: not understood: {line}")
kinds = {"text": str, "integer": int, "number": float, "number or null": (float, type(None))}
every = schema.pop("every")
seen = {}
for run in "plain", "people", "excluding", "failing", "stopped", "ranks":
    events = [json.loads(line) for line in open(run + "/events.jsonl")]
    seen[run] = [event["event"] for event in events]
    for event in events:
        name = event["event"]
        if name not in schema:
            sys.exit(f"failed: {run}: the event {name} is not documented")
        wanted = {**every, **schema[name]}
        if list(event) != list(wanted):
            sys.exit(f"failed: {run}: {name} has {list(event)}, documented are {list(wanted)}")
        for field, value in event.items():
            if not isinstance(value, kinds[wanted[field]]):
                sys.exit(f"failed: {run}: {name}.{field} is {value!r}, documented is {wanted[field]}")
        datetime.datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")
wanted = {
    "plain": ["start", "round", "round", "done", "start", "done"],
    "people": ["start", "round", "waiting"],
    "excluding": ["start", "round", "round", "round", "done"],
    "failing": ["start", "failed"],
    "stopped": ["start", "interrupted"],
    "ranks": ["start", "round", "round", "done"],
}
if seen != wanted:
    sys.exit(f"failed: events are {seen}")
if set(schema) != {name for names in seen.values() for name in names}:
    sys.exit(f"failed: documented, and never seen: {set(schema) - {n for s in seen.values() for n in s}}")
first = json.loads(open("ranks/events.jsonl").readline())
rounds = [json.loads(line) for line in open("ranks/events.jsonl")][1:3]
assert first["ranks"] == 2 and first["round"] == 0 and first["rounds"] == 1, first
assert [r["file"] for r in rounds] == ["round-000.h5", "round-001.h5"], rounds
# Labels are those of the accuracies beside them: round 0's ten answers leave the pool with it, and train in round 1.
assert rounds[1]["labelled"] == rounds[0]["labelled"] + 10 and rounds[1]["pool"] == rounds[0]["pool"], rounds
assert all(0 <= r["test_accuracy"] <= 1 and r["active"] + r["finished"] + r["excluded"] == 15 for r in rounds), rounds
excluding = [json.loads(line) for line in open("excluding/events.jsonl")][1:4]
assert excluding[1]["excluded"] > 0, excluding
for run, r in [("ranks", r) for r in rounds] + [("excluding", r) for r in excluding]:
    inspect = [os.environ["CAMAL_BIN"] + "/camal-inspect", f"{run}/{r['file']}", "--json"]
    told = json.loads(subprocess.run(inspect, check=True, capture_output=True).stdout)
    assert r["labelled"] == told["labelled_start"] + told["labelled_added"], (r, told)
    for field in "validation_accuracy", "test_accuracy", "validation_calibration", "test_calibration":
        assert 0 < r[field] < 1 and abs(r[field] - told[field]) < 1e-6, (field, r[field], told[field])
print("events are as documented")
PYTHON
