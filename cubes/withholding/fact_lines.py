"""The lines of a fact, each with a place that is the same in every question to a snapshot, whoever asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from cachetools import LRUCache

from cubes.cells.cell_query import CellQuery
from cubes.cells.fact_sql import FactRelation
from cubes.cells.scope import Scope
from cubes.model import Cube
from data.store.warehouse import Warehouse

MOST_FACTS = 4
# What tells a line where a policy's views count some columns anew.
TOLD_BY = {"purchase": "hash(purchase.batch, purchase.row_in_source)"}


@dataclass(frozen=True, eq=False)
class FactLines:
    """Of each line, in the order of `hashes`, which tell them: how many are `alike`, its customer and its order.

    0 is a customer whom nobody knows, and an order where the fact tells none.
    """

    hashes: np.ndarray
    alike: np.ndarray
    customers: np.ndarray
    orders: np.ndarray

    @cached_property
    def _starts(self) -> np.ndarray:
        """Of each beginning that a hash may have the place of the first one from there on."""
        bits = max(len(self.hashes), 2).bit_length() + 1
        many = np.bincount((self.hashes >> np.uint64(64 - bits)).astype(np.int64), minlength=1 << bits)
        return np.concatenate([[0], np.cumsum(many)[:-1]])

    def places_of(self, hashes: np.ndarray) -> np.ndarray:
        """The places of lines: from the first that begins alike, which is hardly ever far off."""
        bits = len(self._starts).bit_length() - 1
        found = self._starts[(hashes >> np.uint64(64 - bits)).astype(np.int64)]
        left = np.flatnonzero(self.hashes[found] < hashes)
        while len(left):
            found[left] += 1
            left = left[self.hashes[found[left]] < hashes[left]]
        return found


def line_of(fact: str) -> str:
    """What tells a line, as SQL."""
    return TOLD_BY.get(fact, f"hash({fact})")


def fact_lines(warehouse: Warehouse, cube: Cube) -> FactLines:
    """The lines of a cube's fact, whether or not the policy shows them; kept for the facts that were asked last."""
    key = (str(warehouse.path), warehouse.snapshot, cube.fact)
    with _LOCK:
        found = _kept().get(key)
        if found is None:
            found = _kept()[key] = _read(warehouse.whole, cube)
        return found


def _read(warehouse: Warehouse, cube: Cube) -> FactLines:
    relation, customer = FactRelation(cube, {}), cube.level("customer")
    facts = relation.source(CellQuery((customer,), ((True,),), (), Scope(None, (), ()), {}), [])
    order = f"{cube.fact}.order_key" if cube.has_orders else "0"
    found = warehouse.arrays(
        f"SELECT {line_of(cube.fact)} AS line, {relation.column(customer)} AS customer, {order} AS order_key {facts}"
    )
    hashes, first, alike = np.unique(np.ma.getdata(found["line"]), return_index=True, return_counts=True)
    customers, orders = (
        np.ma.getdata(found[name])[first].astype(np.int32) for name in ("customer", "order_key")
    )
    return FactLines(hashes, alike.astype(float), customers, orders)


@cache
def _kept() -> LRUCache[tuple[str, str, str], FactLines]:
    return LRUCache(MOST_FACTS)


_LOCK = threading.Lock()
