"""The panel "Why did it move?": opened from a number, it says which few members explain its change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.explain_change import MemberEffect, Why, members, why
from cubes.catalogue.segment_formation import MINED
from cubes.model import Cube, Kind
from cubes.query import Cut, Query
from data.errors import BadRequest
from pages.explore.explore_view import Chart, View, with_tops
from pages.explore.why_words import MADE_OF, Words
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain
from pages.ui.cut_chips import words as cut_words
from pages.ui.export_files import downloads
from pages.ui.figures import waterfall
from pages.ui.open_pages import is_open
from pages.ui.page_states import empty_state
from pages.ui.period_choices import default_comparison, fact_of
from pages.ui.plain_frames import frame_view

EXPLORE = "explore/explore_page.py"
STATE, FOUND, LEADS, MINED_TOO = "why", "why-found", "why-leads", "why-mined"
ICON = ":material/troubleshoot:"
PART = "Part of the change"


@dataclass(frozen=True, slots=True)
class Opened:
    """What the panel was opened for, and the page that it lies on."""

    page: str
    query: Query


def ask_why(page: str, query: Query) -> None:
    """Open the panel for the first measure of a question; for callbacks. Without a comparison one is chosen."""
    profile = session.warehouse().profile
    compare = query.compare or default_comparison(profile, query.cuts, fact_of(query, profile))
    asked = Query(query.measures[:1], cuts=query.cuts, compare=compare, cube=query.cube, as_of=query.as_of)
    st.session_state[STATE] = Opened(page, asked)


def close() -> None:
    st.session_state.pop(STATE, None)


def why_panel(page: str) -> None:
    """Draw the panel where it was opened on this page, and go where it was left for."""
    opened = _opened()
    if opened is None:
        return
    if opened.page != page:
        close()
        return
    label = session.cube(opened.query.cube).measure(opened.query.measures[0]).label
    title = f"Why did {as_plain(label)} move?"
    st.dialog(title, width="large", icon=ICON, on_dismiss=close)(_body)()


@session.fragment
def _body() -> None:
    opened = _opened()
    if opened is None:
        return
    cube = session.cube(opened.query.cube)
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    mined = mined_too(cube)
    try:
        found = explained(cube, opened.query, mined)
    except BadRequest as error:
        empty_state(error.problem, error.remedy or "", key="why-refused")
        return
    draw(found, cube)


def _opened() -> Opened | None:
    """What the panel is open for, if it is; where one of its leads was followed, that page is gone to."""
    leads = st.session_state.pop(LEADS, None)
    if leads is not None:
        close()
        st.switch_page(EXPLORE, query_params=leads)
    opened = st.session_state.get(STATE)
    return opened if isinstance(opened, Opened) else None


def mined_too(cube: Cube) -> bool:
    """Whether saved segments are searched as well: only where somebody asks for it, and then with the warning."""
    if not any(level.is_mined for level in cube.levels):
        return False
    chosen = st.toggle("Search saved segments too", key=MINED_TOO)
    if chosen:
        st.warning(MINED, icon=":material/warning:")
    return chosen


def explained(cube: Cube, query: Query, mined: bool = False) -> Why:
    """The explanation, kept while the panel is open; its progress is shown while it is sought."""
    key = (repr(query), session.warehouse().version, mined)
    kept = st.session_state.get(FOUND)
    if kept and kept[0] == key:
        found: Why = kept[1]
        return found
    place = st.empty()
    bar = place.progress(0.0, "Looking at every level …")
    found = why(
        session.ask_whole,
        cube,
        session.warehouse().profile,
        query,
        lambda share, words: _told(bar, share, words),
        mined,
    )
    place.empty()
    st.session_state[FOUND] = (key, found)
    return found


def _told(bar: st.delta_generator.DeltaGenerator, share: float, words: str) -> None:
    bar.progress(min(share, 1.0), f"{words} …")


def draw(found: Why, cube: Cube) -> None:
    """The change, the waterfall, the members in words, and every member of a level."""
    words = Words(found, cube, session.currency())
    heading(found, words, cube)
    if not found.comparable:
        empty_state(
            "No earlier period",
            "The data do not reach back that far. Choose a shorter period, or another comparison.",
            key="why-no-base",
        )
        return
    level = told_level(found)
    table = members(session.ask_whole, cube, found.query, level) if level else pl.DataFrame()
    steps = words.steps() if found.findings or not level else words.steps_of(level, table)
    chart(
        waterfall(steps, session.colours()),
        f"why-waterfall-{found.query!r}",
        f"{words.headline()}. {words.verdict()}",
        (lambda ids: lead_to(found, *ids) if len(ids) == 2 else None) if is_open(EXPLORE) else None,
    )
    st.html(
        f'<p class="clientela-why-verdict" data-testid="why-verdict">{_html(words.verdict())}</p>'
        f'<p class="clientela-quiet">{_html(words.split_of(level, table) if level else "")}</p>'
    )
    for at, each in enumerate(found.findings):
        row(found, words, each, at)
    if found.also:
        st.html('<h3 class="clientela-why-also">Large, but not clearly beyond what is usual</h3>')
        for at, each in enumerate(found.also, len(found.findings)):
            row(found, words, each, at, quiet=True)
    every_member(found, words, cube)
    with st.expander("How this is worked out", icon=":material/functions:"):
        st.markdown(MADE_OF)
        st.caption(words.searched())


def told_level(found: Why) -> str:
    """The level whose members are shown as a whole: that of the first finding, or of what moved most."""
    first = next(iter((*found.findings, *found.also)), None)
    return first.level if first else next(iter(found.levels), "")


def heading(found: Why, words: Words, cube: Cube) -> None:
    within = [cut_words(cube, cut) for cut in found.query.cuts if not cube.level(cut.level).is_time]
    where = " · ".join((*within, *([words.periods()] if words.periods() else [])))
    change = words.signed(found.change) if found.comparable else "–"
    tone = found.change * found.measure.rising
    usual = words.usual_of_whole() if found.comparable else ""
    st.html(
        f'<div class="clientela-total clientela-why" data-testid="why" data-change="{found.change}">'
        f"<span>{escape(where)}</span>"
        f'<b class="{"good" if tone > 0 else "bad" if tone < 0 else ""}">{_html(change)}</b>'
        f"<small>{_html(words.headline())}</small></div>"
        f'<p class="clientela-quiet">{_html(usual)}</p>'
    )


def _html(text: str) -> str:
    """Text for HTML, in which a sign stays with its amount."""
    return escape(text).replace("+", "+\N{WORD JOINER}").replace("-", "-\N{WORD JOINER}")


def row(found: Why, words: Words, each: MemberEffect, at: int, quiet: bool = False) -> None:
    """One member: what it explains, in words, and the way to it."""
    sign = "up" if each.effect > 0 else "down"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"why-row-{at}"):
        st.html(
            f'<div class="clientela-why-row{" quiet" if quiet else ""}" data-testid="why-finding" '
            f'data-level="{escape(each.level)}" data-member="{escape(each.id)}">'
            f'<b class="{sign}">{_html(words.signed(each.effect))}</b>'
            f"<div><p><strong>{escape(each.label)}</strong> <small>{_html(words.level(each))}</small> "
            f"{_html(words.explains(each))}</p><p>{_html(words.sentence(each))}</p></div></div>"
        )
        if is_open(EXPLORE):
            st.button("See it", key=f"why-see-{at}", icon=":material/arrow_forward:", icon_position="right",
                      help=f"Open {as_plain(each.label)} in Explore, in the same periods",
                      on_click=lead_to, args=(found, each.level, each.id))  # fmt: skip


def lead_to(found: Why, level: str, member: str) -> None:
    """Leave for Explore, cut to a member, by what lies under it and in the same periods."""
    st.session_state[LEADS] = view_of(
        found.query, session.cube(found.query.cube), level, member
    ).to_parameters()


def view_of(query: Query, cube: Cube, level: str, member: str) -> View:
    """Explore's view of a member of the cell, against the same period."""
    finer = cube.finer(level)
    month = "month" if finer else ""
    columns = (month,) if month else ()
    asked = replace(query.cut(Cut(level, (member,))), rows=(finer or "month",), columns=columns)
    return View(with_tops(asked, cube), Chart.BARS)


def every_member(found: Why, words: Words, cube: Cube) -> None:
    """All members of a level with their exact parts, to choose, read and take away."""
    first = told_level(found)
    if not first:
        return
    with st.expander("Every member, exactly", icon=":material/table_rows:"):
        options = list(found.levels)
        level = st.selectbox(
            "Level",
            options,
            index=options.index(first),
            key="why-level",
            format_func=lambda each: cube.level(each).label,
        )
        frame = exact(members(session.ask_whole, cube, found.query, level), found, cube)
        units = dict.fromkeys(frame.columns[1:], found.measure.unit)
        frame_view(frame, f"why-members-{level}", units, height=280)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"The parts come to {words.signed(float(frame[PART].sum()))}, the whole change.")
            st.space("stretch")
            downloads("clientela-why", lambda: frame, f"why-{level}", units)


def exact(frame: pl.DataFrame, found: Why, cube: Cube) -> pl.DataFrame:
    """The members' parts under headings that people read; what members share is named."""
    named = frame.with_columns(
        pl.when(pl.col("label").is_null())
        .then(pl.lit("(counted more than once)"))
        .otherwise("label")
        .alias("label")
    )
    columns = [
        pl.col("label").alias("Member"),
        pl.col("base").alias("Before"),
        pl.col("value").alias("Now"),
        pl.col("effect").alias(PART),
    ]
    if found.measure.kind is Kind.RATIO:
        columns += [
            pl.col("rate").alias("Rate"), pl.col("mix").alias("Mix"), pl.col("presence").alias("New or gone"),
        ]  # fmt: skip
    return named.select(columns)


def why_button(page: str, query: Query, key: str, label: str = "Why?") -> None:
    """The way into the panel from a number."""
    st.button(label, key=key, type="tertiary", help="Why did it move?", on_click=ask_why, args=(page, query))
