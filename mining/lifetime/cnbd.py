"""MBG/CNBD-k: as the MBG/NBD, for customers who buy at regular intervals: the wait is Erlang-k, not exponential.

Platzer & Reutterer, "Ticking away the moments: timing regularity helps to better predict customer activity",
Marketing Science 35 (2016). Expectations are exact (their paper's are scaled from the MBG/NBD).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from data.errors import BadRequest
from mining.lifetime.beta_geometric import BetaGeometric
from mining.lifetime.purchase_histories import DistinctHistories, Numbers


@dataclass(frozen=True)
class MbgCnbd(BetaGeometric):
    """The model with its four parameters, and `k` events to a purchase: 1 is the MBG/NBD."""

    k: int = 2  # type: ignore[misc]

    NAME: ClassVar[str] = "MBG/CNBD-k"
    LEAVES_AT_ONCE: ClassVar[bool] = True
    DISCOUNT_NODES: ClassVar[int] = (
        4  # within 4 parts in 100,000 for three years; each is a sum of many tails
    )

    def discounted(self, annual_rate: float, horizon: float | None, rows: DistinctHistories) -> Numbers:
        """As of every model, but within a horizon only. Raises BadRequest without one."""
        if horizon is None:
            raise BadRequest(
                f"The {self.NAME} tells no value without an end.", "Give a horizon of some years."
            )
        return super().discounted(annual_rate, horizon, rows)

    def regular(self, k: int) -> MbgCnbd:
        """The same customers, with `k` events to a purchase in as much time."""
        return replace(self, k=k, alpha=self.alpha * self.k / k)
