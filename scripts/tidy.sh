#!/usr/bin/env bash
# Lists every module in go.work, raises what they require to the versions that go.work builds them with, so that a module
# is tested with what it asks for, and tidies each module on its own.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/modules.sh | xargs go work use
go work sync
for module in $(scripts/modules.sh); do
	GOWORK=off go -C "$module" mod tidy
done

# Commands in a workspace add to go.work.sum what they miss there, each something else, and none removes a line. So it is
# made anew, by the two that miss the most: the graph of all modules, as go doc loads it, and the packages of all tests.
rm -f go.work.sum
go list -m all >/dev/null
go list -deps -test work >/dev/null
