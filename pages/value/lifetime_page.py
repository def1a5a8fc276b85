"""Lifetime: who will buy again and what customers are worth, measured on days that no model has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.lifetime.purchase_stories import Story
from mining.lifetime.regularity import MOST_EVENTS
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import slice_bar
from pages.explore.outlier_days import outliers
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, described, interval_bars, told_and_came
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view
from pages.ui.sought_work import await_work
from pages.ui.style.formats import ABSENT, count_text, days_named, format_day, number_text
from pages.value import lifetime_words as words
from pages.value.found_lifetime import (
    FoundLifetime,
    MeasuredModels,
    asked_lifetime,
    groups,
    held_days,
)
from pages.value.lifetime_customers import customers_card
from pages.value.lifetime_view import MOST_DAYS, MOST_HORIZON, MOST_RATE, LifetimeView, parse_lifetime

LEVELS = ("country", "customer_kind", "region", "channel", "department", "category")
MOST_BARS = 15
SEEKING = "Fitting the models, measuring each on days that it has not seen, then telling what each customer will buy …"


def go(view: LifetimeView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def lifetime() -> None:
    try:
        view = parse_lifetime(session.read_url())
        if view.level:
            session.cube().level(view.level)
    except BadRequest as error:
        page_title("Lifetime")
        refused(error, LifetimeView())
        return
    if not slice_bar("Lifetime", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    try:
        found = await_work(asked_lifetime(view), SEEKING)
    except BadRequest as error:
        choices(view, None)
        refused(error, LifetimeView())
        return
    choices(view, found)
    if found is None:
        ready(view, "awaited")
        return
    show(view, found)
    outliers(session.cube(), "lifetime")
    finding_footer("lifetime", view.closed().to_parameters())
    ready(view, "found", found)


def refused(error: BadRequest, instead: LifetimeView) -> None:
    empty_state(
        days_named(error.problem),
        days_named(error.remedy or ""),
        "Start afresh",
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready(instead, "refused")


def choices(view: LifetimeView, found: FoundLifetime | None) -> None:
    """Days ahead, model, the last day that is looked at; settings and how it is counted a click away."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="lifetime-choices"):
        with st.container(width=170):
            number("Days ahead", "lifetime-days", view.days, MOST_DAYS, lambda days: go(view.ahead(days)))
        with st.container(width=290):
            models(view, found)
        settings(view, found)
        about(view, found)


def number(label: str, key: str, value: int, most: int, went: Callable[[int], None]) -> None:
    """A whole number from 1, shown as the view has it."""
    st.session_state[key] = value
    st.number_input(
        label, 1, most, step=1, key=key, on_change=lambda: went(int(st.session_state[key] or value))
    )


def models(view: LifetimeView, found: FoundLifetime | None) -> None:
    best = found.models.best if found and isinstance(found.models, MeasuredModels) else ""

    def named(story: str) -> str:
        if not story:
            return f"Best on held-out days{f': {best}' if best else ''}"
        return words.NAMES[Story(story)]

    chooser(
        "Model",
        "lifetime-model",
        ["", *Story],
        view.story or "",
        named,
        lambda story: go(view.told_by(Story(story) if story else None)),
    )


def settings(view: LifetimeView, found: FoundLifetime | None) -> None:
    """For the analyst: horizon, rate, days held out, the last day, events of regular buyers."""
    with st.popover("Settings", icon=":material/tune:", key="lifetime-settings"):
        number(
            "Days that value is counted over",
            "lifetime-horizon",
            view.horizon_days,
            MOST_HORIZON,
            lambda days: go(view.worth(days, view.rate)),
        )
        st.session_state["lifetime-rate"] = view.rate
        st.number_input(
            "Later money counts less by, % a year",
            0.5,
            MOST_RATE,
            step=0.5,
            key="lifetime-rate",
            on_change=lambda: go(
                view.worth(view.horizon_days, st.session_state["lifetime-rate"] or view.rate)
            ),
        )
        held = held_days(view, found.told) if found else view.held_days or 180
        number(
            "Days held out from the models that are compared",
            "lifetime-held",
            held,
            MOST_HORIZON,
            lambda days: go(view.holding(days)),
        )
        last_days(view)
        if view.story is Story.CNBD:
            number(
                "Events to a purchase (k)",
                "lifetime-k",
                view.events or (found.events if found else 1),
                MOST_EVENTS,
                lambda events: go(view.told_by(Story.CNBD, events)),
            )


def last_days(view: LifetimeView) -> None:
    """The last day that is looked at: of all data, or an earlier one."""
    profile = session.warehouse().profile
    if profile.first_day is None or profile.last_day is None:
        return
    shown = min(max(view.until or profile.last_day, profile.first_day), profile.last_day)
    st.session_state["lifetime-until"] = shown

    def went() -> None:
        day: date | None = st.session_state["lifetime-until"]
        go(view.seen_until(None if day in (None, profile.last_day) else day))

    st.date_input(
        "The last day that is looked at",
        min_value=profile.first_day,
        max_value=profile.last_day,
        key="lifetime-until",
        on_change=went,
    )


def about(view: LifetimeView, found: FoundLifetime | None) -> None:
    """Definition, formula, paper, parameters and source, a click away."""
    with st.popover("How it is counted", icon=":material/help:", key="lifetime-about"):
        story = found.story if found else view.story or Story.BGNBD
        st.markdown(f"**{words.NAMES[story]}**")
        for said in (words.STORIES[story], words.VALUE, words.INTERVALS):
            st.html(f'<p class="clientela-quiet">{escape(said)}</p>')
        if found and found.by_events:
            st.html(f'<p data-testid="events">{escape(words.events_words(found))}</p>')
            st.dataframe(words.events_table(found), hide_index=True, key="lifetime-events")
        if found:
            st.dataframe(
                words.parameters(found), hide_index=True, placeholder=ABSENT, key="lifetime-parameters"
            )
            st.caption(
                f"Time in days; log-likelihood {number_text(found.fitted.log_likelihood, 2)}. Fitted to "
                f"{count_text(len(found.histories), 'customer')}, {number_text(found.histories.repeat_buyers)} of whom "
                "came back."
            )
            st.caption(f"Histories answered from {found.told.source}; their SQL:")
            st.code(found.told.sql, language="sql", wrap_lines=True)


def show(view: LifetimeView, found: FoundLifetime) -> None:
    currency = session.currency()
    fact = words.main_fact(view, found, currency)
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(told_words(fact))}</b></p>')
    kpi_strip(words.tiles(view, found, currency), "lifetime-tiles")
    st.html(
        f'<p class="clientela-quiet" data-testid="alive">{escape(told_words(words.alive_words(found)))}</p>'
    )
    said = words.cautions(found, currency)
    if said:
        items = "".join(f"<li>{escape(told_words(each))}</li>" for each in said)
        st.html(f'<ul class="clientela-quiet" data-testid="cautions">{items}</ul>')
    offered = levels(view)
    if offered:
        left, right = st.columns(2, gap="small")
        with left:
            calibration_card(view, found)
        with right:
            groups_card(view, found, offered)
    else:
        calibration_card(view, found)
    customers_card(view, found, go)


def calibration_card(view: LifetimeView, found: FoundLifetime) -> None:
    with card("calibration", height="stretch"):
        section("Can it be trusted?", words.why_model(view, found))
        if isinstance(found.models, BadRequest):
            problem = days_named(f"{found.models.problem} {found.models.remedy or ''}")
            st.html(f'<p class="clientela-quiet" data-testid="no-comparison">{escape(problem)}</p>')
            return
        st.html(f'<p data-testid="calibration">{escape(words.calibration_words(found))}</p>')
        frame = words.deciles(found)
        figure = told_and_came(
            frame,
            session.colours(),
            told="Told to buy",
            came="Bought, with its interval",
            group_name="Customers by the chance to buy, a tenth at a time",
        )
        alt = described(frame, kind="Calibration", measure=Quantity("share told to buy", "percent"))
        chart(figure, f"calibration-{view.to_parameters()}", f"{alt} {words.outside(frame)}")
        st.caption(f"{words.outside(frame)} {sample_words(found.models)}".strip())
        with st.expander("All models on the same days and customers", icon=":material/table:"):
            table = words.model_table(found.models)
            frame_view(table, "lifetime-models", words.MODEL_COLUMNS, height=38 + 35 * table.height)
            downloads("clientela-lifetime-models", lambda: table, "lifetime-models", words.MODEL_COLUMNS)
            st.caption(
                "The log score is the mean logarithm of the chance that the model gave to what came: nearer 0 is "
                f"better. Fitted until {format_day(found.models.fitted_until)}; nothing is of days that models saw. "
                f"{words.doubted(found.models)}"
            )


def sample_words(found: MeasuredModels) -> str:
    if found.measured == found.known:
        return ""
    return (
        f"Measured on {number_text(found.measured)} of {count_text(found.known, 'customer')}, evenly drawn."
    )


def groups_card(view: LifetimeView, found: FoundLifetime, offered: Mapping[str, str]) -> None:
    with card("lifetime-groups", height="stretch"):
        level = view.level if view.level in offered else next(iter(offered))
        is_money = not isinstance(found.worth, BadRequest)
        what = f"Value ({words.basis(found.worth)})" if is_money else "Expected purchases"
        ahead = view.horizon_days if is_money else view.days
        section(
            f"{what} by {offered[level].lower()}",
            f"Expected over {count_text(ahead, 'day')}; thick, how sure that expectation is; thin, where it is known, "
            "what chance may make of the outcome. Computed of each group's sum: its customers' ends do not add up.",
        )
        chooser(
            "Level",
            "lifetime-level",
            list(offered),
            level,
            lambda each: f"By {offered[each].lower()}",
            lambda each: go(view.grouped_by(each)),
            width=240,
        )
        try:
            frame = groups(view, found, level)
        except BadRequest as error:
            st.html(f'<p class="clientela-quiet">{escape(error.problem)} {escape(error.remedy or "")}</p>')
            return
        said = words.level_words(offered[level], frame["label"].to_list())
        if said:
            st.html(f'<p class="clientela-quiet" data-testid="one-group">{escape(said)}</p>')
        drawn_groups(view, frame, what, is_money)


def drawn_groups(view: LifetimeView, frame: pl.DataFrame, what: str, is_money: bool) -> None:
    unit, currency = ("money", session.currency()) if is_money else ("count", "")
    top = frame.head(MOST_BARS).rename({f"value_{each}": each for each in ("low", "high", "least", "most")})
    figure = interval_bars(top, session.colours(), unit=unit, currency=currency)
    alt = described(frame, kind="Bars with intervals", measure=Quantity(what, unit, currency))
    chart(figure, f"lifetime-groups-{view.to_parameters()}", alt)
    if frame.height > MOST_BARS:
        st.caption(f"The first {MOST_BARS} of {number_text(frame.height)}; all are in the files.")
    downloads("clientela-lifetime-groups", lambda: frame, "lifetime-groups")


def levels(view: LifetimeView) -> dict[str, str]:
    """Levels that tell customers apart, saved segments and cohorts among them, with their names; and the one that is
    asked for, though all are of one member."""
    cube, known = session.cube(), session.warehouse().profile.known
    named = {level.name: level.label for level in cube.levels if not level.is_time}
    mined = tuple(level.name for level in cube.levels if level.is_mined or level.is_derived)
    wanted = [each for each in dict.fromkeys((*LEVELS, *mined, view.level)) if each in named]
    return {each: named[each] for each in wanted if words.is_told_by(each, view.level, known)}


def ready(view: LifetimeView, state: str, found: FoundLifetime | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "model": found.story.value if found else "",
        "customers": len(found.histories) if found else 0,
        "customer": view.customer,
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    said = f"Seen until {format_day(found.told.until)}." if found else ""
    st.html(f'<p class="clientela-quiet" data-testid="lifetime-ready"{attributes}>{escape(said)}</p>')


lifetime()
