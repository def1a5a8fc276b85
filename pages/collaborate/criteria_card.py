"""The criteria of partners: how much each weighs, what is a must-have, what is aimed at; all of it in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from mining.partners.criterion import Criterion
from mining.partners.partner_criteria import MEANT
from pages.collaborate import scorecard_words as words
from pages.collaborate.partners_view import PartnersView
from pages.ui import session
from pages.ui.controls import remembered_choice
from pages.ui.page_states import card, section
from pages.ui.style.formats import share_text

Go = Callable[[PartnersView], None]
COLUMNS = 4
MOST_SLID = 10.0
AIMS = {"floor": "Must-have", "target": "Target"}


def criteria_card(view: PartnersView, go: Go) -> None:
    with card("criteria"):
        section(
            "What counts",
            "Move the weights: ranks follow at once. A must-have sets apart who is known to miss it; a target is shown"
            " and ranks nobody.",
        )
        sliders(view, go)
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="partners-aims"):
            aims(view, go)
        said = aim_words(view)
        if said:
            st.html("".join(f'<p class="clientela-quiet">{escape(each)}</p>' for each in said))


def sliders(view: PartnersView, go: Go) -> None:
    whole = sum(each.weight for each in view.criteria)
    for at in range(0, len(view.criteria), COLUMNS):
        for column, each in zip(st.columns(COLUMNS, gap="small"), view.criteria[at:], strict=False):
            with column:
                slider(view, each, each.weight / whole if whole else 0.0, go)


def slider(view: PartnersView, criterion: Criterion, share: float, go: Go) -> None:
    """The weight of one criterion, with its share of all."""
    key = f"weight-{criterion.name}"
    st.session_state[key] = min(criterion.weight, MOST_SLID)
    st.slider(
        f"{criterion.label} · {share_text(share)}",
        0.0,
        MOST_SLID,
        step=0.5,
        key=key,
        format="%g",
        help=f"{MEANT[criterion.name]} {'More' if criterion.is_more_better else 'Less'} is better.",
        on_change=lambda: go(view.said("weight", criterion.name, st.session_state[key])),
    )


def aims(view: PartnersView, go: Go) -> None:
    """A must-have and a target of the criterion that is chosen."""
    criteria = {each.name: each for each in view.criteria}
    name = remembered_choice(
        "Criterion", "partners-aim-of", [*criteria], lambda name: criteria[name].label, 250
    )
    each = criteria[name]
    for what, label in AIMS.items():
        key = f"{what}-{name}"
        told = getattr(each, what)
        st.session_state[key] = None if told is None else told * scale_of(each)
        st.number_input(
            f"{label}{unit_words(each)}",
            key=key,
            placeholder="none",
            width=210,
            on_change=lambda what=what, key=key: go(view.said(what, name, read(st.session_state[key], each))),
        )
    if view.weight or view.floor or view.target:
        st.button(
            "Usual criteria",
            key="partners-usual",
            type="tertiary",
            icon=":material/restart_alt:",
            on_click=lambda: go(replace(view, weight=(), floor=(), target=())),
        )


def scale_of(criterion: Criterion) -> float:
    return 100.0 if criterion.unit == "percent" else 1.0


def read(typed: float | None, criterion: Criterion) -> float | None:
    """What was typed, in the unit of the criterion's values."""
    return None if typed is None else round(typed / scale_of(criterion), 6)


def unit_words(criterion: Criterion) -> str:
    money = session.currency()
    units = {"percent": ", %", "days": ", days", "money": f", {money}" if money else ""}
    return units.get(criterion.unit, "")


def aim_words(view: PartnersView) -> list[str]:
    """Each must-have and target that is set."""
    said = []
    for what, label in AIMS.items():
        told = [
            aim_text(each, getattr(each, what)) for each in view.criteria if getattr(each, what) is not None
        ]
        said += [f"{label}: {'; '.join(told)}."] if told else []
    return said


def aim_text(criterion: Criterion, number: float) -> str:
    """A criterion with what it must, or is to, reach."""
    side = "more" if criterion.is_more_better else "less"
    return f"{criterion.label} {words.figure_text(number, criterion, session.currency())} or {side}"
