#!/usr/bin/env bash
# What cmake --install and cpack make: everything is there, and works from where it is put.
set -uo pipefail

build=$(cd "$CAMAL_BIN/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
failed=0

fault() {
    echo "failed: $*"
    failed=$((failed + 1))
}

# quietly COMMAND...: what it says is shown only if it fails, and then all ends.
quietly() {
    "$@" >"$work/said" 2>&1 && return
    echo "failed: $*"
    cat "$work/said"
    exit 1
}

# Whatever else the build made, a Debian package and an installation hold the same.
prefix=$work/prefix
quietly cmake --install "$build" --prefix "$prefix"
programs=()
for program in "$prefix"/bin/*; do
    programs+=("${program##*/}")
done
[ ${#programs[@]} -ge 9 ] || fault "installed are ${programs[*]}"

# holds FOLDER: an installed tree.
holds() {
    local program path
    for program in "${programs[@]}"; do
        for path in "bin/$program" "share/man/man1/$program.1.gz" "share/bash-completion/completions/$program"; do
            [ -e "$1/$path" ] || fault "$1 has no $path"
        done
    done
    for path in share/man/man5/camal-run.5.gz share/bash-completion/completions/camal share/doc/camal/copyright \
        share/doc/camal/README.md; do
        [ -s "$1/$path" ] || fault "$1 has no $path"
    done
    for path in hdf5-schemas/round.yaml slurm/common.sh slurm/learn.sbatch slurm/modulefile examples/quickstart.yaml; do
        [ -s "$1/share/camal/$path" ] || fault "$1 has no share/camal/$path"
    done
    if [ -d "$CAMAL_SOURCE/tools/python" ] && [ ! -d "$1/share/camal/python" ]; then
        fault "$1 has no share/camal/python"
    fi
    if grep -rlF "$CAMAL_SOURCE" "$1" || grep -rlF "$build" "$1"; then
        fault "these name the folder they were built in"
    fi
}
cd "$CAMAL_SOURCE" || exit 1
holds "$prefix"

# DESTDIR: the same under another root, and nothing elsewhere.
quietly env DESTDIR="$work/root" cmake --install "$build" --prefix /usr
holds "$work/root/usr"
[ "$(ls "$work/root")" = usr ] || fault "DESTDIR holds $(ls "$work/root")"

# From the installed place, without the source: a data set, a run started by the batch script, and its check.
cd "$work" || exit 1
quietly "$prefix/bin/camal-synth" --out coco --images 60
export SLURM_NTASKS=1 SLURM_CPUS_PER_TASK=1 SLURM_SUBMIT_DIR=$work CAMAL_LAUNCHER=mpirun
# batch SCRIPT ARGUMENT...: as SLURM starts it, from a copy elsewhere.
batch() {
    cp "$prefix/share/camal/slurm/$1" spooled
    env -u CAMAL_BIN -u CAMAL_HOME PATH="$prefix/bin:$PATH" bash spooled "${@:2}"
}
quietly batch ingest.sbatch --annotations coco/annotations/instances.json --images coco/images --size 32 \
    --split-key split --out data.h5
quietly batch learn.sbatch "$prefix/share/camal/examples/quickstart.yaml" --dataset data.h5 --run run \
    --set run.rounds=0 --set train.epochs=1 --set data.budget=5 --set run.oversubscribe=yes --set train.kernels=direct
quietly env -u CAMAL_SCHEMAS "$prefix/bin/camal-check" data.h5 run/round-000.h5
mv "$prefix/share/camal/hdf5-schemas" schemas
if "$prefix/bin/camal-check" data.h5 >said 2>&1 || ! grep -q "prefix/.*share/camal/hdf5-schemas" said; then
    fault "camal-check takes other schemas than its own: $(cat said)"
fi

# Manual pages.
if command -v mandoc >/dev/null; then
    for page in "$prefix"/share/man/man?/*.gz; do
        gzip -dc "$page" >page
        mandoc -Tlint -W warning page >said 2>&1 || fault "${page##*/}: $(cat said)"
        mandoc -Tascii page | sed 's/.\x08//g' >text
        for part in NAME SYNOPSIS EXAMPLES 'SEE ALSO'; do
            grep -qx "$part" text || fault "${page##*/} has no $part"
        done
    done
else
    echo "no mandoc: manual pages are not looked at"
fi
gzip -dc "$prefix/share/man/man5/camal-run.5.gz" >page
"$prefix/bin/camal-learn" --help | sed -n '/^configuration:$/,$s/^  \([a-z_]*\): .*/\1/p' >keys
[ "$(wc -l <keys)" -ge 43 ] || fault "camal-learn --help lists $(wc -l <keys) keys"
while read -r key; do
    grep -qF "\\fB$key:\\fR" page || fault "camal-run(5) does not tell of $key"
done <keys

completion=$prefix/share/bash-completion/completions/camal
source "$CAMAL_SOURCE/tests/cli/completion.bash"

# The module file, by Lmod or Tcl's own.
for modules in /usr/share/lmod/lmod/libexec/lmod /usr/lib/*/modulecmd.tcl; do
    [ -x $modules ] || continue
    mkdir -p modules/camal
    sed "s|^set prefix .*|set prefix $prefix|" "$CAMAL_SOURCE/slurm/modulefile" >modules/camal/0.1.0
    # In a shell of its own: what the module says is to be obeyed.
    (
        export MODULEPATH=$work/modules
        unset MANPATH XDG_DATA_DIRS
        eval "$($modules bash load camal/0.1.0 2>said)"
        [ "$(command -v camal-learn)" = "$prefix/bin/camal-learn" ] && [ "${CAMAL_HOME:-}" = "$prefix/share/camal" ] ||
            exit 1
        echo "MANPATH or XDG_DATA_DIRS ($MANPATH, $XDG_DATA_DIRS) hides the system's" >said
        [[ $MANPATH == "$prefix/share/man:"* ]] && [[ :$XDG_DATA_DIRS: == *:/usr/share:* ]]
    ) || fault "$modules: camal/0.1.0 is not loaded: $(cat said)"
done

# The Debian package.
if ! command -v dpkg-shlibdeps >/dev/null; then
    echo "no dpkg-shlibdeps: no package is made"
else
    quietly cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/deb"
    package=$(ls "$work"/deb/*.deb)
    [[ ${package##*/} == camal_*-1_*.deb ]] || fault "the package is named ${package##*/}"
    quietly dpkg-deb -I "$package"
    for field in 'Package: camal' 'Section: science' 'Depends: .*libhdf5-103.*' 'Depends: .*openmpi-bin.*' \
        'Depends: .*libdnnl2.*' 'Recommends: gnuplot-nox' 'Description: active learning'; do
        grep -qE "^ $field" said || fault "the package does not say $field"
    done
    quietly dpkg-deb -x "$package" "$work/unpacked"
    [ "$(ls "$work/unpacked")" = usr ] || fault "the package holds $(ls "$work/unpacked")"
    holds "$work/unpacked/usr"
    quietly "$work/unpacked/usr/bin/camal-check" data.h5
    dpkg-deb -c "$package" | awk '$2 != "root/root" || $1 !~ /^(-rwxr-xr-x|-rw-r--r--|drwxr-xr-x|lrwxrwxrwx)$/' >said
    [ ! -s said ] || fault "owners or modes in the package: $(cat said)"
fi

echo "${#programs[@]} programs; $failed failed"
[ $failed -eq 0 ]
