#!/bin/sh
set -eu
export DJANGO_SETTINGS_MODULE=settings PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=..:.
python3 -m django migrate --verbosity 0
exec gunicorn --config ../gunicorn.conf.py wsgi
