package test

p contains x if {
    some i, x in input.n
    not x in {2, 3}
    y := [k | input.OCI.Process.Args[k] == "sh"; k <= i]
    count(y) >= 0
}

q[k] := v if {
    some k, v in {"a": 1, "b": [1, {"c": null}]}
}

s := {x | x := input.n[_]} | {m.source | m := input.OCI.Mounts[_]}

t := (max(input.n) + 3 * 2 - 1) % 4

u := json.marshal([s, t, q, p])
