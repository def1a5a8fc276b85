#!/usr/bin/env bash
# marketing-attribution-models 2.1.1 (polars 2.1.0, pandas 3.1.1), run_shapley with its usual max_size of 4, on a
# hundred sales that all took one journey over five channels.
# A good guess: five channels that never appear apart share alike, 20 sales each, whatever they are called.
# Seen: a longer journey is cut to the last four channels of the alphabet: the first has nothing, though the journey
# began with it, and renaming it gives it 25 and takes all from another; no warning, and the sum is still right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    marketing-attribution-models==2.1.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import polars as pl
from mam.core import MAM


def credit(channels: list[str], max_size: int) -> dict[str, float]:
    journeys = pl.DataFrame({"path": [" > ".join(channels)], "sales": [100], "sold": [True]})
    model = MAM(journeys, "grouped_journey", "path", "sold", occurrences_colname="sales")
    shares = dict(model.run_shapley(max_size=max_size).to_polars().iter_rows())
    return {channel: round(shares.get(channel, 0.0), 6) for channel in channels}


named = credit(["affiliate", "display", "mail", "search", "social"], 4)
renamed = credit(["partner", "display", "mail", "search", "social"], 4)
whole = credit(["affiliate", "display", "mail", "search", "social"], 5)
print(named, renamed, whole, sep="\n")
assert named == {"affiliate": 0, "display": 25, "mail": 25, "search": 25, "social": 25}
assert renamed == {"partner": 25, "display": 0, "mail": 25, "search": 25, "social": 25}
assert set(whole.values()) == {20}
PYTHON
echo "as described"
