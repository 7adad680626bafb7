#!/bin/sh
# page.sh PROGRAM SECTION NAME DATE VERSION OTHERS OUT.gz: its manual page, made of what it says to --help.
set -eu
program=$1 section=$2 name=$3 date=$4 version=$5 others=$6 out=$7

trap 'rm -f "$out.help" "$out.page"' EXIT
"$program" --help >"$out.help"
awk -v section="$section" -v name="$name" -v date="$date" -v version="$version" -v others="$others" \
    -f "$(dirname "$0")/page.awk" "$out.help" >"$out.page"
gzip -9n <"$out.page" >"$out"
