"""Rules that answer offers: declared, changed by versions, tried on what is open, and let answer all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import streamlit as st

from data.access.deed import Deed
from data.collaborate import bid_deeds, price_rules
from data.collaborate.bid_desk import BidDesk
from data.collaborate.bid_surroundings import bid_terms, product_of, products_of, rule_members
from data.collaborate.price_limits import limit_of
from data.collaborate.price_rules import BETWEEN, EVERYTHING, PriceRule
from data.collaborate.rule_verdicts import HANDED_OVER, RuleVerdict, verdicts
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from pages.collaborate import bid_words as words
from pages.collaborate.price_limits_card import price_limits_card
from pages.collaborate.price_offers_view import OPEN, RULES
from pages.explore.written_deeds import Standing, as_seen
from pages.manage.shared.html_tables import TableCell, table
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.acting_person import policy
from pages.ui.allowed_deeds import may
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, money_text

NEW = PriceRule()
SHOWN = 100


def price_rules_card(desk: BidDesk, today: date) -> None:
    """The rules there are, a form for one, and what they would answer now."""
    with card("rules"):
        section(words.NAMES[RULES], words.SENTENCES[RULES])
        if desk.rules:
            rows = [
                (TableCell(each.of.capitalize() if each.level == EVERYTHING else each.of),
                 TableCell(words.rule_words(each)), TableCell(str(each.version), number=True),
                 TableCell(each.by, "quiet"))
                for each in desk.rules
            ]  # fmt: skip
            table(("Of", "Says", "#Version", "By"), rows, "price-rules", "Rules, the narrowest first")
        else:
            st.html('<p class="clientela-quiet" data-testid="no-rules">No rule is declared: every offer is answered by'
                    " hand, and its floor is the cost.</p>")  # fmt: skip
        if may(Deed.PRICE):
            _declaring(desk)
    preview_card(desk, today)
    price_limits_card(desk)


def _declaring(desk: BidDesk) -> None:
    with st.expander("Declare or change a rule", icon=":material/rule:", key="rule-new"):
        with st.container(horizontal=True, gap="small"):
            places = range(-1, len(desk.rules))
            names = {at: f"Change: {desk.rules[at].of}" if at >= 0 else "A new rule" for at in places}
            place = st.selectbox("Rule", places, key="rule-which", width=260, format_func=names.__getitem__)
            rule = desk.rules[place] if place >= 0 else NEW
            level = rule.level
            if place < 0:
                first = [] if any(each.level == EVERYTHING for each in desk.rules) else [EVERYTHING]
                levels = [*first, "category", "product", "customer_kind"]
                level = st.selectbox(
                    "Of", levels, key="rule-level", width=200, format_func=words.LEVEL_NAMES.__getitem__
                )
        _rule_form(rule, level)


def _rule_form(rule: PriceRule, level: str) -> None:
    name = f"rule-{rule.rule}-{level}"
    at = turn(name)
    key = f"{name}-{at}-{rule.version}"
    with st.form(f"form-{key}", border=False):
        if not rule.rule and level == "product":
            st.text_input("Product’s number or name", key=f"{key}-member", max_chars=LONGEST_NAME * 2)
        elif not rule.rule and level != EVERYTHING:
            st.selectbox(
                words.LEVEL_NAMES[level], rule_members(session.warehouse(), level), key=f"{key}-member"
            )
        with st.container(horizontal=True, gap="small"):
            _percent("Accept from, % of the price asked", f"{key}-accept", rule.accept_at)
            _percent("Decline below, %", f"{key}-decline", rule.decline_below)
            st.selectbox("Between", BETWEEN, BETWEEN.index(rule.between), key=f"{key}-between", width=150,
                         format_func=str.capitalize)  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            _percent("Counter at, %", f"{key}-counter", rule.counter_at)
            st.number_input(
                "Counter-offers stand, days",
                1,
                price_rules.MOST_DAYS,
                rule.counter_days,
                key=f"{key}-days",
                width=190,
            )
            _percent("Least margin over cost, %", f"{key}-least", rule.least_margin)
        with st.container(horizontal=True, gap="small"):
            save = partial(_save, key, rule, level)
            st.form_submit_button(
                "Save the rule", type="primary", key=f"{key}-save", on_click=partial(once, name, at, save)
            )
            if rule.rule:
                st.form_submit_button("Remove it", key=f"{key}-remove", on_click=partial(_remove, rule))


def _percent(label: str, key: str, value: Decimal) -> None:
    st.number_input(label, 0.0, float(price_rules.MOST_PCT), float(value), 1.0, key=key, width=230)


def _save(key: str, rule: PriceRule, level: str) -> bool:
    typed, warehouse = st.session_state, session.warehouse()

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        member = rule.member or (typed.get(f"{key}-member") or "").strip()
        if level == "product" and not rule.rule:
            _, code = product_of(warehouse, member)
            member = products_of(warehouse, [code], date.max)[code].id
        accept, decline, counter, least = (
            Decimal(str(typed[f"{key}-{field}"])) for field in ("accept", "decline", "counter", "least")
        )
        of = "" if level == EVERYTHING else member
        new = PriceRule(rule.rule, level, of, accept, decline, typed[f"{key}-between"], counter,
                        int(typed[f"{key}-days"]), least)  # fmt: skip
        return price_rules.save_rule(store, new, who, on)

    return said("Saved: the rule holds from now on.", deed, bid_deeds.take_back, as_seen(rule.said))


def _remove(rule: PriceRule) -> None:
    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        return price_rules.remove_rule(store, rule, who, on)

    said("Saved: the rule holds no longer.", deed, bid_deeds.take_back, as_seen(rule.said))


def preview_card(desk: BidDesk, today: date) -> None:
    """What the rules would answer to what is open now, before anything is answered."""
    bids = words.in_queue(desk, OPEN, today)
    with card("rule-preview"):
        section(
            "Answer by rule",
            "What the rules would answer to the open offers; nothing is answered before you press.",
        )
        if not desk.rules or not bids:
            told = "No offer is open." if desk.rules else "Declare a rule first."
            st.html(f'<p class="clientela-quiet" data-testid="no-preview">{told}</p>')
            return
        limit = limit_of(desk.limits or {}, policy().roles)
        found = verdicts(bids, bid_terms(session.warehouse(), bids, desk.rules, today), today, limit)
        st.html(f'<p data-testid="rule-preview"><b>{words.verdict_words(found)}</b></p>')
        answered = [each for each in found if each.verdict != HANDED_OVER]
        if may(Deed.PRICE):
            st.button(f"Answer {count_text(len(answered), 'offer')} by rule", key="rule-run", type="primary",
                      disabled=not answered, icon=":material/bolt:", on_click=partial(_run, found, today))  # fmt: skip
        table(("Offer", "Customer", "#Offered", "#Price asked", "#Floor", "Rule says", "#At", "Why"),
              [_row(each) for each in found[:SHOWN]], "rule-verdicts", "What the rules would answer")  # fmt: skip
        if len(found) > SHOWN:
            st.caption(f"The first {SHOWN} are listed; {count_text(len(found), 'offer')} are counted.")


def _row(each: RuleVerdict) -> tuple[TableCell, ...]:
    currency, bid = session.currency(), each.bid

    def money(amount: Decimal | None) -> TableCell:
        return TableCell(money_text(amount, currency) if amount is not None else "", number=True)

    return (
        TableCell(bid.bid.id),
        TableCell(bid.called or bid.shown or "(unknown)"),
        money(bid.price),
        money(each.terms.asked),
        money(each.terms.floor),
        TableCell(each.verdict, "look" if each.verdict == HANDED_OVER else ""),
        money(each.price),
        TableCell(each.why, "quiet"),
    )


def _run(found: Sequence[RuleVerdict], today: date) -> None:
    run: list[str] = []

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        run.extend(bid_deeds.answer_by_rule(store, found, today, who).said)
        return run[0]

    def take_back(store: OperationalStore, statement: str, who: str) -> None:
        bid_deeds.take_back_all(store, run, who)

    said(lambda: f"Saved: {count_text(len(run), 'offer')} answered by rule.", deed, take_back)
