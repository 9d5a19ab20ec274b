#!/usr/bin/env bash
# redis-server.sh serve: starts a private redis-server without persistence, on 127.0.0.1 and a free port, for tests. Prints its
# URL, and stops it at the end of standard input. REDIS_SERVER names another program that does the same, such as valkey-server.
set -euo pipefail
source "$(dirname "$0")/serve-until.sh"

fail() {
	printf 'redis-server: %s\n' "$@" >&2
	exit 1
}

[[ ${1-} == serve ]] || fail "usage: redis-server.sh serve"
program=${REDIS_SERVER:-redis-server}
command -v "$program" >/dev/null || fail "$program is missing: install redis-server, set REDIS_SERVER to a program like it," \
	"or set REDIS_URL to a running server"

dir=$(mktemp -d) pid=
trap '[[ -z $pid ]] || { kill "$pid" && wait "$pid" || true; }; rm -rf "$dir"' EXIT

for _ in 1 2 3 4 5; do # another process may have the port
	port=$((20000 + RANDOM % 10000))
	"$program" --bind 127.0.0.1 --port $port --dir "$dir" --save '' --appendonly no </dev/null >"$dir/log" 2>&1 &
	pid=$!
	serve_until_eof 'Ready to accept connections' 200 "redis://127.0.0.1:$port/0"
done
fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
