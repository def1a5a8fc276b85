"""Pairs of records that may be one person: side by side, decided with a click or a key."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import streamlit as st

from data.access.deed import Deed
from data.review import customer_records
from data.review.customer_records import Identity, RecordPair
from pages.manage.customers import resolve_identity
from pages.manage.shared.warehouse_changes import doing
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import for_deed
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, format_day, format_value, number_text

SKIPPED = "customer-skipped"
NOTHING = "No pair waits. Records of several sources that may be one person show here after they are loaded."
SYMBOLS = {"same": "=", "similar": "≈", "different": "≠", "missing": "·"}
LITTLE, MOST_TIMES = 0.5, 1000
TIMES = ("“Times likelier” is how much one field adds to the chance that they are one, or takes from it, all else "
         "being as it is. Not compared is what is not known of both, and what many share.")  # fmt: skip
NOT_KEPT = ("Which fields the computer found the same, similar or different was not kept of this pair; "
            "it is after the next load of customers.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of the table: what sources said, and the names of what the matcher compared of it."""

    label: str
    fields: tuple[str, ...]
    compared: tuple[str, ...] = ()


LINES = (
    ComparedLine("Name", ("name",), ("given_name", "family_name", "legal_form")),
    ComparedLine("Address", ("street", "postcode", "city"), ("address",)),
    ComparedLine("E-mail", ("email",), ("email",)),
    ComparedLine("Phone", ("phone",), ("phone",)),
    ComparedLine("Region", ("region",)),
    ComparedLine("Country", ("country",)),
    ComparedLine("Kind", ("customer_kind",)),
)
NUMBERING = ComparedLine("Number series", (), ("numbering",))
PARTS = {"given_name": "given name", "family_name": "family name", "legal_form": "legal form"}


@for_deed(Deed.CURATE)
def review_card(waiting: list[RecordPair], decided: int) -> None:
    """The most probable pair that waits, and how far the review is."""
    with card("review"):
        section("Are these one person?", progress(waiting, decided))
        if not waiting:
            st.html(f'<p class="clientela-quiet" data-testid="no-pairs">{NOTHING}</p>')
            return
        if decided:
            st.progress(decided / (decided + len(waiting)))
        skipped = st.session_state.setdefault(SKIPPED, set())
        pair = next((each for each in waiting if _id(each) not in skipped), waiting[0])
        both = customer_records.identities(session.warehouse(), [pair.one, pair.other])
        if len(both) < 2:
            st.html('<p class="clientela-quiet">One of the two records is gone.</p>')
            return
        one, other = both[pair.one], both[pair.other]
        for each in {customer_records.id_of(session.warehouse(), identity.code) for identity in (one, other)}:
            noted_looks.saw_customer(each)
        st.html(f'<p class="manage-likely">{likely(pair.probability)}</p>{side_by_side(pair, one, other)}')
        buttons(pair, one, other)


def progress(waiting: list[RecordPair], decided: int) -> str:
    if not waiting:
        return f"{number_text(decided)} decided so far."
    waits = count_text(len(waiting), "pair waits", "pairs wait")
    return f"{waits}, {number_text(decided)} decided so far. The most probable come first."


def likely(probability: float) -> str:
    """What the computer thinks, never surer than it is.

    >>> likely(0.8951), likely(0.9999)
    ('The computer gives it 89%.', 'The computer gives it 99%.')
    """
    return f"The computer gives it {int(probability * 100)}%."


def _id(pair: RecordPair) -> tuple[int, int]:
    return pair.one, pair.other


@for_deed(Deed.CURATE)
def buttons(pair: RecordPair, one: Identity, other: Identity) -> None:
    """The keys carry the pair that is on screen."""
    key = f"{pair.one}-{pair.other}"
    with st.container(horizontal=True, vertical_alignment="center", key="review-ways"):
        st.button("Same customer", key=f"same-{key}", type="primary", shortcut="S",
                  on_click=doing(lambda: resolve_identity.review(one, other, resolve_identity.merge)))  # fmt: skip
        st.button("Different people", key=f"different-{key}", shortcut="D",
                  on_click=doing(lambda: resolve_identity.review(one, other, resolve_identity.part)))  # fmt: skip
        st.button("Later", key=f"later-{key}", type="tertiary", shortcut="L", on_click=lambda: later(pair))


def later(pair: RecordPair) -> None:
    st.session_state.setdefault(SKIPPED, set()).add(_id(pair))


def side_by_side(pair: RecordPair, one: Identity, other: Identity) -> str:
    """Both records as a table, with what the matcher found of each field, and how much it counted."""
    first, last = (
        f'<th scope="col"><span>{each}</span></th>' for each in ("Field", "As the computer compared them")
    )
    heads = f"{first}{_head(one)}{_head(other)}{last}"
    bought = f"<tr><th scope='row'>Bought</th><td>{_bought(one)}</td><td>{_bought(other)}</td><td></td></tr>"
    return (
        f'<div class="manage-pair" data-testid="pair" data-one="{one.key}" data-other="{other.key}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{compared(pair, one, other)}{bought}</tbody></table>"
        f"<p>{TIMES if pair.counted else '' if pair.evidence else NOT_KEPT}</p></div>"
    )  # fmt: skip


def compared(pair: RecordPair, one: Identity, other: Identity) -> str:
    """The rows of the table: what both sources say, and the matcher's evidence."""
    told = [(line, _said(line, one), _said(line, other)) for line in LINES]
    rows = [_row(pair, *each) for each in told if each[1] or each[2]]
    return "".join([*rows, _row(pair, NUMBERING, one.numbering, other.numbering)])


def _said(line: ComparedLine, one: Identity) -> str:
    return ", ".join(text for field in line.fields if (text := one.fields[field]))


def _row(pair: RecordPair, line: ComparedLine, one: str, other: str) -> str:
    found = "".join(_verdict(pair, name) for name in line.compared if name in pair.evidence)
    values = "".join(f"<td>{escape(each or '–')}</td>" for each in (one, other))
    return f'<tr><th scope="row">{line.label}</th>{values}<td class="how">{found}</td></tr>'


def _verdict(pair: RecordPair, name: str) -> str:
    """The matcher's word on what it compared, and how much that counted."""
    word, counted = pair.evidence[name], pair.counted.get(name, 0.0)
    if word == "missing" and name == "legal_form":
        return ""
    shown = word if word != "missing" else "not compared" if abs(counted) < LITTLE else "street not known"
    told = f"{PARTS.get(name, '')} {shown}".strip()
    times = f"<small>{likelier(counted)}</small>" if counted else ""
    return (
        f'<p class="{_speaks(counted)}" data-field="{escape(name)}" data-word="{escape(word)}">'
        f'<i aria-hidden="true">{SYMBOLS.get(word, "")}</i> '
        f"<span>{escape(told)}</span> {times}</p>"
    )


def _speaks(counted: float) -> str:
    if abs(counted) < LITTLE:
        return "little"
    return "for" if counted > 0 else "against"


def likelier(counted: float) -> str:
    """How much a field counted, from the binary logarithm of times.

    >>> likelier(3.6), likelier(-1.0), likelier(0.2), likelier(14.0)
    ('12 times likelier', '2 times less likely', 'hardly counts', 'over 1,000 times likelier')
    """
    if abs(counted) < LITTLE:
        return "hardly counts"
    times = 2 ** min(abs(counted), 60.0)
    shown = (
        f"over {number_text(MOST_TIMES)}"
        if times > MOST_TIMES
        else number_text(times)
        if times >= 10
        else number_text(times, 1)
    )
    return f"{shown.removesuffix('.0')} times {'likelier' if counted > 0 else 'less likely'}"


def _head(one: Identity) -> str:
    told = escape(one.streams or "order lines alone")
    shown = customer_records.id_of(session.warehouse(), one.code)
    link = f'<a href="customer?who={quote(shown, safe="")}" target="_self">{escape(one.called)}</a>'
    return f'<th scope="col"><b>{link}</b><br><small>{told}</small></th>'


def _bought(one: Identity) -> str:
    if not one.orders:
        return "nothing"
    amount = format_value(one.revenue, "money", session.currency(), True)
    return escape(f"{count_text(one.orders, 'order')}, {amount}, last {format_day(one.last_day)}")
