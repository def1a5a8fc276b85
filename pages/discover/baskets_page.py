"""Baskets: what is bought together, how often, and how far that is from chance."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Cut
from data.errors import BadRequest
from data.model.said import said
from mining.patterns.association_rules import Rules, sentence, why_no_rule
from mining.patterns.basket_matrix import Baskets
from mining.patterns.rule_refusals import RuleAdvice
from pages.discover import found_rules
from pages.discover.baskets_view import LENGTHS, Association, Picture, parse_association
from pages.discover.cross_sell import CUSTOMER, RuleSides, cross_sell, stake_words
from pages.discover.cross_sell import UNITS as LACKING_UNITS
from pages.discover.customer_list import customer_list
from pages.discover.found_rules import RefusedRules
from pages.discover.mined_slice import explore_link, explore_parameters, period_choice, slice_bar
from pages.discover.mlxtend_panel import check_button, check_words
from pages.discover.rule_frames import (
    SIDES,
    UNITS,
    about,
    bubbles,
    edges_and_nodes,
    numbers,
    rule_clicked,
    rule_of,
    table,
    tiles,
)
from pages.discover.rule_thresholds import CONFIDENCES, at_least, merged, percent, supports
from pages.discover.threshold_slider import threshold_slider
from pages.explore.put_on_board import put_on_board
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.cut_chips import within
from pages.ui.export_files import downloads
from pages.ui.figures import rules_matrix, rules_network
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text, format_value, number_text
from pages.ui.style.told_sentences import in_language
from pages.ui.written_cells import are_written, fixed, share, written

PICTURES = {Picture.NETWORK: ":material/hub:", Picture.MATRIX: ":material/grid_view:"}
SHOWN = 1_000
SAID = 12
WRITES = {
    **dict.fromkeys(("support", "confidence"), share),
    **dict.fromkeys(("lift", "conviction"), fixed(2)),
    "leverage": fixed(5),
    **dict.fromkeys(("count_both", "count_antecedent", "count_consequent"), fixed(0)),
}


def go(association: Association) -> None:
    """What every click ends in: this association from now on, in the URL."""
    session.write_url(association.to_parameters())


@session.fragment
def baskets() -> None:
    try:
        view = parse_association(session.read_url())
    except BadRequest as error:
        page_title("Baskets")
        refused(error.problem, error.remedy, "Start afresh", Association())
        return
    if not slice_bar("Baskets", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    try:
        with st.spinner("Reading the baskets …"):
            encoded = found_rules.encoded(view.cuts, view.level)
    except BadRequest as error:
        refused(error.problem, error.remedy, "Start afresh", Association())
        return
    if encoded.baskets is None:
        choices(view)
        empty_state(
            "No baskets here",
            "Nothing was bought within all the filters: there are only returns, unknown items, or no lines at all.",
            "Clear all filters" if view.cuts else "",
            on_click=lambda: go(view.within(())),
            key="no-baskets",
            drawing="filter",
        )
        ready(view, "empty")
        return
    support = view.support or encoded.suggested
    choices(view)
    sliders(view, encoded.baskets, support, encoded.suggested)
    with st.spinner("Looking for what goes together …"):
        rules = found_rules.found(view, encoded.baskets, support)
    if isinstance(rules, RefusedRules):
        advice = rules.advice if action_of(rules.advice) else RuleAdvice(support=encoded.suggested)
        refused(rules.problem, rules.remedy, action_of(advice), view.advised(advice))
        return
    show(view, encoded.baskets, rules)


def choices(view: Association) -> None:
    """What an item is, the period, the length of rules, and which item to look for."""
    cube = session.cube()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="baskets-choices"):
        with st.container(width=170):
            offered = found_rules.levels(session.warehouse().profile)
            chooser(
                "Items",
                "baskets-level",
                [*offered, *({view.level} - {*offered})],
                view.level,
                lambda name: f"Items: {cube.level(name).label}",
                lambda name: go(view.of(name)),
            )
        with st.container(width=180):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "baskets-period")
        with st.container(width=180):
            chooser(
                "Length",
                "baskets-longest",
                list(LENGTHS),
                view.longest or 0,
                lambda longest: f"Up to {longest} items a rule" if longest else "Rules of any length",
                lambda longest: go(view.at(longest=longest or None).closed()),
            )
        with st.container(width=260):
            st.session_state["baskets-item"] = view.item
            st.text_input(
                "Item",
                key="baskets-item",
                placeholder="Rules with an item …",
                icon=":material/search:",
                on_change=lambda: go(view.about(st.session_state["baskets-item"])),
                label_visibility="collapsed",
            )


def sliders(view: Association, found: Baskets, support: Decimal, suggested: Decimal) -> None:
    """The two thresholds, each with what it asks for."""
    with st.container(border=True, key="card-thresholds"):
        left, right = st.columns(2, gap="medium")
        with left:
            least = count_text(at_least(support, len(found)), "basket")
            threshold_slider(
                f"Support at least {percent(support)}: {least} of {number_text(len(found))}",
                "baskets-support",
                supports(len(found), support, suggested),
                support,
                lambda value: go(view.at(support=value)),
            )
        with right:
            threshold_slider(
                f"Confidence at least {percent(view.confidence)} of the baskets with the left side",
                "baskets-confidence",
                merged(CONFIDENCES, view.confidence),
                view.confidence,
                lambda value: go(view.at(confidence=value)),
            )


def action_of(advice: RuleAdvice) -> str:
    """The button that takes a miner's advice; empty where there is none."""
    if advice.longest:
        return f"Up to {advice.longest} items a rule"
    if advice.support:
        return f"Take support {percent(advice.support)}"
    return f"Take confidence {percent(advice.confidence)}" if advice.confidence else ""


def refused(problem: str, remedy: str, action: str, instead: Association) -> None:
    empty_state(problem, remedy, action, on_click=lambda: go(instead), key="refused", drawing="filter")
    ready(instead, "refused")


def show(view: Association, found: Baskets, rules: Rules) -> None:
    kpi_strip(tiles(found, rules), "baskets-tiles")
    if rules.frame.is_empty():
        with st.spinner("Looking for the nearest rule …"):
            why = why_no_rule(found, rules)
        advice = why.advice if why else RuleAdvice()
        empty_state(
            "No rule passes",
            str(why),
            action_of(advice),
            on_click=lambda: go(view.advised(advice)),
            key="no-rules",
            drawing="filter",
        )
        ready(view, "no-rules", found, rules)
        return
    held = about(rules, view.item)
    if held.frame.is_empty():
        empty_state(
            f"No rule holds “{view.item}”",
            f"None of the {count_text(rules.frame.height, 'rule')} names such an item. Lower the thresholds or "
            "look for something else.",
            "Show all rules",
            on_click=lambda: go(view.about("")),
            key="no-such-item",
            drawing="filter",
        )
        ready(view, "no-rules", found, held)
        return
    chosen = rule_of(held, view.left, view.right)
    left, right = st.columns(BESIDE, gap="small")
    with left:
        with card("rules"):
            listed(view, found, rules, held)
        with card("picture"):
            picture(view, held)
    with right:
        if chosen:
            opened(view, chosen)
        else:
            in_words(held)
    ready(view, "found", found, held)


def listed(view: Association, found: Baskets, mined: Rules, rules: Rules) -> None:
    """The rules that hold what is looked for, of all that were mined, as a table: a heading sorts, a row opens."""
    shown = table(rules).head(SHOWN)
    part = (
        f"The first {number_text(SHOWN)} by lift; the files have all. " if rules.frame.height > SHOWN else ""
    )
    section(count_text(rules.frame.height, "rule"), f"{part}A heading sorts, a row opens beside the list.")
    key = f"rules-{view.closed().drawn(Picture.NETWORK).to_parameters()}-{rules.min_support}"
    rows = rules.frame.head(SHOWN)
    chosen = [
        (at, "antecedent")
        for at, rule in enumerate(rows.iter_rows(named=True))
        if open_rule(view, rule) == view
    ]

    def selected() -> None:
        state = st.session_state.get(key) or {}
        cells = state.get("selection", {}).get("cells", [])
        go(open_rule(view, rows.row(cells[0][0], named=True)) if cells else view.closed())

    by_python = are_written(shown)
    st.dataframe(
        written(shown, WRITES) if by_python else shown,
        hide_index=True,
        height=min(420, 40 + 36 * shown.height),
        key=key,
        on_select=selected,
        selection_mode="single-cell",
        selection_default={"selection": {"cells": chosen}},
        column_config=columns(by_python),
        alt="Association rules",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        check_button(view, found, mined)
        kept = view.closed().drawn(Picture.NETWORK).to_parameters()
        put_on_board({"Found here": f"baskets?{urlencode(kept, doseq=True)}"}, "baskets-board")
        st.space("stretch")
        downloads("clientela-rules", lambda: table(rules), "rules", UNITS)
    check_words(view, mined)


def columns(by_python: bool) -> dict[str, Any]:
    """The columns of the rules; formats of their own where Python has not written the numbers."""
    text = st.column_config.TextColumn

    def number(label: str, help: str, format: str | None = None) -> Any:
        return st.column_config.NumberColumn(label, help=help, format=None if by_python else format)

    return {
        "antecedent": text("Baskets with", width="medium"),
        "consequent": text("also hold", width="medium"),
        "support": number("Support", format="percent", help="Part of all baskets that hold both sides"),
        "confidence": number("Confidence", format="percent", help="Part of those with the left side"),
        "lift": number("Lift", format="%.2f", help="Times as often as if the two sides had nothing to do"),
        "leverage": number("Leverage", format="%.5f", help="Support beyond what chance gives"),
        "conviction": number(
            "Conviction", format="%.2f", help="1 is independent; infinite where it never fails"
        ),
        "count_both": number("Both", help="Baskets with both sides"),
        "count_antecedent": number("Left", help="Baskets with the left side"),
        "count_consequent": number("Right", help="Baskets with the right side"),
        "baskets": None,
    }


def open_rule(view: Association, rule: Mapping[str, Any]) -> Association:
    return view.opened(rule["antecedent"], rule["consequent"])


def picture(view: Association, rules: Rules) -> None:
    """The rules as a network of items, or as left sides by right sides; a click opens one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html('<h2 class="clientela-section">What draws what</h2>', width="content")
        st.space("stretch")
        st.session_state["baskets-picture"] = view.picture
        st.segmented_control(
            "Picture",
            list(Picture),
            key="baskets-picture",
            required=True,
            format_func=PICTURES.__getitem__,
            on_change=lambda: go(view.drawn(st.session_state["baskets-picture"])),
            label_visibility="collapsed",
            help="Network of items, or left sides by right sides",
        )

    def clicked(ids: tuple[str, ...]) -> None:
        rule = rule_clicked(rules, ids)
        go(open_rule(view, rule) if rule else view.about(ids[0]))

    token = f"{view.to_parameters()}-{rules.min_support}"
    if view.picture is Picture.NETWORK:
        figure = rules_network(*edges_and_nodes(rules), session.colours(), height=520)
        chart(figure, f"network-{token}", "Network of items bought together", clicked)
    else:
        figure = rules_matrix(bubbles(rules), session.colours(), height=520)
        chart(figure, f"matrix-{token}", "Left sides by right sides of rules", clicked)


def in_words(rules: Rules) -> None:
    """The rules of highest lift as sentences."""
    first = rules.frame.head(SAID).iter_rows(named=True)
    said = "".join(
        f'<li style="margin:0 0 .4rem">{escape(in_language(sentence(rule)))}</li>' for rule in first
    )
    style = "margin:0;padding-left:1.1rem;font-size:.9286rem;line-height:1.45"
    with card("words"):
        section("In words")
        st.html(f'<ul data-testid="sentences" style="{style}">{said}</ul>')


def opened(view: Association, rule: Mapping[str, Any]) -> None:
    """One rule: its sentence, its numbers, and the way to its items in Explore."""
    store = session.warehouse()
    items = rows_behind.basket_items(store, view.level, [*rule["antecedent"], *rule["consequent"]])
    with opened_panel(in_language(sentence(rule)), "rule", lambda: go(view.closed())):
        cuts = within(view.cuts, Cut(view.level, tuple(items.values())))
        explore_link(
            "Explore these items",
            explore_parameters(cuts, session.cube(), store.profile, (view.level,), ("month",)),
        )
        figures = "".join(
            f'<div class="clientela-total"><span>{escape(name)}</span><b>{escape(value)}</b>'
            f"<small>{escape(note)}</small></div>"
            for name, value, note in numbers(rule)
        )
        grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:.5rem 1.5rem"
        st.html(f'<div style="{grid}">{figures}</div>')
        left, right = (tuple(items[name] for name in rule[side]) for side in SIDES)
        lacking(RuleSides(view.cuts, view.level, left, right), rule)


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
    customer_list(found.customers, "clientela-cross-sell", "cross-sell", LACKING_UNITS)
    if len(sides.right) == 1:
        cuts = (*sides.cuts, *sides.missing)
        parameters = explore_parameters(cuts, session.cube(), session.warehouse().profile, (CUSTOMER,))
        explore_link("Explore these customers", parameters)


def ready(view: Association, state: str, found: Baskets | None = None, rules: Rules | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "level": view.level,
        "baskets": len(found) if found else 0,
        "rules": rules.frame.height if rules else 0,
        "support": rules.min_support if rules else view.support or "",
        "confidence": view.confidence,
        "rule": " + ".join(view.left) + " > " + " + ".join(view.right) if view.left else "",
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    words = "Returns are left out; an order is a basket, and an item counts once in it." if rules else ""
    st.html(f'<p class="clientela-quiet" data-testid="baskets-ready"{attributes}>{words}</p>')


baskets()
