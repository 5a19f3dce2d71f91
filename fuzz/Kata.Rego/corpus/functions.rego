package test

s contains [input.n[_], "x"]

s contains {"k": k, "v": v} if some k, v in input.OCI.Process

p := [x |
	walk(input, [[_, "Process", key], values])
	count(values, n)
	s[[m, "x"]]
	s[{"k": key, "v": _}]
	x := [key, n, m]
]

CreateContainerRequest if {
	glob.match("{/a/**,[!a-c]?\\*}", ["/"], input.OCI.Mounts[0].source)
	json.unmarshal(json.marshal(input)) != json.patch(input, [{"op": "copy", "from": "/n", "path": "/m"}])
	semver.compare("1.2.3-rc.1+b", "1.2.3") < 0
	net.cidr_contains("fd00::/8", "fd00::1")
	units.parse_bytes("1.5Ki") == 1536
	json.remove(input, ["OCI/Process/Env", ["n", "0"]]) != json.filter(input, ["n/1"])
	strings.replace_n({"a": "b"}, input.container_id) == urlquery.decode("c%31")
	object.subset(input, {"n": [1, 2]})
	170141183460469231731687303715884105727 - 1e2 > 18446744073709551615.0
}
