#!/usr/bin/env bash
# setup.sh [FOLDER...]: installs what the tests need and the machine lacks: the Debian packages that the testdeps file beside a go.mod names, or
# those in the folders.
#
# A line of testdeps: COMMAND [PACKAGE[,PACKAGE...] [VARIABLE]]. The packages, by default one of the command's name, are
# missing if the command is not found; one that is not on the PATH is a pattern of paths. VARIABLE, if it is set, names
# another program or a running server to use instead.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=() advice=()
while read -r command names variable; do
	[[ -z $command || $command == '#'* ]] && continue
	[[ $command == /* ]] && compgen -G "$command" >/dev/null && continue
	command -v "$command" >/dev/null && continue
	[[ -n $variable && -n ${!variable-} ]] && continue
	names=${names:-$command}
	packages+=(${names//,/ })
	advice+=("$command is missing: install ${names//,/ }${variable:+, or set $variable}")
done < <(if [[ $# -eq 0 ]]; then scripts/modules.sh; else printf '%s\n' "$@"; fi | sed 's,$,/testdeps,' | xargs cat 2>/dev/null)
[[ ${#packages[@]} -eq 0 ]] && exit

if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
	printf 'setup: %s\n' "${advice[@]}" "as root on Debian: apt-get install ${packages[*]}" >&2
	exit 1
fi

echo "setup: installing ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
	cat "$log" >&2
	echo "setup: apt-get cannot install ${packages[*]}" >&2
	exit 1
fi
