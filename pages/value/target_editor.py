"""Targets as a person sets them: a year, its quarters and its months, saved at once and taken back again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.due_target import GRAINS
from cubes.catalogue.kpis import DeclaredKpi
from cubes.catalogue.measure_words import unit_of
from data import environment
from data.access.deed import Deed
from data.model.calendar import Calendar
from data.operational import operational_store, targets
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.operational.targets import SavedTargets, SeenTargets, Target, TargetPlace
from pages.explore.written_deeds import Standing, as_seen, do, tell, waits
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.local_time import in_words
from pages.ui.style.formats import ABSENT, count_text, format_value
from pages.ui.style.period_names import written_name

SAID, UNDO, OPENED = "targets-said", "targets-undo", "targets-opened"
PERCENT = 100  # what people write as a percentage is kept as a share


def target_editor(place: TargetPlace, year: int, kpi: DeclaredKpi, calendar: Calendar) -> None:
    """A row a period; an empty cell is no target. What is typed stays when somebody else saves meanwhile."""
    seen = _seen(place, year)
    held = seen.values
    periods = [
        calendar.period_id(grain, code)
        for grain in GRAINS
        for code, _ in calendar.periods(grain, calendar.days_of("year", year))
    ]
    size = PERCENT if kpi.declared.unit == "percent" else 1
    frame = pl.DataFrame(
        {
            "Period": list(map(written_name, periods)),
            "Target": [float(held[each]) * size if each in held else None for each in periods],
        },
        schema={"Period": pl.String, "Target": pl.Float64},
    )
    key = _key(place, year, seen)
    unit = kpi.declared.unit
    title = "Target" if unit == "count" else f"Target in {unit_of(kpi.declared, session.currency())}"
    edited = st.data_editor(
        frame,
        key=key,
        hide_index=True,
        disabled=["Period"] if may(Deed.WRITE) else True,
        height=280,
        placeholder=ABSENT,
        column_config={"Target": st.column_config.NumberColumn(title)},
    )
    if not may(Deed.WRITE):
        return
    changed = _changes(periods, frame, edited, size)
    st.session_state[OPENED] = (place, year, seen)
    with st.container(horizontal=True, vertical_alignment="center", key="targets-foot"):
        st.button(
            "Save targets",
            key="targets-save",
            type="primary",
            disabled=not changed,
            on_click=partial(_save, place, changed, seen),
        )
        if st.session_state.get(UNDO):
            st.button("Undo", key="targets-undo-button", type="tertiary", on_click=_undo)
        if not waits(SAID):
            tell(SAID)
    if waits(SAID):
        tell(SAID, {"value": lambda value: _value_words(Decimal(value), unit, session.currency())})


def _seen(place: TargetPlace, year: int) -> SeenTargets:
    """The targets as they are; while something is typed, as they were when that began."""
    opened: tuple[TargetPlace, int, SeenTargets] | None = st.session_state.get(OPENED)
    if opened and opened[:2] == (place, year):
        typed = st.session_state.get(_key(*opened), {})
        if typed.get("edited_rows"):
            return opened[2]
    return targets.seen_targets(operational_store.of(session.warehouse()), place)


def _key(place: TargetPlace, year: int, seen: SeenTargets) -> str:
    return f"targets-{place}-{year}-{hash(tuple(sorted(seen.values.items())))}"


def _changes(
    periods: list[str], before: pl.DataFrame, after: pl.DataFrame, size: int
) -> dict[str, Decimal | None]:
    """What was typed, by period; what nobody touched is not said again."""
    pairs = zip(periods, before["Target"], after["Target"], strict=True)
    return {period: None if new is None else as_kept(new, size) for period, old, new in pairs if new != old}


def as_kept(typed: float, size: int) -> Decimal:
    """A number as targets hold it; too large a one as it is, to be refused when it is said."""
    value = Decimal(str(typed)) / size
    return round(value, 4) if abs(value) <= targets.MOST else value


def _save(
    place: TargetPlace, changed: Mapping[str, Decimal | None], seen: SeenTargets, standing: Standing = None
) -> None:
    def deed(store: OperationalStore) -> str:
        standing_on = standing or as_seen(*seen.said)
        saved = targets.set_targets(store, place, changed, environment.who(), standing_on)
        st.session_state[UNDO] = (place, saved) if saved.before else None
        _forget()
        return f"Saved {count_text(len(saved.before), 'target')}."

    do(SAID, deed, partial(_save, place, changed, seen), kept=_forget)


def _forget() -> None:
    st.session_state.pop(OPENED, None)


def _undo() -> None:
    _take_back(*st.session_state.pop(UNDO))


def _take_back(place: TargetPlace, saved: SavedTargets, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        standing_on = standing or StandingOn(saved.said)
        targets.set_targets(store, place, saved.before, environment.who(), standing_on)
        return "As it was before."

    do(SAID, deed, partial(_take_back, place, saved))


def history_of(told: tuple[Target, ...], unit: str, currency: str) -> None:
    """Who set which target when, the newest first."""
    if not told:
        return
    with st.expander(f"{count_text(len(told), 'change')} so far"):
        items = "".join(
            f"<li>{escape(written_name(each.period))}: {escape(_value_words(each.value, unit, currency))} ·"
            f" {escape(each.said_by)}, {escape(in_words(each.said_at))}</li>"
            for each in told[:50]
        )
        st.html(f'<ul class="clientela-quiet" data-testid="target-history">{items}</ul>')


def _value_words(value: Decimal | None, unit: str, currency: str) -> str:
    return "withdrawn" if value is None else format_value(float(value), unit, currency)
