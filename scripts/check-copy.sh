#!/usr/bin/env bash
# check-copy.sh REMEDY COMMAND...: runs the command in a copy of the working tree, and fails with the difference if it
# changed a file there. The working tree stays as it is, whatever is changed in it already.
set -euo pipefail
cd "$(dirname "$0")/.."
remedy=$1
shift

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/before" "$tmp/after"
tar --exclude=./.git --exclude=./.cache -cf "$tmp/tree.tar" .
tar -xf "$tmp/tree.tar" -C "$tmp/before"
tar -xf "$tmp/tree.tar" -C "$tmp/after"
(cd "$tmp/after" && "$@")
(cd "$tmp" && diff -ruN before after) || {
	echo "out of date: run $remedy" >&2
	exit 1
}
