#!/usr/bin/env bash
# Unpacks packages of a Debian release that is newer than most machines run, so that tests can use servers that the machine's
# own release lacks. Nothing of them is installed.
#
#   newer-debian.sh root       prints the folder that they are unpacked into, for a chroot
#   newer-debian.sh programs   prints a folder of programs that run outside of it, as any user: those of PostgreSQL 18 (for
#                              POSTGRES_BIN) and valkey-server (for REDIS_SERVER)
#   newer-debian.sh clean      removes it all, and what others have put beside root
#
# The first time takes about a minute, root and Debian's apt, which verifies what it fetches. It leaves the machine as it is
# but for the package mmdebstrap and the cache.
#
#   NEWER_DEBIAN_CACHE    folder to keep it in, at most 40 characters, which all users can enter, unlike root's home: PostgreSQL
#                         does not run as root (default /var/cache/atomicsession)
#   NEWER_DEBIAN_MIRROR   Debian mirror (default: the first one that apt uses)
set -euo pipefail

readonly release=forky revision=1 # raise the revision when a step below changes
readonly cache=${NEWER_DEBIAN_CACHE:-/var/cache/atomicsession}
readonly kit=$cache/$release-$revision
readonly root=$kit/root
readonly postgres=usr/lib/postgresql/18 # below root; PostgreSQL finds its other files from where its program seems to be
readonly programs=$kit/$postgres/bin

fail() {
	printf 'newer-debian: %s\n' "$@" >&2
	exit 1
}

# logged COMMAND...: shows what it prints only if it fails.
logged() {
	"$@" >"$kit/log" 2>&1 || fail "$1 fails; the end of $kit/log:" "$(tail -n 15 "$kit/log")"
}

install_mmdebstrap() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get update && apt-get install -y --no-install-recommends mmdebstrap
}

unpack() {
	local mirror=${NEWER_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m 1 '/debian/*$' || true)}
	[[ -n $mirror ]] || fail "apt knows no Debian mirror: set NEWER_DEBIAN_MIRROR"
	command -v mmdebstrap >/dev/null || logged install_mmdebstrap
	# The variant verifies and unpacks the packages, and runs none of their scripts. The systemd-standalone ones are small, and
	# keep out systemd.
	logged mmdebstrap --variant=extract \
		--include=postgresql-18-documentdb,valkey-server,systemd-standalone-sysusers,systemd-standalone-tmpfiles \
		--include=base-files,coreutils,dash,libc-bin \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' --aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		"$release" "$root" "deb $mirror $release main"
	rm -rf "$root"/usr/share/{doc,i18n,locale,man} "$root"/var/lib/apt/lists
	# What those scripts would have done and a chroot cannot do without.
	chmod 1777 "$root/tmp"
	logged chroot "$root" /sbin/ldconfig
}

# wrap PROGRAM...: makes programs that run those with the C library, and all others, that they were built for. A signal to one
# reaches the program, which takes the shell's place.
wrap() {
	local loader program
	loader=$(ls "$root"/usr/lib/*-linux-gnu/ld-linux-*.so.*)
	for program; do
		cat >"$programs/${program##*/}" <<-END
			#!/bin/sh
			export LOCPATH='$root/usr/lib/locale'
			exec '$loader' --argv0 "\$0" --library-path '${loader%/*}' '$program' "\$@"
		END
		chmod 755 "$programs/${program##*/}"
	done
}

prepare() {
	[[ ! -e $kit/complete ]] || return 0
	[[ $EUID -eq 0 ]] || fail "needs root to unpack Debian's packages into $kit"
	command -v apt-get >/dev/null || fail "there is no apt-get: the packages are Debian's"
	[[ ${#cache} -le 40 ]] || fail "the path $cache is too long for a socket below it: set NEWER_DEBIAN_CACHE"
	umask 022
	mkdir -p "$cache" || fail "cannot write $cache: set NEWER_DEBIAN_CACHE"
	exec 9>"$cache/lock"
	flock 9
	[[ ! -e $kit/complete ]] || return 0 # another one has made it meanwhile
	echo "newer-debian: unpacking packages into $kit" >&2
	rm -rf "$kit"
	mkdir -p "$programs"
	unpack
	ln -s "../../../../root/$postgres/lib" "$kit/$postgres/lib"
	ln -s ../root/usr/share "$kit/usr/share"
	wrap "$root/$postgres"/bin/* "$root/usr/bin/valkey-server"
	touch "$kit/complete"
}

case ${1-} in
root)
	prepare
	echo "$root"
	;;
programs)
	prepare
	echo "$programs"
	;;
clean) rm -rf "$cache" ;;
*) fail "usage: newer-debian.sh root|programs|clean" ;;
esac
