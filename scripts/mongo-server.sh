#!/usr/bin/env bash
# Runs a private server that speaks MongoDB's protocol, on 127.0.0.1 and a free port, for tests on machines without a
# mongod: FerretDB over PostgreSQL with the documentdb extension.
#
#   mongo-server.sh serve           starts a server, prints its URI, and stops it at the end of standard input. Does the harm that
#                                   the lines there ask for, and answers "done": kill-gateway and kill-postgres kill a part and
#                                   start it again, pause-gateway and resume-gateway
#   mongo-server.sh run COMMAND...  starts a server, runs the command with MONGODB_URI set, stops the server
#   mongo-server.sh install         only makes what the others need, about a minute's work the first time
#
# PostgreSQL and its extensions are Debian's, of a newer release than most machines run: newer-debian.sh unpacks them, and they
# are started in a chroot there. FerretDB is built from its Go module, beside them. Needs root, Debian's apt and Go. Several
# servers may run at once.
#
#   MONGO_SERVER_TTL     how often ended documents are removed, as pg_cron has it: "2 seconds" (default: every minute)
#   MONGO_SERVER_DURABLE if set, what a change acknowledges is on the disk
#   MONGO_SERVER_AUTH    if set, clients must sign in. The URI names a user who may do everything; one of a user who may
#                        only read follows after a space, and run sets MONGODB_READONLY_URI to that
set -euo pipefail

readonly ferretdb=v2.7.0 revision=1 # raise the revision when a step below changes
readonly uid=971                    # owns the database in the chroot; need not exist outside

fail() {
	printf 'mongo-server: %s\n' "$@" >&2
	exit 1
}

root=$("$(dirname "$0")/newer-debian.sh" root) || fail "or set MONGODB_URI to a running server"
readonly root
readonly kit=${root%/*}/mongo-$ferretdb-$revision
readonly seed=$kit/seed gateway=$kit/ferretdb
readonly pgbin=/usr/lib/postgresql/18/bin

# logged LOG COMMAND...: shows the log only if the command fails.
logged() {
	local log=$kit/$1.log
	shift
	"$@" >"$log" 2>&1 || fail "failed: $1; the end of $log:" "$(tail -n 15 "$log")"
}

# What runs a command in the chroot, without root's rights. Not a function: a signal must reach the command itself.
readonly -a inside=(chroot --userspec=$uid:$uid "$root" /usr/bin/env -i PATH="$pgbin:/usr/bin" LC_ALL=C.UTF-8 HOME=/tmp)

sql() { "${inside[@]}" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$1" --username=postgres postgres; }

# furnish makes what the packages' scripts would have made and PostgreSQL cannot do without.
furnish() {
	printf 'postgres:x:%d:%d::/tmp:/bin/sh\n' $uid $uid >"$root/etc/passwd"
	ln -sf postgis-3.control "$root/usr/share/postgresql/18/extension/postgis.control"
}

build_gateway() {
	local source=$kit/source
	mkdir -p "$source"
	# The exact version in a go.mod: some proxies serve no list of versions, which go install asks for.
	printf 'module kit\n\ngo 1.25\n\nrequire github.com/FerretDB/FerretDB/v2 %s\n' $ferretdb >"$source/go.mod"
	logged ferretdb env -C "$source" GOWORK=off GOFLAGS=-mod=mod CGO_ENABLED=0 \
		go build -trimpath -ldflags='-s -w' -o "$gateway" github.com/FerretDB/FerretDB/v2/cmd/ferretdb
	rm -rf "$source"
}

# make_seed initializes the database that every server starts from a copy of.
make_seed() {
	local dir=/srv/seed
	rm -rf "$root$dir" # from a try that was broken off
	install -d -o $uid -g $uid "$root$dir"
	logged initdb "${inside[@]}" initdb --pgdata=$dir/data --auth=trust --username=postgres --locale=C.UTF-8 --no-sync
	cat >>"$root$dir/data/postgresql.conf" <<-'END'
		listen_addresses = ''
		unix_socket_permissions = 0700
		shared_preload_libraries = 'pg_cron, pg_documentdb_core, pg_documentdb'
		cron.database_name = 'postgres'
		cron.log_run = off
		cron.log_statement = off
		max_connections = 150
		max_worker_processes = 24
		dynamic_shared_memory_type = mmap
		deadlock_timeout = 50ms
		jit = off
		fsync = off
		full_page_writes = off
		synchronous_commit = off
	END
	start_postgres $dir "$kit/seed.log"
	sql $dir <<<'CREATE EXTENSION documentdb CASCADE' >>"$kit/seed.log" 2>&1 || fail "see $kit/seed.log"
	kill -INT $postgres
	wait $postgres || true
	postgres=
	mv "$root$dir/data" "$seed"
	rmdir "$root$dir"
}

install_all() {
	[[ -e $kit/complete ]] && return
	[[ $EUID -eq 0 ]] || fail "needs root: run the tests as root on Debian, or set MONGODB_URI to a running server"
	command -v go >/dev/null || fail "go is missing: install Go 1.25 or newer, or set MONGODB_URI to a running server"
	echo "mongo-server: installing into $kit" >&2
	rm -rf "$kit"
	mkdir -p "$kit"
	furnish
	build_gateway
	make_seed
	touch "$kit/complete"
}

postgres= home= uri= readonly_uri=
gateways=()

# start_postgres DIR LOG: DIR, as the chroot sees it, holds the data and the socket.
start_postgres() {
	local -a durable=(-c fsync=on -c full_page_writes=on -c synchronous_commit=on)
	[[ -n ${MONGO_SERVER_DURABLE-} ]] || durable=()
	"${inside[@]}" postgres -D "$1/data" -k "$1" -c "cron.host=$1" -c "documentdb.localhost_connection_string=host=$1" "${durable[@]}" \
		</dev/null >"$2" 2>&1 9>&- &
	postgres=$!
	local i
	for ((i = 0; i < 300; i++)); do
		"${inside[@]}" pg_isready --quiet --host="$1" && return
		kill -0 $postgres 2>/dev/null || break
		sleep 0.1
	done
	fail "postgres does not start; the end of its log:" "$(tail -n 15 "$2")"
}

start() {
	home=$(mktemp -d "$root/srv/s.XXXXXX")
	local dir=${home#"$root"}
	echo $$ >"$home/owner"
	cp -a "$seed" "$home/data"
	chown $uid:$uid "$home"
	start_postgres "$dir" "$home/postgres.log"
	echo $postgres >"$home/pids"
	# The jobs in the copy still name the socket of the seed. One of them removes ended documents.
	sql "$dir" >"$home/jobs.log" 2>&1 <<-END || fail "cannot change the schedule:" "$(cat "$home/jobs.log")"
		UPDATE cron.job SET nodename = '$dir';
		SELECT cron.alter_job(jobid, schedule => '${MONGO_SERVER_TTL:-* * * * *}') FROM cron.job WHERE jobname = 'documentdb_ttl_task';
	END
	if [[ -z ${MONGO_SERVER_AUTH-} ]]; then
		start_gateway postgres --no-auth
		uri=mongodb://$address/
		return
	fi
	sql "$dir" >"$home/users.log" 2>&1 <<-'END' || fail "cannot make the users:" "$(cat "$home/users.log")"
		SELECT documentdb_api.create_user('{"createUser": "writer", "pwd": "Writer-Secret-1", "roles": [
			{"role": "readWriteAnyDatabase", "db": "admin"}, {"role": "clusterAdmin", "db": "admin"}]}');
		SELECT documentdb_api.create_user('{"createUser": "reader", "pwd": "Reader-Secret-2", "roles": [
			{"role": "readAnyDatabase", "db": "admin"}]}');
	END
	# A gateway asks who the client is, but works in PostgreSQL as one role whoever that is: the reader needs another one.
	start_gateway postgres
	uri=mongodb://writer:Writer-Secret-1@$address/
	start_gateway reader
	readonly_uri=mongodb://reader:Reader-Secret-2@$address/
}

# start_gateway ROLE OPTION...: starts a FerretDB that works in PostgreSQL as the role, at listen if that is set, and sets address.
start_gateway() {
	local state=$home/$1 log=$home/gateway-$1.log role=$1 i
	shift
	mkdir -p "$state"
	DO_NOT_TRACK=1 "$gateway" --listen-addr="${listen:-127.0.0.1:0}" --debug-addr=- --telemetry=disable --log-level=info "$@" \
		--state-dir="$state" --postgresql-url="postgres://$role@/postgres?host=$home" </dev/null >"$log" 2>&1 9>&- &
	gateways+=($!)
	echo $! >>"$home/pids"
	for ((i = 0; i < 200; i++)); do
		address=$(grep -som 1 'Listening on TCP 127\.0\.0\.1:[0-9]*' "$log" | grep -o '127.*' || true)
		[[ -n $address ]] && return
		kill -0 "${gateways[-1]}" 2>/dev/null || break
		sleep 0.05
	done
	fail "ferretdb does not start; the end of its log:" "$(tail -n 15 "$log")"
}

# harm WHAT: for the one gateway of a server without MONGO_SERVER_AUTH.
harm() {
	local dir=${home#"$root"} listen=$address
	case $1 in
	kill-gateway)
		disown "${gateways[0]}" # or bash would report its end
		kill -KILL "${gateways[0]}"
		while kill -0 "${gateways[0]}" 2>/dev/null; do sleep 0.02; done
		gateways=()
		start_gateway postgres --no-auth
		;;
	kill-postgres)
		kill -QUIT $postgres
		wait $postgres 2>/dev/null || true
		start_postgres "$dir" "$home/postgres.log"
		echo $postgres >>"$home/pids"
		;;
	pause-gateway) kill -STOP "${gateways[0]}" ;;
	resume-gateway) kill -CONT "${gateways[0]}" ;;
	*) fail "no such harm: $1" ;;
	esac
}

stop() {
	[[ -z $child ]] || kill "$child" 2>/dev/null || true
	((!${#gateways[@]})) || kill -KILL "${gateways[@]}" 2>/dev/null || true # they keep nothing
	[[ -z $postgres ]] || kill -QUIT "$postgres" 2>/dev/null || true
	[[ -z $postgres ]] || wait "$postgres" 2>/dev/null || true
	[[ -z $home ]] || rm -rf "$home"
}

# reap removes what servers left whose script was killed.
reap() {
	local dir pid
	for dir in "$root"/srv/s.*; do
		[[ -e $dir/owner ]] && ! kill -0 "$(cat "$dir/owner")" 2>/dev/null || continue
		for pid in $(cat "$dir/pids" 2>/dev/null); do
			! grep -qs "${dir##*/}" "/proc/$pid/cmdline" || kill -QUIT "$pid" 2>/dev/null || true
		done
		rm -rf "$dir"
	done
}

child=
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
exec 9<"$root" # a lock needs no file of its own

# prepare installs and cleans up, one script at a time.
prepare() {
	flock 9
	install_all
	[[ $EUID -eq 0 ]] || fail "needs root: run the tests as root on Debian, or set MONGODB_URI to a running server"
	reap
	flock --unlock 9
}

case ${1-} in
serve)
	prepare
	start
	echo "$uri${readonly_uri:+ $readonly_uri}"
	while read -r line; do
		harm "$line"
		echo done
	done
	;;
run)
	shift
	prepare
	start
	MONGODB_URI=$uri MONGODB_READONLY_URI=$readonly_uri "$@" <&0 9>&- &
	child=$!
	status=0
	wait $child || status=$?
	child=
	exit $status
	;;
install) prepare ;;
*) fail "usage: mongo-server.sh serve|run COMMAND...|install" ;;
esac
