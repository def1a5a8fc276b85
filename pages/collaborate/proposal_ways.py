"""What may be done with one proposal: each a small form that says one thing, to be taken back by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import partial
from heapq import nlargest
from typing import Any

import streamlit as st

from data.access.deed import Deed
from data.collaborate import proposal_deeds
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.collaborate.proposal_course import DECLINED, ProposalNumber
from data.errors import BadRequest
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_TEXT
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PROPOSAL_STATUSES
from data.store.warehouse import Warehouse
from pages.collaborate import named_customer
from pages.collaborate.named_customer import customer_named
from pages.collaborate.proposal_words import HEADS, short_title, weight
from pages.explore.written_deeds import Standing, as_seen
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain
from pages.ui.local_time import today

Say = Callable[[Warehouse, str, StandingOn | None], str]
Typed = Mapping[str, Any]
MOST_OFFERED = 300  # proposals into which one may be merged, beside the likely ones
SCORE_NAMES = {5: "5, very good", 4: "4", 3: "3", 2: "2", 1: "1, bad"}


@for_deed(Deed.PARTNER)
def proposal_ways(each: CustomerProposal, board: ProposalBoard, alike: tuple[ProposalNumber, ...]) -> None:
    """The forms that fit where the proposal stands; `alike` are those that may say the same, the likeliest first."""
    with st.container(horizontal=True, gap="small", key="proposal-ways"):
        if each.merge is None:
            _way(each, "Status", ":material/flag:", "Save the status", _status_fields, _say_status)
        _way(each, "Support", ":material/thumb_up:", "Save", _support_fields, _say_support)
        if each.merge is None:
            others = _others(each, board, alike)
            _way(
                each,
                "Merge",
                ":material/merge:",
                "Merge it",
                partial(_merge_fields, others),
                _say_merge,
            )
        _way(each, "Comment", ":material/sticky_note_2:", "Save the comment", _comment_fields, _say_comment)
        _way(each, "Prototype", ":material/science:", "Save the version", _prototype_fields, _say_prototype)
        if each.prototypes or each.tests:
            _way(each, "Feedback", ":material/reviews:", "Save the feedback", _feedback_fields, _say_feedback)
        if each.said:
            _taking_back(each)


def _way(
    each: CustomerProposal,
    label: str,
    icon: str,
    save: str,
    fields: Callable[[CustomerProposal, str], None],
    say: Callable[[CustomerProposal, Callable[[str], Any]], tuple[str, Say]],
) -> None:
    """A form behind a button. `say` reads what was typed, and gives the sentence to tell and the deed."""
    name = f"proposal-{label.lower()}-{each.number.key}"
    at = turn(name)
    key = f"{name}-{at}"
    seen = as_seen(*each.statements)

    def pressed() -> bool:
        sentence, deed = say(each, lambda field: st.session_state.get(f"{key}-{field}"))
        return _do(sentence, deed, seen)

    with st.popover(label, icon=icon, key=f"way-{label.lower()}"):
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        with st.form(f"form-{key}", border=False):
            fields(each, key)
            st.form_submit_button(
                save, type="primary", key=f"{key}-save", on_click=lambda: once(name, at, pressed)
            )


def _do(sentence: str, deed: Say, seen: Standing) -> bool:
    def done(store: OperationalStore, who: str, on: Standing) -> str:
        return deed(session.warehouse(), who, on)

    return said(sentence, done, proposal_deeds.take_back, seen)


def undo_said(sentence: str, statement: str) -> None:
    """Take something back that was said; for callbacks."""

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        proposal_deeds.take_back(store, statement, who)
        return ""

    said(sentence, deed, None)


def _taking_back(each: CustomerProposal) -> None:
    with st.popover("Take back", icon=":material/history:", type="tertiary", key="way-take-back"):
        st.caption("The proposal counts no longer; that it was recorded, and taken back, stays written.")
        st.button("Take the proposal back", key="proposal-taken-back", type="primary",
                  on_click=partial(undo_said, "Taken back: the proposal counts no longer.", each.said))  # fmt: skip


def _status_fields(each: CustomerProposal, key: str) -> None:
    options = [one for one in PROPOSAL_STATUSES if one != each.status or each.now.word]
    st.selectbox("Status", options, index=None, key=f"{key}-status", format_func=HEADS.__getitem__,
                 placeholder="Choose what becomes of it")  # fmt: skip
    st.text_area("Reason", key=f"{key}-reason", max_chars=LONGEST_TEXT, height=80,
                 help="Needed where it is declined: whoever proposed it reads it.")  # fmt: skip


def _say_status(each: CustomerProposal, typed: Callable[[str], Any]) -> tuple[str, Say]:
    status, reason = typed("status") or each.status, typed("reason") or ""
    more = " Its supporters can be told." if status == DECLINED else ""
    return (
        f"Saved: {each.number.id} is {status}.{more}",
        lambda store, who, on: proposal_deeds.change_status(store, each.number, status, reason, who, on),
    )


def _support_fields(each: CustomerProposal, key: str) -> None:
    st.text_input(named_customer.LABEL, key=f"{key}-customer", max_chars=named_customer.LONGEST)
    st.radio("What they say", ("supports", "withdraws"), key=f"{key}-verdict", horizontal=True,
             format_func={"supports": "Supports it", "withdraws": "No longer"}.__getitem__)  # fmt: skip
    st.date_input("Since", today(), key=f"{key}-day", max_value=today(), min_value=each.at.date())


def _say_support(each: CustomerProposal, typed: Callable[[str], Any]) -> tuple[str, Say]:
    customer, day = typed("customer") or "", typed("day")
    if typed("verdict") == "withdraws":
        return (
            "Saved: that support counts no longer.",
            lambda store, who, on: proposal_deeds.withdraw_support(
                store, each.number, customer_named(store, customer), who
            ),
        )
    at = None if day in (None, today()) else datetime.combine(day, time(12), UTC).replace(tzinfo=None)
    return "Saved: the support counts.", lambda store, who, on: proposal_deeds.support(
        store, each.number, customer_named(store, customer), at, who
    )


def _others(
    each: CustomerProposal, board: ProposalBoard, alike: tuple[ProposalNumber, ...]
) -> dict[ProposalNumber, str]:
    """Into which it may be merged: the likely ones, then the most supported; any other is written by its number."""
    standing = {one.number: one for one in board.standing if one.number != each.number}
    order = [number for number in alike if number in standing]
    rest = nlargest(MOST_OFFERED, standing.values(), key=weight)
    order += [one.number for one in rest if one.number not in alike]
    return {number: f"{number.id} {short_title(standing[number])}" for number in order}


def numbered(store: Warehouse, into: ProposalNumber | str) -> ProposalNumber:
    """The proposal that was chosen, or whose number was written. Errors: BadRequest."""
    if isinstance(into, ProposalNumber):
        return into
    written = into.strip().casefold()
    meant = [number for number in proposal_board(store).proposals if number.id.casefold() == written]
    if len(meant) != 1:
        raise BadRequest(
            f"{into[:40]!r} is the number of {len(meant)} proposals.", "Choose one from the list."
        )
    return meant[0]


def _merge_fields(others: Mapping[ProposalNumber, str], each: CustomerProposal, key: str) -> None:
    st.selectbox("Into which it is merged, the likeliest first", list(others), index=None, key=f"{key}-into",
                 format_func=lambda one: as_plain(others.get(one, str(one))), placeholder="Choose, or write a number",
                 accept_new_options=True)  # fmt: skip
    st.text_area("Why they say the same", key=f"{key}-why", max_chars=LONGEST_TEXT, height=80)
    st.caption(
        "A link, no move: nothing is lost, and unmerging leaves both as they were. Each person counts once."
    )


def _say_merge(each: CustomerProposal, typed: Callable[[str], Any]) -> tuple[str, Say]:
    into, why = typed("into") or each.number, typed("why") or ""
    return f"Saved: {each.number.id} is merged.", lambda store, who, on: proposal_deeds.merge(
        store, each.number, numbered(store, into), why, who, on
    )


def _comment_fields(each: CustomerProposal, key: str) -> None:
    st.text_area("Comment", key=f"{key}-text", max_chars=LONGEST_TEXT, height=100)
    st.text_input(
        f"Of a customer? {named_customer.LABEL}", key=f"{key}-customer", max_chars=named_customer.LONGEST
    )


def _say_comment(each: CustomerProposal, typed: Callable[[str], Any]) -> tuple[str, Say]:
    text, customer = typed("text") or "", (typed("customer") or "").strip()
    return "Saved: the comment stands below.", lambda store, who, on: proposal_deeds.comment(
        store, each.number, text, customer_named(store, customer) if customer else None, who
    )


def _prototype_fields(each: CustomerProposal, key: str) -> None:
    st.text_input("Version", key=f"{key}-version", max_chars=proposal_deeds.LONGEST_VERSION, placeholder="1")
    st.text_input("What it is", key=f"{key}-what", max_chars=80)
    st.date_input("To be tried from", today(), key=f"{key}-starts")


def _say_prototype(each: CustomerProposal, typed: Callable[[str], Any]) -> tuple[str, Say]:
    version, what, starts = typed("version") or "", typed("what") or "", typed("starts") or today()
    return "Saved: the version can be tried.", lambda store, who, on: proposal_deeds.add_prototype(
        store, each.number, version, what, starts, who
    )


def _feedback_fields(each: CustomerProposal, key: str) -> None:
    versions = list(
        dict.fromkeys([*(one.version for one in each.prototypes), *(one.version for one in each.tests)])
    )
    st.selectbox("Version", versions, index=len(versions) - 1, key=f"{key}-version")
    st.text_input(named_customer.LABEL, key=f"{key}-customer", max_chars=named_customer.LONGEST)
    st.selectbox("Score", list(SCORE_NAMES), index=None, key=f"{key}-score", format_func=SCORE_NAMES.__getitem__,
                 placeholder="1 to 5")  # fmt: skip
    st.number_input(f"Would buy at ({session.currency()})", min_value=0.0, value=None, key=f"{key}-price",
                    placeholder="Not said")  # fmt: skip
    st.text_area("Note", key=f"{key}-note", max_chars=LONGEST_TEXT, height=80)


def _say_feedback(each: CustomerProposal, typed: Callable[[str], Any]) -> tuple[str, Say]:
    version, customer, note = typed("version") or "", typed("customer") or "", typed("note") or ""
    score, price = typed("score") or 0, typed("price")
    would_pay = None if price is None else Decimal(str(price)).quantize(Decimal("0.0001"))
    return "Saved: the feedback counts.", lambda store, who, on: proposal_deeds.record_feedback(
        store, each.number, version, customer_named(store, customer), score, would_pay, note, who
    )
