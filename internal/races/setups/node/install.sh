#!/usr/bin/env bash
# Installs what package-lock.json says into node_modules, unless it is there. Node.js is among it; not every npm links a program of that name.
set -euo pipefail
cd "$(dirname "$0")"

[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
cd node_modules/.bin && ln -sf ../node-linux-*/bin/node node
