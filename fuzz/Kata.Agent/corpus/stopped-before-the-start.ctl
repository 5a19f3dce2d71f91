# Found by the generator: the first process stopped at its gate made StartContainer wait until the caller gave up.
CreateContainer {"container_id": "c0", "OCI": {"Process": {"Args": ["true"], "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": "/test/rootfs"}, "Linux": {"CgroupsPath": "/f/c0", "Namespaces": [{"Type": "mount"}]}}}
SignalProcess {"container_id": "c0", "exec_id": "c0", "signal": 19}
StartContainer {"container_id": "c0"}
