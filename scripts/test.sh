#!/usr/bin/env bash
# Runs the tests of every module with the race detector, and ends with one line that counts them. Arguments go to go test.
#
# With ATOMICSESSION_TEST_ALL set it runs those of redisstore once more with Valkey, and those of pgstore with another version of
# PostgreSQL, which newer-debian.sh brings: as packages redisstore@valkey-9.1.2 and pgstore@postgresql-18.6, say. A store for which
# REDIS_SERVER or REDIS_URL, POSTGRES_BIN or POSTGRES_URL names a server is tested with that one alone. Those of internal/sqlitedrivers
# it runs once more with another driver.
set -euo pipefail
cd "$(dirname "$0")/.."

events=$(mktemp -d)
trap 'rm -rf "$events"' EXIT
status=0
# A result is never taken from the cache: what the tests prove depends on servers and on scheduling, which the cache knows nothing of.
# Vet is for make lint, where it need not analyse all dependencies once more for the race detector.
flags=(-race -count=1 -vet=off -timeout=20m "$@")

# watch NAME ARGUMENT...: has gotestsum show a run, and keeps how its tests ended.
watch() {
	local name=$1
	shift
	go run gotest.tools/gotestsum@v1.13.0 --format-icons text --jsonfile-timing-events "$events/$name" "$@" || status=$?
}

# again STORE SERVER PROGRAM: runs the store's tests once more, under a name that tells the server and the program's version.
again() {
	local server
	server=$2-$("$3" --version | sed -E 's/[^0-9]*([0-9.]*[0-9]).*/\1/')
	named "$server" "$1"
}

# named NAME FOLDER ARGUMENT...: runs the tests of a folder once more, under a name that NAME is added to.
named() {
	local name=$1 folder=$2
	shift 2
	watch "$name" --raw-command -- bash -o pipefail -c \
		'go test -json "$@" | sed --unbuffered "s/\"Package\":\"[^\"]*/&@$0/"' "$name" "./$folder" "${flags[@]}" "$@"
}

# The package pattern "work" is every package of every module in go.work.
watch work --packages work -- "${flags[@]}"

if [[ -n ${ATOMICSESSION_TEST_ALL-} && -z ${REDIS_SERVER-}${REDIS_URL-} ]]; then
	if valkey=$(command -v valkey-server) || valkey=$(scripts/newer-debian.sh programs)/valkey-server; then
		REDIS_SERVER=$valkey again redisstore valkey "$valkey"
	else
		echo "test: no Valkey: install valkey-server, or set REDIS_SERVER or REDIS_URL to test redisstore with that alone" >&2
		status=1
	fi
fi
if [[ -n ${ATOMICSESSION_TEST_ALL-} && -z ${POSTGRES_BIN-}${POSTGRES_URL-} ]]; then
	if bin=$(scripts/newer-debian.sh programs); then
		POSTGRES_BIN=$bin again pgstore postgresql "$bin/postgres"
	else
		echo "test: no other PostgreSQL: set POSTGRES_BIN or POSTGRES_URL to test pgstore with that alone" >&2
		status=1
	fi
fi

# Two drivers of SQLite are registered by one name, so a program has one of them. This one takes a C compiler, as the race detector does.
if [[ -n ${ATOMICSESSION_TEST_ALL-} ]]; then
	named mattn internal/sqlitedrivers -tags=mattn
fi

cat "$events"/* | go run ./internal/testcount $status || status=1
exit "$status"
