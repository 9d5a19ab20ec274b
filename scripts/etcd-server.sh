#!/usr/bin/env bash
# etcd-server.sh serve: starts a private etcd without fsync, on 127.0.0.1 and free ports, for tests. Prints its address, and stops it at the
# end of standard input.
set -euo pipefail

fail() {
	printf 'etcd-server: %s\n' "$@" >&2
	exit 1
}

[[ ${1-} == serve ]] || fail "usage: etcd-server.sh serve"
command -v etcd >/dev/null || fail "etcd is missing: install etcd-server, or set ETCD_ADDRESS to a running server"

dir=$(mktemp -d) pid=
trap '[[ -z $pid ]] || { kill "$pid" && wait "$pid" || true; }; rm -rf "$dir"' EXIT

for _ in 1 2 3 4 5; do # another process may have a port
	client=127.0.0.1:$((20000 + RANDOM % 10000)) peer=http://127.0.0.1:$((10000 + RANDOM % 10000))
	etcd --data-dir "$dir/data" --unsafe-no-fsync --max-request-bytes 16777216 --listen-client-urls "http://$client" \
		--advertise-client-urls "http://$client" --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
		--initial-cluster "default=$peer" </dev/null >"$dir/log" 2>&1 &
	pid=$!
	for _ in {1..400}; do
		if ETCDCTL_API=3 etcdctl --endpoints "$client" endpoint health >/dev/null 2>&1; then
			echo "$client"
			cat >/dev/null
			exit
		fi
		kill -0 $pid 2>/dev/null || break
		sleep 0.05
	done
	rm -rf "$dir/data"
done
fail "it does not start; the end of its log:" "$(tail -n 5 "$dir/log")"
