#!/bin/bash
# Makes the guest's initrd: the agent as /init, and the directories it mounts on. Uncompressed, because unpacking costs more boot time than reading.
#
#   initrd.sh AGENT OUTFILE
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: initrd.sh AGENT OUTFILE" >&2; exit 1; }
agent=$(readlink -f "$1")
outfile=$(readlink -m "$2")

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{dev,proc,sys,run,tmp,etc,sbin,var}
ln -s /run "$root/var/run"
ln -s /init "$root/sbin/kata-agent"
install -m 0755 "$agent" "$root/init"
: >"$root/etc/resolv.conf"

# The same agent gives the same bytes: fixed times, fixed order, owner root, no inode numbers.
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc --reproducible -R 0:0) >"$outfile.new"
mv "$outfile.new" "$outfile"
