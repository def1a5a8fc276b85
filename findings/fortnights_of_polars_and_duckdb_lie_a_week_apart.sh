#!/usr/bin/env bash
# polars 2.1.0 (truncate and group_by_dynamic with "2w", "4w") beside duckdb 2.0.0 (time_bucket with 2 or 4 weeks): the
# same cohorts by fortnight, counted once in the database and once in the frame.
# A good guess: both start weeks on Monday, so they cut the same fortnights.
# Seen: both cut on Mondays, but polars on every other one than duckdb: customers of 1 and 8 January 2024 are one
# fortnight in duckdb and two in polars, and 4-week periods start a week apart; single weeks agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 polars==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import datetime

import duckdb
import polars as pl

mondays = [datetime.date(2024, 1, day) for day in (1, 8, 15, 22)]


def buckets(weeks: int) -> tuple[list[str], list[str]]:
    framed = pl.Series(mondays).dt.truncate(f"{weeks}w").to_list()
    queried = [
        duckdb.execute(f"SELECT time_bucket(INTERVAL {weeks} WEEK, ?::DATE)", [day]).fetchall()[0][0] for day in mondays
    ]
    return [f"{day:%m-%d}" for day in framed], [f"{day:%m-%d}" for day in queried]


orders = pl.DataFrame({"day": mondays, "orders": [1, 2, 4, 8]})
grouped = orders.group_by_dynamic("day", every="2w").agg(pl.col("orders").sum())["orders"].to_list()
for weeks in (1, 2, 4):
    print(weeks, "polars, duckdb:", *buckets(weeks))
print("orders by fortnight, polars:", grouped, "duckdb:", [3, 12])
assert buckets(1)[0] == buckets(1)[1]
assert buckets(2) == (["12-25", "01-08", "01-08", "01-22"], ["01-01", "01-01", "01-15", "01-15"])
assert buckets(4) == (["12-25", "12-25", "12-25", "01-22"], ["01-01", "01-01", "01-01", "01-01"])
assert grouped == [1, 6, 8]
PYTHON
echo "as described"
