"""Integrals of smooth, positive functions, many at once: Gauss-Legendre, in the logarithm where scales differ."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@cache
def legendre(nodes: int) -> tuple[Numbers, Numbers]:
    """Nodes in (0, 1) and their weights."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return (at + 1) / 2, weights / 2


def in_logarithm(low: Numbers, high: Numbers, shift: float, nodes: int) -> tuple[Numbers, Numbers]:
    """`shift` + node (n x rows) of the integral from `low` to `high`, and the weights, even in its logarithm."""
    at, weights = legendre(nodes)
    start = np.log(shift + low)
    span = np.log(shift + high) - start
    moved = np.exp(start + at[:, None] * span)
    return moved, weights[:, None] * span * moved
