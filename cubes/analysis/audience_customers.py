"""The customers behind a cell, and behind an audience's question: as many as the cell counts, where it counts them."""

from __future__ import annotations

import numpy as np

from cubes.analysis.audience_question import AudienceQuestion
from cubes.query import Query
from data.store.warehouse import Warehouse


def audience_customers(warehouse: Warehouse, question: AudienceQuestion) -> np.ndarray:
    """The codes (int32, > 0, sorted, each once) of the customers that an audience asks for. Raises BadRequest."""
    raise NotImplementedError


def customers_of(warehouse: Warehouse, query: Query) -> np.ndarray:
    """The same of one question: the known customers of the rows that its first measure counts within its cuts."""
    raise NotImplementedError
