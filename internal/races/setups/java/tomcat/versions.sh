#!/usr/bin/env bash
set -euo pipefail
echo "Tomcat $(dpkg-query --show --showformat='${Version}' libtomcat10-embed-java | sed 's/[+-].*//')"
java -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/OpenJDK \1/p'
