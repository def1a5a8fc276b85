#!/usr/bin/env bash
# mta 0.0.9 (pandas 3.1.1, numpy 2.4.6, scikit-learn 1.9.1), time decay of one sale after "search > mail > search".
# A good guess, and what mta's page says (more credit to more recent touches): search, which was first and last, has
# more than mail in any time decay; and linear gives it two thirds of three touches.
# Seen: mta keeps each channel's first place only and weights places 1, 2, 3: mail has two thirds and the channel of the
# last touch one third; and its linear shares by channel, half and half. "mail > search" alone gives search two thirds,
# so the earlier touch of search cost it half its credit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    mta==0.0.9 pandas==3.1.1 numpy==2.4.6 scikit-learn==1.9.1 arrow==1.4.0
"$folder/venv/bin/python" - <<'PYTHON'
import pandas as pd
from mta.mta import MTA


def search_has(journey: str) -> dict[str, float]:
    model = MTA(pd.DataFrame({"path": [journey], "total_conversions": [1], "total_null": [0]})).time_decay().linear()
    return {name: round(float(model.attribution[name]["search"]), 4) for name in ("time_decay", "linear")}


late, both_ends = search_has("mail > search"), search_has("search > mail > search")
print("share of search:", late, both_ends)
assert late == {"time_decay": 0.6667, "linear": 0.5}
assert both_ends == {"time_decay": 0.3333, "linear": 0.5}
PYTHON
echo "as described"
