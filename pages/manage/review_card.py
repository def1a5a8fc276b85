"""Pairs of records that may be one person: side by side, decided with a click or a key."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import streamlit as st

from data import records
from data.records import FIELDS, Identity, Pair
from pages.manage import resolving
from pages.manage.alike import SYMBOLS, mark
from pages.manage.deeds import doing
from pages.ui import session
from pages.ui.formats import count_text, format_day, format_value
from pages.ui.states import card, section

SKIPPED = "customer-skipped"
NOTHING = "No pair waits. Records of several sources that may be one person show here after they are loaded."
LABELS = {"name": "Name", "street": "Street", "postcode": "Postcode", "email": "E-mail", "phone": "Phone",
          "country": "Country", "region": "Region", "city": "City", "customer_kind": "Kind"}  # fmt: skip


def review_card(waiting: list[Pair], decided: int) -> None:
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
        both = records.identities(session.warehouse(), [pair.one, pair.other])
        if len(both) < 2:
            st.html('<p class="clientela-quiet">One of the two records is gone.</p>')
            return
        one, other = both[pair.one], both[pair.other]
        st.html(f'<p class="manage-likely">{likely(pair.probability)}</p>{side_by_side(one, other)}')
        buttons(pair, one, other)


def progress(waiting: list[Pair], decided: int) -> str:
    if not waiting:
        return f"{decided:,} decided so far."
    waits = count_text(len(waiting), "pair waits", "pairs wait")
    return f"{waits}, {decided:,} decided so far. The most probable come first."


def likely(probability: float) -> str:
    """What the computer thinks, never surer than it is.

    >>> likely(0.8951), likely(0.9999)
    ('The computer gives it 89%.', 'The computer gives it 99%.')
    """
    return f"The computer gives it {int(probability * 100)}%."


def _id(pair: Pair) -> tuple[int, int]:
    return pair.one, pair.other


def buttons(pair: Pair, one: Identity, other: Identity) -> None:
    """The keys carry the pair: a second click on what is gone decides nothing else."""
    key = f"{pair.one}-{pair.other}"
    with st.container(horizontal=True, vertical_alignment="center", key="review-ways"):
        st.button("Same customer", key=f"same-{key}", type="primary", shortcut="S",
                  on_click=doing(lambda: resolving.merge(one, other)))  # fmt: skip
        st.button("Different people", key=f"different-{key}", shortcut="D",
                  on_click=doing(lambda: resolving.part(one, other)))  # fmt: skip
        st.button("Later", key=f"later-{key}", type="tertiary", shortcut="L", on_click=lambda: later(pair))


def later(pair: Pair) -> None:
    st.session_state.setdefault(SKIPPED, set()).add(_id(pair))


def side_by_side(one: Identity, other: Identity) -> str:
    """Both records as a table, with a word and a symbol for each field."""
    shown = [field for field in FIELDS if one.fields[field] or other.fields[field]]
    rows = "".join(_row(field, one.fields[field], other.fields[field]) for field in shown)
    first, last = (f'<th scope="col"><span>{each}</span></th>' for each in ("Field", "How alike"))
    heads = f"{first}{_head(one)}{_head(other)}{last}"
    bought = f"<tr><th scope='row'>Bought</th><td>{_bought(one)}</td><td>{_bought(other)}</td><td></td></tr>"
    return (
        f'<div class="manage-pair" data-testid="pair" data-one="{one.key}" data-other="{other.key}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}{bought}</tbody></table></div>"
    )


def _head(one: Identity) -> str:
    told = escape(one.streams or "order lines alone")
    shown = records.id_of(session.warehouse(), one.code)
    link = f'<a href="customer?who={quote(shown, safe="")}" target="_self">{escape(one.called)}</a>'
    return f'<th scope="col"><b>{link}</b><br><small>{told}</small></th>'


def _row(field: str, one: str | None, other: str | None) -> str:
    word = mark(field, one, other)
    told = f'<i aria-hidden="true">{SYMBOLS[word]}</i> <span>{word}</span>'
    values = "".join(f"<td>{escape(each or '–')}</td>" for each in (one, other))
    kind = word.replace(" ", "-")
    return f'<tr class="{kind}"><th scope="row">{LABELS[field]}</th>{values}<td class="how">{told}</td></tr>'


def _bought(one: Identity) -> str:
    if not one.orders:
        return "nothing"
    amount = format_value(one.revenue, "money", session.currency(), True)
    return escape(f"{count_text(one.orders, 'order')}, {amount}, last {format_day(one.last_day)}")
