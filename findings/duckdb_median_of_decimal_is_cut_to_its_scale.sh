#!/usr/bin/env bash
# duckdb 2.0.0, median and quantile_cont of a DECIMAL column, as money and ERP numbers (NUMERIC(10,0)) are kept.
# A good guess: the continuous quantile is the interpolated number, as avg of the same two rows gives it, and as it is
# for INTEGER and DOUBLE columns and in polars (2.1.0).
# Seen: the interpolated number is cut, not rounded, to the column's own scale, toward zero: the median of 0.01 and 0.02
# is 0.01, the median of 14 and 19 is 16.5 as INTEGER and 16 as DECIMAL(10,0), and a median deviation is cut likewise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 polars==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import duckdb
import polars as pl


def seen(low: str, high: str, kind: str) -> tuple:
    query = f"SELECT median(x), quantile_cont(x, .9), avg(x), mad(x) FROM (VALUES ({low}::{kind}), ({high}::{kind})) t(x)"
    return duckdb.sql(query).fetchall()[0]


cents = seen("0.01", "0.02", "DECIMAL(10,2)")
refunds = seen("-0.01", "-0.02", "DECIMAL(10,2)")
erp, whole = seen("14", "19", "DECIMAL(10,0)"), seen("14", "19", "INTEGER")
in_polars = pl.Series(["0.01", "0.02"]).cast(pl.Decimal(10, 2)).median()
print(cents, refunds, erp, whole, in_polars, sep="\n")
assert duckdb.__version__ == "2.0.0"
assert cents == (Decimal("0.01"), Decimal("0.01"), 0.015, Decimal("0.00"))
assert refunds[0] == Decimal("-0.01") and refunds[2] == -0.015
assert erp[:3] == (Decimal(16), Decimal(18), 16.5)
assert whole[:3] == (16.5, 18.5, 16.5)
assert float(in_polars) == 0.015
PYTHON
echo "as described"
