#!/bin/bash
# Builds and runs the benchmarks; results go to out/bench.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build bench/Kata.Bench -c Release --nologo -v quiet
exec bench/Kata.Bench/bin/Release/net10.0/Kata.Bench "$@"
