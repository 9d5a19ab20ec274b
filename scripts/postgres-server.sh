#!/usr/bin/env bash
# Runs private PostgreSQL servers for tests, of the newest version that Debian's packages have installed, on 127.0.0.1 and
# free ports. The system's own server is left alone.
#
#   postgres-server.sh serve          starts a server, prints its URL, and stops it at the end of standard input
#   postgres-server.sh restart DATA   starts a server again that has died, on the same port
#   postgres-server.sh standby DATA URL   starts one that has died as a standby of the server at the URL, with what that has
#
# What a commit acknowledges is on the disk (fsync is on). PostgreSQL refuses to run as root: for root, the user postgres
# of Debian's packages runs it.
#
#   POSTGRES_BIN              folder of another version's programs; the user postgres must be able to reach it
#   POSTGRES_SERVER_OPTIONS   more of the server's options, such as "-c max_connections=20"
#   POSTGRES_INITDB_OPTIONS   more of initdb's, such as "--encoding=LATIN1"
#   TMPDIR                    where the data go; the user postgres must be able to reach it
set -euo pipefail

fail() {
	printf 'postgres-server: %s\n' "$@" >&2
	exit 1
}

if [[ -n ${POSTGRES_BIN-} ]]; then
	initdb=$POSTGRES_BIN/initdb
	[[ -x $initdb ]] || fail "there is no $initdb: set POSTGRES_BIN to the folder of PostgreSQL's programs"
else
	initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1 || true)
	initdb=${initdb:-$(command -v initdb || true)}
	[[ -n $initdb ]] || fail "PostgreSQL is missing: install postgresql, set POSTGRES_BIN to the folder of its programs," \
		"or set POSTGRES_URL to a running server"
fi
readonly bin=${initdb%/initdb}
as=()
[[ $EUID -ne 0 ]] || as=(setpriv --reuid=postgres --regid=postgres --init-groups)

pg() {
	local program=$1
	shift
	(cd / && "${as[@]}" "$bin/$program" "$@")
}

control() { pg pg_ctl --pgdata="$data" --silent "$@"; }

case ${1-} in
serve)
	dir=$(mktemp -d) data=$dir/data
	# Nothing in the folder outlives this script, so the server need not end in good order.
	trap 'control --mode=immediate --wait stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	echo "$password" >"$dir/password"
	[[ $EUID -ne 0 ]] || chown -R postgres: "$dir"
	pg initdb --pgdata="$data" --username=postgres --pwfile="$dir/password" --auth-local=trust --auth-host=scram-sha-256 \
		--encoding=UTF8 --locale=C.UTF-8 --no-sync ${POSTGRES_INITDB_OPTIONS-} >"$dir/initdb.log" 2>&1 ||
		fail "initdb fails; the end of its log:" "$(tail -n 5 "$dir/initdb.log")"
	for _ in 1 2 3 4 5; do # another process may have the port
		port=$((20000 + RANDOM % 10000))
		if control --wait --log="$dir/log" start >/dev/null 2>&1 </dev/null \
			--options="-c listen_addresses=127.0.0.1 -c max_connections=200 -p $port -k $dir ${POSTGRES_SERVER_OPTIONS-}"; then
			echo "postgres://postgres:$password@127.0.0.1:$port/postgres?sslmode=disable"
			cat >/dev/null
			exit
		fi
	done
	fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
	;;
restart)
	data=${2?the folder with the data}
	control --wait --log="${data%/data}/log" restart >/dev/null </dev/null
	;;
standby)
	data=${2?the folder with the data}
	mv "$data/postmaster.opts" "$data-options" # its own port is there
	rm -rf "$data"
	pg pg_basebackup --dbname="${3?the URL of the primary}" --pgdata="$data" --write-recovery-conf --checkpoint=fast --no-sync
	mv "$data-options" "$data/postmaster.opts"
	control --wait --log="${data%/data}/log" restart >/dev/null </dev/null
	;;
*) fail "usage: postgres-server.sh serve|restart DATA|standby DATA URL" ;;
esac
