#!/usr/bin/env bash
# release.sh VERSION: makes the two commits of a release on a branch of their own, tries what users do with them, and prints the
# commands that publish it. It publishes nothing itself, leaves the working tree as it is, and if it is run again makes the
# same commits again. RELEASING.md says why there are two.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
	printf 'release: %s\n' "$@" >&2
	exit 1
}

[[ $# -eq 1 && $1 =~ ^v[01](\.(0|[1-9][0-9]*)){2}$ ]] ||
	fail "usage: release.sh VERSION, such as v0.1.0; from v2 on the modules need other paths"
version=$1
[[ -z $(git status --porcelain) ]] || fail "the tree has changes: commit or remove them"
newest=$(git tag --list | grep -oE '(^|/)v[0-9]+\.[0-9]+\.[0-9]+$' | tr -d / | sort -uV | tail -n 1 || true)
[[ -z $newest || $newest != "$version" && $(printf '%s\n' "$newest" "$version" | sort -V | tail -n 1) == "$version" ]] ||
	fail "$version is not newer than $newest"
scripts/api-diff.sh "$version"

base=$(git rev-parse HEAD) branch=$(git branch --show-current)
root=$(GOWORK=off go list -m)
public=$(scripts/modules.sh public)
tmp=$(mktemp -d)
trap 'git worktree remove --force "$tmp/tree"; rm -rf "$tmp"' EXIT
git worktree add --quiet --detach "$tmp/tree"
cd "$tmp/tree"

# commit MESSAGE [OPTION...]: dated and unsigned, so that the same changes are the same commit.
commit() {
	local message=$1 date
	shift
	date=$(git log -1 --format=%cI "$base")
	git add --all
	GIT_AUTHOR_DATE=$date GIT_COMMITTER_DATE=$date git -c core.hooksPath=/dev/null commit --quiet --no-gpg-sign "$@" --message "$message"
}

# bump has every module require ours at the version.
bump() {
	scripts/modules.sh | sed 's,$,/go.mod,' | xargs sed -i -E "s#(^|[[:space:]])(${root//./\\.}(/[^ ]+)?) v[^ ]+#\1\2 $version#"
}

# publish COMMIT DIR: see scripts/module-proxy.sh.
publish() { mkdir "$2" && scripts/module-proxy.sh "$1" "$version" "$2"; }

# The commit that is tagged. A command that replaces modules cannot be installed; without that its go.sum needs what the tags of the
# others hash to, which they do before they are pushed: the command's files are not in their zips.
bump
grep -qxF "## [${version#v}]" <(sed 's/] - .*/]/' CHANGELOG.md) ||
	sed -i "s/^## \[Unreleased]$/&\n\n## [${version#v}] - $(git log -1 --format=%cs "$base")/" CHANGELOG.md
for command in $(grep '^./cmd/' <<<"$public"); do
	for module in $public; do
		go -C "$command" mod edit -dropreplace="$root${module#.}"
	done
done
commit "$version" --allow-empty
publish HEAD "$tmp/unsummed"
for command in $(grep '^./cmd/' <<<"$public"); do
	GOPROXY="file://$tmp/unsummed,file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" GOMODCACHE=$tmp/cache GOWORK=off \
		GOFLAGS=-modcacherw GONOSUMDB=$root go -C "$command" mod download \
		$(grep -oE "$root(/[^ ]+)? v[^ ]+" "$command/go.mod" | tr ' ' @)
done
commit "$version" --amend --allow-empty
release=$(git rev-parse HEAD)

# The commit that work goes on from: the commands are built with the tree again.
git checkout --quiet "$base" -- cmd
bump
commit "The commands are built with the tree again, after $version"

# The branch is made of what installs, so that if it is the same there is nothing more to try.
next=$(git rev-parse HEAD)
if [[ $(git rev-parse --quiet --verify "refs/heads/release-$version") != "$next" ]]; then
	publish "$release" "$tmp/proxy"
	scripts/check-install.sh "$tmp/proxy" "$version"
	git branch --quiet --force "release-$version" "$next"
fi

tags=()
for module in $public; do
	prefix=${module#.}
	tags+=("${prefix:+${prefix#/}/}$version")
done
echo
echo "release: $version is on the branch release-$version, and installs. To publish it:"
echo
echo "git merge --ff-only release-$version"
for tag in "${tags[@]}"; do
	echo "git tag --annotate --message=$tag $tag $release"
done
echo "git push --atomic origin ${branch:-HEAD:main} ${tags[*]}"
