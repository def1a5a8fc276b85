"""Who stands in an audience: rows of the warehouse, each with the publications with which somebody came and left.

A member is held by every number that sources know the customer by (`identity_key`): whoever is merged is counted once,
and of two who are told apart both stay, for nobody knows which of them it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from data.connection import Connection, Rows
from data.errors import BadRequest
from data.model.canonical_tables import CUSTOMER

Arrays = Callable[[str, Sequence[Any]], dict[str, np.ndarray]]
MOST_REGIONS = 5

MEMBERS = """SELECT DISTINCT customer_code AS code FROM audience_member JOIN customer_identity USING (identity_key)
WHERE audience = ? AND went IS NULL ORDER BY code"""


def members(arrays: Arrays, id: str) -> np.ndarray:
    """The codes (int32, sorted, each once) of the customers who stand in an audience; `arrays` is a snapshot's."""
    return np.asarray(arrays(MEMBERS, [id])["code"], dtype=np.int32)


def course(rows: Rows, id: str) -> pl.DataFrame:
    """Who came and left: `publication`, `published_at`, `came`, `left`, `members` (customers), the earliest first."""
    raise NotImplementedError


def overlap(arrays: Arrays, ids: Sequence[str]) -> pl.DataFrame:
    """Every region of two to five audiences: `regions` (bit i set: in `ids[i]`), `customers`; every region, also of
    nobody. Raises BadRequest for more audiences than can be drawn."""
    raise NotImplementedError
