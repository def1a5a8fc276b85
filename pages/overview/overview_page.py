"""Overview: how the firm does, on one screen; each number opens Explore with its question set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.movers import movers
from cubes.ask.answer import Answer
from cubes.model import Cube, Measure
from cubes.query import Comparison, Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import UNKNOWN
from mining.customer_share.attainable_wallet import FEWEST, Wallet, attainable
from mining.retention.repeat_rate import repeat_rate
from pages.explore.explore_view import Chart, View, with_tops
from pages.explore.outlier_days import outliers
from pages.explore.why_panel import ask_why, why_button, why_panel
from pages.overview.kpi_tiles import (
    LOOK_ALIKES,
    look_alikes,
    repeat_course,
    telling,
    wallet_tile,
    whole_months,
)
from pages.overview.tile_details import by_likeness, by_orders, repeats_told, wallet_told
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import BETWEEN_IDS, OTHERS, Quantity, bars, described, line
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.lineage_panel import where_from
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.period_choices import (
    ALL_TIME,
    COMPARISONS,
    LAST_YEAR,
    baseline_name,
    comparison_name,
    default_comparison,
    presets,
    span_of,
)
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import (
    delta_text,
    format_day,
    format_span,
    format_value,
    scale_of,
    trend,
)
from pages.ui.style.told_sentences import noted
from pages.ui.time_course import course

EXPLORE = "explore/explore_page.py"
HERE = "overview"
NONE = "none"
HEADLINE = ("revenue", "customers", "orders", "average_order_value")
MOVING = ("region", "subcategory", "channel", "customer_kind", "country", "category")
BEHIND_HEADLINES = ("country", "region", "category", "channel", "customer_kind")
OPENED = "overview-tile"
PARTS_UNITS = {"share": "percent", "spend": "money", "attainable": "money"}


@session.fragment
def overview() -> None:
    cube, profile = session.cube(), session.warehouse().profile
    if not profile.lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return
    period, comparison = choose()
    cuts = presets(profile)[period]
    query = Query(("revenue",), cuts=cuts, compare=comparison)
    tiles(cube, query)
    left, right = st.columns([7, 5], gap="small")
    with left, card("course", "stretch"):
        over_time(cube, query)
    with right, card("movers", "stretch"):
        biggest_movers(cube, query)
    below = telling(profile, ("category", "country", "channel"))[:2]
    for place, level in zip(st.columns(len(below) or 1, gap="small"), below, strict=False):
        with place, card(f"by-{level}", "stretch"):
            by_level(cube, query, level)
    with st.container(horizontal=True, vertical_alignment="center", key="overview-foot"):
        st.html(f'<p class="clientela-quiet" data-testid="overview-ready">{escape(span_in_words(query))}</p>')
        st.space("stretch")
        where_from(query, "overview")
    outliers(cube, "overview")
    why_panel(HERE)


def choose() -> tuple[str, Comparison | None]:
    """Period and comparison, kept in the URL."""
    profile = session.warehouse().profile
    offered = presets(profile)
    url = session.read_own_url("period", "compare")
    period = named(url["period"], offered, "period") or (LAST_YEAR if LAST_YEAR in offered else ALL_TIME)
    written = named(url["compare"], (NONE, *Comparison), "comparison")
    comparison = default_comparison(profile, offered[period])
    if written:
        comparison = None if written == NONE else Comparison(written)

    def went(period: str, compare: str) -> None:
        session.write_url({"period": [period]} | ({"compare": [compare]} if compare else {}))

    with st.container(horizontal=True, vertical_alignment="center", key="overview-choices"):
        page_title(profile.firm or "Overview")
        st.space("stretch")
        chooser("Period", "overview-period", list(offered), period, str, lambda each: went(each, written))
        chooser(
            "Comparison",
            "overview-compare",
            list(COMPARISONS),
            comparison_name(comparison),
            str,
            lambda each: went(period, str(COMPARISONS[each] or NONE)),
        )
    return period, comparison


def named(written: str, known: Iterable[str], what: str) -> str:
    """What the address names, if anything. Raises BadRequest for what there is not."""
    if written and written not in set(known):
        raise BadRequest(f"There is no {what} {written!r}.", did_you_mean(written, known))
    return written


def span_in_words(query: Query) -> str:
    answer = session.ask(query)
    span = span_of(query.cuts, session.warehouse().profile)
    days = f"{format_span(*span)}. " if span else ""
    return days + " ".join(map(noted, answer.notes))


def tiles(cube: Cube, query: Query) -> None:
    """Headline measures, repeat rate and customer share; a click opens what the tile's number is made of."""
    wallet, told = wallet_of(query)
    shown = [headline(cube.measure(name), query) for name in HEADLINE]
    shown += [repeat_tile(query), *([wallet_tile(wallet, told)] if wallet else [])]
    clicked = kpi_strip(
        shown,
        "overview-tiles",
        on_click=lambda tile: st.session_state.update({OPENED: tile}),
        on_why=lambda measure: ask_why(HERE, replace(query, measures=(measure,))),
    )
    if clicked in HEADLINE:
        st.switch_page(EXPLORE, query_params=behind(clicked, query).to_parameters())
    opened = st.session_state.get(OPENED)
    if opened == "repeat":
        parts = by_orders(per_customer(query))
        made_of(
            "Customers by their orders",
            "Orders within the period; returns are none.",
            parts,
            repeats_told(parts),
        )
    elif opened == "wallet" and wallet:
        parts = by_likeness(wallet)
        made_of(
            "Spend beside that of the best look-alikes",
            f"Groups of fewer than {FEWEST} customers are held against everybody.",
            parts,
            wallet_told(parts, session.currency()),
        )


def behind(measure: str, query: Query) -> View:
    """Where a headline leads: its own measure, by the first level that tells anything apart."""
    by = telling(session.warehouse().profile, BEHIND_HEADLINES)[:1] or ["month"]
    asked = replace(query, measures=(measure,), rows=tuple(by))
    return View(with_tops(asked, session.cube()), Chart.BARS)


def made_of(title: str, sentence: str, parts: pl.DataFrame, told: str) -> None:
    """A tile's number, which no cube has as a measure, part by part."""
    with card("tile-parts"):
        with st.container(horizontal=True, vertical_alignment="top", key="tile-parts-heading"):
            section(title, sentence)
            st.space("stretch")
            st.button(
                "Close",
                key="tile-parts-close",
                type="tertiary",
                icon=":material/close:",
                on_click=lambda: st.session_state.pop(OPENED, None),
            )
        frame_view(parts, "tile-parts", PARTS_UNITS, min(320, 40 + 35 * max(parts.height, 1)))
        with st.container(horizontal=True, vertical_alignment="center", key="tile-parts-foot"):
            st.html(f'<p class="clientela-quiet" data-testid="tile-told">{escape(told)}</p>')
            st.space("stretch")
            downloads("clientela-tile", lambda: parts, "tile-parts", PARTS_UNITS)


def headline(measure: Measure, query: Query) -> Kpi:
    answer = session.ask(replace(query, measures=(measure.name,)))
    row = answer.frame.row(0, named=True) if answer.frame.height else {}
    value, base = row.get(measure.name), row.get(f"{measure.name}:base")
    direction = trend(value, base, measure.unit)
    currency = session.currency()
    return Kpi(
        id=measure.name,
        label="Active customers" if measure.name == "customers" else measure.label,
        value=format_value(value, measure.unit, currency, True),
        delta=delta_text(value, base, measure.unit),
        trend=direction,
        good=None if not direction else direction * measure.rising > 0,
        note=f"vs {format_value(base, measure.unit, currency, True)}" if base is not None else "",
        course=whole_months(by_month(monthly(query, measure.name))),
        help=measure.doc,
        moved=base is not None,
    )


def monthly(query: Query, measure: str) -> Answer:
    """A measure by month within the cuts."""
    return session.ask(Query((measure,), ("month",), cuts=query.cuts))


def by_month(answer: Answer) -> pl.DataFrame:
    return course(answer, "month", "", session.warehouse().profile)


def per_customer(query: Query) -> pl.DataFrame:
    frame = session.ask_whole(Query(("orders", "revenue"), ("customer",), cuts=query.cuts)).frame
    return frame.filter(pl.col("customer.id") != UNKNOWN)


def repeat_tile(query: Query) -> Kpi:
    now = repeat_rate(per_customer(query))["rate"][0]
    months = session.ask_whole(Query(("orders",), ("month", "customer"), cuts=query.cuts)).frame
    return Kpi(
        id="repeat",
        label="Repeat rate",
        value=format_value(now, "percent"),
        note="bought twice or more",
        course=repeat_course(months, session.warehouse().profile),
        help="Customers with two orders or more in the period, of all who ordered; the course is month by month.",
    )


def wallet_of(query: Query) -> tuple[Wallet | None, list[str]]:
    """What known customers spend beside their look-alikes, and what tells those apart; None without any."""
    told = telling(session.warehouse().profile, LOOK_ALIKES)
    frame = session.ask_whole(Query(("revenue",), (*told, "customer"), cuts=query.cuts)).frame
    people = look_alikes(frame, told)
    return (attainable(people) if people.height else None), told


def over_time(cube: Cube, query: Query) -> None:
    points = by_month(session.ask(replace(query, rows=("month",))))
    section("Revenue by month")
    figure = line(
        points,
        session.colours(),
        unit="money",
        currency=session.currency(),
        height=320,
        previous_name=before_name(query),
    )
    chart(figure, f"overview-course-{query!r}", told("Revenue by month", "Line", points))


def before_name(query: Query) -> str:
    return baseline_name(query.compare).capitalize() if query.compare else ""


def told(title: str, kind: str, points: pl.DataFrame) -> str:
    """A chart of revenue in words, for those who do not see it."""
    return (
        f"{title}. {described(points, kind=kind, measure=Quantity('Revenue', 'money', session.currency()))}"
    )


def biggest_movers(cube: Cube, query: Query) -> None:
    with st.container(horizontal=True, vertical_alignment="top", key="movers-heading"):
        section("Biggest movers", "Where revenue rose and fell most; a click opens it.")
        st.space("stretch")
        why_button(HERE, query, "movers-why")
    profile = session.warehouse().profile
    if not query.compare and default_comparison(profile, query.cuts):
        empty_state("Nothing to compare", "Choose a comparison above to see what moved.", key="no-comparison")
        return
    found = (
        movers(session.ask_whole, query, telling(profile, MOVING), 10) if query.compare else pl.DataFrame()
    )
    if found.is_empty():
        empty_state(
            "No earlier period",
            f"The data begin on {format_day(profile.first_day)}, too late to compare this period. A shorter one "
            "may do, or another comparison."
            if profile.first_day
            else "There are no data.",
            key="no-base",
        )
        return
    currency = session.currency()
    scale = scale_of(found["change"], "money", currency)
    texts = [
        f"{'+' if change > 0 else ''}{format_value(change, 'money', currency, scale)}  {delta_text(value, base)}"
        for change, value, base in found.select("change", "value", "base").iter_rows()
    ]
    points = found.select(
        id=pl.concat_str("level", "id", separator=BETWEEN_IDS),
        label=pl.col("label"),
        value=pl.col("change"),
        text=pl.Series(texts),
    )
    steps = dict(zip(points["id"], found.select("level", "id").rows(), strict=True))
    figure = bars(points, session.colours(), unit="money", currency=currency)

    def into(ids: tuple[str, ...]) -> None:
        st.session_state["overview-open"] = steps.get(BETWEEN_IDS.join(ids))

    chart(figure, f"overview-movers-{query!r}", told("Biggest movers", "Bars of the change", points), into)
    chosen = st.session_state.pop("overview-open", None)
    if chosen:
        level, member = chosen
        finer = cube.finer(level) or level
        open_explore(query.cut(Cut(level, (member,))), "revenue", (finer, "month"), Chart.BARS)


def by_level(cube: Cube, query: Query, level: str) -> None:
    section(f"Revenue by {cube.level(level).label.lower()}")
    answer = session.ask(replace(query, rows=(level,), top=((level, 8),)))
    frame = answer.frame
    points = frame.select(
        id=pl.col(f"{level}.id").fill_null(OTHERS), label=pl.col(level), value=pl.col("revenue")
    )
    if query.compare:
        points = points.with_columns(previous=frame["revenue:base"].cast(pl.Float64))
    figure = bars(
        points,
        session.colours(),
        unit="money",
        currency=session.currency(),
        previous_name=before_name(query),
    )

    def into(ids: tuple[str, ...]) -> None:
        st.session_state[f"overview-open-{level}"] = ids[0]

    chart(figure, f"overview-{level}-{query!r}", told(f"Revenue by {level}", "Bars", points), into)
    member = st.session_state.pop(f"overview-open-{level}", None)
    if member == OTHERS:
        beyond = View(replace(query, rows=(level,))).open_others(level, frame[f"{level}.id"].drop_nulls())
        open_explore(beyond.query, "revenue", (level, "month"), Chart.BARS)
    elif member:
        open_explore(
            query.cut(Cut(level, (member,))), "revenue", (cube.finer(level) or level, "month"), Chart.BARS
        )


def open_explore(query: Query, measure: str, by: tuple[str, ...], kind: Chart) -> None:
    asked = replace(query, measures=(measure,), rows=by[:1], columns=by[1:2])
    view = View(with_tops(asked, session.cube()), kind)
    st.switch_page(EXPLORE, query_params=view.to_parameters())


overview()
