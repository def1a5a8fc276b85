#!/usr/bin/env bash
# polars 2.1.0, read_excel with its default engine (fastexcel 0.21.0), a sheet with one column of looked-up numbers.
# A good guess: a cell that shows #N/A is null, and the frame has a row for each row of the sheet.
# Seen: a row in which every cell is an error or a blank is no row at all, as drop_empty_rows is true and errors count
# as empty: rows of a broken look-up are gone, not null, and the frame is shorter than the sheet.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 fastexcel==0.21.0 xlsxwriter==3.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import polars as pl
import xlsxwriter

book = xlsxwriter.Workbook("looked_up.xlsx")
sheet = book.add_worksheet()
sheet.write(0, 0, "customer")
sheet.write_formula(1, 0, "=NA()", None, "#N/A")
sheet.write(2, 0, "K7")
sheet.write_formula(3, 0, "=1/0", None, "#DIV/0!")
book.close()

usual = pl.read_excel("looked_up.xlsx")["customer"].to_list()
kept = pl.read_excel("looked_up.xlsx", drop_empty_rows=False)["customer"].to_list()
print(usual, kept)
assert usual == ["K7"]
assert kept == [None, "K7", None]
PYTHON
echo "as described"
