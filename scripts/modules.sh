#!/usr/bin/env bash
# modules.sh [public]: prints the folder of every module of the repository, one a line: every folder with a go.mod. With
# "public" only of those that are released, in the order of their tags: the root, what requires it, the commands.
set -euo pipefail
cd "$(dirname "$0")/.."
all=$(find . \( -name '.?*' -o -name testdata \) -prune -o -name go.mod -print | sed 's,/go.mod$,,' | sort)
case ${1-} in
'') echo "$all" ;;
public)
	grep -vE '/(internal|cmd)/' <<<"$all"
	grep '^./cmd/' <<<"$all"
	;;
*)
	echo "modules: usage: modules.sh [public]" >&2
	exit 2
	;;
esac
