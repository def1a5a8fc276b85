"""The title of a new proposal: what is like it shows while somebody types, at the cost of one small run each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from data.access.deed import Deed
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from pages.collaborate import proposal_words as words
from pages.collaborate.proposal_columns import address
from pages.collaborate.proposals_view import ProposalsView
from pages.collaborate.similar_now import SimilarProposal, similar_now
from pages.ui import session
from pages.ui.acting_person import policy
from pages.ui.allowed_deeds import may
from pages.ui.served_component import served_component
from pages.ui.style.formats import count_text

HERE = Path(__file__).parent
KEY, TYPED, TITLE = "proposal-box", "proposal-box-typed", "proposal-box-title"
PATH = "proposals"
LONGEST, FEWEST = 80, 3


@st.fragment
def proposal_box(turn: int) -> None:
    """Typing runs this alone; what is typed waits for the form. Each `turn` begins with an empty field."""
    typed: tuple[str, int] | None = st.session_state.pop(TYPED, None)
    found = answer(*typed) if typed is not None and policy().sees(PATH) and may(Deed.PARTNER) else {}
    _mount(key=KEY, data={"turn": turn, "title": typed_title(), **found}, on_typed_change=_typed)


def typed_title() -> str:
    """What stands in the field."""
    return str(st.session_state.get(TITLE, ""))


def forget_title() -> None:
    for key in (TITLE, TYPED):
        st.session_state.pop(key, None)


def answer(text: str, at: int) -> dict[str, Any]:
    """What is like a text as the browser gets it: address, title and a note of each, all texts, and a sentence."""
    if len(text.strip()) < FEWEST:
        return {"at": at, "found": (), "said": "", "exact": False}
    session.renewed()
    board = proposal_board(session.warehouse())
    found = similar_now(text, board)
    return {
        "at": at,
        "found": tuple(_line(each, board) for each in found),
        "said": said_of(found),
        "exact": any(each.exact for each in found),
    }


def said_of(found: Sequence[SimilarProposal]) -> str:
    """A sentence on what was found: exact repeats before all else."""
    exact = sum(bool(each.exact) for each in found)
    if exact:
        return (
            f"{count_text(exact, 'proposal')} with this very title: support it instead, or say what differs."
        )
    return f"{count_text(len(found), 'proposal')} may say the same:" if found else "Nothing like it is here."


def _line(each: SimilarProposal, board: ProposalBoard) -> tuple[str, str, str]:
    one = board.proposals[each.number]
    told = (each.words, each.place_words, words.HEADS[one.status], words.supports_told(one))
    return address(ProposalsView().opened(each.number)), words.short_title(one), ", ".join(filter(None, told))


def parse_title(raw: Any) -> tuple[str, int] | None:
    """What the browser sent as typed; nothing unless it has the right shape."""
    if not isinstance(raw, dict):
        return None
    text, at = raw.get("text"), raw.get("at")
    return (text[:LONGEST], at) if isinstance(text, str) and type(at) is int else None


def _typed() -> None:
    typed = parse_title((st.session_state.get(KEY) or {}).get("typed"))
    if typed is not None:
        st.session_state[TYPED], st.session_state[TITLE] = typed, typed[0]


_mount: Callable[..., Any] = served_component(
    "clientela_proposal_box",
    html=(HERE / "proposal_box.html").read_text(encoding="utf-8"),
    css=(HERE / "proposal_box.css").read_text(encoding="utf-8"),
    js=(HERE / "proposal_box.js").read_text(encoding="utf-8"),
)
