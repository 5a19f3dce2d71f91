#!/bin/sh
# Runs an agent where hostile requests can harm nothing: pid, mount, network, ipc, uts and cgroup namespaces of its own, a root file system whose changes
# go to memory, no block devices, read-only /sys and /proc/sys, and without the capabilities that reach the machine itself.
#
#   confine.sh NAME DIRECTORY AGENT
#
# NAME is the name of the cgroups; DIRECTORY holds rootfs/, and is at /test inside, where the agent listens on /test/agent.sock.
set -eu

if [ "${CONFINED:-}" != yes ]; then
    name=$1
    for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
        [ -f "$hierarchy/cgroup.procs" ] || continue
        mkdir "$hierarchy/$name"
        for file in cpuset.cpus cpuset.mems; do
            [ ! -f "$hierarchy/$name/$file" ] || cat "$hierarchy/$file" >"$hierarchy/$name/$file"
        done
        [ ! -f "$hierarchy/$name/devices.deny" ] || echo 'b *:* rw' >"$hierarchy/$name/devices.deny"
        [ ! -f "$hierarchy/$name/pids.max" ] || echo 2000 >"$hierarchy/$name/pids.max"
        echo $$ >"$hierarchy/$name/cgroup.procs"
    done
    export CONFINED=yes
    exec unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup --propagation private -- "$0" "$@"
fi

directory=$2
agent=$3
memory=$(mktemp -d -p "$directory")
mount -t tmpfs -o size=512m confined "$memory"
mkdir "$memory/upper" "$memory/work" "$memory/root"
mount -t overlay -o "lowerdir=/,upperdir=$memory/upper,workdir=$memory/work" confined "$memory/root"
root=$memory/root

for mounted in proc sys dev run tmp; do
    [ -d "$root/$mounted" ] || mkdir "$root/$mounted"
done
mkdir -p "$root/test" "$root/agent" "$root/old"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs cgroups "$root/sys/fs/cgroup"
for hierarchy in /sys/fs/cgroup/*; do
    [ -f "$hierarchy/cgroup.procs" ] || continue
    controller=$(basename "$hierarchy")
    mkdir "$root/sys/fs/cgroup/$controller"
    case $controller in
        unified) mount -t cgroup2 cgroup "$root/sys/fs/cgroup/$controller" ;;
        systemd) mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/$controller" ;;
        *) mount -t cgroup -o "$controller" cgroup "$root/sys/fs/cgroup/$controller" ;;
    esac
done
mount -t tmpfs -o mode=755 dev "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
    set -- $node
    mknod -m 666 "$root/dev/$1" c "$2" "$3"
done
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs shm "$root/dev/shm"
mount -t tmpfs run "$root/run"
mount -t tmpfs tmp "$root/tmp"
mount --bind "$directory" "$root/test"
mount --bind "$(dirname "$agent")" "$root/agent"
mount -o remount,bind,ro "$root/agent"
ip link set lo up
cd "$root"
pivot_root . old
umount -l /old

# Not process 1, so that the end of the agent is the end of a process and not of a machine. The shell waits, and collects what the agent leaves.
kept=-sys_time,-sys_module,-sys_boot,-sys_rawio,-wake_alarm,-syslog,-audit_control,-mac_admin,-mac_override,-block_suspend,-sys_pacct,-bpf,-perfmon
KATA_AGENT_SERVER_ADDR=unix:///test/agent.sock KATA_AGENT_LOG_LEVEL=info setpriv --bounding-set="$kept" --inh-caps=-all "/agent/$(basename "$agent")" &
wait $!
