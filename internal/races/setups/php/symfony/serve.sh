#!/usr/bin/env bash
set -euo pipefail
php create_table.php
exec ../serve.sh
