"""The field in which a customer is looked up: suggestions while one types, at the cost of one small run each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from data.review import customer_finder
from data.review.customer_index import FoundCustomer
from pages.ui import noted_looks, session
from pages.ui.acting_person import policy
from pages.ui.search_everything.search_everything import TypedText, parse_typed
from pages.ui.served_component import served_component
from pages.ui.style.formats import number_text

HERE = Path(__file__).parent
KEY, TYPED, OPENED = "customer-box", "customer-box-typed", "customer-box-opened"
PATH = "customer"
LONGEST = 300
MOST = 10
NOBODY = "Nobody is called so. Try a number, a part of the name, the e-mail or the phone."


@st.fragment
def customer_box() -> None:
    """Typing runs this alone. Who is chosen goes into the address, and the page is drawn anew."""
    chosen = st.session_state.pop(OPENED, None)
    if chosen is not None:
        session.write_url({"who": [chosen]})
        st.rerun()
    typed: TypedText | None = st.session_state.pop(TYPED, None)
    _mount(key=KEY, data=_answer(typed), on_typed_change=_typed, on_open_change=_opened)


def _answer(typed: TypedText | None) -> dict[str, Any]:
    if typed is None or not policy().sees(PATH):  # the page may have been closed to them since it was drawn
        return {}
    noted_looks.searched(typed.text, "customer_field")
    return {"at": typed.at, **answer(customer_finder.find(session.renewed(), typed.text, MOST))}


def answer(found: list[FoundCustomer]) -> dict[str, Any]:
    """What is found as the browser gets it: number, name and a note of each, all texts, and a sentence."""
    many = f"The first {number_text(MOST)}: type more of it." if len(found) == MOST else ""
    told = tuple((each.id, each.name or each.id, note(each)) for each in found)
    return {"found": told, "said": many if found else NOBODY}


def note(found: FoundCustomer) -> str:
    """What stands beside a name: its number and city, and by what it was found.

    >>> note(FoundCustomer(1, "C1", "Anna", "name", "sounds alike", "Prato"))
    'C1, Prato, sounds alike'
    """
    return ", ".join(filter(None, (found.id, found.city, found.spelt or f"by {found.by}")))


def _typed() -> None:
    st.session_state[TYPED] = parse_typed((st.session_state.get(KEY) or {}).get("typed"))


def _opened() -> None:
    asked = (st.session_state.get(KEY) or {}).get("open")
    if isinstance(asked, str) and 0 < len(asked) <= LONGEST:
        st.session_state[OPENED] = asked


_mount: Callable[..., Any] = served_component(
    "clientela_customer_box",
    html=(HERE / "customer_box.html").read_text(encoding="utf-8"),
    css=(HERE / "customer_box.css").read_text(encoding="utf-8"),
    js=(HERE / "customer_box.js").read_text(encoding="utf-8"),
)
