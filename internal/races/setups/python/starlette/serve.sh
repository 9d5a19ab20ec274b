#!/bin/sh
set -eu
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=..
exec /usr/bin/uvicorn --host 127.0.0.1 --port "$PORT" --log-level error --no-access-log --timeout-keep-alive 60 app:app
