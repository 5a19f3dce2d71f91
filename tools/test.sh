#!/bin/bash
# Runs the test suites given (default: all) one after the other, and closes with the sum over all of them.
# Tests marked where=guest measure an agent that is PID 1 of a VM; they are run by hand against one.
# Suites that start VMs share two cores with nothing else, so nothing here runs in parallel.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
configuration=${CONFIGURATION:-Debug}
logs=out/test
mkdir -p "$logs"

suites=("$@")
if [ ${#suites[@]} -eq 0 ]; then
    # Fast suites first, the ones with VMs last.
    mapfile -t suites < <(ls tests | grep -E 'Tests$' | grep -vE '^Kata\.(Vm|Client)\.Tests$')
    suites+=(Kata.Vm.Tests Kata.Client.Tests)
fi

passed=0 failed=0 skipped=0
count() { sed -n "s/^ *$1: \([0-9]*\)\$/\1/p" "$2" | tail -1; }

for suite in "${suites[@]}"; do
    exe=tests/$suite/bin/$configuration/net10.0/$suite
    log=$logs/$suite.log
    started=$SECONDS
    if [ -x "$exe" ]; then
        timeout --kill-after=30 2400 "$exe" --filter-not-trait where=guest --progress off --no-ansi --ignore-exit-code 8 >"$log" 2>&1 </dev/null
        status=$?
    else
        echo "not built: $exe" >"$log"
        status=1
    fi
    p=$(count succeeded "$log") f=$(count failed "$log") s=$(count skipped "$log")
    p=${p:-0} f=${f:-0} s=${s:-0}
    # A suite that crashed or was cut off counts as one failure at least.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-28s %5d passed, %d failed, %d skipped  (%d s)\n' "$suite" "$p" "$f" "$s" $((SECONDS - started))
    if [ "$f" -ne 0 ]; then
        echo "--- $suite: what failed (all of it: $log)"
        grep -vE '^(passed|xUnit|Running tests from)' "$log" | tail -n 120
        echo "---"
    elif [ "$s" -ne 0 ]; then
        grep -E '^skipped' -A 2 "$log"
    fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && { [ "$skipped" -eq 0 ] || [ "${CI:-}" != true ]; }
