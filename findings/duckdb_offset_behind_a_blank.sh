#!/usr/bin/env bash
# duckdb 2.0.0, casts of a time with an offset, as shops export it (2024-01-01 00:30:00 +0100).
# A good guess: a cast to TIMESTAMPTZ reads it, and one to TIMESTAMP refuses it or moves it to UTC.
# Seen: with a blank before the offset TIMESTAMPTZ gives NULL; TIMESTAMP and DATE take it and drop the offset, so that
# two moments an hour apart become one, and half past midnight in Rome stays on a day that UTC does not know yet.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pytz==2025.2
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")


def cast(text: str, kind: str) -> str | None:
    return connection.execute(f"SELECT TRY_CAST(? AS {kind})::VARCHAR", [text]).fetchall()[0][0]


seen = {
    (text, kind): cast(text, kind)
    for text in ("2024-01-01 00:30:00 +0100", "2024-01-01 00:30:00 +01:00", "2024-01-01 00:30:00+0100")
    for kind in ("TIMESTAMPTZ", "TIMESTAMP", "DATE")
}
for (text, kind), value in seen.items():
    print(f"{text!r:28} AS {kind:11} -> {value}")
assert duckdb.__version__ == "2.0.0"
assert list(seen.values()) == [
    None, "2024-01-01 00:30:00", "2024-01-01",
    None, "2024-01-01 00:30:00", "2024-01-01",
    "2023-12-31 23:30:00+00", "2024-01-01 00:30:00", "2024-01-01",
]
PYTHON
echo "as described"
