#!/usr/bin/env bash
# Compiles the server into FOLDER, and becomes it.
set -euo pipefail
tomcat=/usr/share/java/tomcat10-embed-core.jar:/usr/share/java/tomcat10-annotations-api.jar
javac -d "$FOLDER" --class-path "$tomcat" Server.java
exec java --class-path "$tomcat:$FOLDER" -Djava.io.tmpdir="$FOLDER" -Djava.util.logging.config.file="$PWD/logging.properties" Server
