#!/usr/bin/env bash
# mariadb-server.sh serve: starts a private MariaDB, on 127.0.0.1 and a free port, for tests. Prints its URL, and stops it at the end of
# standard input. The system's own server is left alone. What a commit acknowledges is in the memory of the operating system.
#
# For root, the user mysql of Debian's packages runs it, who must be able to reach TMPDIR.
set -euo pipefail
source "$(dirname "$0")/serve-until.sh"

fail() {
	printf 'mariadb-server: %s\n' "$@" >&2
	exit 1
}

[[ ${1-} == serve ]] || fail "usage: mariadb-server.sh serve"
PATH=$PATH:/usr/sbin # which only root's has
for program in mariadbd mariadb-install-db; do
	command -v "$program" >/dev/null || fail "$program is missing: install mariadb-server, or set MYSQL_URL to a running server"
done
as=()
[[ $EUID -ne 0 ]] || as=(setpriv --reuid=mysql --regid=mysql --init-groups)

dir=$(mktemp -d) pid=
# Nothing in the folder outlives this script, so the server need not end in good order.
trap '[[ -z $pid ]] || { kill -9 "$pid" && wait "$pid" || true; } 2>/dev/null; rm -rf "$dir"' EXIT
[[ $EUID -ne 0 ]] || chown mysql: "$dir"

options=(--no-defaults --datadir="$dir/data" --innodb-flush-log-at-trx-commit=2)
(cd / && "${as[@]}" mariadb-install-db "${options[@]}" --auth-root-authentication-method=normal --skip-test-db) >"$dir/install.log" 2>&1 ||
	fail "mariadb-install-db fails; the end of its log:" "$(tail -n 5 "$dir/install.log")"
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "CREATE DATABASE IF NOT EXISTS sessions;" \
	"CREATE USER IF NOT EXISTS sessions@'127.0.0.1' IDENTIFIED BY '$password';" "GRANT ALL ON *.* TO sessions@'127.0.0.1';" >"$dir/init.sql"

for _ in 1 2 3 4 5; do # another process may have the port
	port=$((20000 + RANDOM % 10000))
	"${as[@]}" mariadbd "${options[@]}" --bind-address=127.0.0.1 --port=$port --skip-name-resolve --socket="$dir/socket" \
		--pid-file="$dir/pid" --init-file="$dir/init.sql" </dev/null >"$dir/log" 2>&1 &
	pid=$!
	serve_until_eof 'ready for connections' 600 "sessions:$password@tcp(127.0.0.1:$port)/sessions"
done
fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
