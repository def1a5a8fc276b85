"""MBG/NBD: as the BG/NBD, but who bought once may have left at once.

Batislam, Denizel & Filiztekin, "Empirical validation and comparison of models for customer base analysis",
International Journal of Research in Marketing 24 (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mining.lifetime.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class MbgNbd(BetaGeometric):
    """The model with its four parameters."""

    NAME: ClassVar[str] = "MBG/NBD"
    LEAVES_AT_ONCE: ClassVar[bool] = True
