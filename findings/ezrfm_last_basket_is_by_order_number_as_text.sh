#!/usr/bin/env bash
# ezrfm 0.2 (pandas 3.1.1, numpy 2.4.6), recency, frequency, money, weeks of shopping and the last baskets.
# A good guess: lag_0 is what the customer spent last, and shopWeek in how many weeks there was a purchase.
# Seen: baskets are put in order by their number as text and not by day, so that order "9" follows "10" and the
# basket of the day before is told as the last; and a week is the calendar year with the week of ISO 8601, so that
# 2024-12-30 (first week of 2025) and 2024-01-02 are one week.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ezrfm==0.2 pandas==3.1.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import pandas as pd
from ezrfm import EZRFM

lines = pd.DataFrame(
    {
        "customer": ["one", "one", "two", "two"],
        "order": ["9", "10", "11", "12"],
        "day": pd.to_datetime(["2024-05-01", "2024-05-02", "2024-01-02", "2024-12-30"]),
        "pieces": 1,
        "spend": [20.0, 30.0, 5.0, 5.0],
    }
)
model = EZRFM(lines)
model.get_data_model("customer", "order", "day", "pieces", "spend")
told = model.prep().set_index("customerID")
print(told[["recency", "lag_0", "lag_1", "shopWeek"]])
assert told.loc["one", "lag_0"] == 20.0
assert told.loc["one", "lag_1"] == 30.0
assert told.loc["two", "shopWeek"] == 1
PYTHON
echo "as described"
