#!/bin/bash
# Installs what building, demo and tests need, from the distribution's own packages. Does nothing where all is there already.
#
#   setup.sh build   to build the host binaries, the guest kernel and the initrd
#   setup.sh demo    also to boot a VM and to make the demo image
#   setup.sh test    also to run every test
set -euo pipefail

# Native AOT links with gcc; the kernel needs the rest.
build=(gcc libc6-dev zlib1g-dev make git cpio linux-source-6.1 flex bison bc kmod libelf-dev libssl-dev xz-utils)
demo=(qemu-system-x86 qemu-system-common busybox-static)
# The arm64 tools try the launcher's arm64 code, assembled and in an emulator.
test=(containerd runc iproute2 iptables util-linux bsdutils procps e2fsprogs xfsprogs xfslibs-dev cryptsetup-bin linux-libc-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static apparmor checkpolicy)

fail() { echo "setup: $*" >&2; exit 1; }

case "${1:-build}" in
    build) wanted=("${build[@]}") ;;
    demo) wanted=("${build[@]}" "${demo[@]}") ;;
    test) wanted=("${build[@]}" "${demo[@]}" "${test[@]}") ;;
    *) fail "usage: setup.sh build | demo | test" ;;
esac

command -v dotnet >/dev/null || fail "the .NET SDK 10 is missing; install it and put 'dotnet' on the PATH"
case "$(dotnet --version)" in
    10.*) ;;
    *) fail "the .NET SDK is $(dotnet --version), but this project needs version 10" ;;
esac

missing=()
for package in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || fail "apt-get is missing; install the equivalents of: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "root is needed to install: ${missing[*]}"
    as_root=(sudo)
fi

echo "setup: installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -30 "$log" >&2
    fail "apt-get could not install: ${missing[*]}"
fi
