"""MBG/CNBD-k: as the MBG/NBD, for customers who buy at regular intervals: the wait is Erlang-k, not exponential.

Platzer & Reutterer, "Ticking away the moments: timing regularity helps to better predict customer activity",
Marketing Science 35 (2016). Expectations are exact (their paper's are scaled from the MBG/NBD).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from mining.lifetime.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class MbgCnbd(BetaGeometric):
    """The model with its four parameters, and `k` events to a purchase: 1 is the MBG/NBD."""

    k: int = 2  # type: ignore[misc]

    NAME: ClassVar[str] = "MBG/CNBD-k"
    LEAVES_AT_ONCE: ClassVar[bool] = True

    def regular(self, k: int) -> MbgCnbd:
        """The same customers, with `k` events to a purchase in as much time."""
        return replace(self, k=k, alpha=self.alpha * self.k / k)
