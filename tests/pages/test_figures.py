"""Figures are pure: every mark carries its id, names are text, gaps and partial periods are honest."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from pages.ui import figures
from pages.ui.chart_clicks import ids_of
from pages.ui.figures import Quantity, number_axes
from pages.ui.style import spring_layout
from pages.ui.style.theme import DARK, LIGHT, Palette

DAYS, EUROS = Quantity("Days", "days"), Quantity("Revenue", "money", "EUR")
EVIL = '<a href="javascript:alert(1)">Söhne & Co</a>'


def ranked() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ["a", "b", "(others)"],
            "label": ["A", EVIL, "Others (17)"],
            "value": [3e6, -1e6, 5e5],
            "previous": [2e6, 1e5, None],
        }
    )


def cells() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row_id": ["r1", "r1", "r2"],
            "row_label": ["R", "R", EVIL],
            "column_id": ["c1", "c2", "c1"],
            "column_label": ["C one", "C two", "C one"],
            "value": [1.0, 5.0, None],
        }
    )


def course(series: int = 1) -> pl.DataFrame:
    rows = [
        {
            "id": f"s{s}",
            "label": f"S{s}",
            "period": date(2026, m, 1),
            "value": None if m == 3 else 10.0 * m,
            "partial": m == 5,
        }
        for s in range(series)
        for m in range(1, 6)
    ]
    return pl.DataFrame(rows)


def network() -> tuple[pl.DataFrame, pl.DataFrame]:
    nodes = pl.DataFrame({"id": ["m", "y", "b"], "label": ["Milk", EVIL, "Bread"], "value": [9.0, 4.0, 2.0]})
    edges = pl.DataFrame(
        {"id": ["e1", "e2"], "source": ["m", "b"], "target": ["y", "m"], "value": [2.0, 1.5]}
    )
    return nodes, edges


def rules() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ["e1"],
            "antecedent": ["Milk"],
            "consequent": [EVIL],
            "support": [0.1],
            "lift": [2.0],
            "text": ["lift 2.0"],
        }
    )


def bands() -> pl.DataFrame:
    return cells().drop_nulls().with_columns(kind=pl.Series([EVIL, EVIL]))


def people() -> pl.DataFrame:
    return pl.DataFrame(
        {"id": ["g1", "g2"], "label": ["G", EVIL], "x": [1.0, 2.0], "y": [3.0, 4.0], "size": [1.0, 2.0]}
    )


def ways() -> pl.DataFrame:
    """A way of two channels with the same name as what comes of it."""
    rows = [
        (0, EVIL, EVIL, False, EVIL, 3.0),
        (1, EVIL, EVIL, True, EVIL, 3.0),
        (0, "B", EVIL, True, EVIL, 2.0),
    ]
    return pl.DataFrame(rows, ["from_step", "from", "to", "is_end", "outcome", "paths"], orient="row")


DRAWN = {
    "bars": lambda colours: figures.bars(ranked(), colours, currency="EUR"),
    "treemap": lambda colours: figures.treemap(ranked(), colours, currency="EUR"),
    "heatmap": lambda colours: figures.heatmap(cells(), colours),
    "path bands": lambda colours: figures.path_bands(ways(), colours, {EVIL: "#112233"}, {EVIL: EVIL}),
    "flow diagram": lambda colours: figures.flow_diagram(bands(), colours, {EVIL: "#112233"}, {EVIL: EVIL}),
    "line": lambda colours: figures.line(course(2), colours),
    "scatter": lambda colours: figures.scatter(people(), colours, x=DAYS, y=EUROS, size=EUROS),
    "network": lambda colours: figures.rules_network(*network(), colours),
    "matrix": lambda colours: figures.rules_matrix(rules(), colours),
    "profile": lambda colours: figures.segment_profile(cells(), colours),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_names_are_text_everywhere(name: str, colours: Palette) -> None:
    drawn = json.loads(DRAWN[name](colours).to_json())
    assert "<a href" not in json.dumps(drawn, ensure_ascii=False)


def test_a_currency_is_text_everywhere() -> None:
    """It comes from a mapping, which anybody may have written."""
    money = {"unit": "money", "currency": EVIL}
    drawn = (
        figures.bars(ranked(), LIGHT, **money),
        figures.treemap(ranked(), LIGHT, **money),
        figures.heatmap(cells(), LIGHT, **money),
        figures.line(course(2), LIGHT, **money),
        figures.scatter(people(), LIGHT, x=Quantity(EVIL, "money", EVIL), y=Quantity(EVIL, "money", EVIL)),
    )
    for figure in drawn:
        assert "<a href" not in json.dumps(json.loads(figure.to_json()), ensure_ascii=False)


@pytest.mark.parametrize("name", DRAWN)
def test_empty_frames_make_empty_figures(name: str) -> None:
    empty = {
        "bars": lambda: figures.bars(ranked().clear(), LIGHT),
        "treemap": lambda: figures.treemap(ranked().clear(), LIGHT),
        "heatmap": lambda: figures.heatmap(cells().clear(), LIGHT),
        "path bands": lambda: figures.path_bands(ways().clear(), LIGHT, {}, {}),
        "flow diagram": lambda: figures.flow_diagram(bands().clear(), LIGHT, {}, {}),
        "line": lambda: figures.line(course().clear(), LIGHT),
        "scatter": lambda: figures.scatter(people().clear(), LIGHT, x=DAYS, y=EUROS),
        "network": lambda: figures.rules_network(network()[0].clear(), network()[1].clear(), LIGHT),
        "matrix": lambda: figures.rules_matrix(rules().clear(), LIGHT),
        "profile": lambda: figures.segment_profile(cells().clear(), LIGHT),
    }
    assert empty[name]().to_json()


def marks(figure: Any) -> list[str]:
    return [custom[0] for trace in figure.data if trace.customdata is not None for custom in trace.customdata]


def test_bars_carry_ids_and_keep_the_order() -> None:
    figure = figures.bars(ranked(), LIGHT, currency="EUR")
    assert marks(figure)[:3] == ["a", "b", "(others)"]
    assert figure.layout.yaxis.ticktext[0] == "A"
    assert figure.data[0].marker.color[2] == LIGHT.others


def test_a_bar_below_zero_is_written_on_its_left() -> None:
    texts = next(
        trace
        for trace in figures.bars(ranked(), LIGHT).data
        if trace.type == "scatter" and trace.mode == "text"
    )
    assert list(texts.textposition) == ["middle right", "middle left", "middle right"]
    assert texts.x[1] == -1e6


def test_a_treemap_says_what_it_cannot_draw() -> None:
    figure = figures.treemap(ranked(), LIGHT)
    assert list(figure.data[0].ids) == ["a"]
    assert marks(figure) == ["a", "(others)"]
    assert "1 member at or below zero" in figure.layout.annotations[1].text


@pytest.mark.parametrize(
    ("columns", "value", "texts"), [(6, 253_000, 1), (12, 253_000, 0), (8, 25, 1), (30, 1, 0)]
)
def test_heat_map_shows_texts_only_where_they_do_not_touch(columns: int, value: float, texts: int) -> None:
    frame = pl.DataFrame(
        {
            "row_id": "r",
            "row_label": "Row",
            "column_id": [str(each) for each in range(columns)],
            "value": value,
        }
    ).with_columns(column_label="column_id")
    shown = figures.heatmap(frame, LIGHT, currency="EUR").data
    assert sum(trace.type == "scatter" and trace.mode == "text" for trace in shown) == texts


def test_heat_map_clicks_give_row_and_column() -> None:
    squares = next(trace for trace in figures.heatmap(cells(), LIGHT).data if trace.type == "scatter")
    event = {"selection": {"points": [{"customdata": list(squares.customdata[1])}]}}
    assert ids_of(event) == ("r1", "c2")


def test_absent_cells_are_not_zero() -> None:
    figure = figures.heatmap(cells(), LIGHT)
    assert figure.data[0].z[1][0] is None
    assert len(figure.data[1].x) == 2


def test_gaps_stay_gaps_and_partial_periods_are_apart() -> None:
    bands, whole, end = figures.line(course(), LIGHT).data
    assert bands.type == "bar"
    assert whole.connectgaps is False
    assert list(whole.y) == [10.0, 20.0, None, 40.0, None]
    assert list(end.y) == [40.0, 50.0]
    assert end.line.dash == "2px,4px"
    assert ids_of({"selection": {"points": [{"customdata": list(end.customdata[1])}]}}) == (
        "s0",
        "2026-05-01",
    )


def test_more_lines_than_colours_are_not_drawn_in_borrowed_colours() -> None:
    drawn = [trace for trace in figures.line(course(15), LIGHT).data if trace.type == "scatter"]
    assert len({trace.line.color for trace in drawn}) == figures.SERIES
    assert len({trace.marker.symbol for trace in drawn if trace.name}) == figures.SERIES


def test_axis_ticks_are_round_and_hold_the_values() -> None:
    assert number_axes.round_ticks(0, 290_000) == [0, 100_000, 200_000, 300_000]
    assert number_axes.tick_texts([0, 5e5, 1e6, 1.5e6], "money", "EUR") == ["€0", "€0.5M", "€1.0M", "€1.5M"]


def test_clicks_without_a_mark_are_none() -> None:
    assert ids_of(None) == ()
    assert ids_of({"selection": {"points": []}}) == ()
    assert ids_of({"selection": {"points": [{"x": 1}]}}) == ()


def test_the_network_is_the_same_every_time() -> None:
    edges = [("a", "b", 1.0), ("b", "c", 2.0), ("c", "a", 1.0), ("d", "a", 1.0)]
    first, again = spring_layout.layout("abcd", edges), spring_layout.layout("abcd", edges)
    assert first == again
    assert all(-1.001 <= each <= 1.001 for spot in first.values() for each in spot)
    assert spring_layout.layout(["only"], []) == {"only": (0.0, 0.0)}
