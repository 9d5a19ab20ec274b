#!/usr/bin/env bash
# Runs the tests of every module with the race detector, and ends with one line that counts them. Arguments go to go test.
set -euo pipefail
cd "$(dirname "$0")/.."

events=$(mktemp)
trap 'rm -f "$events"' EXIT
status=0
# The package pattern "work" is every package of every module in go.work. A result is never taken from the cache: what
# the tests prove depends on servers and on scheduling, which the cache knows nothing of.
go run gotest.tools/gotestsum@v1.13.0 --format-icons text --jsonfile-timing-events "$events" --packages work -- \
	-race -count=1 -timeout=20m "$@" || status=$?

# A package that fails with no failed test (it does not build, or its TestMain or a goroutine gave up) counts as one.
awk -F'"' -v status=$status '
	$14 == "Test" { count[$8]++; if ($8 == "fail") blamed[$12] = 1 }
	$14 != "Test" && $8 == "fail" && !blamed[$12] { count["fail"]++ }
	END {
		if (status && !count["fail"]) count["fail"] = 1
		printf "%d passed, %d failed", count["pass"], count["fail"]
		if (count["skip"]) printf ", %d skipped", count["skip"]
		print ""
	}' "$events"
exit "$status"
