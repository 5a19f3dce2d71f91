#!/bin/bash
# Builds and runs the benchmarks; results go to out/bench.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "$(uname -m)" in aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
dotnet publish bench/Kata.Bench.Ttrpc -c Release -r "$rid" -o out/publish/bench-ttrpc --nologo -v quiet
dotnet build bench/Kata.Bench -c Release --nologo -v quiet
exec bench/Kata.Bench/bin/Release/net10.0/Kata.Bench "$@"
