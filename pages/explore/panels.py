"""The parts of Explore's screen: the bar of controls, the path, the filters, the chart, what lies behind a cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from html import escape

import polars as pl
import streamlit as st

from cubes import detail
from cubes.calendar import days_of, parse_period, to_date
from cubes.members import find, search
from cubes.model import Cube, Measure
from cubes.query import Comparison, Cut, Query
from pages.explore.view import Chart, View, last_months, with_tops
from pages.ui import session
from pages.ui.clicks import chart
from pages.ui.export import downloads
from pages.ui.figures import OTHERS, bars, heatmap, line, treemap
from pages.ui.frames import frame_view
from pages.ui.grid import Grid

Go = Callable[[View], None]
COMPARISONS = {
    None: "no comparison",
    Comparison.YEAR: "vs year before",
    Comparison.PREVIOUS: "vs previous period",
}
CHARTS = {
    Chart.BARS: ":material/bar_chart:",
    Chart.TREEMAP: ":material/dashboard:",
    Chart.HEATMAP: ":material/grid_on:",
    Chart.LINE: ":material/show_chart:",
}
CHART_NAMES = {
    Chart.BARS: "Bars",
    Chart.TREEMAP: "Treemap",
    Chart.HEATMAP: "Heat map",
    Chart.LINE: "Over time",
}
FEW_MEMBERS = 500
NOTHING = "–"
BEHIND_UNITS = {"revenue": "money", "cost": "money", "return_rate": "percent"}


def _chooser(
    key: str,
    options: list[object],
    value: object,
    name: Callable[[object], str],
    go: Callable[[object], None],
    label: str,
) -> None:
    """A select box that shows `value` and calls `go` with what was chosen instead."""
    st.session_state[key] = value
    st.selectbox(
        label,
        options,
        key=key,
        format_func=name,
        on_change=lambda: go(st.session_state[key]),
        label_visibility="collapsed",
    )


def controls(view: View, cube: Cube, go: Go) -> None:
    """Measure, rows, columns, period, comparison, number of rows, kind of chart."""
    query = view.query
    levels = [level.name for level in cube.levels]
    measures = [measure.name for measure in cube.measures if not measure.hidden and measure.unit != "date"]

    def measured(name: object) -> None:
        go(view.with_query(replace(query, measures=(str(name),))))

    def label(prefix: str) -> Callable[[object], str]:
        return lambda name: f"{prefix}: {cube.level(str(name)).label if name != NOTHING else NOTHING}"

    def rowed(name: object) -> None:
        rows = (str(name), *(each for each in query.rows[1:] if each != name))
        columns = tuple(each for each in query.columns if each != name)
        go(view.with_query(with_tops(replace(query, rows=rows, columns=columns), cube)))

    def then(name: object) -> None:
        rows = query.rows[:1] if name == NOTHING else (query.rows[0], str(name))
        columns = tuple(each for each in query.columns if each != name)
        go(view.with_query(with_tops(replace(query, rows=rows, columns=columns), cube)))

    def columned(name: object) -> None:
        columns = () if name == NOTHING else (str(name),)
        rows = tuple(each for each in query.rows if each != name) or query.columns[:1]
        go(view.with_query(with_tops(replace(query, rows=rows, columns=columns), cube)))

    with st.container(horizontal=True, gap="small", key="explore-controls"):
        _chooser(
            "measure",
            [*measures],
            query.measures[0],
            lambda name: cube.measure(str(name)).label,
            measured,
            "Measure",
        )
        _chooser("rows", [*levels], query.rows[0], label("Rows"), rowed, "Rows")
        _chooser(
            "then", [NOTHING, *levels], (*query.rows, NOTHING)[1], label("Then"), then, "Second level of rows"
        )
        _chooser(
            "columns", [NOTHING, *levels], (*query.columns, NOTHING)[0], label("Columns"), columned, "Columns"
        )
        _period(view, go)
        _chooser(
            "compare",
            [*COMPARISONS],
            query.compare,
            lambda each: COMPARISONS[each],  # type: ignore[index]
            lambda each: go(view.with_query(replace(query, compare=each))),  # type: ignore[arg-type]
            "Comparison",
        )


def _period(view: View, go: Go) -> None:
    profile = session.warehouse().profile
    if profile.first_day is None or profile.last_day is None:
        return
    presets: dict[str, tuple[Cut, ...]] = {"All time": (), "Last 12 months": last_months(profile)}
    presets["Last 3 months"] = last_months(profile, 3)
    for year in range(profile.last_day.year, profile.first_day.year - 1, -1):
        presets[str(year)] = (Cut("day", since=f"{year}-01-01", until=f"{year}-12-31"),)
    now = tuple(cut for cut in view.query.cuts if cut.level == "day")
    chosen = next(
        (name for name, cuts in presets.items() if cuts == now), _written(now[0]) if now else "All time"
    )
    custom = "Choose days …"

    def went(name: object) -> None:
        if name == custom:
            span = (profile.last_day - timedelta(days=29), profile.last_day)
            go(
                view.with_query(
                    view.query.cut(Cut("day", since=span[0].isoformat(), until=span[1].isoformat()))
                )
            )
        elif name in presets:
            go(view.with_query(view.query.uncut("day").cut(*presets[str(name)])))

    options = [*presets, *([] if chosen in presets else [chosen]), custom]
    _chooser("period", [*options], chosen, lambda name: str(name), went, "Period")
    if chosen not in presets:
        _days(view, now[0], go)


def _written(cut: Cut) -> str:
    return f"{cut.since or '…'} – {cut.until or '…'}" if not cut.members else ", ".join(cut.members)


def _days(view: View, cut: Cut, go: Go) -> None:
    profile = session.warehouse().profile
    assert profile.first_day and profile.last_day
    ends = [cut.members[0], cut.members[-1]] if cut.members else [cut.since, cut.until]
    first = date.fromisoformat(ends[0]) if ends[0] else profile.first_day
    last = date.fromisoformat(ends[1]) if ends[1] else profile.last_day
    st.session_state["days"] = (first, last)

    def went() -> None:
        chosen = st.session_state["days"]
        if len(chosen) == 2:
            span = Cut("day", since=chosen[0].isoformat(), until=chosen[1].isoformat())
            go(view.with_query(view.query.cut(span)))

    st.date_input("Days", key="days", on_change=went, label_visibility="collapsed")


def path(view: View, cube: Cube, go: Go) -> None:
    """Where we are: each step rolls up to itself; beside it the filters, each of which can be taken away."""
    steps = view.path(cube)
    with st.container(horizontal=True, gap="small", key="explore-path", vertical_alignment="center"):
        st.button(
            "All data",
            key="crumb-0",
            type="tertiary",
            icon=":material/home:",
            on_click=lambda: go(view.roll_up_to(cube, 0)),
            disabled=not steps,
        )
        for at, cut in enumerate(steps, 1):
            st.button(
                f"/ {_named(cube, cut)}",
                key=f"crumb-{at}",
                type="tertiary",
                on_click=lambda at=at: go(view.roll_up_to(cube, at)),
                disabled=at == len(steps),
            )
        if steps:
            st.button(
                "Roll up",
                key="roll-up",
                icon=":material/arrow_upward:",
                on_click=lambda: go(view.roll_up_to(cube, len(steps) - 1)),
            )
        st.space("stretch")
        _filters(view, cube, go, steps)


def _filters(view: View, cube: Cube, go: Go, steps: tuple[Cut, ...]) -> None:
    kept = [cut for cut in view.query.cuts if cut not in steps and cut.level != "day"]
    for cut in kept:
        word = "not " if cut.exclude else ""
        st.button(
            f"{cube.level(cut.level).label}: {word}{_named(cube, cut)}",
            key=f"chip-{cut.level}",
            icon=":material/close:",
            help="Take this filter away",
            on_click=lambda cut=cut: go(view.with_query(view.query.uncut(cut.level))),
        )
    with st.popover("Filter", icon=":material/filter_alt:"):
        _filter(view, cube, go)
    if view.query.cuts:
        st.button(
            "Clear all",
            key="clear",
            type="tertiary",
            on_click=lambda: go(
                view.roll_up_to(cube, 0).with_query(view.roll_up_to(cube, 0).query.without_cuts())
            ),
        )


def _filter(view: View, cube: Cube, go: Go) -> None:
    """Choose a level, then its members; big levels are searched."""
    store = session.warehouse()
    levels = [level.name for level in cube.levels if level.name != "day"]
    st.selectbox("Level", levels, key="filter-level", format_func=lambda name: cube.level(name).label)
    level = cube.level(st.session_state["filter-level"])
    cut = next((each for each in view.query.cuts if each.level == level.name), Cut(level.name))
    text = ""
    if store.profile.members.get(level.name, 0) > FEW_MEMBERS:
        text = st.text_input(f"Search {level.label.lower()}", key=f"filter-search-{level.name}")
    found = search(store, level, text, FEW_MEMBERS)
    chosen = find(store, level, cut.members) if cut.members else []
    names = {member.id: _clear(member.id, member.label) for member in (*chosen, *found)}
    key, side = f"filter-members-{level.name}", f"filter-side-{level.name}"
    st.session_state[key] = [member.id for member in chosen]
    st.session_state[side] = cut.exclude

    def went() -> None:
        members = tuple(st.session_state[key])
        query = view.query.uncut(level.name)
        go(
            view.with_query(
                query.cut(Cut(level.name, members, exclude=st.session_state[side])) if members else query
            )
        )

    st.multiselect(
        f"{level.label} members", list(names), key=key, format_func=names.__getitem__, on_change=went
    )
    st.toggle("Leave these out", key=side, on_change=went, disabled=not chosen)


def _clear(identity: str, label: str) -> str:
    above = identity.split("/")[:-1]
    return f"{label} · {above[-1]}" if above else label


def _named(cube: Cube, cut: Cut) -> str:
    if not cut.members:
        return _written(cut)
    level = cube.level(cut.level)
    members = find(session.warehouse(), level, cut.members[:2])
    rest = f" and {len(cut.members) - 2} more" if len(cut.members) > 2 else ""
    return ", ".join(member.label for member in members) + rest


def draw(view: View, cube: Cube, grid: Grid, go: Go) -> None:
    """The chart of a view; a click on a mark goes into it."""
    measure = grid.measure
    height = max(300, min(640, 60 + 33 * max(len(grid.members), 1)))
    if view.chart is Chart.LINE:
        _line(view, cube, measure, go)
        return
    if view.chart is Chart.HEATMAP and grid.columns:
        figure = heatmap(
            _cells(grid), session.colours(), unit=shown_unit(view, measure), currency=session.currency()
        )
        alt = f"Heat map of {measure.label}"
    elif view.chart is Chart.TREEMAP:
        figure = treemap(
            _points(grid),
            session.colours(),
            unit=shown_unit(view, measure),
            currency=session.currency(),
            height=height,
        )
        alt = f"Treemap of {measure.label}"
    else:
        figure = bars(
            _points(grid),
            session.colours(),
            unit=shown_unit(view, measure),
            currency=session.currency(),
            previous_name=COMPARISONS[view.query.compare].removeprefix("vs ").capitalize(),
        )
        alt = f"Bars of {measure.label}"
    chart(figure, f"chart-{view.token()}", alt, lambda ids: go(clicked(view, cube, grid, ids)))


def shown_unit(view: View, measure: Measure) -> str:
    return "percent" if view.share else measure.unit


def clicked(view: View, cube: Cube, grid: Grid, ids: tuple[str, ...]) -> View:
    """The view that a click on the marks of these ids leads to: row, then column."""
    rows = ids[: len(view.query.rows)]
    columns = ids[len(view.query.rows) :] if grid.columns else ()
    return opened(view, cube, grid, rows, columns)


def opened(view: View, cube: Cube, grid: Grid, rows: tuple[str, ...], columns: tuple[str, ...]) -> View:
    """Into a row, a column or both; "Others" opens what lies beyond the members on screen."""
    steps = [*zip(view.query.rows, rows, strict=False), *zip(view.query.columns, columns, strict=False)]
    result = view.open(cube, *(step for step in steps if step[1] != OTHERS))
    for level, identity in steps:
        if identity == OTHERS:
            heads = grid.rows if level in view.query.rows else grid.columns
            depth = (view.query.rows if level in view.query.rows else view.query.columns).index(level)
            shown = dict.fromkeys(
                h.ids[depth] for h in heads if len(h.ids) > depth and h.ids[depth] != OTHERS
            )
            result = result.open_others(level, shown)
    return result


def _points(grid: Grid) -> pl.DataFrame:
    heads = grid.members
    frame = pl.DataFrame(
        {
            "id": ["\x1f".join(head.ids) for head in heads],
            "label": [_joined(grid, head.ids) for head in heads],
            "value": [grid.value(head.ids) for head in heads],
        },
        schema_overrides={"value": pl.Float64},
        strict=False,
    )
    if not grid.answer.query.compare or grid.shown != grid.measure.name:
        return frame
    return frame.with_columns(
        previous=pl.Series([grid.base(head.ids) for head in heads], dtype=pl.Float64, strict=False)
    )


def _joined(grid: Grid, ids: tuple[str, ...]) -> str:
    levels = grid.levels_of_rows
    return " · ".join(grid.labels[level, identity] for level, identity in zip(levels, ids, strict=True))


def _cells(grid: Grid) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "row_id": "\x1f".join(row.ids),
                "row_label": _joined(grid, row.ids),
                "column_id": "\x1f".join(column.ids),
                "column_label": column.label,
                "value": grid.value(row.ids, column.ids),
            }
            for row in grid.members
            for column in grid.columns
        ],
        schema_overrides={"value": pl.Float64},
    )


def _line(view: View, cube: Cube, measure: Measure, go: Go) -> None:
    series = next((name for name in view.query.by if not cube.level(name).is_time), None)
    grain = next((name for name in view.query.by if cube.level(name).is_time), None) or _grain(view)
    query = Query(
        view.query.measures,
        (grain,),
        (series,) if series else (),
        view.query.cuts,
        top=((series, 7),) if series else (),
        compare=None if series else view.query.compare,
    )
    answer = session.ask(query)
    profile = session.warehouse().profile
    rows = []
    for row in answer.frame.iter_rows(named=True):
        days = days_of(grain, parse_period(grain, row[grain]))
        partial = bool(
            profile.last_day and days.first <= (profile.last_day - date(1970, 1, 1)).days < days.last
        )
        rows.append(
            {
                "id": (row[f"{series}.id"] or OTHERS) if series else "all",
                "label": row[series] if series else "",
                "period": to_date(days.first),
                "value": row[measure.name],
                "partial": partial,
                **({"previous": row[f"{measure.name}:base"]} if query.compare else {}),
            }
        )
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("value").cast(pl.Float64))
    figure = line(frame, session.colours(), unit=measure.unit, currency=session.currency(), height=420)

    def into(ids: tuple[str, ...]) -> None:
        period = next(
            row[grain] for row in answer.frame.iter_rows(named=True) if _starts(grain, row[grain]) == ids[-1]
        )
        steps = [(grain, period)] + ([(series, ids[0])] if series and ids[0] != OTHERS else [])
        go(view.open(cube, *steps))

    chart(figure, f"chart-{view.token()}", f"{measure.label} over time", into)


def _starts(grain: str, identity: str) -> str:
    return to_date(days_of(grain, parse_period(grain, identity)).first).isoformat()


def _grain(view: View) -> str:
    """Days for a season, weeks for a year, months beyond."""
    profile = session.warehouse().profile
    if profile.first_day is None or profile.last_day is None:
        return "month"
    first, last = profile.first_day, profile.last_day
    for cut in view.query.cuts:
        if cut.level in {"day", "week", "month", "quarter", "year", "iso_year"}:
            ends = [*cut.members] if cut.members and not cut.exclude else [cut.since, cut.until]
            if ends[0]:
                first = max(first, to_date(days_of(cut.level, parse_period(cut.level, min(ends))).first))
            if ends[-1]:
                last = min(last, to_date(days_of(cut.level, parse_period(cut.level, max(ends))).last))
    span = (last - first).days
    return "day" if span <= 100 else "month"


def behind(query: Query, cube: Cube, title: str, close: Callable[[], None]) -> None:
    """The customers and order lines behind a cell, with the sums that show that they are all of it."""
    store = session.warehouse()
    total = session.ask(Query(("revenue", "units", "order_lines", "customers"), cuts=query.cuts)).frame
    with st.container(border=True, key="card-behind"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<h2 class="clientela-section" data-testid="behind">Behind {escape(title)}</h2>')
            st.space("stretch")
            st.button("Close", key="behind-close", type="tertiary", icon=":material/close:", on_click=close)
        lines = int(total["order_lines"][0] or 0)
        customers = int(total["customers"][0] or 0)
        which = st.segmented_control(
            "What lies behind",
            ["customers", "lines"],
            key="behind-which",
            default="customers",
            required=True,
            format_func=lambda name: (
                f"{customers:,} customers" if name == "customers" else f"{lines:,} order lines"
            ),
            label_visibility="collapsed",
        )
        if which == "lines":
            frame = detail.order_lines(store, query)
            caption = (
                f"The latest {frame.height:,} of {lines:,} lines"
                if frame.height < lines
                else f"All {lines:,} lines"
            )
            make = lambda: detail.order_lines(store, query, limit=1_000_000)  # noqa: E731
        else:
            frame = customers_behind(query)
            caption = f"{frame.height:,} rows; lines without a customer stand as (unknown)"
            make = lambda: customers_behind(query)  # noqa: E731
        frame_view(frame.head(1000), f"behind-{which}", BEHIND_UNITS)
        with st.container(horizontal=True, vertical_alignment="center"):
            sums = f"{caption}. Revenue of the cell: {total['revenue'][0] or 0:,.2f}; units: {total['units'][0] or 0:,.0f}."
            st.caption(sums)
            st.space("stretch")
            downloads("clientela-behind", make, "behind")


def customers_behind(query: Query) -> pl.DataFrame:
    """One row a customer within the cuts, the greatest revenue first."""
    measures = ("revenue", "orders", "units", "order_lines", "return_rate", "last_purchase")
    frame = session.ask(Query(measures, ("customer",), cuts=query.cuts)).frame
    return frame.rename({"customer": "name", "customer.id": "customer"}).drop("grouping")
