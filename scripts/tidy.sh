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
