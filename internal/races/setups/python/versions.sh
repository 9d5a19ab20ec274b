#!/bin/sh
# versions.sh NAME...: prints the versions of Python and of these packages of it.
set -eu
exec /usr/bin/python3 - "$@" <<'end'
import platform, sys
from importlib.metadata import version

print("Python", platform.python_version())
for name in sys.argv[1:]:
    print(name, version(name))
end
