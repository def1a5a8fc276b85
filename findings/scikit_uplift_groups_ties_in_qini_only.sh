#!/usr/bin/env bash
# scikit-uplift 0.5.1 (scikit-learn 1.9.1, numpy 2.4.6): metrics of one library treat customers of one score differently.
# qini_auc_score puts them into one step: a score that is the same for all is 0 in any order of rows. uplift_at_k,
# weighted_average_uplift and uplift_by_percentile cut through ties by the order of the rows: with such a score and the
# rows sorted by response, uplift@30% is 0 where it is .062 as the rows came. Who validates a coarse score (few leaves, a
# segment) by uplift@k on a file that is sorted by outcome reads the order of the file.
# And qini_auc_score takes 0 and 1 alone: of money it raises from inside numpy, not in words about the outcome.
# Seen by running it on 2026-11-30. In the product ties are one step in every figure of uplift, and money is allowed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check \
    scikit-uplift==0.5.1 scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$folder/env/bin/python" -W ignore - <<'PY'
import numpy as np
from sklift.metrics import qini_auc_score, uplift_at_k, uplift_by_percentile, weighted_average_uplift

random, many = np.random.default_rng(0), 2000
treated = random.integers(0, 2, many)
responded = (random.random(many) < 0.1 + 0.05 * treated).astype(int)
same = np.ones(many)
orders = {"as it came": np.arange(many), "responders first": np.argsort(-responded, kind="stable")}
seen = {}
for name, rows in orders.items():
    data = responded[rows], same, treated[rows]
    seen[name] = (
        float(qini_auc_score(*data)),
        round(float(uplift_at_k(*data, strategy="overall", k=0.3)), 3),
        round(float(weighted_average_uplift(*data)), 3),
        uplift_by_percentile(*data, bins=4)["uplift"].round(3).tolist(),
    )
    print(name, *seen[name])
money = responded * random.gamma(2, 20, many)
try:
    qini_auc_score(money, random.random(many), treated)
    raise SystemExit("the Qini of money is told now")
except ValueError as error:
    print("Qini of money:", error)
    assert "broadcast" in str(error), error
one, other = seen.values()
assert one[0] == other[0] == 0.0, seen
assert (one[1], other[1]) == (0.062, 0.0), seen
assert one[2] != other[2] and one[3] != other[3], seen
PY
echo "As described."
