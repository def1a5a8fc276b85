"""Baskets: what is bought together, how often, and how far that is from chance."""

from __future__ import annotations

from decimal import Decimal
from html import escape

import streamlit as st

from data.errors import BadRequest
from data.model.said import said
from mining.patterns.association_rules import Rules, why_no_rule
from mining.patterns.basket_matrix import Baskets
from mining.patterns.rule_refusals import RuleAdvice
from mining.patterns.rule_words import MARGIN_WORDS, chosen_words, compared_words, unsearched_words
from pages.discover import found_rules
from pages.discover.baskets_view import LENGTHS, Association, parse_association
from pages.discover.finding_footer import finding_footer
from pages.discover.found_rules import RefusedRules
from pages.discover.itemsets_table import itemsets_table
from pages.discover.mined_slice import period_choice, slice_bar
from pages.discover.more_demands import more_demands
from pages.discover.opened_rule import opened_rule
from pages.discover.rule_frames import about, rule_of, tiles
from pages.discover.rule_pictures import in_words, rules_picture
from pages.discover.rule_thresholds import CONFIDENCES, at_least, merged, percent, supports
from pages.discover.rules_table import rules_table
from pages.discover.threshold_slider import threshold_slider
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.cut_chips import words
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, number_text
from pages.ui.style.told_sentences import in_language


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
    asked = found_rules.asked_rules(view, encoded.baskets, support)
    if await_work(asked, "Looking for what goes together …") is None:
        ready(view, "awaited")
        return
    rules = found_rules.found(view, encoded.baskets, support)
    if isinstance(rules, RefusedRules):
        advice = rules.advice if action_of(rules.advice) else RuleAdvice(support=encoded.suggested)
        refused(rules.problem, rules.remedy, action_of(advice), view.advised(advice))
        return
    show(view, encoded.baskets, rules)


def choices(view: Association) -> None:
    """What an item is, the period, the length of rules, and which item to look for."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="baskets-choices"):
        with st.container(width=170):
            offered = found_rules.levels(session.warehouse().profile)
            chooser(
                "Items",
                "baskets-level",
                [*offered, *({view.level} - {*offered})],
                view.level,
                lambda name: f"Items: {found_rules.level_label(name)}",
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
        more_demands(view, go)


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
    searched = escape(
        told_words(f"{in_language(chosen_words(rules))} {in_language(unsearched_words(found, rules))}")
    )
    st.html(f'<p class="clientela-quiet" data-testid="searched">{searched}</p>')
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
    shown, told = deepened(view, held, found)
    left, right = st.columns(BESIDE, gap="small")
    with left:
        with card("rules"):
            rules_table(view, found, rules, shown, go)
            for each in told:
                st.html(f'<p class="clientela-quiet">{escape(in_language(each))}</p>')
        with card("picture"):
            rules_picture(view, held, go)
        with card("itemsets"):
            itemsets_table(view, rules, go)
    with right:
        if chosen:
            opened_rule(view, chosen, go)
        else:
            in_words(held)
    finding_footer("baskets", view.at(support=rules.min_support).to_parameters())
    ready(view, "found", found, held)


def deepened(view: Association, rules: Rules, found: Baskets) -> tuple[Rules, list[str]]:
    """The rules with what they earn and how they compare, where that is asked for, and what is to be known of it."""
    told = []
    try:
        if view.by_margin:
            with st.spinner("Adding up margins …"):
                rules = found_rules.weighed(view, rules, found)
            told.append(MARGIN_WORDS)
        if view.versus:
            with st.spinner("Reading the other slice …"):
                rules = found_rules.compared_rules(view, rules, found)
            other = "; ".join(words(session.cube(), cut) for cut in view.versus)
            told.append(said("Compared with {}. {}", other, compared_words(rules.frame)))
    except BadRequest as error:
        told.append(f"{error.problem} {error.remedy}")
    return rules, told


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
