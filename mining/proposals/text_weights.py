"""How much each gram tells of a text: what stands in few texts tells more.

Salton and Buckley, "Term-weighting approaches in automatic text retrieval", Inf. Process. Manage. 24 (1988):
(1 + ln count) x (1 + ln((1 + texts) / (1 + texts that hold it))), each text then of length 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

Numbers = npt.NDArray[np.float64]


def rarity(texts: int, holding: npt.NDArray[np.int64]) -> Numbers:
    """The factor of grams that stand in so many of so many texts."""
    found: Numbers = np.log((1 + texts) / (1 + holding)) + 1
    return found


def text_weights(table: csc_array) -> csr_array:
    """Counts (texts x grams, none of them 0) as weights; a text without grams has length 0, others 1."""
    texts = table.shape[0]
    holding = np.diff(table.indptr)
    values = (1 + np.log(table.data)) * np.repeat(rarity(texts, holding), holding)
    length = np.sqrt(np.bincount(table.indices, weights=values**2, minlength=texts))
    return csr_array(
        csc_array((values / length[table.indices], table.indices, table.indptr), shape=table.shape)
    )
