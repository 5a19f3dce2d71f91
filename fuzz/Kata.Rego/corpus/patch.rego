package test

p := [
    {"op": "add", "path": "/pstate/a", "value": {"b": [1, 2]}},
    {"op": "add", "path": "/pstate/a/b/-", "value": 3},
    {"op": "copy", "from": "/pstate/a", "path": "/pstate/c~1d"},
    {"op": "move", "from": "/pstate/a/b/0", "path": "/pstate/a/e"},
    {"op": "test", "path": "/pstate/a/e", "value": 1},
    {"op": "remove", "path": "/pstate/a"},
]
