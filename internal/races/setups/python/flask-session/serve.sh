#!/bin/sh
set -eu
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=..
exec gunicorn --config ../gunicorn.conf.py app:app
