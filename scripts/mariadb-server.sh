#!/usr/bin/env bash
# Runs private MariaDB servers for tests, on 127.0.0.1 and free ports. The system's own server is left alone.
#
#   mariadb-server.sh serve          starts a server, prints its URL as Go's driver reads it, and stops it at the end of standard input
#   mariadb-server.sh restart DATA   starts a server again that has died, on the same port
#
# The user of the URL may do everything, and has an empty database. What a commit acknowledges is in the memory of the operating
# system, which a server that is killed does not lose. The server speaks no TLS unless its options name a certificate. For root,
# the user mysql of Debian's packages runs it.
#
#   MARIADB_SERVER_DURABLE   if set, what a commit acknowledges is on the disk
#   MARIADB_SERVER_OPTIONS   more of the server's options, such as "--max-connections=20"
#   TMPDIR                   where the data go; the user mysql must be able to reach it
set -euo pipefail
source "$(dirname "$0")/serve-until.sh"

fail() {
	printf 'mariadb-server: %s\n' "$@" >&2
	exit 1
}

PATH=$PATH:/usr/sbin # which only root's has
for program in mariadbd mariadb-install-db; do
	command -v "$program" >/dev/null || fail "$program is missing: install mariadb-server, or set MYSQL_URL to a running server"
done
as=()
[[ $EUID -ne 0 ]] || as=(setpriv --reuid=mysql --regid=mysql --init-groups)

# start LOG: starts the server of dir on port in the background.
start() {
	"${as[@]}" mariadbd --defaults-file="$dir/my.cnf" --port="$port" "${more[@]}" </dev/null >"$1" 2>&1 &
	pid=$!
	disown $pid # or bash would report its end
}

# end kills the server, which may be one that was restarted, and waits until it is gone.
end() {
	local number
	for number in $pid $(cat "$dir/pid" 2>/dev/null); do
		kill -9 "$number" 2>/dev/null || continue
		while [[ -n $(tr -d '\0' 2>/dev/null <"/proc/$number/cmdline") ]]; do sleep 0.01; done # it may stay as one that nobody has waited for
	done
}

case ${1-} in
serve)
	dir=$(mktemp -d) pid= flush=2
	[[ -z ${MARIADB_SERVER_DURABLE-} ]] || flush=1
	trap 'end; rm -rf "$dir"' EXIT # which nothing in the folder outlives, so the server need not end in good order
	mkdir "$dir/tmp" # its own, since a server that starts removes from there what it takes for left behind
	[[ $EUID -ne 0 ]] || chown mysql: "$dir" "$dir/tmp"
	cat >"$dir/my.cnf" <<-END
		[mariadbd]
		datadir = $dir/data
		socket = $dir/socket
		pid-file = $dir/pid
		tmpdir = $dir/tmp
		bind-address = 127.0.0.1
		skip-name-resolve
		innodb-flush-log-at-trx-commit = $flush
	END
	(cd / && "${as[@]}" mariadb-install-db --defaults-file="$dir/my.cnf" --auth-root-authentication-method=normal --skip-test-db) \
		>"$dir/install.log" 2>&1 || fail "mariadb-install-db fails; the end of its log:" "$(tail -n 5 "$dir/install.log")"
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s\n' "CREATE DATABASE IF NOT EXISTS sessions;" "CREATE USER IF NOT EXISTS sessions@'127.0.0.1' IDENTIFIED BY '$password';" \
		"GRANT ALL ON *.* TO sessions@'127.0.0.1' WITH GRANT OPTION;" >"$dir/init.sql"
	more=(--init-file="$dir/init.sql" ${MARIADB_SERVER_OPTIONS-})
	for _ in 1 2 3 4 5; do # another process may have the port
		port=$((20000 + RANDOM % 10000))
		start "$dir/log"
		printf '%s\n' "$port" ${MARIADB_SERVER_OPTIONS-} >"$dir/started"
		serve_until_eof 'ready for connections' 600 "sessions:$password@tcp(127.0.0.1:$port)/sessions"
	done
	fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
	;;
restart)
	dir=${2?the folder with the data} dir=${dir%/} dir=${dir%/data}
	mapfile -t more <"$dir/started"
	port=${more[0]} more=("${more[@]:1}")
	start "$dir/again"
	for ((try = 0; try < 600; try++)); do
		! grep -qs 'ready for connections' "$dir/again" || break
		kill -0 $pid 2>/dev/null || break
		sleep 0.05
	done
	cat "$dir/again" >>"$dir/log"
	grep -qs 'ready for connections' "$dir/again" || fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
	;;
*) fail "usage: mariadb-server.sh serve|restart DATA" ;;
esac
