#!/usr/bin/env bash
# fastexcel 0.21.0 with dtypes="string", the usual way to keep every cell of a mixed column.
# A good guess: the text of a cell is what the sheet shows, or at least says the same as the typed value.
# Seen: 36 hours shown as 36:00 ([h]:mm) become noon of 1 January 1900, though the typed reading gives a duration of 36
# hours; half past twelve becomes a moment of 1899; an error cell (#N/A) is null like a blank; a
# difference of nothing is "-0"; a customer 101 shown as 00101 is "101".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastexcel==0.21.0 polars==2.1.0 xlsxwriter==3.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import datetime

import fastexcel
import xlsxwriter

book = xlsxwriter.Workbook("cells.xlsx")
sheet = book.add_worksheet()
cells = {"hours": (1.5, "[h]:mm"), "time": (datetime.time(12, 30), "hh:mm"), "customer": (101, "00000"), "net": (-0.0, "0.00")}
for column, (name, (value, shown)) in enumerate(cells.items()):
    sheet.write(0, column, name)
    sheet.write(1, column, value, book.add_format({"num_format": shown}))
sheet.write(0, 4, "region")
sheet.write_formula(1, 4, "=NA()", None, "#N/A")
book.close()

read = fastexcel.read_excel("cells.xlsx")
as_text = read.load_sheet(0, dtypes="string").to_polars().row(0, named=True)
typed = read.load_sheet(0).to_polars().row(0, named=True)
print(as_text, typed, sep="\n")
assert typed["hours"] == datetime.timedelta(hours=36)
assert as_text == {
    "hours": "1900-01-01 12:00:00",
    "time": "1899-12-31 12:30:00",
    "customer": "101",
    "net": "-0",
    "region": None,
}
PYTHON
echo "as described"
