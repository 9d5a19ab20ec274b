#!/usr/bin/env bash
set -euo pipefail
php -r 'echo "PHP ", PHP_VERSION, "\nphpredis ", phpversion("redis"), "\n";'
nginx -v 2>&1 | sed 's,.*nginx/,nginx ,'
echo "symfony/http-foundation $(dpkg-query --show --showformat='${Version}' php-symfony-http-foundation | sed 's/[+-].*//')"
