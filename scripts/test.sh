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
go run ./internal/testcount $status <"$events" || status=1
exit "$status"
