# Sourced by the scripts that start a server for tests, which have set dir and pid.

# serve_until_eof TEXT TRIES ADDRESS: waits until the server's log says TEXT, TRIES times 50 ms at most; then prints the address, serves until
# the end of standard input, and exits. It returns if the server ends or does not come up.
serve_until_eof() {
	local try
	for ((try = 0; try < $2; try++)); do
		if grep -qs "$1" "$dir/log"; then
			echo "$3"
			cat >/dev/null
			exit
		fi
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
}
