#!/usr/bin/env bash
# api-diff.sh [VERSION]: prints how the API of each public module differs from the newest tag. Fails if a change breaks programs and
# the changelog says nothing of changes, or if VERSION may not break them: docs/compatibility.md. Without a tag it passes.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1-}
last=$(git tag --list | grep -xE 'v[0-9]+\.[0-9]+\.[0-9]+' | sort -V | tail -n 1 || true)
if [[ -z $last ]]; then
	echo "api: there is no tag yet to compare with"
	exit
fi

fail() {
	echo "api: $1" >&2
	exit 1
}

root=$(GOWORK=off go list -m)
tmp=$(mktemp -d)
trap 'git worktree remove --force "$tmp/last"; rm -rf "$tmp"' EXIT
git worktree add --quiet --detach "$tmp/last" "$last"

# diff OPTION...: apidiff, which lists the internal packages that it leaves out.
diff() { "$tmp/apidiff" -m "$@" 2>"$tmp/log" || { cat "$tmp/log" >&2 && exit 1; }; }

GOBIN=$tmp go install golang.org/x/exp/cmd/apidiff@v0.0.0-20261113113407-e3970619a1a4
export GOWORK=off GOFLAGS=-mod=readonly
broken=
for module in $(scripts/modules.sh public | grep -v '^./cmd/'); do
	path=$root${module#.}
	if [[ ! -e $tmp/last/$module/go.mod ]]; then
		echo "api: $path is new since $last"
		continue
	fi
	(cd "$tmp/last/$module" && diff -w "$tmp/old" "$path")
	(cd "$module" && diff -w "$tmp/new" "$path")
	echo "api: $path since $last:"
	diff "$tmp/old" "$tmp/new"
	broken+=$(diff -incompatible "$tmp/old" "$tmp/new")
done
[[ -n $broken ]] || exit 0

minor=${last%.*}
[[ $last == v0.* ]] || fail "programs break, which no version of ${last%%.*} may"
[[ $version != "$minor".* ]] || fail "programs break: it takes a new minor version, not $version"
unreleased=$(sed -n '/^## \[Unreleased\]/,/^## \[[0-9]/p' CHANGELOG.md)
grep -qE '^### (Changed|Removed)' <<<"$unreleased" || # behind a pipe, grep that has found it fails a sed that still writes
	fail "programs break, and the changelog has neither Changed nor Removed under Unreleased"
