#!/usr/bin/env bash
# versions.sh [PACKAGE...]: the versions of PHP, of nginx, and of Debian's packages.
set -euo pipefail
PATH=$PATH:/usr/sbin
php -r 'echo "PHP ", PHP_VERSION, "\n";'
nginx -v 2>&1 | sed 's,.*nginx/,nginx ,'
for package in "$@"; do
	dpkg-query --show --showformat='${Package} ${Version}\n' "$package" | sed 's/[+-][^ ]*$//'
done
