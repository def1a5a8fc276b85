#!/usr/bin/env bash
# sbc-classification 0.0.4 (numpy 2.4.6, pandas 3.1.1, matplotlib 3.11.2), the forecasting method for a customer's
# purchases by Syntetos, Boylan and Croston (2005), whose borders are p = 1.32 and CV2 = .49.
# A good guess, and the paper's figure: Croston for smooth demand (below both borders), SBA for the other three kinds.
# Seen: smooth demand is told SBA and erratic demand (bought each period, wildly unequal) Croston, the two turned
# round; the picture that the package draws of the same table shades the smooth corner as Croston's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    sbc-classification==0.0.4 numpy==2.4.6 pandas==3.1.1 matplotlib==3.11.2
MPLBACKEND=agg "$folder/venv/bin/python" - <<'PYTHON'
import pandas as pd
from sbc.sbc_class import sbc_class

bought = pd.DataFrame(
    {
        "smooth": [10.0, 11, 9, 10, 12, 10, 9, 11, 10, 10],
        "erratic": [1.0, 30, 2, 1, 40, 3, 1, 2, 50, 1],
        "intermittent": [0.0, 0, 10, 0, 11, 0, 0, 9, 0, 0],
        "lumpy": [0.0, 0, 1, 0, 0, 50, 0, 2, 0, 0],
    }
)
told = sbc_class(bought).set_index("target")
print(told)
kinds = {name: (bool(row["p"] > 1.32), bool(row["CV Squared"] > 0.49)) for name, row in told.iterrows()}
assert kinds == {
    "smooth": (False, False),
    "erratic": (False, True),
    "intermittent": (True, False),
    "lumpy": (True, True),
}
assert told["model"].to_dict() == {"smooth": "SBA", "erratic": "Croston", "intermittent": "SBA", "lumpy": "SBA"}
PYTHON
echo "as described"
