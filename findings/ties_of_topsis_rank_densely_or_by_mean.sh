#!/usr/bin/env bash
# scikit-criteria 0.10 and pymcdm 1.4.0 (numpy 2.4.6): two rankings that agree on every score count ties otherwise, so
# that ranks of the one are no ranks of the other. Seven alternatives, the last a copy of the first, TOPSIS with the vector
# norm in both: similarities equal to 1e-12. pymcdm ranks the two copies 3.5 and who follows 5, to 7 in all (mean ranks);
# scikit-criteria ranks both 3 and who follows 4, to 6 in all (dense ranks), though seven stand in the list. A worst rank, a
# rank correlation between the two libraries, or "rank 4 of 7" then says something else by library: the third distinct
# score beside two equal ones is fourth in the one and fifth in the other.
# Seen by running it on 2026-12-01. In the product a rank is one more than how many are better: 3, 3, 5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check scikit-criteria==0.10 pymcdm==1.4.0 numpy==2.4.6
"$folder/env/bin/python" -W ignore - <<'PY'
import numpy as np
import skcriteria
from pymcdm.methods import TOPSIS
from pymcdm.normalizations import vector_normalization
from skcriteria.agg.similarity import TOPSIS as OtherTOPSIS
from skcriteria.pipeline import mkpipe
from skcriteria.preprocessing.invert_objectives import NegateMinimize
from skcriteria.preprocessing.scalers import SumScaler, VectorScaler

stocks = np.array([[7, 5, 35], [5, 4, 26], [5, 6, 28], [3, 4, 36], [1, 7, 30], [5, 8, 30], [7, 5, 35]], float)
weights, types = np.array([2, 4, 1]), np.array([1, 1, -1])
scores = TOPSIS(vector_normalization)(stocks, weights / weights.sum(), types)
mean_ranks = TOPSIS(vector_normalization).rank(scores)
pipe = mkpipe(NegateMinimize(), VectorScaler("matrix"), SumScaler("weights"), OtherTOPSIS())
told = pipe.evaluate(skcriteria.mkdm(stocks, [max, max, min], weights=weights))
print("pymcdm:", mean_ranks, "scikit-criteria:", told.rank_)
assert np.allclose(scores, told.e_.similarity, atol=1e-12)
assert mean_ranks.tolist() == [3.5, 6, 2, 7, 5, 1, 3.5], mean_ranks
assert told.rank_.tolist() == [3, 5, 2, 6, 4, 1, 3], told.rank_
PY
echo "As described."
