"""Make an audience: one dialog for every place where people find customers; it counts them before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import streamlit as st

from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import AudienceQuestion, of
from cubes.analysis.make_audience import MadeAudience, make_audience, make_listed_audience
from cubes.analysis.seen_statements import seen_audiences
from cubes.query import Query
from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, ClientelaError
from data.model.canonical_tables import UNKNOWN
from data.operational import audiences, operational_store
from data.operational.audiences import FROZEN, LIVING
from data.operational.plain_names import LONGEST_NAME
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.audience_words import audience_words, free_name, has_fixed_period, shortened_name, usual_name
from pages.ui.style.formats import count_text
from pages.ui.style.told_sentences import in_language

PAGE = "act/audiences_page.py"
OFFERED, REFUSED, MADE = "audience-offered", "audience-refused", "audience-made"
NAME, MODE = "audience-name", "audience-mode"
MODES = {
    LIVING: "Living: asked again at each load, customers come and leave",
    FROZEN: "Frozen: these customers stay, whatever they do",
}


FOUND_ONCE = "Frozen: this list was found once, and these customers stay in the audience."
FIXED = (
    "Its days are fixed: living, only what is loaded late changes it. A period like “last 90 days” moves on."
)


@dataclass(frozen=True, slots=True, eq=False)
class OfferedAudience:
    """Customers of whom an audience can be made: those that a question finds, or else a list (`ids`) that was found
    once. `name` is what it begins with, `said` what it is, in words; `customers` how many there are."""

    name: str
    said: str
    customers: int
    question: AudienceQuestion | None = None
    ids: tuple[str, ...] = ()


def offered_question(question: AudienceQuestion, name: str = "") -> OfferedAudience:
    """Of who meets a question, counted now. Raises BadRequest."""
    store = session.warehouse()
    names = {each.id: each.name for each in seen_audiences(store)}
    asked = question.parts[0].asked
    usual = name or (usual_name(asked) if isinstance(asked, Query) else "")
    counted = len(audience_customers(store, question))
    return OfferedAudience(shortened_name(usual), audience_words(question, names), counted, question)


def offered_list(name: str, said: str, ids: tuple[str, ...]) -> OfferedAudience:
    """Of a list of customers by their ids; (unknown) is left out. Neither `name` nor `said` tells a person."""
    once = tuple(each for each in dict.fromkeys(ids) if each != UNKNOWN)
    return OfferedAudience(shortened_name(name), said, len(once), ids=once)


@for_deed(Deed.CAMPAIGN)
def audience_button(make: Callable[[], OfferedAudience], key: str, is_off: bool = False) -> None:
    """The button that opens the dialog, and the dialog where it is open; `make` is called by the click alone."""
    st.button(
        "Make an audience",
        key=f"{key}-audience",
        icon=":material/group_add:",
        on_click=offer,
        args=(make, key),
        disabled=is_off,
        help="A list of customers under a name, to be reached by campaigns",
    )
    audience_dialog(key)


def offer(make: Callable[[], OfferedAudience], key: str) -> None:
    """Open the dialog of that key with what is offered; for callbacks."""
    _forget()
    try:
        offered = make()
        taken = [each.name for each in audiences.audiences(operational_store.of(session.warehouse()))]
    except ClientelaError as error:
        st.session_state[OFFERED] = (key, None)
        st.session_state[REFUSED] = _sentence(error)
        return
    st.session_state[OFFERED] = (key, offered)
    st.session_state[NAME] = free_name(offered.name, taken) if offered.name else ""
    st.session_state[MODE] = LIVING if offered.question else FROZEN


def offer_query(asked: Query, key: str, name: str = "") -> None:
    """Open the dialog for those behind a cell; for callbacks."""
    offer(lambda: offered_query(asked, name), key)


def offered_query(asked: Query, name: str = "") -> OfferedAudience:
    """Of those behind a cell, whatever it is shown by. Raises BadRequest."""
    cell = Query(asked.measures[:1], cuts=asked.cuts, cube=asked.cube, as_of=asked.as_of)
    return offered_question(of(cell), name)


@for_deed(Deed.CAMPAIGN)
def audience_dialog(key: str) -> None:
    """Draw the dialog of that key where it is open. Whoever left the page by going back has closed it, too."""
    of_key, offered = st.session_state.get(OFFERED, ("", None))
    if of_key != key:
        return
    if was_left():
        _forget()
    else:
        st.dialog("Make an audience", icon=":material/group_add:", on_dismiss=_forget)(
            lambda: _body(offered)
        )()


def was_left() -> bool:
    """Whether a page was shown without the open dialog: Streamlit forgets a field that is not drawn."""
    return NAME not in st.session_state and REFUSED not in st.session_state


def _forget() -> None:
    for name in (OFFERED, REFUSED, MADE):
        st.session_state.pop(name, None)


def _sentence(error: ClientelaError) -> str:
    return in_language(f"{error.problem} {error.remedy or ''}".strip())


def _body(offered: OfferedAudience | None) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    if offered is None:
        _told_refusal(st.session_state.get(REFUSED, ""))
        if st.button("Close", key="audience-close"):
            _close()
        return
    if MADE not in st.session_state:
        place = st.empty()
        with place.container():
            made = _form(offered)
        if made is None:
            return
        st.session_state[MADE] = made
        place.empty()
    _told_made(st.session_state[MADE])


def _told_refusal(sentence: str) -> None:
    st.html(
        f'<p class="clientela-verdict bad" role="status" data-testid="audience-refused">{escape(sentence)}</p>'
    )


def _form(offered: OfferedAudience) -> MadeAudience | None:
    """What is to be known and chosen before; the audience, where it was made in this run."""
    count = count_text(offered.customers, "customer")
    st.html(
        f'<div class="clientela-total" data-testid="audience-offered" data-customers="{offered.customers}">'
        f'<b>{escape(count)}</b></div><p class="clientela-quiet">{escape(offered.said)}</p>'
    )
    st.text_input("Name", key=NAME, max_chars=LONGEST_NAME, placeholder="Name of the audience")
    _mode(offered)
    refused = st.container()
    if not offered.customers:
        with refused:
            _told_refusal(
                "Nobody is there to make an audience of. Take a filter away, or ask for a longer period."
            )
    with st.container(horizontal=True, gap="small"):
        wanted = st.button("Make it", key="audience-make", type="primary", icon=":material/check:",
                           disabled=not offered.customers)  # fmt: skip
        if st.button("Cancel", key="audience-cancel", type="tertiary"):
            _close()
    if not wanted:
        return None
    with refused:
        return _attempted(offered)


def _mode(offered: OfferedAudience) -> None:
    if offered.question is None:
        st.html(f'<p class="clientela-quiet">{FOUND_ONCE}</p>')
        return
    st.radio("Its customers", list(MODES), key=MODE, format_func=MODES.__getitem__)
    if has_fixed_period(offered.question):
        st.html(f'<p class="clientela-quiet">{FIXED}</p>')


def _attempted(offered: OfferedAudience) -> MadeAudience | None:
    """The audience; why there is none is told."""
    try:
        with st.spinner(f"Writing {count_text(offered.customers, 'customer')} …"):
            return _made(offered, st.session_state[NAME], st.session_state[MODE])
    except ClientelaError as error:
        _told_refusal(_sentence(error))
        return None


def _made(offered: OfferedAudience, name: str, mode: str) -> MadeAudience:
    store, who = session.warehouse(), environment.who()
    if not name.strip():
        raise BadRequest("It has no name.", "Give it one.")
    if offered.question:
        return make_audience(store, name, offered.question, mode, who)
    return make_listed_audience(store, name, shortened_name(offered.said), offered.ids, who)


def _told_made(made: MadeAudience) -> None:
    audience = made.audience
    said = f"“{audience.name}” holds {count_text(audience.counted, 'customer')}."
    st.html(f'<p class="clientela-verdict good" role="status" data-testid="audience-made">{escape(said)}</p>')
    for each in made.notes:
        st.html(f'<p class="clientela-quiet">{escape(in_language(each))}</p>')
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button("Open it", key="audience-open", type="primary", icon=":material/groups:"):
            _forget()
            st.switch_page(PAGE, query_params={"audience": audience.id})
        if st.button("Close", key="audience-close", type="tertiary"):
            _close()


def _close() -> None:
    """The whole page runs anew, by then on the snapshot that holds the audience."""
    _forget()
    st.rerun()
