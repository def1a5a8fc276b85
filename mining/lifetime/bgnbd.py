"""BG/NBD: while alive a customer buys at a rate of its own, and after each repeat purchase may leave.

Fader, Hardie & Lee, "'Counting your customers' the easy way: an alternative to the Pareto/NBD model", Marketing
Science 24 (2005). Who never came back counts as alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mining.lifetime.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class BgNbd(BetaGeometric):
    """The model with its four parameters."""

    NAME: ClassVar[str] = "BG/NBD"
    LEAVES_AT_ONCE: ClassVar[bool] = False
