"""Which rules are more than chance: one family of tests over every candidate, before anything was chosen among them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import log

import numpy as np

LEVEL = 0.05


class Correction(StrEnum):
    """How the number of tests is allowed for."""

    BENJAMINI_HOCHBERG = "bh"
    BENJAMINI_YEKUTIELI = "by"
    BONFERRONI = "bonferroni"
    GIVEN_SUPPORT = "given_support"


@dataclass(frozen=True, slots=True)
class RuleFamily:
    """So many `tests`, of which `found` are significant: those whose log p is `log_threshold` or less."""

    correction: Correction
    tests: int
    found: int
    log_threshold: float


def family_of(log_p: np.ndarray, correction: Correction, level: float = LEVEL) -> RuleFamily:
    """The family of all these tests. Choosing rules by confidence first would choose them by p, and all would pass.

    Benjamini & Hochberg (1995, section 3.1) hold the share of false ones among those found at `level`, where tests are
    independent or positively dependent; Benjamini & Yekutieli (2001, theorem 1.3) under any dependence; Bonferroni
    the chance of a single false one. Given the support is Hochberg's of p values that allow for the support itself:
    see `CandidateRules.log_p_given`.
    """
    tests = len(log_p)
    if not tests:
        return RuleFamily(correction, 0, 0, -np.inf)
    if correction is Correction.BONFERRONI:
        threshold = log(level / tests)
        return RuleFamily(correction, tests, int((log_p <= threshold).sum()), threshold)
    ranks = np.arange(1, tests + 1)
    by = (1 / ranks).sum() if correction is Correction.BENJAMINI_YEKUTIELI else 1.0
    in_order = np.sort(log_p)
    passing = np.flatnonzero(in_order <= np.log(level * ranks / (tests * by)))
    if not len(passing):
        return RuleFamily(correction, tests, 0, -np.inf)
    return RuleFamily(correction, tests, int(passing[-1]) + 1, float(in_order[passing[-1]]))
