"""More: what else rules must meet, what stands beside them, and the slice that they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from cubes.query import TIME_LEVELS, Cut
from mining.patterns.rule_significance import Correction
from mining.patterns.rule_words import NAMES
from pages.discover.baskets_view import CORRECTION, Association
from pages.discover.mined_slice import period_of
from pages.ui import session
from pages.ui.cut_chips import words
from pages.ui.period_choices import presets

CORRECTIONS: dict[str, Correction | None] = {
    **{name: correction for correction, name in NAMES.items()},
    "Not tested: chance may give them too": None,
}
NOTHING = "Nothing"
Go = Callable[[Association], None]


def more_demands(view: Association, go: Go) -> None:
    """A popover of them; how many differ from what is usual stands on it."""
    differ = sum((view.correction is not CORRECTION, view.productive, view.by_margin, bool(view.versus)))
    with st.popover(f"More ({differ})" if differ else "More", icon=":material/tune:"):
        st.session_state["baskets-correction"] = next(
            name for name, each in CORRECTIONS.items() if each == view.correction
        )
        st.selectbox(
            "More than chance",
            list(CORRECTIONS),
            key="baskets-correction",
            on_change=lambda: go(
                view.at(correction=CORRECTIONS[st.session_state["baskets-correction"]]).closed()
            ),
            help="Every rule above the support is tested by Fisher’s exact test before any is chosen by confidence. "
            "Hochberg’s: 1 of 20 shown may be chance; Yekutieli’s: the same however the tests depend on each other; "
            "Bonferroni’s: in 19 of 20 firms not a single one is. Given the support, it is allowed for that rules were "
            "chosen by how often they came: where baskets are sparse, chance brings some above any support.",
        )
        switch(
            "Productive rules only",
            "baskets-productive",
            view.productive,
            lambda on: go(view.at(productive=on).closed()),
            "Each item on the left makes the right side likelier, given the others there (Webb 2007).",
        )
        switch(
            "Weigh by margin",
            "baskets-margin",
            view.by_margin,
            lambda on: go(view.at(by_margin=on)),
            "What both sides earn together, and what the right side earns for each basket with the left.",
        )
        offered = slices(view)
        chosen = next((name for name, cuts in offered.items() if cuts == view.versus), "A slice of its own")
        st.session_state["baskets-versus"] = chosen
        st.selectbox(
            "Compare confidence with",
            list(offered) if chosen in offered else [*offered, chosen],
            key="baskets-versus",
            on_change=lambda: go(
                view.at(versus=offered.get(st.session_state["baskets-versus"], view.versus))
            ),
            help="Another period, or the rest of what a filter keeps: the two slices may share no basket.",
        )


def switch(label: str, key: str, value: bool, went: Callable[[bool], None], help: str) -> None:
    st.session_state[key] = value
    st.toggle(label, key=key, on_change=lambda: went(st.session_state[key]), help=help)


def slices(view: Association) -> dict[str, tuple[Cut, ...]]:
    """The slices that are offered to compare with, by name: other periods, and the rest of each filter."""
    profile, cube = session.warehouse().profile, session.cube()
    here = period_of(view.cuts, profile)
    periods = {name: cuts for name, cuts in presets(profile).items() if cuts and name != here}
    plain = [cut for cut in view.cuts if cut.members and not cut.by_rule and cut.level not in TIME_LEVELS]
    rest = {
        words(cube, other): (other,) for other in (replace(cut, exclude=not cut.exclude) for cut in plain)
    }
    return {NOTHING: (), **rest, **periods}
