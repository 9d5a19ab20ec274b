#!/bin/sh
set -eu
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=..
exec /usr/bin/gunicorn --config ../gunicorn.conf.py app:app
