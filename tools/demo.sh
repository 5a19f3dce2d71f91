#!/bin/bash
# Runs a container from an OCI image in a VM and shows that its kernel is not the host's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
sed -e "s|@PREFIX@/share/kata-containers|$PWD/out/guest|g; s|@PREFIX@|$PWD/out|g" config/configuration-qemu.toml.in >"$state/configuration.toml"

run() { out/bin/kata-runtime run --config "$state/configuration.toml" --rm out/test-image/busybox -- "$@"; }

echo "host kernel:      $(uname -r)"
echo "container kernel: $(run uname -r)"
echo
run sh -c 'echo "Hello from a container in a VM of its own:"; echo; ps; echo; grep -m1 "model name" /proc/cpuinfo; free -m | head -2'
