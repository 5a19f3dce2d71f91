# Paths that lead elsewhere: up, through links of the image, through magic links, and to what is no directory.
CopyFile {"path": "/etc/x", "data": "eA==", "file_size": 1}
CopyFile {"path": "/run/kata-containers/shared/containers/../../../etc/x", "data": "eA==", "file_size": 1}
CopyFile {"path": "/run/kata-containers/shared/containers/l", "file_mode": 40960, "data": "L2V0Yw==", "file_size": 4}
CopyFile {"path": "/run/kata-containers/shared/containers/l/x", "data": "eA==", "file_size": 1, "file_mode": 33188}
CopyFile {"path": "/run/kata-containers/shared/containers/m", "file_mode": 40960, "data": "L3Byb2Mvc2VsZi9yb290", "file_size": 15}
CopyFile {"path": "/run/kata-containers/shared/containers/m/agent/x", "data": "eA==", "file_size": 1, "file_mode": 33188}
CopyFile {"path": "/run/kata-containers/shared/containers/f", "file_mode": 33188, "data": "eA==", "file_size": 1}
CopyFile {"path": "/run/kata-containers/shared/containers/f/under", "file_mode": 33188, "data": "eA==", "file_size": 1}
CopyFile {"path": "/run/kata-containers/shared/containers/d", "file_mode": 8630, "file_size": 0}
CopyFile {"path": "/run/kata-containers/shared/containers/huge", "file_mode": 33188, "data": "eA==", "file_size": "9223372036854775807", "offset": "9223372036854775806"}
GetVolumeStats {"volume_guest_path": "/proc/self/root/etc"}
GetVolumeStats {"volume_guest_path": "../etc"}
CreateContainer {"container_id": "c0", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Mounts": [{"destination": "/../../agent", "type": "tmpfs", "source": "tmpfs"}], "Linux": {"CgroupsPath": "/f/c0", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c0", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Mounts": [{"destination": "/out/x", "type": "tmpfs", "source": "tmpfs"}], "Linux": {"CgroupsPath": "/f/c0", "Namespaces": [{"Type": "mount"}]}}}
RemoveContainer {"container_id": "c0"}
CreateContainer {"container_id": "c1", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Mounts": [{"destination": "/magic/agent", "type": "tmpfs", "source": "tmpfs"}], "Linux": {"CgroupsPath": "/f/c1", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c2", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Mounts": [{"destination": "/loop", "type": "tmpfs", "source": "tmpfs"}], "Linux": {"CgroupsPath": "/f/c2", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c3", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/proc/self/root"}, "Root": {"Path": "/test/rootfs/loop"}, "Linux": {"CgroupsPath": "/f/../../x", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c3", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs/loop"}, "Linux": {"CgroupsPath": "/f/c3", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c4", "storages": [{"driver": "ephemeral", "fstype": "tmpfs", "source": "tmpfs", "mount_point": "/etc"}], "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Linux": {"CgroupsPath": "/f/c4", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c4", "storages": [{"driver": "local", "mount_point": "/run/kata-containers/shared/containers/l/x"}], "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Linux": {"CgroupsPath": "/f/c4", "Namespaces": [{"Type": "mount"}]}}}
