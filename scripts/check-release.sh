#!/usr/bin/env bash
# Makes a release of a copy of the working tree with scripts/release.sh, which fails if users could not install it. Then what it
# promises itself: it refuses what is no release, changes nothing but its branch, and makes the same commits again.
set -euo pipefail
cd "$(dirname "$0")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tar --exclude=./.git --exclude=./.cache -cf - . | tar --no-same-owner -xf - -C "$tmp" # git trusts no other owner
cd "$tmp"
export GIT_CONFIG_GLOBAL=/dev/null
export {GIT_AUTHOR,GIT_COMMITTER}_NAME=check {GIT_AUTHOR,GIT_COMMITTER}_EMAIL=check@localhost
git init --quiet --initial-branch=main

save() { git add --all && git commit --quiet --no-gpg-sign --message="$1"; }

fail() {
	printf 'check-release: %s\n' "$@" >&2
	exit 1
}

# refuses REASON VERSION
refuses() {
	local said
	! said=$(scripts/release.sh "$2" 2>&1) || fail "$2 was released, though $1"
	grep -qF "$1" <<<"$said" || fail "$2 was refused, but not since $1:" "$said"
}

save "The tree"
refuses "usage" 0.1.0
refuses "usage" v2.0.0
touch file
refuses "the tree has changes" v0.10.0

# The last release has a function that is gone by now.
printf 'package memstore\n\n// Gone is no more.\nfunc Gone() {}\n' >memstore/gone.go
rm file
save "A function" && git tag v0.9.1
rm memstore/gone.go
sed -i 's/^## \[Unreleased\]$/&\n\n### Changed\n/' CHANGELOG.md
save "No function"
refuses "v0.9.0 is not newer than v0.9.1" v0.9.0
refuses "v0.9.1 is not newer than v0.9.1" v0.9.1
refuses "it takes a new minor version, not v0.9.2" v0.9.2

before=$(git status --porcelain && git for-each-ref)
scripts/release.sh v0.10.0
branch=$(git rev-parse release-v0.10.0)
scripts/release.sh v0.10.0 >/dev/null
[[ $branch == "$(git rev-parse release-v0.10.0)" ]] || fail "run again, it made other commits"
git branch --quiet --delete --force release-v0.10.0
[[ $before == "$(git status --porcelain && git for-each-ref)" ]] || fail "it changed more than its branch"
