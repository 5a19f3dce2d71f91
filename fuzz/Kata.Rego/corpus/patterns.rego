package test

p := [found |
	some pattern in [
		`(?i)^[^k\pL\d[:^upper:]]*$`, `\p{^Greek}\P{Lu}+?`, `(?U)(a|b*){2,3}\Qa.b*\E`, `(?P<name>\101|\x{1F600})\b`, `(?sm:^.$)\z`,
		`^(/run/[a-z0-9-]+|..)/rootfs$`, `(?:(?:a?){20}){20}`, "",
	]
	found := [
		regex.match(pattern, input.OCI.Mounts[0].source),
		regex.find_all_string_submatch_n(pattern, "/run/a-1/rootfs k\u212a\u03c3", -1),
		regex.split(pattern, input.container_id),
		regex.replace("kK\u212a", pattern, "<$1${name}$$>"),
	]
]
