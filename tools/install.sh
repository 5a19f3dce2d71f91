#!/bin/bash
# Installs binaries, guest assets and configuration.
#
#   install.sh DESTDIR PREFIX
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: install.sh DESTDIR PREFIX" >&2; exit 1; }
destdir=$1 prefix=$2
case "$prefix" in
    /*) ;;
    *) echo "install: PREFIX must be an absolute path, not '$prefix'" >&2; exit 1 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$destdir$prefix
assets=$root/share/kata-containers
defaults=$root/share/defaults/kata-containers

install -d "$root/bin" "$assets" "$defaults"
install -m 0755 out/bin/containerd-shim-kata-v2 out/bin/kata-runtime out/bin/kata-agent-ctl "$root/bin/"
install -m 0644 out/guest/vmlinux out/guest/kata-containers-initrd.img "$assets/"
ln -sfn vmlinux "$assets/vmlinux.container"
sed "s|@PREFIX@|$prefix|g" config/configuration-qemu.toml.in >"$defaults/configuration-qemu.toml"
ln -sfn configuration-qemu.toml "$defaults/configuration.toml"
echo "installed under $root"
