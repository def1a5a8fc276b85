#!/usr/bin/env bash
# polars 2.1.0, str.to_date with "%d/%m/%y": birthdays as an old CRM exports them, the year in two digits.
# A good guess: the rule of POSIX, which Python, pandas and duckdb follow: 69 to 99 are of the 1900s, 0 to 68 of the 2000s.
# Seen: polars turns at 70: a customer born in 1969 is born in 2069, and only that one year differs between the
# libraries, so that a check on other years finds nothing.
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

born = [f"01/02/{year:02}" for year in range(100)]
years = {
    "python": [datetime.datetime.strptime(text, "%d/%m/%y").year for text in born],
    "pandas": pd.to_datetime(pd.Series(born), format="%d/%m/%y").dt.year.to_list(),
    "duckdb": [duckdb.execute("SELECT year(strptime(?, '%d/%m/%y'))", [text]).fetchall()[0][0] for text in born],
    "polars": pl.Series(born).str.to_date("%d/%m/%y").dt.year().to_list(),
}
for name, read in years.items():
    print(name, read[67:72])
assert years["pandas"] == years["python"] and years["duckdb"] == years["python"]
unlike = [(one, other) for one, other in zip(years["python"], years["polars"]) if one != other]
assert unlike == [(1969, 2069)]
PYTHON
echo "as described"
