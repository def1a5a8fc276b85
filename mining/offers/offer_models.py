"""Models that score products for customers: popularity, personal frequency, recent frequency and EASE.

Each scores rows of `BoughtProducts` against all its products; the higher, the sooner offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from data.errors import BadRequest
from mining.offers.bought_products import BoughtProducts

EASE_LAMBDA = 200.0
MOST_PRODUCTS = 6_000
TIE = np.float32(1e-3)  # of a day: popularity parts ties alone


class OfferModel(Protocol):
    """What a model of offers answers."""

    NAME: ClassVar[str]

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Scores of all products (columns) for these customers (rows), float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """The same for everybody: how many customers bought the product."""

    NAME: ClassVar[str] = "Popularity"
    bought: BoughtProducts

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return np.broadcast_to(ties(self.bought), (len(rows), len(self.bought.products))).copy()


@dataclass(frozen=True, slots=True, eq=False)
class PersonalFrequency:
    """On how many days the customer bought the product; ties by popularity (Li et al. 2021's personal top)."""

    NAME: ClassVar[str] = "Personal frequency"
    bought: BoughtProducts

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return _own(self.bought, self.bought.days, rows)


@dataclass(frozen=True, slots=True, eq=False)
class RecentFrequency:
    """The same, days counting half as much every 90 days: the own part of TIFU-KNN (Hu et al. 2020), by the clock."""

    NAME: ClassVar[str] = "Recent frequency"
    bought: BoughtProducts

    @property
    def values(self) -> np.ndarray:
        """The score of each pair of `bought`."""
        found: np.ndarray = self.bought.weight + TIE * ties(self.bought)[self.bought.indices]
        return found

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return _own(self.bought, self.bought.weight, rows)


@dataclass(frozen=True, slots=True, eq=False)
class Ease:
    """EASE (Steck 2019, equation 8): the linear model of each product on all others, in closed form.

    `weights` is products x products, zero on its diagonal; `together` counts customers who bought both (buyers on the
    diagonal).
    """

    NAME: ClassVar[str] = "EASE"
    bought: BoughtProducts
    weights: np.ndarray
    together: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.bought.matrix()[rows] @ self.weights
        return found


def ties(bought: BoughtProducts) -> np.ndarray:
    """Popularity below one half: it orders what a whole day does not (float32)."""
    found: np.ndarray = (bought.buyers / (2.0 * len(bought.customers) + 1.0)).astype(np.float32)
    return found


def fit_ease(bought: BoughtProducts, ridge: float = EASE_LAMBDA) -> Ease:
    """Fit on what was bought at all. Raises BadRequest beyond 6,000 products: time grows with their cube."""
    count = len(bought.products)
    if count > MOST_PRODUCTS:
        raise BadRequest(
            f"{count:,} products were bought, and new offers are told among {MOST_PRODUCTS:,} at most.",
            "Filter by a department or a category.",
        )
    matrix = bought.matrix()
    together = (matrix.T @ matrix).toarray()
    inverse = np.array(together, dtype=np.float64, order="F")
    inverse[np.diag_indices(count)] += ridge
    factor, failed = lapack.dpotrf(inverse, lower=1, overwrite_a=1)
    inverse, undone = lapack.dpotri(factor, lower=1, overwrite_c=1)
    assert not failed, "a Gram matrix with a ridge is positive definite"
    assert not undone
    below = np.tril(inverse)
    whole = below + np.tril(inverse, -1).T
    weights = (-whole / np.diag(whole)).astype(np.float32)
    weights[np.diag_indices(count)] = 0
    return Ease(bought, weights, together.astype(np.float32))


def _own(bought: BoughtProducts, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    matrix: sparse.csr_array = bought.matrix(values)[rows]
    found: np.ndarray = matrix.toarray()
    return found + TIE * ties(bought)
