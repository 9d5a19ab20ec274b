#!/usr/bin/env bash
# check-install.sh PROXY VERSION: does what users do with the modules of a release, in empty folders: go get of each module alone and
# a program that imports it, go install of each command and of vet's. PROXY is a folder of scripts/module-proxy.sh; of the checkout
# nothing but the list of the modules is used. Modules of others come from the local module cache, or else from the environment's
# GOPROXY; their sums are not looked up again.
set -euo pipefail
cd "$(dirname "$0")/.."
proxy=$1 version=$2
root=$(GOWORK=off go list -m)
modules=$(scripts/modules.sh public)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
GOPROXY="file://$proxy,file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
export GOPROXY GOMODCACHE=$tmp/cache GOBIN=$tmp/bin GOWORK=off GOSUMDB=off GOFLAGS='-modcacherw -trimpath'
failed=0

complain() {
	printf 'install: %s\n' "$@" >&2
	failed=1
}

# alike fails, with the list, if the program in this folder has a package of ours of another version.
alike() {
	local used
	used=$(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}' . | sort -u) || return
	! grep "^$root" <<<"$used" | grep -v " $version$"
}

# import_it MODULE: a program in an empty folder that imports the module.
import_it() {
	mkdir "$tmp/user" && cd "$tmp/user"
	go mod init example.com/user && go get "$1@$version" || return
	printf 'package main\n\nimport _ "%s"\n\nfunc main() {}\n' "$1" >main.go
	go build -o program && ./program && alike || return
	[[ $1 != */vet ]] || go install "$1/cmd/atomicsessionvet@$version"
}

# install_it COMMAND: the command says its version, and its own go.sum is complete, for those who build it of its source.
install_it() {
	mkdir "$tmp/user" && cd "$tmp/user"
	go install "$1@$version" || return
	"$tmp/bin/${1##*/}" --version >said && grep -F " $version," said || { cat said && return 1; }
	cp -r "$tmp/cache/$1@$version/." . && GOFLAGS=-mod=readonly alike
}

for module in $modules; do
	path=$root${module#.} action=import_it
	[[ $module != ./cmd/* ]] || action=install_it
	start=$SECONDS
	if ("$action" "$path") >"$tmp/log" 2>&1; then
		echo "install: $path@$version, $((SECONDS - start)) s"
	else
		complain "$path@$version failed:" "$(grep -v '^go: downloading' "$tmp/log")"
	fi
	rm -rf "$tmp/user"
done
exit "$failed"
