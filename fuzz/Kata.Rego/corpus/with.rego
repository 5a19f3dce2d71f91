package test

import rego.v1

default f(_, _) := "none"

f(x, y) := x if { y in input.n } else := y if { y == data.pstate.k }

g(x, _) := upper(x)

q contains arg if some arg in input.OCI.Process.Args

r := count(q)

p := [a, b, c, d] if {
	a := f("x", 1) with f as g
	b := r with input.OCI.Process.Args as ["a", "b"] with data.test.q as {1}
	c := {x | some x in q with input.OCI.Process as {"Args": ["c"]}}
	not r == 4 with count as 3
	every x in input.n { x < 5 } with input.n as [1, 2]
	d := data.pstate.k with data.pstate.k as concat("-", [input.container_id, "k"])
}

p := "older" { r < 0 } { r > 100 }
