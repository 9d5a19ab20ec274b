#!/usr/bin/env bash
# pgbouncer-server.sh serve: starts a private PgBouncer in transaction mode, on 127.0.0.1 and a free port, for tests. Prints its
# host and port, and stops it at the end of standard input. The server behind it, and the user and the password for it, are
# those of PGHOST, PGPORT, PGUSER and PGPASSWORD. Clients need no password.
set -euo pipefail
source "$(dirname "$0")/serve-until.sh"

fail() {
	printf 'pgbouncer-server: %s\n' "$@" >&2
	exit 1
}

[[ ${1-} == serve ]] || fail "usage: pgbouncer-server.sh serve"
program=/usr/sbin/pgbouncer # which few users have on their PATH
[[ -x $program ]] || program=$(command -v pgbouncer) || fail "pgbouncer is missing: install pgbouncer"

dir=$(mktemp -d) pid=
trap '[[ -z $pid ]] || { kill "$pid" && wait "$pid" || true; }; rm -rf "$dir"' EXIT
as=()
if [[ $EUID -eq 0 ]]; then # it refuses to run as root
	as=(setpriv --reuid=postgres --regid=postgres --init-groups)
	chown postgres: "$dir"
fi
printf '"%s" "%s"\n' "$PGUSER" "$PGPASSWORD" >"$dir/users"

for _ in 1 2 3 4 5; do # another process may have the port
	port=$((20000 + RANDOM % 10000))
	cat >"$dir/ini" <<-END
		[databases]
		* = host=$PGHOST port=$PGPORT
		[pgbouncer]
		listen_addr = 127.0.0.1
		listen_port = $port
		unix_socket_dir =
		auth_type = trust
		auth_file = $dir/users
		pool_mode = transaction
		default_pool_size = 4
	END
	"${as[@]}" "$program" "$dir/ini" </dev/null >"$dir/log" 2>&1 &
	pid=$!
	serve_until_eof 'process up' 200 "127.0.0.1:$port"
done
fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
