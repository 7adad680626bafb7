#!/usr/bin/env bash
# Install what camal is built from and runs with, from Debian's packages. Does nothing when all of it is there.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tools/install_deps.sh [--with-tests] [--check]

Installs the Debian packages that camal needs (by sudo where you are not root).

  --with-tests  also what only tests use: clang and its runtime, gcovr, PyTorch, SLURM, mandoc
  --check       install nothing; name what is missing, exit 1 if anything is
TEXT
}

needed=(
    cmake ninja-build gcc libc6-dev pkg-config
    libopenmpi-dev openmpi-bin libhdf5-dev libdnnl-dev zlib1g-dev
    libcyaml-dev libyaml-dev libyajl-dev libxxhash-dev libjpeg62-turbo-dev libpng-dev libtiff-dev
    gnuplot-nox check
)
for_tests=(
    clang libclang-rt-14-dev gcovr
    python3-torch python3-torchvision python3-h5py
    slurm-wlm munge iproute2 util-linux
    dpkg-dev file mandoc valgrind libc6-dbg
)

# The packages of the list that are not installed, a line each.
missing() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

# Runs apt-get as root without questions; waits for another apt to end.
apt() {
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "install_deps: not root and there is no sudo; as root, run: apt-get install ${absent[*]}" >&2
            exit 1
        fi
        root=(sudo)
    fi
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

install=(install --no-install-recommends)
packages=("${needed[@]}")
check_only=no
for option in "$@"; do
    case $option in
    --with-tests) packages+=("${for_tests[@]}") ;;
    --check) check_only=yes ;;
    --help) usage; exit 0 ;;
    *) echo "install_deps: unknown option '$option'; see --help" >&2; exit 2 ;;
    esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "install_deps: this system has no apt; install the equivalents of: ${packages[*]}" >&2
    exit 1
fi
mapfile -t absent < <(missing "${packages[@]}")
if [ ${#absent[@]} -eq 0 ]; then
    exit 0
fi
if [ $check_only = yes ]; then
    echo "install_deps: missing: ${absent[*]}" >&2
    exit 1
fi

echo "install_deps: installing ${absent[*]}"
# Package lists may be absent (a fresh machine) or too old to fetch from: fetch them only then.
if ! apt-get -s -qq "${install[@]}" "${absent[@]}" >/dev/null 2>&1; then
    apt update
    apt "${install[@]}" "${absent[@]}"
elif ! apt "${install[@]}" "${absent[@]}"; then
    apt update
    apt "${install[@]}" "${absent[@]}"
fi
