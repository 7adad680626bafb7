#!/usr/bin/env bash
# Holds every #include of src, jobs and tools to the folder table of CONTRIBUTING.md. With nothing to say it is
# silent; each forbidden arrow is a line. First it refuses trees made to be wrong, so that it cannot pass blindly.
set -euo pipefail

source_root=${CAMAL_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}

# folder: the folders and libraries that its files may include. libc is free for all.
declare -A allowed=(
    [base]="cyaml xxhash"
    [comm]="base mpi"
    [store]="base hdf5 zlib"
    [ingest]="base comm store yajl jpeg png tiff"
    [nn]="base dnnl openmp"
    [learn]="base comm store nn"
    [select]="base store_records.h"
    [oracle]="base store"
    [round]="base comm store nn learn select oracle"
    [jobs]="ingest round learn base comm"
    [tools]="base store nn select jpeg png"
)
# Beyond that table: digests and schema files of store, JSON of the label files, of the tools and of camal-bench,
# which also reads chunks without a scorer; camal-label shares the reading of answers with the run; study files are YAML.
allowed[store]+=" xxhash cyaml"
allowed[oracle]+=" yajl"
allowed[tools]+=" yajl oracle cyaml"
allowed[jobs]+=" yajl store"
# Headers that everyone includes and that must stay free of libraries themselves.
declare -A allowed_header=([store_records.h]="base")

libc=" assert.h complex.h ctype.h dirent.h errno.h fcntl.h fenv.h float.h fnmatch.h getopt.h inttypes.h libgen.h limits.h
 malloc.h math.h pthread.h sched.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
 stdlib.h string.h strings.h sys/file.h sys/ioctl.h sys/mman.h sys/prctl.h sys/resource.h sys/stat.h sys/statvfs.h sys/time.h
 sys/types.h sys/uio.h sys/wait.h time.h unistd.h "
libc=${libc//$'\n'/}

# find_library HEADER: sets target to the library that a header in <> belongs to.
find_library() {
    case $1 in
    mpi.h) target=mpi ;;
    hdf5.h | hdf5_hl.h | H5*.h) target=hdf5 ;;
    dnnl*.h | oneapi/*) target=dnnl ;;
    omp.h | xmmintrin.h | pmmintrin.h | immintrin.h) target=openmp ;;
    cyaml/* | yaml.h) target=cyaml ;;
    xxhash.h) target=xxhash ;;
    zlib.h) target=zlib ;;
    yajl/*) target=yajl ;;
    jpeglib.h | jerror.h | turbojpeg.h) target=jpeg ;;
    png.h) target=png ;;
    tiff*.h) target=tiff ;;
    *) [[ $libc == *" $1 "* ]] && target=libc || target=unknown ;;
    esac
}

# find_folder ROOT FILE HEADER: sets target to the folder that a header in "" lies in, as FILE includes it.
find_folder() {
    local root=$1 folder=${2%/*} header=$3 found
    target=${folder##*/}
    [ -e "$root/$folder/$header" ] && return
    for found in "$root"/src/*/"$header"; do
        target=${found%/*}
        target=${target##*/}
        [ -e "$found" ] && return
    done
    find_library "$header"
}

# check_tree ROOT: a line for each forbidden include; fails if there is one, or if there is nothing to check.
check_tree() {
    local root=$1 file line header target folder name may bad=0 seen=0
    while IFS=: read -r file line header; do
        seen=$((seen + 1))
        name=${file##*/}
        folder=${file%/*}
        folder=${folder##*/}
        may=" $folder ${allowed[$folder]-} "
        [ -n "${allowed_header[$name]-}" ] && may=" ${allowed_header[$name]} "
        case $header in
        *\<*) header=${header#*<} header=${header%%>*} && find_library "$header" ;;
        *\"*) header=${header#*\"} header=${header%%\"*} && find_folder "$root" "$file" "$header" ;;
        *) target=unknown ;;
        esac
        if [ -z "${allowed[$folder]-}" ]; then
            echo "$file:$line: folder '$folder' has no row in the table"
        elif [[ $target != libc && $may != *" $target "* && $may != *" $header "* ]]; then
            echo "$file:$line: $header ($target) may not be included here; allowed:$may"
        else
            continue
        fi
        bad=1
    done < <(cd "$root" && find src jobs tools -name '*.[ch]' -print0 2>/dev/null | sort -z |
        xargs -0r grep -HnE '^[[:space:]]*#[[:space:]]*include')
    # A program either ingests or runs rounds.
    for file in "$root"/jobs/*.c; do
        if [ -e "$file" ] && grep -q '"ingest_' "$file" && grep -q '"round_' "$file"; then
            echo "jobs/${file##*/}: includes both ingest and round"
            bad=1
        fi
    done
    [ $seen -gt 0 ] || echo "$root: no includes found"
    [ $seen -gt 0 ] && [ $bad -eq 0 ]
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A small tree that keeps to the table.
sound_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work"/tree/src/{base,comm,store,ingest,nn,select,round} "$work"/tree/{jobs,tools}
    cd "$work/tree"
    echo '#include <stdio.h>' >src/base/base_log.h
    printf '#include "base_log.h"\n#include <mpi.h>\n' >src/comm/comm_world.h
    printf '#include "base_log.h"\n#include <hdf5.h>\n' >src/store/store_round.h
    echo '#include <stdint.h>' >src/store/store_records.h
    echo '#include <yajl/yajl_parse.h>' >src/ingest/ingest_coco.h
    printf '#include "base_log.h"\n#include <dnnl.h>\n' >src/nn/nn_engine.h
    echo '#include "store_records.h"' >src/select/select_quota.h
    echo '#include "comm_world.h"' >src/round/round_run.h
    echo '#include "round_run.h"' >jobs/camal_learn.c
    echo '#include "store_round.h"' >tools/camal_inspect.c
    cd "$OLDPWD"
}

# refuses FILE LINE...: the sound tree with these lines added to FILE must be refused, and FILE be named.
refuses() {
    local file=$1 said
    shift
    sound_tree
    printf '%s\n' "$@" >>"$work/tree/$file"
    if said=$(check_tree "$work/tree") || [[ $said != *"$file"* ]]; then
        echo "include_arrows: $* in $file was not refused" >&2
        exit 1
    fi
}

sound_tree
if ! said=$(check_tree "$work/tree"); then
    printf 'include_arrows: a sound tree was refused\n%s\n' "$said" >&2
    exit 1
fi
refuses src/base/base_log.h '#include "comm_world.h"'
refuses src/base/base_log.h '#include <mpi.h>'
refuses src/base/base_log.h '#include <no_such_library.h>'
refuses src/comm/comm_world.h '#include <hdf5.h>'
refuses src/store/store_round.h '  #  include <mpi.h>'
refuses src/store/store_records.h '#include <hdf5.h>'
refuses src/nn/nn_engine.h '#include "comm_world.h"'
refuses src/nn/nn_engine.h '#include <mpi.h>'
refuses src/nn/nn_engine.h '#include "hdf5.h"'
refuses src/select/select_quota.h '#include "store_round.h"'
refuses src/round/round_run.h '#include "ingest_coco.h"'
refuses src/round/round_run.h '#include "no_such_file.h"'
refuses jobs/camal_learn.c '#include "ingest_coco.h"'
refuses jobs/camal_learn.c '#include "nn_engine.h"'
refuses tools/camal_inspect.c '#include "comm_world.h"'
refuses tools/camal_inspect.c '#include <mpi.h>'
refuses tools/camal_inspect.c '#include MACRO'
mkdir -p "$work/empty/src"
if check_tree "$work/empty" >/dev/null; then
    echo "include_arrows: a tree without a file passed" >&2
    exit 1
fi

check_tree "$source_root"
