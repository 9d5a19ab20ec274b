#!/usr/bin/env bash
# versions.sh [PACKAGE...]: the versions of Debian's packages, of PHP and of nginx.
set -euo pipefail
PATH=$PATH:/usr/sbin
for package in "$@"; do
	dpkg-query --show --showformat='${Package} ${Version}\n' "$package" | sed 's/[+-][^ ]*$//'
done
php -r 'echo "PHP ", PHP_VERSION, "\n";'
nginx -v 2>&1 | sed 's,.*nginx/,nginx ,'
