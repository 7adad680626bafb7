# Sourced by install.sh: what bash offers on Tab. Needs $completion, the file, and $work, a folder.

# offers "WORD|WORD|" WORDS...: what the last word may become.
offers() {
    local wanted=$1 seen
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _camal 2>/dev/null # compopt complains that no completion is going on
    seen=$(printf '%s|' "${COMPREPLY[@]}")
    [ "$seen" = "$wanted" ] || fault "completion of '$*' is '$seen' in place of '$wanted'"
}

mkdir -p "$work/tab/folder"
cd "$work/tab" || exit 1
touch a.h5 b.yaml c.json 'two words.h5'
# shellcheck source=/dev/null
source "$completion"
offers '--set|--show-config|' camal-learn --s
offers 'b.yaml|folder|' camal-learn ''
offers 'train.rate=|train.reduction=|' camal-learn b.yaml --set train.r
offers 'train.rate=|train.reduction=|' camal-learn b.yaml -s train.r
offers 'f32|bf16|auto|' camal-learn b.yaml --set train.dtype =
offers 'bf16|' camal-learn b.yaml --set train.dtype = b
offers 'plateau|' camal-learn b.yaml --set stop.rule = pl
offers 'a.h5|folder|two words.h5|' /usr/bin/camal-score --dataset ''
offers 'a.h5|folder|two words.h5|' camal-score --dataset =
offers 'pool|' camal-score --samples p
offers 'train|' camal-bench t
offers 'c.json|folder|' camal-ingest --annotations ''
offers 'a.h5|folder|two words.h5|' camal-inspect ''
offers '|' camal-synth --seed ''
for program in "${programs[@]}"; do
    complete -p "$program" >/dev/null 2>&1 || fault "no completion of $program"
    offers '--version|' "$program" --vers
done
cd "$work" || exit 1
