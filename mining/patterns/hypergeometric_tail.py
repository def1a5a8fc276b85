"""The upper tail of the hypergeometric distribution in logarithms, of many tables at once: Fisher's one-sided test."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

PRECISE = 1e-15
TOGETHER = 200_000


def log_tail(both: np.ndarray, marked: np.ndarray, drawn: np.ndarray, whole: np.ndarray | int) -> np.ndarray:
    """log P(X >= both) where X of `drawn` baskets out of `whole`, of which `marked` are marked, are marked by chance.

    Fisher (1922); the terms follow from one another by their ratio, so that 1e-300 and less keep their digits.
    """
    columns = np.broadcast_arrays(both, marked, drawn, whole)
    k, m, n, size = (np.asarray(each, dtype=np.float64).ravel() for each in columns)
    found = np.empty(len(k))
    for at in range(0, len(k), TOGETHER):
        part = slice(at, at + TOGETHER)
        found[part] = _log_tail(k[part], m[part], n[part], size[part])
    shaped: np.ndarray = found.reshape(columns[0].shape)
    return shaped


def _log_tail(k: np.ndarray, m: np.ndarray, n: np.ndarray, size: np.ndarray) -> np.ndarray:
    found = np.zeros(len(k))
    certain = k <= np.maximum(0, m + n - size)
    high = ~certain & (k > n * m / size)
    low = ~certain & ~high
    if high.any():
        of = k[high], m[high], n[high], size[high]
        found[high] = _log_mass(*of) + np.log(_terms(*of, up=True))
    if low.any():
        of = k[low] - 1, m[low], n[low], size[low]
        below = np.exp(_log_mass(*of)) * _terms(*of, up=False)
        found[low] = np.log1p(-np.minimum(below, 1.0))
    least: np.ndarray = np.minimum(found, 0.0)
    return least


def _log_mass(k: np.ndarray, m: np.ndarray, n: np.ndarray, size: np.ndarray) -> np.ndarray:
    """log P(X = k)."""
    mass: np.ndarray = _log_choose(m, k) + _log_choose(size - m, n - k) - _log_choose(size, n)
    return mass


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    chosen: np.ndarray = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return chosen


def _terms(k: np.ndarray, m: np.ndarray, n: np.ndarray, size: np.ndarray, up: bool) -> np.ndarray:
    """The sum of P(X = i) / P(X = k) over i from k on, up or down, away from the mode."""
    total, term = np.ones(len(k)), np.ones(len(k))
    rows = np.arange(len(k))
    while len(rows):
        if up:
            term = term * (m - k) * (n - k) / ((k + 1) * (size - m - n + k + 1))
            k = k + 1
        else:
            term = term * k * (size - m - n + k) / ((m - k + 1) * (n - k + 1))
            k = k - 1
        total[rows] += term
        going = term > PRECISE * total[rows]
        if going.sum() < 0.75 * len(rows) or not going.any():
            rows, k, m, n, size, term = (each[going] for each in (rows, k, m, n, size, term))
    return total
