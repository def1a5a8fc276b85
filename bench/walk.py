"""The server's share of a drill click: what Explore does on the server from a new question to what it sends."""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import streamlit as st
from streamlit.testing.v1 import AppTest

import pages
from bench.timing import Clocked, clocked
from cubes import catalogue
from cubes.ask import answer_cache
from cubes.ask.answer import Answer, ask
from cubes.model import Cube
from cubes.query import Query
from data.store.warehouse import Warehouse
from pages.explore import chart_marks, chart_of_view
from pages.explore.explore_view import Chart, Steps, View, first_view, with_tops
from pages.explore.table_of_view import table
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid, Ids
from pages.ui.figures import BETWEEN_IDS, OTHERS, bars, heatmap, treemap
from pages.ui.pivot.pivot_table import PivotTable, payload
from pages.ui.style.theme import LIGHT

SCRIPT = Path(pages.__file__).parent / "explore" / "explore_page.py"
STARTS = (
    (Chart.BARS, "revenue", ("country",), ("department",)),
    (Chart.TREEMAP, "customers", ("category",), ()),
    (Chart.HEATMAP, "orders", ("department",), ("quarter",)),
    (Chart.BARS, "average_order_value", ("country", "customer_kind"), ("channel_type",)),
    (Chart.BARS, "return_rate", ("product",), ("year",)),
)
ROLL_UPS = 0.3
BARE = "streamlit.runtime.scriptrunner_utils.script_run_context"


@dataclass(frozen=True, slots=True)
class Served:
    """What one view took: its answer, its table as the browser gets it, its chart as JSON."""

    view: View
    answer: Clocked
    table: Clocked
    chart: Clocked

    @property
    def whole(self) -> Clocked:
        parts = (self.answer, self.table, self.chart)
        return Clocked(sum(part.wall_ms for part in parts), sum(part.cpu_ms for part in parts))


class Server:
    """Serves views as Explore does, by the functions that its page calls, and remembers no answer."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.cube: Cube = catalogue.load("sales", warehouse.profile)

    def serve(self, view: View) -> tuple[Served, AnswerGrid, PivotTable]:
        """One view, timed, with the grid and the table that the next click needs."""
        answer, asking = clocked(lambda: ask(self.warehouse, replace(view.query, totals=True)))
        (grid, pivot), laying = clocked(lambda: self._table(view, answer))
        _, drawing_ = clocked(lambda: self._chart(view, grid))
        return Served(view, asking, laying, drawing_), grid, pivot

    def _table(self, view: View, answer: Answer) -> tuple[AnswerGrid, PivotTable]:
        grid = AnswerGrid(answer, self.cube)
        pivot = table(grid, view, self.warehouse.profile, self.warehouse.profile.currency)
        json.dumps(payload(pivot))
        return grid, pivot

    def _chart(self, view: View, grid: AnswerGrid) -> str:
        name = view.query.measures[0]
        unit, currency = self.cube.measure(name).unit, self.warehouse.profile.currency
        if view.chart is Chart.HEATMAP and grid.columns:
            figure = heatmap(chart_marks.cells(grid, name), LIGHT, unit=unit, currency=currency)
        elif view.chart is Chart.TREEMAP:
            figure = treemap(chart_marks.points(grid, name), LIGHT, unit=unit, currency=currency, height=420)
        else:
            figure = bars(chart_marks.points(grid, name), LIGHT, unit=unit, currency=currency)
        text: str = figure.to_json()
        return text


def walk(server: Server, steps: int, seed: int = 7) -> list[Served]:
    """A random walk of drills and roll-ups over Explore, as many steps from each start, after a warm-up."""
    chance = random.Random(seed)
    starts = _starts(server)
    server.serve(starts[0])
    return [each for start in starts for each in _leg(server, start, steps // len(starts), chance)]


def _leg(server: Server, start: View, steps: int, chance: random.Random) -> Iterator[Served]:
    view = start
    for _ in range(steps):
        served, grid, pivot = server.serve(view)
        yield served
        view = _next(server.cube, view, grid, pivot, chance) or start


def _starts(server: Server) -> list[View]:
    first = first_view(server.cube, server.warehouse.profile)
    queries = (
        (chart, Query((measure,), rows, columns, first.query.cuts, compare=first.query.compare))
        for chart, measure, rows, columns in STARTS
    )
    return [View(with_tops(query, server.cube), chart) for chart, query in queries]


def _next(cube: Cube, view: View, grid: AnswerGrid, pivot: PivotTable, chance: random.Random) -> View | None:
    """Where a click on something that can be clicked leads to; nowhere if nothing can."""
    members: list[tuple[Ids, Ids]] = [(_ids(head.id), ()) for head in pivot.rows if head.opens]
    members += [((), _ids(head.id)) for head in pivot.columns if head.opens]
    clicks = (chart_of_view.steps_of(view.query, *each) for each in members)
    further = [steps for steps in clicks if _leads_on(view, cube, steps)]
    path = view.path(cube)
    if path and (not further or chance.random() < ROLL_UPS):
        return view.roll_up_to(cube, chance.randrange(len(path)))
    return chart_of_view.opened(view, cube, grid, chance.choice(further)) if further else None


def _leads_on(view: View, cube: Cube, steps: Steps) -> bool:
    """Whether a click leads to another view, not to the lines of a leaf."""
    return steps[-1][1] == OTHERS or not view.ends(cube, (level for level, _ in steps))


def _ids(text: str) -> Ids:
    return tuple(text.split(BETWEEN_IDS))


def rerun(path: Path, views: Sequence[View]) -> list[Clocked]:
    """The same views by the page itself: a whole run of its script in Streamlit's own test harness.

    Dearer than a click, which runs a fragment and sends what the harness would parse.
    """
    with _dashboard(path) as page:
        return [_rerun(page, view) for view in views]


@contextmanager
def _dashboard(path: Path) -> Iterator[AppTest]:
    """Explore in the harness, over this warehouse; everything as it was afterwards.

    The harness runs one page without the others, so links to them are left out.
    """
    complaints = logging.getLogger(BARE)
    complaints.disabled = True
    try:
        with patch.dict(os.environ, {"CLIENTELA_WAREHOUSE": str(path)}), patch.object(st, "page_link"):
            yield AppTest.from_file(SCRIPT, default_timeout=120).run()
            session.warehouse().close()
    finally:
        st.cache_resource.clear()
        complaints.disabled = False


def _rerun(page: AppTest, view: View) -> Clocked:
    page.session_state["explore"] = view
    answer_cache.shared().clear()
    _, took = clocked(page.run)
    if page.exception or page.session_state["explore"].token() != view.token():
        raise RuntimeError(f"Explore did not show {view.token()}: {page.exception}")
    return took
