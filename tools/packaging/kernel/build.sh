#!/bin/bash
# Builds the guest kernel from the distribution's linux-source package and the fragments beside this script.
# The result is cached outside the tree, keyed by the source and by everything that shapes the configuration.
#
#   build.sh key            prints the cache key
#   build.sh build OUTDIR   puts vmlinux, its .config (vmlinux.config) and its few modules (modules/lib/modules/VERSION) into OUTDIR
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_package=linux-source-6.1
recipe=2 # raise when the steps below change what comes out
tarball=/usr/src/$source_package.tar.xz
cache=${KATA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kata-containers}/kernel

fail() { echo "kernel: $*" >&2; exit 1; }

source_version() {
    dpkg-query -W -f '${Version}' "$source_package" 2>/dev/null ||
        fail "package $source_package is not installed; run 'make setup'"
}

cache_key() {
    local version
    version=$(source_version)
    { echo "$recipe $version $(uname -m)"; cat "$here"/fragments/*.conf; } | sha256sum | cut -c1-24
}

build_into() {
    local work=$1
    [ -r "$tarball" ] || fail "$tarball is missing although $source_package is installed"
    tar -xf "$tarball" -C "$work" --strip-components=1
    cd "$work"
    # -n: everything that no fragment asks for is off.
    scripts/kconfig/merge_config.sh -n -O . "$here"/fragments/*.conf >merge.log 2>&1 || { cat merge.log >&2; fail "merging the fragments failed"; }
    make -j"$(nproc)" vmlinux modules >build.log 2>&1 || { tail -40 build.log >&2; fail "the build failed"; }
    make INSTALL_MOD_PATH=modules INSTALL_MOD_STRIP=1 modules_install >install.log 2>&1 || { cat install.log >&2; fail "installing the modules failed"; }
    rm -f modules/lib/modules/*/build modules/lib/modules/*/source
    strip --strip-debug vmlinux
}

build() {
    local out=$1 key entry work
    key=$(cache_key)
    entry=$cache/$key
    mkdir -p "$cache" "$out"
    exec 9>"$cache/.lock"
    flock 9
    if [ ! -f "$entry/vmlinux" ]; then
        echo "kernel: building $source_package $(source_version), once, into $entry (about 10 minutes on 2 cores)" >&2
        work=$(mktemp -d "$cache/.build.XXXXXX")
        trap "rm -rf '$work'" EXIT # expanded now: the name is local
        (build_into "$work")
        mkdir "$work/.result"
        cp "$work/vmlinux" "$work/.result/vmlinux"
        cp "$work/.config" "$work/.result/vmlinux.config"
        cp -r "$work/modules" "$work/.result/modules"
        mv "$work/.result" "$entry"
    fi
    install -m 0644 "$entry/vmlinux" "$entry/vmlinux.config" "$out/"
    rm -rf "$out/modules"
    cp -r "$entry/modules" "$out/modules"
}

case "${1:-}" in
    key) cache_key ;;
    build) [ $# -eq 2 ] || fail "usage: build.sh build OUTDIR"; build "$2" ;;
    *) fail "usage: build.sh key | build OUTDIR" ;;
esac
