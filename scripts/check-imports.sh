#!/usr/bin/env bash
# Fails if the picture of "Layers" in docs/design.md is no longer true, directly or through others:
#   - the root module imports nothing but the standard library, its tests included;
#   - a store with a module of its own imports no package of ours but driver and driver/retry, so that a store written elsewhere can
#     do all that ours can. Its tests use drivertest and what they like;
#   - vet imports no package of ours: it knows the types that it reports by their names;
#   - drivertest/linearizable is a module of its own, since it requires a checker, which imports of ours driver and drivertest at most;
#     its tests use memstore;
#   - devices is a module of its own, which imports of ours the root package and driver at most;
#   - what speaks for another library (bridge/NAME) or a framework (adapter/NAME) is a module of its own, which imports of ours the
#     root package and driver at most (a bridge internal/bridge, and memstore in its command), and of others only modules that have
#     NAME in their path;
#   - a folder at the top is one of those that the picture shows, and holds packages of no other module.
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

# ours MODULE lists the packages of the other modules of the repository that those of a module are made of.
ours() {
	go -C "$1" list -deps -f '{{with .Module}}{{.Path}} {{$.ImportPath}}{{end}}' ./... |
		awk -v root="$root" -v self="$(go -C "$1" list -m)" '$1 != self && ($1 == root || index($1, root "/") == 1) { print $2 }'
}

# direct MODULE lists what the packages of a module import themselves, but for what is ours or Go's.
direct() {
	go -C "$1" list -f '{{join .Imports "\n"}}' ./... | sort -u | grep -F . | grep -vE "^$root(/|$)" || true
}

foreign=$(go list -deps -test -f '{{if .Module}}{{if not .Module.Main}}{{.ImportPath}}{{end}}{{end}}' ./...)
complain "the root module must do with the standard library, without" "$foreign"

for folder in */; do
	case ${folder%/} in
		adaptertest | cmd | docs | driver | drivertest | internal | memstore | scripts | sessiontest) ;;
		*store | vet | devices) [[ -e $folder/go.mod ]] || complain "a store that is not memstore is a module of its own, and so are vet and devices, unlike" "$folder" ;;
		bridge | adapter)
			complain "a module of its own has each package, unlike" \
				"$(find "$folder" -name '*.go' -exec dirname {} + | sort -u | while read -r d; do [[ -e ${d%%/*}/$(cut -d/ -f2 <<<"$d")/go.mod ]] || echo "$d"; done)" ;;
		*) complain "docs/design.md does not know the folder" "$folder" ;;
	esac
done

for file in *store/go.mod; do
	store=${file%/go.mod}
	complain "$store must do with driver, without" "$(ours "$store" | grep -vxE "$root/driver(/retry)?" || true)"
done

complain "vet must do without" "$(ours vet)"

linearizable=drivertest/linearizable
if [[ -e $linearizable/go.mod ]]; then
	complain "$linearizable must do with driver and drivertest, without" "$(ours "$linearizable" | grep -vxE "$root/(driver|drivertest)" || true)"
	complain "$linearizable must do with a checker, without" "$(direct "$linearizable" | grep -vxF github.com/anishathalye/porcupine || true)"
else
	complain "a module of its own is" "$linearizable"
fi

for file in devices/go.mod bridge/*/go.mod adapter/*/go.mod; do
	[[ -e $file ]] || continue
	module=${file%/go.mod}
	complain "$module must do with the root package and driver, without" \
		"$(ours "$module" | grep -vxF "$(go list -deps .)" | grep -vxE "$root/(internal/bridge(/lostupdates)?|memstore)" || true)"
	[[ $module == devices ]] || complain "$module must do with what it is named after, without" "$(direct "$module" | grep -vE "(^|[/.-])${module##*/}([/.-]|$)" || true)"
done
exit "$failed"
