#!/usr/bin/env bash
# Serves index.php of the current folder by php-fpm with 40 processes, behind nginx, until it is ended. Both keep everything in FOLDER.
# PHP has the settings that it ships for production; an application's own ones stand in its index.php.
set -euo pipefail
PATH=$PATH:/usr/sbin
version=$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')

mkdir -p "$FOLDER/sessions"
as_root=() fpm_user='' nginx_user=''
if [[ $EUID -eq 0 ]]; then
	as_root=(--allow-to-run-as-root) fpm_user='user = root' nginx_user='user root;'
fi

cat >"$FOLDER/php-fpm.conf" <<END
[global]
error_log = $FOLDER/php-fpm.log
log_level = warning
[www]
$fpm_user
listen = $FOLDER/php-fpm.sock
pm = static
pm.max_children = 40
clear_env = no
END

cat >"$FOLDER/nginx.conf" <<END
$nginx_user
daemon off;
pid $FOLDER/nginx.pid;
error_log stderr error;
worker_processes 2;
events {}
http {
	access_log off;
	keepalive_requests 1000000;
	client_body_temp_path $FOLDER/body;
	fastcgi_temp_path $FOLDER/fastcgi;
	proxy_temp_path $FOLDER/proxy;
	scgi_temp_path $FOLDER/scgi;
	uwsgi_temp_path $FOLDER/uwsgi;
	server {
		listen 127.0.0.1:$PORT;
		location / {
			fastcgi_pass unix:$FOLDER/php-fpm.sock;
			fastcgi_param SCRIPT_FILENAME $PWD/index.php;
			fastcgi_param REQUEST_METHOD \$request_method;
			fastcgi_param REQUEST_URI \$request_uri;
			fastcgi_param QUERY_STRING \$query_string;
			fastcgi_param CONTENT_TYPE \$content_type;
			fastcgi_param CONTENT_LENGTH \$content_length;
			fastcgi_param SERVER_PROTOCOL \$server_protocol;
		}
	}
}
END

"php-fpm$version" --nodaemonize --force-stderr "${as_root[@]}" --fpm-config "$FOLDER/php-fpm.conf" \
	--php-ini "/usr/lib/php/$version/php.ini-production" &
fpm=$!
trap 'kill "$fpm" "${nginx-}" 2>/dev/null || true; wait' EXIT
trap 'exit 0' TERM INT
until [[ -S $FOLDER/php-fpm.sock ]]; do
	kill -0 "$fpm"
	sleep 0.05
done
nginx -e stderr -p "$FOLDER" -c "$FOLDER/nginx.conf" &
nginx=$!
wait -n
exit 1
