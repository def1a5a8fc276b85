"""A kind of what is counted beforehand is one entry in a list: it is chosen, filled, followed, asked and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cubes.aggregates import aggregate_kinds, space_budget
from cubes.aggregates.aggregate import NOTHING, Offer, Refused
from cubes.aggregates.aggregate_sizes import sizes
from cubes.aggregates.line_chunk import LineChunk, LineReader
from cubes.aggregates.publication_work import Change, TouchedSpan, Work
from cubes.ask.answer import ask
from cubes.ask.query_plan import PlanReason
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.reason import Because, Reason
from cubes.cells.statement import SqlStatement
from cubes.model import Cube
from cubes.query import Query
from data.connection import Connection
from data.model.fact_extent import Rows
from data.model.warehouse_profile import Profile
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse

TABLE = "rollup.lines_by_channel"
LINES = [Line(order=f"o{at}", day=date(2011, 1, 1 + at), channel=("Web", "Shop")[at % 2]) for at in range(5)]


class TallyReason(Reason):
    OTHER_QUESTION = ("it counts lines by channel alone",)


@dataclass
class Tally:
    """Counts of lines by channel, as another kind might keep them."""

    warehouse: Warehouse
    cost: int
    name: str = "the tally"
    names_every_cell: bool = True

    def offer(self, asked: CellQuery) -> Offer:
        if not self.warehouse.rows("FROM duckdb_tables() WHERE table_name = 'lines_by_channel'"):
            return NOTHING
        levels, measures = ([each.name for each in some] for some in (asked.levels, asked.measures))
        if (levels, measures) != (["channel"], ["order_lines"]):
            return Offer(None, refusals=lambda: (Refused(self.name, Because(TallyReason.OTHER_QUESTION)),))
        return Offer(self, self.cost)

    def words(self, sized: bool = True) -> str:
        return "the tally of lines by channel"

    def statement(self, asked: CellQuery) -> SqlStatement:
        return SqlStatement(
            f'SELECT code AS "channel.code", 0 AS grouping, lines AS order_lines FROM {TABLE}'
        )

    def cells(self, asked: CellQuery) -> list[Cells]:
        found = self.warehouse.arrays(f"SELECT code, sum(lines)::DOUBLE AS n FROM {TABLE} GROUP BY code")
        return [Cells((found["code"],), {"order_lines": found["n"]})]


class TallyRefresh:
    levels: Sequence[str] = ("channel",)
    columns: Mapping[str, str] = {"tallied": "1"}

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def begin(self, reader: LineReader, work: Work) -> None:
        assert not self.connection.execute(f"FROM {TABLE}").fetchall() or not work.anew

    def prepared(self, chunk: LineChunk, span: TouchedSpan) -> np.ndarray:
        return np.bincount(chunk.codes["channel"], chunk.columns["tallied"])

    def add(self, chunk: LineChunk, span: TouchedSpan, prepared: np.ndarray) -> None:
        counts = [[code, int(lines)] for code, lines in enumerate(prepared.tolist()) if lines]
        if span.change is not Change.REST:
            self.connection.executemany(f"INSERT INTO {TABLE} VALUES (?, ?)", counts)

    def finish(self, work: Work) -> None:
        pass


@dataclass
class TallyKind:
    cost: int = 0
    name: str = "tallies"
    share: float = 0.0

    def opened(self, warehouse: Warehouse, cube: Cube) -> Tally:
        return Tally(warehouse, self.cost)

    def tables(self, rows: Rows) -> list[str]:
        there = rows("FROM duckdb_tables() WHERE table_name = 'lines_by_channel'")
        return [TABLE] if there else []

    def is_current(self, connection: Connection, cube: Cube, profile: Profile) -> bool:
        return cube.name == "sales" and bool(
            connection.execute("FROM duckdb_tables() WHERE table_name = 'lines_by_channel'").fetchall()
        )

    def choose(self, connection: Connection, cube: Cube, *_: Any) -> float | None:
        if cube.name != "sales":
            return None
        connection.execute(f"CREATE TABLE {TABLE} (code INTEGER, lines INTEGER)")
        return 8.0

    def refresh(self, connection: Connection, cube: Cube, fresh: bool) -> TallyRefresh:
        return TallyRefresh(connection)

    def forget(self, connection: Connection, cube: Cube) -> None:
        if cube.name == "sales":
            connection.execute(f"DROP TABLE IF EXISTS {TABLE}")


def third(monkeypatch: pytest.MonkeyPatch, cost: int) -> None:
    """The list with another kind, which offers at this cost, in the place of roll-ups."""
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    monkeypatch.setattr(aggregate_kinds, "KINDS", (TallyKind(cost), *aggregate_kinds.KINDS[1:]))


def test_a_third_kind_is_filled_followed_asked_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third(monkeypatch, 0)
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    query = Query(("order_lines",), ("channel",))
    answer = ask(Warehouse(path), query)
    assert answer.source == "the tally of lines by channel"
    assert dict(answer.frame.select("channel", "order_lines").rows()) == {"Web": 3, "Shop": 2}
    with writing(path) as connection:
        connection.execute(
            "INSERT INTO sale SELECT * REPLACE (2 AS batch, 9 AS order_key) FROM sale WHERE order_key = 1"
        )
    again = Warehouse(path)
    assert dict(ask(again, query).frame.select("channel", "order_lines").rows()) == {"Web": 4, "Shop": 2}
    assert list(sizes(again).kinds["tallies"]) == [TABLE]


def test_an_offer_that_is_dearer_than_the_lines_is_refused_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third(monkeypatch, 1_000)
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", LINES)
    answer = ask(warehouse, Query(("order_lines",), ("channel",)))
    assert "rows of sale" in answer.source
    dearer = Refused("the tally", Because(PlanReason.DEARER_THAN_LINES, (1_000,)))
    assert dearer in answer.explain
    assert str(dearer) == "Not from the tally: its 1,000 words are more than the lines themselves."
    other = ask(warehouse, Query(("units",), ("channel",)))
    assert Refused("the tally", Because(TallyReason.OTHER_QUESTION)) in other.explain
