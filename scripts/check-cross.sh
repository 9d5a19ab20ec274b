#!/usr/bin/env bash
# check-cross.sh [OS/ARCH...]: fails if a package of a module, or its tests, is not right for the compiler on one of the systems, by
# default where an int has 32 bits, where there are no signals, and on another processor. It type-checks, and compiles nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -gt 0 ]] || set -- windows/amd64 darwin/arm64 linux/386
go run ./vet/internal/crosscheck "$@"
