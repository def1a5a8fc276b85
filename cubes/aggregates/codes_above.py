"""What lies above each member of a level, where every member always lies in one: by arrays, whoever asks."""

from __future__ import annotations

import numpy as np


def codes_above(below: np.ndarray, above: np.ndarray) -> np.ndarray | None:
    """The code above by the code below, told by pairs of both; None where one below lies in several above.

    >>> codes_above(np.array([0, 1, 1, 2]), np.array([5, 7, 7, 5])).tolist()
    [5, 7, 5]
    >>> codes_above(np.array([0, 0]), np.array([5, 7]))
    """
    found = np.zeros(int(below.max(initial=0)) + 1, above.dtype)
    found[below] = above
    return found if bool((found[below] == above).all()) else None
