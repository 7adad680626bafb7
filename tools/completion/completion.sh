#!/bin/sh
# completion.sh OUT PROGRAM...: bash completion of the programs, made of what they say to --help.
set -eu
out=$1
shift
here=$(dirname "$0")
texts=$(mktemp -d)
trap 'rm -rf "$texts"' EXIT

for program in "$@"; do
    "$program" --help >"$texts/$(basename "$program")"
done
{
    echo "# bash completion of camal's programs, made from their --help."
    echo "declare -gA _camal_options=() _camal_values=() _camal_arguments=() _camal_choices=()"
    awk -f "$here/words.awk" "$texts"/*
    cat "$here/completion.bash"
} >"$out"
