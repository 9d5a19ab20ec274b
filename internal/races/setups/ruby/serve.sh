#!/bin/sh
# serve.sh: serves the folder's config.ru by Puma, in one process with a thread for each request that may come at once.
set -eu
export RACK_ENV=production RAILS_ENV=production
exec /usr/bin/puma --silent --threads 40:40 --bind "tcp://127.0.0.1:$PORT" config.ru
