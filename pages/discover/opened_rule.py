"""One rule, opened: its sentence, its numbers, the way to its items in Explore, and who lacks its right side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import streamlit as st

from cubes.drill_through import rows_behind
from data.errors import BadRequest
from data.model.said import said
from mining.patterns.association_rules import sentence
from pages.discover import found_rules
from pages.discover.baskets_view import Association
from pages.discover.cross_sell import CUSTOMER, RuleSides, cross_sell, items_cut, stake_words
from pages.discover.cross_sell import UNITS as LACKING_UNITS
from pages.discover.customer_list import customer_list
from pages.discover.mined_slice import explore_link, explore_parameters
from pages.discover.rule_frames import SIDES, numbers
from pages.ui import session
from pages.ui.cut_chips import within
from pages.ui.opened_panel import opened_panel
from pages.ui.page_states import section
from pages.ui.style.formats import count_text, format_value
from pages.ui.style.told_sentences import in_language

Go = Callable[[Association], None]


def opened_rule(view: Association, rule: Mapping[str, Any], go: Go) -> None:
    """One rule: its sentence, its numbers, and the way to its items in Explore."""
    store = session.warehouse()
    items = rows_behind.basket_items(
        store, found_rules.item_levels(view.level), [*rule["antecedent"], *rule["consequent"]]
    )
    with opened_panel(in_language(sentence(rule)), "rule", lambda: go(view.closed())):
        levels = {level for level, _ in items.values()}
        if len(levels) == 1:
            cuts = within(view.cuts, items_cut([*items.values()]))
            explore_link(
                "Explore these items",
                explore_parameters(cuts, session.cube(), store.profile, (*levels,), ("month",)),
            )
        figures = "".join(
            f'<div class="clientela-total"><span>{escape(name)}</span><b>{escape(value)}</b>'
            f"<small>{escape(note)}</small></div>"
            for name, value, note in numbers(rule)
        )
        grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:.5rem 1.5rem"
        st.html(f'<div style="{grid}">{figures}</div>')
        left, right = (tuple(items[name] for name in rule[side]) for side in SIDES)
        lacking(RuleSides(view.cuts, left, right), rule)


def lacking(sides: RuleSides, rule: Mapping[str, Any]) -> None:
    """Who bought the left side and not the right: how many, what is at stake, and each of them."""
    left, right = (" + ".join(rule[side]) for side in SIDES)
    try:
        with st.spinner("Looking for who bought one side only …"):
            found = cross_sell(sides, rule["confidence"], session.ask_whole)
    except BadRequest as error:
        section("Who lacks a side", said("{} {}", error.problem, error.remedy))
        return
    section(
        f"Bought {left}, not {right}", f"Revenue, orders and last purchase below are those of {left} alone."
    )
    stake = format_value(found.at_stake, "money", session.currency(), True)
    st.html(
        f'<div class="clientela-total" data-testid="cross-sell" data-customers="{found.customers.height}">'
        f"<b>{stake}</b><small>at stake with {count_text(found.customers.height, 'customer')}</small></div>"
        f'<p class="clientela-quiet">{escape(stake_words(found, right, session.currency()))}</p>'
    )
    if found.customers.is_empty():
        return
    asked = sides.asked(("customers",), sides.left, *sides.missing) if len(sides.right) == 1 else None
    name = f"Bought {left}, not {right}"
    customer_list(
        found.customers, "clientela-cross-sell", "cross-sell", LACKING_UNITS, audience=name, asked=asked
    )
    if len(sides.right) == 1:
        cuts = (*sides.cuts, *sides.missing)
        parameters = explore_parameters(cuts, session.cube(), session.warehouse().profile, (CUSTOMER,))
        explore_link("Explore these customers", parameters)
