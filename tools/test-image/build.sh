#!/bin/bash
# Makes the image of the demo and the tests from Debian's busybox-static, with nothing but the distribution's own tools.
#
#   build.sh OUTDIR
#     OUTDIR/busybox       an OCI image layout; kata-runtime run takes it as it is
#     OUTDIR/busybox.tar   the same as an archive: ctr images import --base-name localhost/busybox OUTDIR/busybox.tar
#                          makes localhost/busybox:latest of it
#     OUTDIR/pause.tar     the same files with a command that waits: the first container of a pod
#
# The same busybox gives the same bytes, so the digests can be compared.
set -euo pipefail
export LC_ALL=C
umask 022

fail() { echo "test-image: $*" >&2; exit 1; }

[ $# -eq 1 ] || fail "usage: build.sh OUTDIR"
out=$1
busybox=${BUSYBOX:-$(command -v busybox)} || fail "busybox is missing; install busybox-static"
# A dynamic one would start nothing in an image without libraries.
case "$(ldd "$busybox" 2>&1 || true)" in
    *"not a dynamic executable"* | *"statically linked"*) ;;
    *) fail "$busybox is not static; install busybox-static instead of busybox" ;;
esac

case "$(uname -m)" in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) fail "no image for $(uname -m)" ;;
esac

mkdir -p "$out"
# The layer is packed from within another directory.
out=$(cd "$out" && pwd)
work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT

root=$work/root
mkdir -p "$root"/{bin,dev,etc,home/app,proc,root,run,srv,sys,tmp,usr/bin,var/tmp}
chmod 0700 "$root/root"
chmod 1777 "$root/tmp" "$root/var/tmp"
install -m 0755 "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
# What scripts find by '#!/usr/bin/env'.
ln -s ../../bin/env "$root/usr/bin/env"

cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
END
cat >"$root/etc/group" <<'END'
root:x:0:
daemon:x:1:
tty:x:5:
users:x:100:app
app:x:1000:
nogroup:x:65534:
END
printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' >"$root/etc/hosts"

digest() { sha256sum "$1" | cut -d' ' -f1; }
add() { mv "$1" "$blobs/$(digest "$1")"; }

layer=$work/layer.tar
# The owner of /home/app is the one thing in the image that is not root's.
(
    cd "$root"
    find . -mindepth 1 ! -path './home/app' -print0 | sort -z |
        tar --create --file "$layer" --format=ustar --null --no-recursion --files-from=- --transform='s,^\./,,' --mtime=@0 --owner=0 --group=0 --numeric-owner
    tar --append --file "$layer" --format=ustar --no-recursion --mtime=@0 --owner=1000 --group=1000 --numeric-owner home/app
)
diff_id=$(digest "$layer")
gzip -n -6 "$layer"
layer_digest=$(digest "$layer.gz")
layer_size=$(stat -c %s "$layer.gz")

# image NAME CONFIG: a layout and an archive of the one layer with CONFIG, the inside of a JSON object.
image() {
    local name=$1 layout=$work/$1
    blobs=$layout/blobs/sha256
    mkdir -p "$blobs"
    cp "$layer.gz" "$blobs/$layer_digest"
    printf '%s' "{\"architecture\":\"$architecture\",\"os\":\"linux\",\"created\":\"1970-01-01T00:00:00Z\",\
\"config\":{\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"],$2},\
\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$diff_id\"]}}" >"$work/config"
    local config_digest config_size manifest_digest manifest_size
    config_digest=$(digest "$work/config")
    config_size=$(stat -c %s "$work/config")
    add "$work/config"

    printf '%s' "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\
\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$config_digest\",\"size\":$config_size},\
\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:$layer_digest\",\"size\":$layer_size}]}" >"$work/manifest"
    manifest_digest=$(digest "$work/manifest")
    manifest_size=$(stat -c %s "$work/manifest")
    add "$work/manifest"

    printf '%s' "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\
\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$manifest_digest\",\"size\":$manifest_size,\
\"platform\":{\"architecture\":\"$architecture\",\"os\":\"linux\"},\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}}]}" >"$layout/index.json"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"

    tar --create --file "$work/$name.tar" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$layout" oci-layout index.json blobs
    rm -rf "${out:?}/$name"
    mv "$layout" "$out/$name"
    mv "$work/$name.tar" "$out/$name.tar"
}

image busybox '"Cmd":["sh"],"WorkingDir":"/"'
image pause '"Entrypoint":["sleep","2147483647"],"WorkingDir":"/"'
