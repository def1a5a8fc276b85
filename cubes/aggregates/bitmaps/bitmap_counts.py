"""Counts the distinct customers of every cell of a plan by uniting stored sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np

from cubes.aggregates.bitmaps import customer_sets
from cubes.aggregates.bitmaps.bitmap_cells import BitmapCells
from cubes.aggregates.bitmaps.bitmap_edges import EdgeLines
from cubes.aggregates.bitmaps.bitmap_grains import CUSTOMER
from cubes.aggregates.bitmaps.bitmap_plan import BitmapPlan, of_customers
from cubes.aggregates.bitmaps.bitmap_roads import Road, road_of
from cubes.aggregates.bitmaps.customer_filters import Clientele, Split
from cubes.cells.byte_cache import SETS
from cubes.cells.grain import Grain
from cubes.cells.scope import Filter, Scope

MANY_SETS = 4  # of a bit each customer, whose union is kept


class BitmapCounts:
    """Who is in the stored cells of a measure, and the lines beside them. Safe to use from many threads."""

    def __init__(self, cells: BitmapCells, edges: EdgeLines, clientele: Clientele) -> None:
        self.cells, self.edges, self._clientele = cells, edges, clientele
        self.warehouse, self.cube = cells.warehouse, cells.cube

    def counts(self, way: BitmapPlan) -> tuple[list[np.ndarray], np.ndarray]:
        """The codes of each kept level (int32; -1 beyond its top), and the exact number of customers (int64).

        Of one grouping set: those cells in which there is anybody, and where the sets tell of them, those that have
        lines of nobody known, with 0.
        """
        kept, scope, tops, road = way.kept, way.scope, way.tops, self._whole_road(way)
        customers = of_customers(self.cube, kept)
        split = self._clientele.split(customers, tops)
        found, there = self._counted(road, split, self._clientele.mask(self._filters_of_customers(scope)))
        group, part = np.nonzero(there)
        codes = dict(zip(customers, (each[part] for each in split.codes), strict=True))
        codes |= {level: own[group] for level, own in road.codes.items()}
        return [codes[level] for level in kept], found[group, part]

    def customers(self, way: BitmapPlan) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """The codes of each cell of a way by levels that describe no customer, and the customers in it by their codes
        (int32, ascending, each once)."""
        road = self._whole_road(way)
        mask = self._clientele.mask(self._filters_of_customers(way.scope))
        of_key, ends = self._clientele.codes(CUSTOMER), np.append(road.begins[1:], len(road.rows))
        united = self._united(road, np.arange(len(ends)), ends)
        for cell, bits in zip(
            zip(*(road.codes[level] for level in way.kept), strict=True), united, strict=True
        ):
            kept = bits if mask is None else customer_sets.both(bits, mask)
            codes = of_key[customer_sets.as_keys(kept)]
            if len(known := codes[codes > 0]):
                yield tuple(map(int, cell)), customer_sets.distinct(known)

    def _whole_road(self, way: BitmapPlan) -> Road:
        """The road with the customers of the lines that are read beside what is stored."""
        for period in way.covered.periods:  # a way may be kept longer than what it was found in
            self.cells.stored(Grain(period, way.family))
        edges = self.edges.customers(way.covered, way.kept, way.scope, way.held)
        if not edges:
            return way.road
        return road_of(self.cells, way.family, way.covered, way.kept, way.scope, way.tops, edges)

    def _filters_of_customers(self, scope: Scope) -> list[Filter]:
        return [each for each in scope.filters if self.cube.level(each.level).dimension == CUSTOMER]

    def _counted(self, road: Road, split: Split, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """The customers of each group of the road (rows) in each group of the split (columns), and whether there are
        lines in it."""
        found = np.zeros((len(road.begins), split.groups), np.int64)
        there = np.zeros(found.shape, np.bool_)
        ends = np.append(road.begins[1:], len(road.rows))
        whole = split.groups == 1 and not split.codes and mask is None
        told = road.alone & (road.rows[road.begins] >= 0) & whole
        if told.any():
            found[told] = np.add.reduceat(road.counted, road.begins)[told, None]
            there[told] = True
        left = np.flatnonzero(~told)
        nobody = self._clientele.nobody
        for at, bits in zip(left, self._united(road, left, ends), strict=True):
            kept = bits if mask is None else customer_sets.both(bits, mask)
            found[at] = split.counts(kept)
            there[at] = found[at] > 0
            if len(unknown := customer_sets.held(kept, nobody)):
                found[at] -= split.counts(unknown)
        return found, there

    def _united(self, road: Road, groups: np.ndarray, ends: np.ndarray) -> Iterator[np.ndarray]:
        """The customers of each of some groups, a set at a time."""
        wanted = [self.cells.with_sets(road.rows[road.begins[at] : ends[at]]) for at in groups]
        every = np.concatenate(wanted) if wanted else np.zeros(0, np.int64)
        fetched = self._fetched(every[every >= 0]) | dict(road.read)
        for rows in wanted:
            yield self._union(tuple(rows.tolist()), fetched)

    def _union(self, rows: tuple[int, ...], fetched: Mapping[int, np.ndarray]) -> np.ndarray:
        """The customers of some rows; kept where many keys or sets come together, which takes longest."""
        parts = [fetched[row] for row in rows]
        words = self._clientele.words

        def make() -> tuple[np.ndarray, int]:
            found = customer_sets.united(parts, words)
            return found, found.nbytes

        keys = [len(each) for each in parts if not customer_sets.is_dense(each)]
        is_long = sum(keys) > words or len(parts) - len(keys) >= MANY_SETS
        if len(parts) > 1 and min(rows) >= 0 and is_long:
            return SETS.keep((self.warehouse.version, "union", rows), make)
        return customer_sets.united(parts, words)

    def _fetched(self, rows: np.ndarray) -> dict[int, np.ndarray]:
        """The stored set of each row, from the shelf or from the disk."""
        version = self.warehouse.version
        found = {row: cast(np.ndarray, SETS.get((version, row))) for row in rows.tolist()}
        missing = [row for row, bits in found.items() if bits is None]
        if missing:
            stored = self.warehouse.arrays(
                "SELECT rowid AS number, bits FROM rollup.bitmap WHERE rowid IN (SELECT unnest(?::BIGINT[]))",
                [missing],
            )
            for row, bits in zip(stored["number"].tolist(), stored["bits"], strict=True):
                found[row] = customer_sets.decoded(bits, self._clientele.words)
                SETS.put((version, row), found[row], found[row].nbytes)
        return found
