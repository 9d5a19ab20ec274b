#!/usr/bin/env bash
# Fails if a module imports what it must not, directly or through others:
#   - the root module anything but the standard library, its tests included;
#   - a store with a module of its own any package of the root module but driver and driver/retry, so that a store written
#     elsewhere can do all that ours can. Its tests use drivertest and what they like.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off # each module as its own go.mod has it
root=$(go list -m)
failed=0

# complain RULE PACKAGES
complain() {
	[[ -z $2 ]] && return
	printf 'imports: %s\n%s\n' "$1" "$2" >&2
	failed=1
}

foreign=$(go list -deps -test -f '{{if .Module}}{{if not .Module.Main}}{{.ImportPath}}{{end}}{{end}}' ./...)
complain "the root module must do with the standard library, without" "$foreign"

for file in *store/go.mod; do
	[[ -e $file ]] || continue
	store=${file%/go.mod}
	ours=$(go -C "$store" list -deps -f "{{with .Module}}{{if eq .Path \"$root\"}}{{\$.ImportPath}}{{end}}{{end}}" ./...)
	complain "$store must do with driver, without" "$(grep -vxE "$root/driver(/retry)?" <<<"$ours" || true)"
done
exit "$failed"
