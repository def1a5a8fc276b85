#!/usr/bin/env bash
# duckdb 2.0.0 (and what 1.4.4 did): a connection does not close while another thread asks a cursor that was made from it.
# A cursor() is a connection of its own: it may be asked while its parent works, and the parent while it does. Closing is
# the exception. The parent's close() raises ResourceInUseException, whose words advise "a separate connection from
# cursor()", which the thread that asks has; the query goes on to its end, and the parent is open still. 1.4.4 closed at
# once and let the query end by itself. So whoever lets go of a database while others may ask has to try again.
# Seen by running it on 2026-12-01. In the product a snapshot is let go of once nobody asks it just then.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.4.4 2.0.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install -q --disable-pip-version-check "duckdb==$version"
    "$folder/$version/bin/python" - <<'PY'
import threading
import time

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE numbers AS SELECT range AS i FROM range(400000)")
cursor, found = connection.cursor(), []
long = "SELECT count(*) FROM numbers AS a JOIN numbers AS b ON a.i % 2000 = b.i % 2000"


def ask():
    try:
        found.append(cursor.execute(long).fetchall())
    except duckdb.Error as error:
        found.append(type(error).__name__)


asking = threading.Thread(target=ask)
asking.start()
time.sleep(0.1)
assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
try:
    connection.close()
    closed = "closed"
except duckdb.Error as error:
    closed = type(error).__name__
was_asked = asking.is_alive()
asking.join()
print(duckdb.__version__, closed, "while it was asked" if was_asked else "after the answer", found)
if duckdb.__version__ == "2.0.0":
    assert closed == "ResourceInUseException" and found == [[(80_000_000,)]], (closed, found)
    connection.close()
else:
    assert closed == "closed", closed
PY
done
echo "As described."
