#!/usr/bin/env bash
# How fast an annotation file is read: camal-ingest --dry-run against Python's json.load with the indexing that COCO's
# API does, on the same file, one after the other. Peak memory of both. camal's seconds are those of reading and ordering the
# records, its memory that of the whole dry run.
#
# usage: tools/bench/json.sh [ANNOTATIONS.json]     default: ../shared/data/coco repeated into 860,000 annotations of
#                                                   118,000 images, made in a temporary folder of 0.5 GB
# CAMAL_BIN: where camal-ingest is (build/release/bin)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${CAMAL_BIN:-$here/../../build/release/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
file=${1:-$work/annotations.json}
if [ $# -eq 0 ]; then
    python3 "$here/make_annotations.py" "${CAMAL_SHARED:-$here/../../../shared}/data/coco/annotations/instances.json" \
        860000 118000 "$file"
fi
cat >"$work/read.py" <<'PYTHON'
import collections, gc, json, resource, sys, time
gc.disable()  # in Python's favour: collecting what is all in use takes half of its time
start = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file:
    coco = json.load(file)
images = {image["id"]: image for image in coco["images"]}
annotations, categories = {}, {c["id"]: c for c in coco["categories"]}
of_image, of_category = collections.defaultdict(list), collections.defaultdict(list)
for annotation in coco["annotations"]:
    annotations[annotation["id"]] = annotation
    of_image[annotation["image_id"]].append(annotation)
    of_category[annotation["category_id"]].append(annotation["image_id"])
print(f"{time.perf_counter() - start:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")
PYTHON
cat "$file" >/dev/null # both find it in the page cache
read -r python python_memory < <(python3 "$work/read.py" "$file")
python3 - "$bin/camal-ingest" "$file" >"$work/camal" <<'PYTHON'
import re, resource, subprocess, sys
out = subprocess.run([sys.argv[1], "--annotations", sys.argv[2], "--dry-run"], stderr=subprocess.PIPE, text=True, check=True).stderr
print(re.search(r"read in ([0-9.]+) s", out).group(1), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PYTHON
read -r camal camal_memory <"$work/camal"
awk -v p="$python" -v c="$camal" -v pm="$python_memory" -v cm="$camal_memory" -v bytes="$(stat -c %s "$file")" 'BEGIN {
    printf "%-34s %8s %8s %10s\n", "", "seconds", "MB/s", "peak MB"
    printf "%-34s %8.2f %8.0f %10d\n", "Python, json.load and indices", p, bytes / p / 1e6, pm
    printf "%-34s %8.2f %8.0f %10d\n", "camal-ingest --dry-run", c, bytes / c / 1e6, cm
    printf "camal is %.2f times as fast\n", p / c }'
