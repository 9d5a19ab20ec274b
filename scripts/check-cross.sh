#!/usr/bin/env bash
# check-cross.sh [OS/ARCH...]: fails if a package of a module, or its tests, does not build for one of the systems, by default where
# an int has 32 bits, where there are no signals, and on another processor. It type-checks and links nothing; what it has compiled
# once the build cache keeps.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -gt 0 ]] || set -- windows/amd64 darwin/arm64 linux/386
failed=0
for target; do
	GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet -atomic work || {
		echo "cross: does not build for $target" >&2
		failed=1
	}
done
exit "$failed"
