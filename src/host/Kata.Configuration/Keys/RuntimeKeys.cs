using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class RuntimeKeys
{
    internal static KeyTable Table { get; } = new(KeyCatalog.Runtime, "The runtime on the host.",
    [
        new("Selection",
        [
            Text("name", "virt_container", "Kind of runtime.").Ignored(),
            Text("hypervisor_name", string.Empty, "Which hypervisor table to use when the file has more than one."),
            Text("agent_name", "kata", "Which agent table to use.").Ignored(),
        ]),
        new("Debugging",
        [
            Flag("enable_debug", false, "Debug messages from the runtime."),
            Choice("log_level", string.Empty, ["", "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic"],
                "Log level of the runtime; wins over enable_debug. Empty means warn."),
            Flag("enable_tracing", false, "Trace spans from the runtime.").Ignored(),
            Text("jaeger_endpoint", string.Empty, "Where trace spans go.").Ignored(),
            Text("jaeger_user", string.Empty, "User name for jaeger_endpoint.").Ignored(),
            Text("jaeger_password", string.Empty, "Password for jaeger_endpoint.").Ignored(),
            Flag("enable_pprof", false, "Serve profiles on the management socket.").Ignored(),
            Flag("keep_abnormal", false, "Keep a VM whose agent stopped answering, for inspection."),
        ]),
        new("Network",
        [
            Choice("internetworking_model", "tcfilter", ["tcfilter", "macvtap", "none", "default", "bridged"],
                "How the pod's interfaces reach the VM."),
            Flag("disable_new_netns", false, "Make no network namespace of our own; needs internetworking_model = \"none\".").Ignored(),
            Text("dan_conf", "/run/kata-containers/dans", "Directory of descriptions of directly attached network devices.").Ignored(),
        ]),
        new("Resources",
        [
            Flag("sandbox_cgroup_only", false, "Put every process of the sandbox, and the runtime itself, into the pod's cgroup.").Ignored(),
            Flag("static_sandbox_resource_mgmt", false, "Size the VM once, at start, and never hotplug CPUs or memory.").Ignored(),
            Flag("enable_vcpus_pinning", false, "Pin each vCPU thread to a CPU of the pod's cpuset.").Ignored(),
            Integer("create_container_timeout", 60, "Seconds the guest may take to create a container.", minimum: 1, maximum: 86_400),
        ]),
        new("Guest",
        [
            Flag("disable_guest_seccomp", true, "Do not apply seccomp profiles inside the guest."),
            Text("guest_selinux_label", string.Empty, "SELinux label of container processes in the guest.").Ignored(),
            Choice("vfio_mode", "guest-kernel", ["guest-kernel", "vfio"], "How a VFIO device appears to the container.").Ignored(),
            List("sandbox_bind_mounts", [], "Host directories or files shown read-only in every sandbox, below /run/kata-containers/shared/containers/sandbox-mounts of the guest; add :rw to make one writable."),
            Flag("disable_guest_empty_dir", false, "Make emptyDir volumes on the host and share them.").Ignored(),
            Choice("emptydir_mode", "shared-fs", ["shared-fs", "block-encrypted", "block-plain"], "What backs an emptyDir volume on disk.").Ignored(),
        ]),
        new("Other",
        [
            List("experimental", [], "Experimental features to turn on; none exists."),
            Flag("experimental_force_guest_pull", false, "Pull images in the guest, whatever the snapshotter.").Ignored(),
            Text("pod_resource_api_sock", string.Empty, "The kubelet's pod resources socket.").Ignored(),
            Text("kubelet_root_dir", "/var/lib/kubelet", "The kubelet's directory.").Ignored(),
            Flag("use_passfd_io", false, "Carry stdio over connections of its own.").Ignored(),
            Integer("passfd_listener_port", 1027, "The agent's port for use_passfd_io.").Ignored(),
            List("shared_mounts", [], "Mounts shared between containers of a pod.").Ignored(),
        ]),
    ]);
}
