#!/usr/bin/env bash
# Prints the folder of every module of the repository, one a line: every folder with a go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."
find . \( -name '.?*' -o -name testdata \) -prune -o -name go.mod -print | sed 's,/go.mod$,,' | sort
