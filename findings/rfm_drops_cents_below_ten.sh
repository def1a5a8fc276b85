#!/usr/bin/env bash
# rfm 1.0.9 (with pandas 2.2.3, numpy 2.2.6, matplotlib 3.11.2), RFM of a plain frame of customer, date and amount.
# A good guess: monetary value is the sum of the amounts and frequency the number of purchases.
# Seen: an amount in whose text ".0" stands loses its last two characters, which takes the cents of every amount from
# .01 to .09 (10.05 counts as 10, 20.09 as 20), while 12.34 stays; and two equal purchases of one day count once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rfm==1.0.9 pandas==2.2.3 numpy==2.2.6 matplotlib==3.11.2
MPLBACKEND=agg "$folder/venv/bin/python" - <<'PYTHON'
import pandas as pd
from rfm import RFM

orders = pd.DataFrame(
    [
        ("A", "2024-01-05", 10.05),
        ("A", "2024-02-03", 20.09),
        ("B", "2024-01-10", 7.50),
        ("B", "2024-01-10", 7.50),
        ("C", "2024-03-03", 100.01),
        ("D", "2024-03-09", 30.00),
        ("E", "2024-03-20", 12.34),
    ],
    columns=["customer", "order_date", "amount"],
)
true = orders.groupby("customer")["amount"].agg(["count", "sum"]).round(2)
scored = RFM(orders.copy(), "customer", "order_date", "amount").rfm_table.set_index("customer").sort_index()
print(true.join(scored[["frequency", "monetary_value"]]))
assert true["sum"].to_dict() == {"A": 30.14, "B": 15.0, "C": 100.01, "D": 30.0, "E": 12.34}
assert scored["monetary_value"].to_dict() == {"A": 30.0, "B": 7.5, "C": 100.0, "D": 30.0, "E": 12.34}
assert true["count"].to_dict() == {"A": 2, "B": 2, "C": 1, "D": 1, "E": 1}
assert scored["frequency"].to_dict() == {"A": 2, "B": 1, "C": 1, "D": 1, "E": 1}
PYTHON
echo "as described"
