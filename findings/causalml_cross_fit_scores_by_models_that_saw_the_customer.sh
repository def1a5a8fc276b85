#!/usr/bin/env bash
# causalml 0.18.0 (scikit-learn 1.9.1, numpy 2.4.6): the doubly robust learner "with cross-fitting" does not keep a
# customer away from the models that score them. BaseDRRegressor.fit cuts the rows in three and rotates the parts among
# outcome models, propensities and effect models; fit_predict then scores each row by the mean of all three effect models,
# one of which was fitted to it, and another to what an outcome model said that was. So its scores of the customers it
# learned from cannot be judged on these customers: where treatment changes nothing and value is pure noise, the better
# half by score shows .2 to .3 standard deviations of uplift in each of five draws; on new customers the same models show
# none. Cross-fitting in the name guards the nuisance terms alone.
# Seen by running it on 2026-12-01. In the product each customer is scored by models of folds that they are not in.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check \
    causalml==0.18.0 scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1
"$folder/env/bin/python" -W ignore - <<'PY'
import numpy as np
from causalml.inference.meta import BaseDRRegressor
from sklearn.tree import DecisionTreeRegressor


def uplift_of_better_half(score, value, treated):
    best = score > np.median(score)
    return value[best & (treated == 1)].mean() - value[best & (treated == 0)].mean()


random, many = np.random.default_rng(1), 4000
learned, new = [], []
for draw in range(5):
    known = random.standard_normal((2 * many, 5))
    treated = (random.random(2 * many) < 0.5).astype(int)
    noise = random.standard_normal(2 * many)
    trees = DecisionTreeRegressor(min_samples_leaf=50, random_state=0)
    model = BaseDRRegressor(learner=trees, control_name=0)
    half = np.full(many, 0.5)  # the share that was treated, known and given
    told = model.fit_predict(X=known[:many], treatment=treated[:many], y=noise[:many], p=half, seed=draw)[:, 0]
    learned.append(uplift_of_better_half(told, noise[:many], treated[:many]))
    later = model.predict(known[many:])[:, 0]
    new.append(uplift_of_better_half(later, noise[many:], treated[many:]))
print("customers it learned from:", np.round(learned, 2), "new customers:", np.round(new, 2))
assert min(learned) > 0.15, learned
assert max(map(abs, new)) < 0.12, new
PY
echo "As described."
