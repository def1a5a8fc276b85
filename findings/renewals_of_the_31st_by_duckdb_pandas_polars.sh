#!/usr/bin/env bash
# duckdb 2.0.0 (generate_series by INTERVAL 1 MONTH), pandas 3.1.1 (date_range by DateOffset(months=1)) and polars 2.1.0
# (date_range by "1mo"), renewals of a contract signed on 31 January.
# A good guess: each renewal is the start and that many months, the last day of shorter months.
# Seen: polars does so; duckdb and pandas add a month to the renewal before, so that from February on all fall on the
# 29th; duckdb's own start + n months is the 31st again, and so it contradicts its own series.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.0 pandas==3.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import datetime

import duckdb
import pandas as pd
import polars as pl

start, end = datetime.date(2024, 1, 31), datetime.date(2024, 5, 31)
series = "SELECT unnest(generate_series(DATE '2024-01-31', DATE '2024-05-31', INTERVAL 1 MONTH))"
added = "SELECT DATE '2024-01-31' + to_months(n::INTEGER) FROM range(5) t(n)"
days = {
    "duckdb series": [row[0].day for row in duckdb.sql(series).fetchall()],
    "duckdb start + n": [row[0].day for row in duckdb.sql(added).fetchall()],
    "pandas": pd.date_range(start, periods=5, freq=pd.DateOffset(months=1)).day.to_list(),
    "polars": pl.date_range(start, end, "1mo", eager=True).dt.day().to_list(),
}
for name, found in days.items():
    print(f"{name:17}", found)
assert days == {
    "duckdb series": [31, 29, 29, 29, 29],
    "duckdb start + n": [31, 29, 31, 30, 31],
    "pandas": [31, 29, 29, 29, 29],
    "polars": [31, 29, 31, 30, 31],
}
PYTHON
echo "as described"
