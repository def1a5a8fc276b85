"""All pairs of texts that are alike by a least cosine, without holding all against all.

What two texts have in common is what they share of rare grams, and of others no more than the product of the lengths of
these parts (Cauchy and Schwarz). So only pairs that share enough of rare grams are held against one another, and texts
that have few of those once more among themselves; none is missed. Bounds of lengths: Anastasiu and Karypis, "L2AP: fast
cosine similarity search with prefix L-2 norm bounds", ICDE 2014.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from data.errors import BadRequest

UNTOLD = 0.5  # the share of texts that may be left to the next round
ROWS_AT_ONCE, PAIRS_AT_ONCE, MOST_PAIRS = 2_048, 50_000, 5_000_000
BANDS, WORKERS = 8, 2
SLACK, ROUNDING = 1e-9, 1e-5
Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


def near_pairs(weights: csr_array, least: float) -> tuple[Rows, Rows, Numbers]:
    """Rows `first` < `second` and their cosine, of all pairs at or above `least` (over 0 to 1), in order of rows.

    `weights` are texts of length 1, or 0 (`text_weights`). Raises BadRequest where more than MOST_PAIRS may be alike.
    """
    found = list(_rounds(weights, least))
    keys = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    first, second = keys // weights.shape[0], keys % weights.shape[0]
    score = cosines(weights, first, second)
    is_near = score >= least - SLACK
    return first[is_near], second[is_near], score[is_near]


def _rounds(weights: csr_array, least: float) -> Iterator[Rows]:
    """Candidates as `first` x texts + `second`: those of all texts, then of those that have few rare grams."""
    rows, texts = np.arange(weights.shape[0]), weights.shape[0]
    while len(rows):
        part = weights if len(rows) == texts else weights[rows]
        rare, rest = _split(part, least)
        is_left = rest >= least - SLACK
        order = np.argsort(-rest, kind="stable")
        for one, other in _candidates(rare[order], rest[order], least):
            ends = rows[order[one]], rows[order[other]]
            yield np.minimum(*ends) * texts + np.maximum(*ends)
        rows = rows[is_left]


def _split(weights: csr_array, least: float) -> tuple[csr_array, Numbers]:
    """The part of rare grams that two texts hold, and how long the part of the others is.

    Rare is what stands in so few texts that UNTOLD of the texts at most are longer than `least` in the others.
    """
    texts, grams = weights.shape
    holding = np.bincount(weights.indices, minlength=grams)
    step = np.ceil(np.log2(np.maximum(holding, 1))).astype(np.int64)[weights.indices]
    of = np.repeat(np.arange(texts), np.diff(weights.indptr))
    steps = int(step.max(initial=0)) + 1
    squares = np.bincount(of * steps + step, weights=weights.data**2, minlength=texts * steps)
    above = np.sqrt(
        1e-15
        + np.cumsum(squares.reshape(texts, steps)[:, ::-1], axis=1)[:, ::-1]
        - squares.reshape(texts, steps)
    )
    enough = (above >= least - SLACK).mean(axis=0) <= UNTOLD
    last = int(np.argmax(enough)) if enough.any() else steps - 1
    kept = (step <= last) & (holding[weights.indices] > 1)
    starts = np.r_[0, np.cumsum(kept)][weights.indptr]
    rare = csr_array(
        (weights.data[kept].astype(np.float32), weights.indices[kept], starts), shape=weights.shape
    )
    return rare, above[:, last]


def _candidates(rare: csr_array, rest: Numbers, least: float) -> list[tuple[Rows, Rows]]:
    """Pairs whose shared rare grams and longest possible rest come to `least`, but for those of which both are left to
    the next round. Rows are in order of `rest`, the longest first."""
    found: list[tuple[Rows, Rows]] = []
    needed = (least - rest**2 - ROUNDING).astype(
        np.float32
    )  # of a row and those after it, whose rest is no longer
    is_left = rest >= least - SLACK
    band = max(ROWS_AT_ONCE, -(-rare.shape[0] // BANDS))
    with ThreadPoolExecutor(WORKERS) as pool:
        for top in range(0, rare.shape[0], band):
            later = csr_array(rare[top:].T)  # a text is held against those after it alone, within a band

            def within(start: int, top: int = top, later: csr_array = later) -> tuple[Rows, Rows]:
                end = min(start + ROWS_AT_ONCE, top + band)
                shared = rare[start:end] @ later
                at = np.flatnonzero(shared.data >= np.repeat(needed[start:end], np.diff(shared.indptr)))
                first = np.searchsorted(shared.indptr, at, side="right") - 1 + start
                second = shared.indices[at].astype(np.int64) + top
                may_be = shared.data[at] + rest[first] * rest[second] >= least - ROUNDING
                may_be &= (first < second) & ~(is_left[first] & is_left[second])
                return first[may_be], second[may_be]

            found += pool.map(within, range(top, min(top + band, rare.shape[0]), ROWS_AT_ONCE))
    if sum(len(first) for first, _ in found) > MOST_PAIRS:
        raise BadRequest(
            f"More than {MOST_PAIRS:,} pairs of texts may be alike.",
            "Ask for a higher likeness, or for fewer texts.",
        )
    return found


def cosines(weights: csr_array, first: Rows, second: Rows) -> Numbers:
    """The cosine of each pair of rows."""
    parts = (slice(at, at + PAIRS_AT_ONCE) for at in range(0, len(first), PAIRS_AT_ONCE))
    found = [weights[first[each]].multiply(weights[second[each]]).sum(axis=1) for each in parts]
    scores: Numbers = np.concatenate([np.empty(0), *found])
    return scores
