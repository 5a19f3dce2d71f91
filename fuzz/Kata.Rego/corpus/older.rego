package test

p[x] { x = input.n[_]; not skip(x) }

skip(x) = true { x == 1 }
skip(x) { x > 10 }

default r = "none"
r = "one" { input.n[0] == 0 } else = "two" { input.n[1] == 0 } else = "three"

f([a, {"b": b}]) = c { c = a - b }

CreateContainerRequest { [z, 1] = [f([3, {"b": 2}]), z]; regex.find_all_string_submatch_n(`(\w+)/\.\.(?P<r>.*)`, input.OCI.Mounts[0].source, -1)[0][1] }

SetPolicyRequest = base64url.encode(concat(",", {r, "x"})) { trim_prefix("ab", "a") == "b" }
