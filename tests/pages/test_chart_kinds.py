"""Each kind of chart: values, ids and order, Others off the scale, and frames of every awkward shape."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl
import pytest

from pages.ui import figures
from pages.ui.chart_clicks import ids_of
from pages.ui.figures import BETWEEN_IDS, OTHERS, Quantity, figure_layout
from pages.ui.figures.line_chart import _spread
from pages.ui.style.theme import DARK, LIGHT, SERIES, Palette

EUROS, SHARE = Quantity("Revenue", "money", "EUR"), Quantity("Margin", "percent")
EVIL = '<a href="javascript:alert(1)">Söhne & Co</a>'
LONG = "Vereinigte Manufakturen für Haushaltswaren Niederrhein GmbH, Krefeld"


def ranked(values: list[float | None]) -> pl.DataFrame:
    frame = pl.DataFrame({"value": pl.Series(values, dtype=pl.Float64)}).with_row_index("place")
    return frame.select(
        id=pl.format("m{}", "place"),
        label=pl.format("M{} <b>", "place"),
        value="value",
        previous=pl.col("value") * 0.9,
    )


def with_others(others: float, *values: float) -> pl.DataFrame:
    row = {"id": OTHERS, "label": "Others (9)", "value": others, "previous": others}
    return pl.concat([ranked(list(values)), pl.DataFrame([row])])


def crossed(frame: pl.DataFrame, columns: int = 3) -> pl.DataFrame:
    """The members as rows of cells, each column the same."""
    across = pl.DataFrame({"column_id": [f"c{each}" for each in range(columns)]})
    cells = frame.rename({"id": "row_id", "label": "row_label"}).join(across, how="cross")
    return cells.with_columns(column_label=pl.col("column_id") + " <b>")


def courses(frame: pl.DataFrame) -> pl.DataFrame:
    months = pl.DataFrame(
        {"period": [date(2026, month, 1) for month in (1, 2, 3)], "partial": [False, False, True]}
    )
    return frame.join(months, how="cross")


def aged(frame: pl.DataFrame) -> pl.DataFrame:
    """The members as lines over ages; with a band, which is drawn where there is one line."""
    bands = frame.with_columns(low=pl.col("value") - 1, high=pl.col("value") + 1)
    return bands.join(pl.DataFrame({"age": [0, 1, 2]}), how="cross")


def told(frame: pl.DataFrame) -> pl.DataFrame:
    """The members with what came of them, and with both intervals around it."""
    value = pl.col("value")
    return frame.with_columns(came=value, low=value - 1, high=value + 1, least=value - 2, most=value + 2)


def expected(frame: pl.DataFrame) -> pl.DataFrame:
    """The members one after another as the periods of one series, with a band."""
    value, count = pl.col("value"), frame.height
    days = pl.date_range(date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=max(count - 1, 0)), eager=True)
    told = frame.with_columns(
        expected=value, low=value - 1, high=value + 1, in_place=pl.int_range(pl.len()) > 1
    )
    return told.with_columns(period=days.head(count))


def placed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        x="value", y="value", size="value", shade="value", parent_id=pl.lit("p"), parent_label=pl.lit(EVIL)
    )


Drawing = Callable[[pl.DataFrame, Palette], go.Figure]
KINDS: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], Drawing]] = {
    "bars": (lambda f: f, lambda f, c: figures.bars(f, c, currency="EUR")),
    "pareto": (lambda f: f, lambda f, c: figures.pareto(f, c, currency="EUR")),
    "treemap": (lambda f: f, lambda f, c: figures.treemap(f, c, currency="EUR")),
    "heatmap": (crossed, lambda f, c: figures.heatmap(f, c, currency="EUR")),
    "stacked": (crossed, lambda f, c: figures.stacked(f, c, currency="EUR")),
    "shares": (crossed, lambda f, c: figures.stacked(f, c, currency="EUR", shares=True)),
    "line": (courses, lambda f, c: figures.line(f, c, currency="EUR")),
    "ages": (aged, lambda f, c: figures.age_curves(f, c, unit="money", currency="EUR")),
    "intervals": (told, lambda f, c: figures.interval_bars(f, c, currency="EUR")),
    "expected": (expected, lambda f, c: figures.expected_course(f, c, currency="EUR")),
    "told and came": (told, lambda f, c: figures.told_and_came(f, c)),
    "small lines": (courses, lambda f, c: figures.small_multiples(f, c, currency="EUR")),
    "small bars": (
        lambda f: crossed(f).rename({"row_id": "id", "row_label": "label"}),
        lambda f, c: figures.small_multiples(f, c, currency="EUR"),
    ),
    "scatter": (placed, lambda f, c: figures.scatter(f, c, x=EUROS, y=SHARE, size=EUROS)),
    "shaded": (placed, lambda f, c: figures.scatter(f, c, x=EUROS, y=SHARE, shade=EUROS)),
    "histogram": (lambda f: f, lambda f, c: figures.histogram(f, c, measure=EUROS)),
    "measures": (
        lambda f: f.rename({"value": "Revenue", "previous": "Margin"}),
        lambda f, c: figures.measure_bars(f, c, [EUROS, SHARE]),
    ),
    "measures below": (
        lambda f: f.rename({"value": "Revenue", "previous": "Margin"}),
        lambda f, c: figures.measure_bars(f, c, [EUROS, SHARE], narrow=True),
    ),
    "waterfall": (lambda f: f, lambda f, c: figures.waterfall(figures.changes(f, EUROS), c)),
}
SHAPES: dict[str, pl.DataFrame] = {
    "none": ranked([]),
    "one": ranked([5.0]),
    "unknown": ranked([None, None]),
    "zero": ranked([0.0, 0.0]),
    "negative": ranked([-4.0, -1.0, -9.5]),
    "mixed": ranked([7.0, None, -3.0, 0.0]),
    "many": ranked([10.0 ** (each / 40) for each in range(200)]),
    "others": with_others(900.0, 3.0, 2.0, 1.0),
    "others alone": with_others(900.0),
}


def drawn(kind: str, frame: pl.DataFrame, colours: Palette = LIGHT) -> go.Figure:
    prepared, draw = KINDS[kind]
    return draw(prepared(frame), colours)


def marks(figure: go.Figure, kind: str = "") -> list[str]:
    return [
        custom[0]
        for trace in figure.data
        if trace.customdata is not None and trace.type.startswith(kind)
        for custom in trace.customdata
    ]


def words(figure: go.Figure) -> str:
    return " | ".join(each.text for each in figure.layout.annotations)


@pytest.mark.parametrize("kind", KINDS)
def test_plotly_takes_what_is_drawn_unchecked_as_it_is(kind: str) -> None:
    for frame in SHAPES.values():
        figure = drawn(kind, frame)
        sent = json.loads(figure.to_json())
        assert figure.layout.paper_bgcolor
        assert json.loads(figure.to_json()) == sent, "looking into it changes nothing"
        checked = json.loads(go.Figure(sent).to_json())  # Errors: ValueError for what Plotly does not know
        del sent["layout"]["template"], checked["layout"]["template"]
        assert sent == checked


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_of_frame_is_drawn_and_left_as_it_was(kind: str, shape: str) -> None:
    prepared, draw = KINDS[kind]
    frame = prepared(SHAPES[shape])
    before = frame.clone()
    light, dark = draw(frame, LIGHT), draw(frame, DARK)
    assert frame.equals(before)
    assert "NaN" not in light.to_json()
    known = {each for one in marks(light) for each in str(one).split(BETWEEN_IDS)}
    across = {"c0", "c1", "c2", "0", "1", "2", "2026-01-01", "2026-02-01", "2026-03-01"}
    assert kind == "histogram" or known <= {*SHAPES[shape]["id"], *across, OTHERS}
    assert light.layout.paper_bgcolor == LIGHT.card != dark.layout.paper_bgcolor
    assert "candlestick" not in light.to_json(), "Plotly's or Streamlit's own template would shine through"


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_text(kind: str) -> None:
    frame = ranked([3.0, 2.0]).with_columns(label=pl.lit(EVIL))
    assert "<a href" not in json.dumps(json.loads(drawn(kind, frame).to_json()), ensure_ascii=False)


def test_bars_break_others_instead_of_shrinking_members() -> None:
    figure = figures.bars(with_others(900.0, 3.0, 2.0), LIGHT, currency="EUR")
    assert list(figure.data[0].x) == [3.0, 2.0, 3.0]
    assert tuple(figure.layout.xaxis.range) == (0.0, 3.0)
    assert list(figure.data[0].marker.pattern.shape) == ["", "", "/"]
    texts = next(trace for trace in figure.data[1:] if trace.mode == "text")
    assert "€900" in texts.text[2]
    assert figure.data[-2].marker.symbol == "line-ne"


def test_others_that_fits_is_drawn_as_long_as_it_is() -> None:
    figure = figures.bars(with_others(1.0, 3.0, 2.0), LIGHT)
    assert list(figure.data[0].x) == [3.0, 2.0, 1.0]
    assert "line-ne" not in [trace.marker.symbol for trace in figure.data[1:]]


def test_others_of_joined_ids_is_others() -> None:
    frame = with_others(900.0, 3.0).with_columns(id=pl.lit(f"DE{BETWEEN_IDS}") + pl.col("id"))
    assert list(figures.bars(frame, LIGHT).data[0].x) == [3.0, 3.0]


def test_others_gives_a_heat_map_no_colours() -> None:
    figure = figures.heatmap(crossed(with_others(900.0, 3.0, 2.0)), LIGHT, currency="EUR")
    heat, hatched = figure.data[:2]
    assert heat.zmax == 3.0
    assert list(heat.z[2]) == [None, None, None]
    assert list(hatched.x) == [0, 1, 2]
    assert f"{OTHERS}{BETWEEN_IDS}c1" in marks(figure)


def test_a_treemap_draws_others_apart_and_tells_its_share() -> None:
    figure = figures.treemap(with_others(7.0, 2.0, 1.0), LIGHT, currency="EUR")
    assert list(figure.data[0].ids) == ["m0", "m1"]
    assert "70% of all" in words(figure)
    nested = with_others(7.0, 2.0).with_columns(parent=pl.lit(""))
    assert list(figures.treemap(nested, LIGHT).data[0].marker.pattern.shape) == ["", "/"]


def test_pareto_counts_those_that_make_four_fifths() -> None:
    frame = ranked([1.0, 50.0, 30.0, 10.0, 9.0, -5.0])
    figure = figures.pareto(frame, LIGHT)
    bars, running = figure.data
    assert marks(figure, "bar") == ["m1", "m2", "m3", "m4", "m0"]
    assert list(running.y) == pytest.approx([0.5, 0.8, 0.9, 0.99, 1.0])
    assert list(bars.marker.color) == [LIGHT.fill] * 2 + [LIGHT.sequential[3]] * 3
    assert figures.pareto_words(frame) == (
        "2 of 5 members make 80% of the total. 1 member at or below zero not drawn."
    )


def test_pareto_does_not_take_others_for_a_member() -> None:
    assert figures.pareto_words(with_others(90.0, 6.0, 4.0)) == "The 2 members named make 10% of the total."
    figure = figures.pareto(with_others(90.0, 4.0, 6.0), LIGHT, currency="EUR")
    assert marks(figure, "bar") == ["m1", "m0", OTHERS]
    assert list(figure.data[0].y) == [6.0, 4.0, 6.0]
    assert "€90" in words(figure)
    assert figures.pareto_words(ranked([0.0, None])) == ""
    assert figures.pareto_words(ranked([0.1] * 10)).startswith("8 of 10 members")


def test_stacked_parts_keep_ids_and_order() -> None:
    figure = figures.stacked(crossed(with_others(900.0, 4.0, 2.0)), LIGHT, currency="EUR")
    parts = [trace for trace in figure.data if trace.type == "bar"]
    assert [trace.name for trace in parts] == ["c0 &lt;b&gt;", "c1 &lt;b&gt;", "c2 &lt;b&gt;"]
    assert [tuple(trace.x) for trace in parts] == [(4.0, 2.0, 4.0)] * 3
    assert ids_of({"selection": {"points": [{"customdata": list(parts[1].customdata[0])}]}}) == ("m0", "c1")
    texts = next(trace.text for trace in figure.data if trace.type == "scatter")
    assert "€2,700" in texts[2]
    assert [(trace.marker.symbol, tuple(trace.y)) for trace in figure.data[-1:]] == [("line-ne", (2,))]


def test_shares_make_a_whole_and_leave_out_what_is_below_zero() -> None:
    frame = crossed(ranked([4.0])).with_columns(value=pl.Series([3.0, 1.0, -2.0]))
    figure = figures.stacked(frame, LIGHT, shares=True)
    assert [trace.x[0] for trace in figure.data] == [0.75, 0.25, 0.0]
    assert figure.data[0].text[0] == "75%"
    assert "1 part below zero not drawn" in words(figure)


def test_parts_beyond_the_palette_are_grey_and_all_bear_a_sign() -> None:
    figure = figures.stacked(crossed(ranked([4.0]), SERIES + 2), LIGHT)
    parts = [trace for trace in figure.data if trace.type == "bar"]
    assert [trace.marker.color for trace in parts[:SERIES]] == list(LIGHT.series)
    assert {trace.marker.color for trace in parts[SERIES:]} == {LIGHT.others}
    signs = [(trace.marker.color, trace.marker.pattern.shape) for trace in parts[:SERIES]]
    assert len(set(signs)) == SERIES
    assert all(shape for _, shape in signs[6:])


def test_small_multiples_share_axes_that_others_does_not_stretch() -> None:
    figure = figures.small_multiples(courses(with_others(900.0, 3.0, 2.0)), LIGHT, currency="EUR")
    assert [trace.y[0] for trace in figure.data] == [3.0, 2.0, 3.06]
    assert "Others (9) ↑ €900" in words(figure)
    assert "Jan 2026 to Mar 2026" in words(figure)
    assert list(figure.data[0].marker.symbol) == ["circle", "circle", "circle-open"]
    assert marks(figure)[1] == f"m0{BETWEEN_IDS}2026-02-01"


def test_others_is_dashed_and_does_not_stretch_the_axis_of_lines() -> None:
    figure = figures.line(courses(with_others(900.0, 3.0, 2.0)), LIGHT, currency="EUR")
    others = next(trace for trace in figure.data if trace.name and trace.name.startswith("Others"))
    assert figure.layout.yaxis.range[1] < 4.0
    assert list(others.y) == [figure.layout.yaxis.range[1]] * 2 + [None]
    assert (others.line.dash, others.marker.symbol[0]) == ("6px,3px", "triangle-up")
    assert "Others ↑ €900" in words(figure)
    assert "Others goes beyond the axis" in words(figure)
    assert "€900 ↑ beyond the axis" in figure.data[0].hovertext[0]
    assert "↑" not in figure.data[0].hovertext[0].split("<br>")[1]


@pytest.mark.parametrize("others", [1.0, 3.0])
def test_others_that_fits_the_axis_of_lines_is_whole(others: float) -> None:
    figure = figures.line(courses(with_others(others, 3.0, 2.0)), LIGHT)
    drawn = next(trace for trace in figure.data if trace.name and trace.name.startswith("Others"))
    assert (drawn.y[0], drawn.line.dash, drawn.marker.symbol) == (others, "6px,3px", "circle")
    assert "beyond" not in words(figure)
    alone = figures.line(courses(with_others(900.0)), LIGHT)
    assert alone.layout.yaxis.range[1] >= 900


def test_others_far_below_zero_is_cut_at_the_foot() -> None:
    figure = figures.line(courses(with_others(-900.0, 3.0, 2.0)), LIGHT)
    others = next(trace for trace in figure.data if trace.name and trace.name.startswith("Others"))
    assert (others.y[0], others.marker.symbol[0]) == (0.0, "triangle-down")


def test_no_more_than_twelve_small_multiples() -> None:
    figure = figures.small_multiples(courses(ranked([1.0] * 20)), LIGHT)
    assert len(figure.data) == 12
    assert "the first 12 of 20 members" in words(figure)


def test_a_scatter_takes_powers_of_ten_only_where_all_is_above_zero() -> None:
    far = placed(ranked([1.0, 10.0, 100.0, 5000.0]))
    figure = figures.scatter(far, LIGHT, x=EUROS, y=EUROS)
    assert (figure.layout.xaxis.type, figure.layout.xaxis.title.text) == ("log", "Revenue (logarithmic)")
    near = figures.scatter(placed(ranked([-1.0, 10.0, 100.0, 5000.0])), LIGHT, x=EUROS, y=EUROS)
    assert (near.layout.xaxis.type, near.layout.xaxis.title.text) == (None, "Revenue")


def test_a_scatter_has_quarters_at_the_medians() -> None:
    figure = figures.scatter(placed(ranked([1.0, 2.0, 4.0, 50.0])), LIGHT, x=EUROS, y=SHARE)
    lines = [(shape.x0, shape.y0) for shape in figure.layout.shapes]
    assert lines == [(3.0, 0), (0, 3.0)]
    assert "median €3.00" in words(figure)
    assert "median 300.0%" in words(figure)


def test_a_scatter_counts_those_without_a_place() -> None:
    figure = figures.scatter(placed(ranked([1.0, None, 3.0])), LIGHT, x=EUROS, y=SHARE)
    assert marks(figure) == ["m0", "m2"]
    assert "1 member without a value not drawn" in words(figure)


def test_bubbles_by_parent_have_a_legend_and_by_measure_a_scale() -> None:
    frame = placed(ranked([1.0, 2.0])).with_columns(parent_id=pl.Series(["p", "q"]))
    parents = figures.scatter(frame, LIGHT, x=EUROS, y=SHARE)
    assert [trace.marker.color for trace in parents.data[:2]] == list(LIGHT.series[:2])
    assert parents.layout.showlegend
    shaded = figures.scatter(frame, LIGHT, x=EUROS, y=SHARE, shade=EUROS)
    assert list(shaded.data[0].marker.color) == [LIGHT.sequential[2], LIGHT.sequential[-1]]
    assert "colour: Revenue, €1.00 to €2.00" in words(shaded)


def test_only_telling_points_are_named_and_no_names_meet() -> None:
    frame = placed(ranked([float(each % 17) for each in range(200)])).with_columns(size=pl.lit(None))
    names = figures.scatter(frame, LIGHT, x=EUROS, y=EUROS).data[-1]
    spots = list(zip(names.x, names.y, strict=True))
    assert 1 < len(spots) <= 10
    assert len(set(spots)) == len(spots)
    assert (16.0, 16.0) in spots


def test_waterfall_of_compared_periods_adds_up() -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", OTHERS],
            "label": ["A", "B", "C", "D", "Others (4)"],
            "value": [10.0, None, 5.0, 1.0, 100.0],
            "previous": [4.0, 8.0, 5.5, None, 90.0],
        }
    )
    steps = figures.changes(frame, EUROS, before="2024", now="2025", most=2)
    assert steps.select("id", "label", "kind", "value").rows() == [
        ("", "2024", "before", 107.5),
        ("b", "B", "part", -8.0),
        ("a", "A", "part", 6.0),
        (OTHERS, "All others", "rest", 10.5),
        ("", "2025", "now", 116.0),
    ]
    assert steps["text"].to_list()[1:3] == ["-€8.00", "+€6.00"]
    assert sum(steps["value"][:-1]) == steps["value"][-1]


def test_the_pointer_anywhere_in_a_period_tells_all_lines() -> None:
    figure = figures.line(courses(ranked([3.0, 2.0])), LIGHT, currency="EUR")
    bands = figure.data[0]
    assert bands.customdata is None, "a click beside several lines means none of them"
    assert "M0 &lt;b&gt;: €3.00" in bands.hovertext[1]
    assert "M1 &lt;b&gt;: €2.00" in bands.hovertext[1]
    assert bands.hovertext[2].startswith("<b>Mar 2026</b>")
    assert "(partial period)" in bands.hovertext[2]
    lone = figures.line(courses(ranked([3.0])), LIGHT).data[0]
    assert ids_of({"selection": {"points": [{"customdata": list(lone.customdata[1])}]}}) == (
        "m0",
        "2026-02-01",
    )


def test_the_period_before_is_dashed_and_in_the_legend() -> None:
    figure = figures.line(courses(ranked([3.0])), LIGHT, previous_name="Year before", currency="EUR")
    before = next(trace for trace in figure.data if trace.name == "Year before")
    assert before.line.dash == "7px,4px"
    assert figure.layout.showlegend
    assert "Year before: €2.70 (+11.1%)" in figure.data[0].hovertext[0]
    assert figure.layout.yaxis.range[1] >= 3.0
    assert not figures.line(courses(ranked([3.0])).drop("previous"), LIGHT).layout.showlegend


def test_lines_are_named_at_their_ends_and_no_names_meet() -> None:
    figure = figures.line(courses(ranked([3.0, 3.0, 2.99, 0.0])), LIGHT, height=300)
    names = figure.layout.annotations
    assert len(names) == 4
    assert "M2 &lt;b&gt;" in names[2].text
    high = figure.layout.yaxis.range[1]
    places = sorted(260 * (1 - each.y / high) + each.ay for each in names)
    assert all(b - a >= 15 - 1e-6 for a, b in itertools.pairwise(places))


@pytest.mark.parametrize("wanted", [[], [5.0], [1.0, 1.0, 1.0], [99.0, 98.0, 97.0], [50.0] * 20])
def test_names_are_spread_inside_the_room_in_their_order(wanted: list[float]) -> None:
    places = _spread(wanted, 100)
    assert all(-1e-9 <= each <= 100 for each in places)
    order = sorted(range(len(wanted)), key=lambda each: wanted[each])
    assert [places[each] for each in order] == sorted(places)
    gaps = [b - a for a, b in zip(sorted(places), sorted(places)[1:], strict=False)]
    assert min(gaps, default=15) >= min(15, 100 / max(len(wanted), 1)) - 1e-9


def test_long_names_keep_both_ends_and_are_whole_in_the_hover() -> None:
    short = figure_layout.label(LONG)
    assert len(short) <= 26
    assert short.startswith("Vereinigte")
    assert short.endswith("Krefeld")
    frame = ranked([3.0]).with_columns(label=pl.lit(LONG))
    figure = figures.bars(frame, LIGHT)
    assert figure.layout.yaxis.ticktext[0] == short
    assert figure.data[0].customdata[0][1] == LONG


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Revenue by month. Line of Revenue, 12 marks.", "revenue-by-month"),
        ("Größte Kunden / Umsatz", "größte-kunden-umsatz"),
        ("../../etc", "etc"),
        ("", "chart"),
    ],
)
def test_an_image_is_named_after_the_first_words(name: str, file: str) -> None:
    options = figures.config(name)["toImageButtonOptions"]
    assert options == {"format": "png", "filename": file, "scale": 2}


def test_what_is_described_to_those_who_do_not_see() -> None:
    bars = figures.described(with_others(90.0, 6.0, 4.0), kind="Bars", measure=EUROS, adds=True)
    assert bars == "Bars of Revenue, 3 values. Greatest: M0 <b> €6.00. Least: M1 <b> €4.00. Total €100."
    line = figures.described(
        pl.DataFrame({"period": [date(2026, 1, 1), date(2026, 2, 1)], "value": [4.0, 5.0]}),
        kind="Line",
        measure=EUROS,
    )
    assert line.endswith("From Jan 2026 €4.00 to Feb 2026 €5.00, +25.0%.")
    heat = figures.described(crossed(ranked([2.0, None])), kind="Heat map", measure=EUROS)
    assert "6 values. 3 not known." in heat
    assert (
        figures.described(ranked([]), kind="Bars", measure=EUROS)
        == "Bars of Revenue, 0 values. No value is known."
    )
