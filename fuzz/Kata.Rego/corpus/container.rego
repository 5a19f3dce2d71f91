package agent_policy

import future.keywords.every
import future.keywords.in
import input.OCI as spec

default CreateContainerRequest := false
default SetPolicyRequest := false

limits := {
    "args": [["sh", "-c", "true"], ["sleep", "[0-9]+"]],
    "env": {"A": "^[a-z]*$", "PATH": `^(/[a-z]+:?)+$`},
}

CreateContainerRequest := {"allowed": true, "ops": ops} if {
    known_command(spec.Process.Args)
    every variable in spec.Process.Env {
        known_variable(variable)
    }

    every mount in spec.Mounts {
        mount.options == ["ro"]
    }

    old := state("container")
    ops := [op | some op in [remember("container", input.container_id)]; old == null]
    print("allowed", input.container_id, ops)
}

known_command(args) if {
    some known in limits.args
    count(known) == count(args)
    every i, arg in args {
        regex.match(concat("", ["^", known[i], "$"]), arg)
    }
}

known_variable(variable) if {
    parts := split(variable, "=")
    regex.match(limits.env[parts[0]], parts[1])
} else if {
    startswith(variable, "KUBERNETES_")
}

state(key) := value if {
    value := data.pstate[key]
} else := null

remember(key, value) := {"op": "add", "path": sprintf("/pstate/%s", [key]), "value": value}
