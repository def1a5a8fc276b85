"""Rules that say nothing new: a shorter left side does as well, or an item on the left adds nothing to the others."""

from __future__ import annotations

from math import log

import numpy as np

from mining.patterns.candidate_rules import CandidateRules
from mining.patterns.hypergeometric_tail import log_tail

LEVEL = 0.05


def redundant(rules: CandidateRules) -> np.ndarray:
    """Which candidates have a shorter left side, the empty one included, with at least the same confidence.

    Bayardo, Agrawal & Gunopulos (1999): improvement of nought or less. Each looks at the rules with one item fewer,
    which know the best of all that are shorter still.
    """
    best = rules.right.copy(), np.full(len(rules), rules.baskets, dtype=np.int64)
    for split in rules.splits:
        here = split.candidates
        for place in rules.shorter(split):
            for parts, wholes in ((rules.both[place], rules.left[place]), (best[0][place], best[1][place])):
                better = parts * best[1][here] > best[0][here] * wholes
                best[0][here] = np.where(better, parts, best[0][here])
                best[1][here] = np.where(better, wholes, best[1][here])
    found: np.ndarray = best[0] * rules.left >= rules.both * best[1]
    return found


def productive(rules: CandidateRules, among: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Which of these candidates (a mask) gain by each item on their left: given the others, it makes the right side
    likelier by Fisher's exact test. Webb (2007), Discovering significant patterns, equation 2."""
    found = among.copy()
    for split in rules.splits:
        here = np.flatnonzero(among[split.candidates]) + split.candidates.start
        if not len(here):
            continue
        if len(split.left) == 1:
            found[here] = rules.log_p[here] <= log(level)
        for place in rules.shorter(split):
            rest = place[here - split.candidates.start]
            still = found[here]
            tail = log_tail(
                rules.both[here[still]],
                rules.left[here[still]],
                rules.both[rest[still]],
                rules.left[rest[still]],
            )
            found[here[still]] = tail <= log(level)
    return found
