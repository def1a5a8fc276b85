"""What a cluster is told to count, counted by DuckDB: roll-ups by one statement, series by windows instead of lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from polars.testing import assert_frame_equal

from cubes import catalogue
from cubes.aggregates import follow_publication
from cubes.aggregates.rollups import partial_aggregates, rollup_advisor, rollup_of_lines, stored_rollup
from cubes.aggregates.space_budget import LEAST_LINES
from cubes.ask.answer import ask
from cubes.ask.fact_source import FactSource
from cubes.cells.grain import Grain
from cubes.query import Cut, Query
from data.demo import simulate
from data.demo.demo_firm import Firm
from data.store.warehouse import Warehouse, writing
from tests.cubes.test_stock import MOVED, counted, of


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A small firm with a few roll-ups of its lines and of others."""
    path = tmp_path_factory.mktemp("lines") / "w.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollup_advisor, "OF_LINES", 3)
        patch.setattr(rollup_advisor, "MOST", 5)
        simulate(path, Firm(lines=20_000))
        with writing(path) as connection:
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, '1000')", [LEAST_LINES])
        follow_publication.build(path)
    with closing(Warehouse(path)) as warehouse:
        yield warehouse


def test_a_roll_up_by_one_statement_is_the_one_that_was_gathered(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    stored = {each.name: each for each in stored_rollup.read(firm.rows, "sales")}
    assert stored
    for each in stored.values():
        lines = f"WITH {rollup_of_lines.view(cube)} AS ({rollup_of_lines.lines(cube, each.held)})"
        made = f"{lines} {rollup_of_lines.statement(cube, each, stored.get(each.parent))}"
        levels = sorted(each.held)
        plain = [part.name for part in partial_aggregates.stored(cube, each.held) if not part.level]
        chosen = ", ".join(f'"{name}"' for name in [*levels, *plain])
        mine = firm.frame(f"SELECT {chosen} FROM ({made})")
        theirs = firm.frame(f"SELECT {chosen} FROM {each.table}")
        assert_frame_equal(mine, theirs, check_row_order=False)
        for part in partial_aggregates.stored(cube, each.held):
            if part.level:  # first lines add up over everything but their level
                told = f'SELECT "{part.level}", sum("{part.name}") AS n FROM'
                for_each = f'GROUP BY "{part.level}" ORDER BY "{part.level}"'
                assert firm.rows(f"{told} ({made}) {for_each}") == firm.rows(
                    f"{told} {each.table} {for_each}"
                )


def test_a_roll_up_of_a_finer_one_is_that_of_the_lines(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    finer = next(each for each in stored_rollup.read(firm.rows, "sales") if "department" in each.held)
    held = frozenset({"year", "department"})
    parts = frozenset(part.name for part in partial_aggregates.stored(cube, held))
    coarser = replace(finer, name="sales_99", grain=Grain("year", ("department",)), held=held, parts=parts)
    lines = f"WITH {rollup_of_lines.view(cube)} AS ({rollup_of_lines.lines(cube, held)})"
    assert_frame_equal(
        firm.frame(rollup_of_lines.statement(cube, coarser, finer)),
        firm.frame(f"{lines} {rollup_of_lines.statement(cube, coarser, None)}"),
        check_row_order=False,
    )


def test_a_manifest_tells_a_roll_up_as_it_is(firm: Warehouse) -> None:
    for each in stored_rollup.read(firm.rows, "sales"):
        assert stored_rollup.parsed(stored_rollup.written(each)) == each


@pytest.mark.parametrize("measure", ["on_hand", "on_hand_at_first", "average_on_hand"])
@pytest.mark.parametrize("levels", [(), ("month",), ("day", "product"), ("category",)])
def test_series_by_windows_are_those_by_lists(measure: str, levels: tuple[str, ...]) -> None:
    more = (of("Oslo", date(2024, 2, 7), 3), of("Rome", date(2024, 4, 2), 8), of("Oslo", date(2024, 5, 2), 1))
    with counted(*MOVED, *more) as warehouse:
        query = Query((measure,), levels, cuts=(Cut("year", ("2024",)),), cube="stock")
        (leg,) = (leg for read in ask(warehouse, query).reads for leg in read.legs)
        assert isinstance(leg.source, FactSource)
        there = FactSource(warehouse, leg.source.cube, {}, by_cluster=True)
        mine, theirs = (
            warehouse.rows(f"SELECT * FROM ({said.text}) ORDER BY ALL", said.parameters)
            for said in (leg.source.statement(leg.asked), there.statement(leg.asked))
        )
        assert mine == theirs
