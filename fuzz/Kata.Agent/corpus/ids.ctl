# Ids that are none, that nobody has, and that come twice. One call a line, as kata-agent-ctl takes them.
StartContainer {"container_id": ""}
StartContainer {"container_id": "../c0"}
StartContainer {"container_id": "nobody"}
RemoveContainer {"container_id": "nobody", "timeout": 5}
RemoveContainer {"container_id": "nobody"}
WaitProcess {"container_id": "nobody", "exec_id": "e"}
SignalProcess {"container_id": "nobody", "signal": 9}
CreateContainer {"container_id": ""}
CreateContainer {"container_id": "a b"}
CreateContainer {"container_id": "a\u0000b"}
CreateContainer {"container_id": "-c0"}
CreateSandbox {"sandbox_id": "again"}
ExecProcess {"container_id": "nobody", "exec_id": "e0"}
TtyWinResize {"container_id": "nobody"}
TtyWinResize {"container_id": "nobody", "row": 4294967295, "column": 70000}
StatsContainer {"container_id": "\u001b[2J"}
PauseContainer {}
ResumeContainer {"container_id": "nobody"}
UpdateContainer {"container_id": "nobody", "resources": {}}
GetDiagnosticData {"log_type": "../x", "container_id": "../../etc"}
