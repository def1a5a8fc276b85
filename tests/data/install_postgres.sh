#!/bin/sh
# Makes sure that a PostgreSQL server can be started by the tests; where it can't, they are skipped and say so.
set -eu
if command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Debian's postgresql for the tests of databases ..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null && exit 0
fi
echo "The tests of databases are skipped. They need PostgreSQL (on Debian: sudo apt-get install postgresql)" >&2
