"""The interval of a share: where it may lie, seen in so many of so many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Z95 = 1.959963984540054


def wilson(part: Numbers, whole: Numbers, z: float = Z95) -> tuple[Numbers, Numbers]:
    """The ends, 0 to 1, between which the share `part` / `whole` lies; NaN where the whole is 0.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    n = np.where(whole > 0, whole, np.nan).astype(float)
    share = part / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
