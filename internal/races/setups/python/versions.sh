#!/bin/sh
# versions.sh NAME...: prints the versions of these packages of Python, and of Python.
set -eu
exec /usr/bin/python3 - "$@" <<'end'
import platform, sys
from importlib.metadata import version

for name in sys.argv[1:]:
    print(name, version(name))
print("Python", platform.python_version())
end
