# A policy in the form of those that are generated for pods: defaults, rules, then what is particular to the pod.
package agent_policy

import future.keywords.every
import future.keywords.in

default CreateContainerRequest := false
default CopyFileRequest := false
default ExecProcessRequest := false
default UpdateInterfaceRequest := false
default SetPolicyRequest := true

CreateContainerRequest := {"allowed": true, "ops": ops} if {
    print("request", input)
    count(input.shared_mounts) == 0
    count(input.devices) == 0
    is_null(input.string_user)
    input.sandbox_pidns == false

    spec := input.OCI
    is_null(spec.Hooks)
    is_null(spec.Linux.Seccomp)
    is_null(spec.Linux.IntelRdt)
    is_null(spec.Linux.Resources.Pids)
    count(spec.Linux.Devices) == 0
    count(spec.Linux.UIDMappings) == 0

    some index, known in pod.containers
    spec.Version == known.OCI.Version
    allows_annotations(known.OCI.Annotations, spec.Annotations)
    allows_process(known.OCI.Process, spec.Process)
    {path | some path in spec.Linux.MaskedPaths} == {path | some path in known.OCI.Linux.MaskedPaths}
    every namespace in spec.Linux.Namespaces { namespace.Path == "" }

    bundle := regex.find_all_string_submatch_n(replace(known.OCI.Root.Path, "$(bundle)", "([0-9a-f]{64})"), spec.Root.Path, 1)[0][1]
    matches := {position | some i; position = mount_of(known.OCI.Mounts, spec.Mounts[i], bundle, input.storages)}
    count(matches) == count(spec.Mounts)
    count(input.storages) == count(known.storages)
    every storage in input.storages { allows_storage(known.storages, storage) }

    change := remember(input.container_id, index)
    ops := array.concat([], [change])
}

allows_annotations(known, given) if {
    every key, value in given { regex.match(known[key], value) }
}

allows_process(known, given) if {
    known.Args == given.Args
    known.Cwd == given.Cwd
    known.User == given.User
    known.NoNewPrivileges == given.NoNewPrivileges
    every variable in given.Env {
        some pattern in known.Env
        regex.match(pattern, variable)
    }
    every kind in ["Ambient", "Bounding", "Effective", "Inheritable", "Permitted"] {
        {without_prefix(name) | name := given.Capabilities[kind][_]} - {without_prefix(name) | name := pod.capabilities[_]} == set()
    }
}

without_prefix(name) := result if {
    startswith(name, "CAP_")
    result := substring(name, 4, count(name) - 4)
} else := name

mount_of(known, given, bundle, storages) := position if {
    some position, mount in known
    mount.source != ""
    mount.destination == given.destination
    mount.type_ == given.type_
    mount.options == given.options
    regex.match(replace(mount.source, "$(bundle)", bundle), given.source)
}

mount_of(known, given, bundle, storages) := position if {
    some position, mount in known
    mount.source == ""
    mount.destination == given.destination
    mount.type_ == given.type_
    mount.options == given.options
    some storage in storages
    storage.mount_point == given.source
}

allows_storage(known, given) if {
    some storage in known
    storage.driver == given.driver
    storage.driver_options == given.driver_options
    storage.fstype == given.fstype
    storage.options == given.options
    storage.fs_group == given.fs_group
    storage.shared == given.shared
    regex.match(storage.source, given.source)
    replace(storage.mount_point, "$(device)", base64url.encode(given.source)) == given.mount_point
}

remember(key, value) = change {
    not data["pstate"][key]
    change := {"op": "add", "path": concat("/", ["/pstate", key]), "value": value}
}

ExecProcessRequest if {
    container := pod.containers[data.pstate[input.container_id]]
    input.process.Args in container.commands
    is_null(input.process.Capabilities)
    input.process.User.UID == container.OCI.Process.User.UID
}

RemoveContainerRequest := {"allowed": true, "ops": [{"op": "remove", "path": concat("/", ["/pstate", input.container_id])}]}

CopyFileRequest if {
    input.file_type in {"Regular", "Directory"}
    shared(input.path)
}

CopyFileRequest if {
    input.file_type == "Symlink"
    shared(input.path)
    stays(input.symlink_target)
    not startswith(input.symlink_target, "/")
}

shared(path) if {
    stays(path)
    regex.match("^/run/kata-containers/shared/containers/[a-z0-9]+-[0-9a-f]{16}-[a-z]+$", path)
}

stays(path) if { not regex.match("(^|/)\\.\\.($|/)", path) }

UpdateInterfaceRequest if {
    not input.interface.name in pod.forbidden_names
    bits.and(input.interface.raw_flags, bits.negate(128)) == 0
}

pod := {
    "forbidden_names": ["lo"],
    "capabilities": ["$(default)", "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
    "containers": [
        {
            "OCI": {"Version": "1.1.0", "Annotations": {}, "Process": {"Args": ["/pause"]}},
            "storages": [],
            "commands": []
        },
        {
            "OCI": {
                "Version": "1.1.0",
                "Annotations": {
                    "io.kubernetes.cri.container-type": "^container$",
                    "io.kubernetes.cri.container-name": "^app$",
                    "io.kubernetes.cri.sandbox-id": "^[a-z0-9]{64}$",
                    "io.kubernetes.cri.sandbox-name": "^web-[0-9]+$",
                    "io.kubernetes.cri.sandbox-namespace": "^shop$",
                    "io.katacontainers.pkg.oci.container_type": "^pod_container$"
                },
                "Process": {
                    "Args": ["/usr/bin/app", "--serve"],
                    "Cwd": "/srv",
                    "NoNewPrivileges": true,
                    "User": {"UID": 1000, "GID": 1000, "AdditionalGids": [1000, 2000], "Username": ""},
                    "Env": ["^PATH=[a-z/:]+$", "^HOSTNAME=web-[0-9]+$", "^KUBERNETES_PORT=tcp://[0-9.]+:443$"]
                },
                "Root": {"Path": "^/run/kata-containers/shared/containers/$(bundle)/rootfs$"},
                "Mounts": [
                    {"destination": "/proc", "type_": "proc", "source": "^proc$", "options": ["nosuid", "noexec", "nodev"]},
                    {"destination": "/dev", "type_": "tmpfs", "source": "^tmpfs$", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
                    {"destination": "/etc/hosts", "type_": "bind", "source": "^/run/kata-containers/shared/containers/$(bundle)-[a-z0-9]{16}-hosts$", "options": ["rbind", "rprivate", "rw"]},
                    {"destination": "/data", "type_": "bind", "source": "", "options": ["rbind", "rprivate", "rw"]}
                ],
                "Linux": {"MaskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware"]}
            },
            "storages": [
                {
                    "driver": "blk", "driver_options": ["encryption_key=ephemeral"], "fs_group": null, "fstype": "ext4", "options": ["nodev"], "shared": false,
                    "source": "^[0-9a-f]{2}(/[0-9a-f]{2})?$", "mount_point": "/run/kata-containers/sandbox/storage/$(device)"
                }
            ],
            "commands": [["/bin/healthy"]]
        }
    ]
}
