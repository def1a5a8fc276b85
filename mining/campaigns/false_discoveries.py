"""How many of several outcomes are luck: p values of all that was looked at, adjusted together.

Benjamini and Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57 (1995).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control


def false_discoveries(p: pl.Series) -> pl.Series:
    """The q of each p, null where there is none: among those at or below a q, that part is expected to be luck."""
    known = p.is_not_null().to_numpy()
    q = np.full(len(p), np.nan)
    if known.any():
        q[known] = false_discovery_control(p.drop_nulls().to_numpy())
    return pl.Series("q", q).fill_nan(None)
