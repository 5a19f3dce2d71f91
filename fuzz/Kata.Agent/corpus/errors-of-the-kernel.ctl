# Found by the generator: what the kernel refuses is the request's fault, and was answered as the agent's.
UpdateRoutes {"routes": {"Routes": [{"gateway": "10.0.0.1"}, {"dest": "::/0", "device": "lo"}]}}
UpdateRoutes {"routes": {"Routes": [{"gateway": "10.0.0.1", "flags": 4294967295}]}}
CreateContainer {"container_id": "c0", "OCI": {"Process": {"Args": ["true"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Mounts": [{"destination": "/x", "type": "nosuch", "source": "none"}], "Linux": {"CgroupsPath": "/f/c0", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c1", "OCI": {"Process": {"Args": ["cat"], "Cwd": "/", "Capabilities": {"Bounding": ["CAP_SYS_TIME"], "Permitted": ["CAP_SYS_TIME"], "Effective": ["CAP_SYS_TIME"]}}, "Root": {"Path": "/test/rootfs"}, "Linux": {"CgroupsPath": "/f/c1", "Namespaces": [{"Type": "mount"}]}}}
CreateContainer {"container_id": "c2", "OCI": {"Process": {"Args": ["cat"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Linux": {"CgroupsPath": "/f/c2", "Namespaces": [{"Type": "mount"}]}}}
UpdateContainer {"container_id": "c2", "resources": {"Memory": {"Limit": 1, "Swap": 19}}}
