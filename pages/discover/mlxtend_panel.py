"""Check with mlxtend: a button that has the rules on screen found by another hand, and what came of it in words."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import BadRequest
from mining.patterns.association_rules import Rules
from mining.patterns.basket_matrix import Baskets
from mining.patterns.mlxtend_check import MlxtendCheck, check_with_mlxtend
from pages.discover.baskets_view import Association, Picture
from pages.ui import session
from pages.ui.style.formats import count_text, number_text

CHECKED = "baskets-checked"
HELP = (
    "Finds the same rules anew with the library mlxtend, compares every figure, and says how long each took."
)


def check_button(view: Association, baskets: Baskets, rules: Rules) -> None:
    """Offer the check of these rules: what comes of it holds until other rules are asked for."""
    pressed = st.button(
        "Check with mlxtend", key="check-mlxtend", type="tertiary", icon=":material/fact_check:", help=HELP
    )
    if pressed:
        with st.spinner("mlxtend is looking for the same rules …"):
            st.session_state[CHECKED] = (_question(view, rules), _outcome(baskets, rules))


def check_words(view: Association, rules: Rules) -> None:
    """What the check of these rules said, if it was made."""
    question, outcome = st.session_state.get(CHECKED, ("", None))
    if question == _question(view, rules):
        look, said = ("bad", str(outcome)) if isinstance(outcome, BadRequest) else verdict(outcome)
        if look == "good" and (rules.demands.correction or rules.demands.productive):
            said += " Both before any test against chance."
        st.html(f'<p class="clientela-verdict {look}" role="status" data-testid="checked">{escape(said)}</p>')


def verdict(check: MlxtendCheck) -> tuple[str, str]:
    """How the outcome looks and what it says."""
    found = f"{count_text(check.itemsets, 'itemset')} and {count_text(check.rules, 'rule')}"
    took = f"It took {number_text(check.seconds, 1)} s, Clientela {number_text(check.our_seconds, 1)} s."
    if check.agrees:
        return "good", f"mlxtend finds the same {found}, with the same figures. {took}"
    apart = f"{count_text(check.itemsets_apart, 'itemset')} and {count_text(check.rules_apart, 'rule')}"
    far = f"; figures differ by up to {check.difference:.1e}" if check.difference >= 1e-9 else ""
    return "bad", f"mlxtend finds {found}, of which {apart} are not ours or counted differently{far}. {took}"


def _outcome(baskets: Baskets, rules: Rules) -> MlxtendCheck | BadRequest:
    try:
        return check_with_mlxtend(baskets, rules)
    except BadRequest as error:
        return error


def _question(view: Association, rules: Rules) -> str:
    """Which rules were checked, whatever is looked for among them and however they are drawn."""
    mined = view.about("").drawn(Picture.NETWORK).to_parameters()
    return f"{session.warehouse().version} {mined} {rules.min_support}"
