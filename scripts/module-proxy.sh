#!/usr/bin/env bash
# module-proxy.sh COMMIT VERSION DIR: makes the empty folder DIR a file GOPROXY that serves every public module of the commit as
# VERSION. The go command makes the zips itself, of a clone with the tags, so that their hashes are those of every other proxy.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=$1 version=$2 dir=$3
root=$(GOWORK=off go list -m)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git clone --quiet --bare . "$tmp/origin"
git -C "$tmp/origin" for-each-ref --format='delete %(refname)' refs/tags | git -C "$tmp/origin" update-ref --stdin
queries=()
for module in $(scripts/modules.sh public); do
	prefix=${module#.}
	git -C "$tmp/origin" tag "${prefix:+${prefix#/}/}$version" "$commit"
	queries+=("$root$prefix@$version")
done

export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$tmp/origin.insteadOf" GIT_CONFIG_VALUE_0="https://$root"
mkdir "$tmp/cache" "$tmp/elsewhere"
(cd "$tmp/elsewhere" && GOWORK=off GOFLAGS=-modcacherw GOPROXY=direct GOSUMDB=off GOMODCACHE=$tmp/cache go mod download "${queries[@]}")
mv "$tmp/cache/cache/download"/* "$dir"
