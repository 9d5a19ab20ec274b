#!/bin/sh
set -eu
export DJANGO_SETTINGS_MODULE=settings PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=..:.
/usr/bin/python3 -m django migrate --verbosity 0
exec /usr/bin/gunicorn --config ../gunicorn.conf.py wsgi
