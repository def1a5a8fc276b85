"""What pages share: the open warehouse, answers already given, the theme that is on, and where a page's state lives."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from time import perf_counter

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cubes import catalogue
from cubes.address_parameters import check_names, only
from cubes.ask import answer, answer_cache, drill_across
from cubes.ask.answer import Answer
from cubes.ask.execute_plan import TooLarge
from cubes.ask.question_shape import shape
from cubes.ask.read_sets import with_sets
from cubes.ask.shown_answer import shown_answer
from cubes.members.single_customers import tells_single_customers
from cubes.model import Cube, Measure
from cubes.query import MAIN_CUBE, Cut, Query
from cubes.withholding.shown_before import shown_before
from cubes.withholding.small_counts import AS_POLICY, Withholding
from data import environment
from data.access.deed import Deed
from data.access.policy import Policy
from data.errors import NotAllowed
from data.model.canonical_tables import CUSTOMER
from data.store import question_log
from data.store.warehouse import Profile, Warehouse, current_version
from pages.ui import noted_looks
from pages.ui.acting_person import policy
from pages.ui.locale_choice import chosen_locale
from pages.ui.open_pages import page_in
from pages.ui.own_connection import tell_limits
from pages.ui.page_or_why_not import closed_page
from pages.ui.style import locales
from pages.ui.style.formats import number_text
from pages.ui.style.locales import Locale
from pages.ui.style.period_names import periods_named
from pages.ui.style.theme import LIGHT, Palette, palette

MOST_CELLS = 100_000
MOST_POLICIES = 32  # of which the views are kept; another's are made when they ask
IN_LIGHT = "drawn-in-light"
SHOWN = f"at most {MOST_CELLS} cells"
_run = threading.local()


def fragment(function: Callable[[], None]) -> Callable[[], None]:
    """A page's one fragment: each of its runs reads one snapshot from beginning to end, and asks anew whether the page
    is open to whoever looks."""
    page = page_in(function.__code__.co_filename)

    @wraps(function)
    def run() -> None:
        if page is not None and not policy().sees(page.path):
            closed_page(page, policy())
            return
        renewed()
        read_locale()
        tell_limits()
        function()

    fragment_: Callable[[], None] = st.fragment(run)
    return fragment_


def renewed() -> Warehouse:
    """The snapshot published last, which this run reads from now on."""
    found = _run.warehouse = _newest()
    return found


def read_locale() -> None:
    """Numbers and days of this run are written as the reader chose, else as the installation or the browser says."""
    locales.use(locales.locale_of(chosen_locale() or environment.locale() or st.context.locale or ""))


def _locale_of_a_click() -> Locale:
    """What a click calls runs before its page has read the locale. English where nobody looks (a load's thread)."""
    if get_script_run_ctx(suppress_warning=True) is not None:
        read_locale()
        return locales.current()
    return locales.ENGLISH


locales.read_by(_locale_of_a_click)


def warehouse() -> Warehouse:
    """The snapshot that this run reads: the one published last when it began, as the policy of then shows it.

    Errors: NotAllowed where the policy changed meanwhile.
    """
    found: Warehouse | None = getattr(_run, "warehouse", None)
    if found is None:
        return _newest()
    _still_shown_to(found)
    return found


def reads(store: Warehouse) -> None:
    """This thread reads that snapshot from now on: for those that seek something for a run that goes on."""
    _run.warehouse = store


def _newest() -> Warehouse:
    path = environment.warehouse().resolve()
    version = current_version(path)
    answer_cache.shared().renewed(path, version)
    store = _opened(str(path), version)
    shown = policy().of_data
    return store if shown.is_unlimited else _seen(str(path), version, shown)


def seen_under(shown: Policy) -> Warehouse:
    """The snapshot as somebody under that policy sees it: for counts, before those who administer and see all rows.
    Errors: NotAllowed, BadInput where the policy fits no warehouse."""
    policy().check(Deed.ADMINISTER)
    policy().check_whole("What others see is counted over the whole firm")
    path = environment.warehouse().resolve()
    version = current_version(path)
    return _opened(str(path), version) if shown.is_unlimited else _seen(str(path), version, shown.of_data)


@st.cache_resource(show_spinner=False, max_entries=2)
def _opened(path: str, version: str) -> Warehouse:
    gc.collect()  # earlier snapshots that nobody reads any longer: their memory and files are free at once
    return Warehouse(Path(path))


@st.cache_resource(
    show_spinner=False, max_entries=MOST_POLICIES, hash_funcs={Policy: lambda each: each.print}
)
def _seen(path: str, version: str, shown: Policy) -> Warehouse:
    """The snapshot as all see it whose policies show the same of its data."""
    return _opened(path, version).under(shown)


def profile_of(path: Path) -> Profile:
    """What another warehouse holds, as far as the acting person would see it. Errors: WarehouseError, BadInput."""
    return _profile(str(path), current_version(path), policy().of_data)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Policy: lambda each: each.print})
def _profile(path: str, version: str, shown: Policy) -> Profile:
    store = Warehouse(Path(path))
    try:
        return store.under(shown).profile
    finally:
        store.close()


def cube(name: str = MAIN_CUBE) -> Cube:
    return catalogue.load(name, warehouse().profile)


def measure(text: str, cube: str = MAIN_CUBE) -> Measure:
    """The measure that a question to `cube` writes so, under the name that its column has. Raises BadRequest."""
    return replace(drill_across.measure_of(text, cube, warehouse().profile), name=text)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, how long it took this time, and whether it was kept from an earlier time."""

    answer: Answer
    milliseconds: float
    kept: bool


def ask(query: Query) -> Answer:
    """The answer, remembered for every session until another snapshot is published, its periods called as the reader's
    language calls them. Raises TooLarge."""
    return ask_timed(query).answer


def ask_timed(query: Query) -> Told:
    """The answer as `ask` gives it, with the time of this asking."""
    started, kept = perf_counter(), True
    store = warehouse()
    query = with_sets(store, query, anew=True)
    shown = answer_cache.canonical(query)

    def computed() -> Answer:
        nonlocal kept
        kept = False
        return _small(store, shown)

    found = answer_cache.shared().get(
        answer_cache.AnswerKey(store.path, store.version, SHOWN, shown), computed
    )
    _still_shown_to(store)
    found = _beside_earlier(store, found, lambda withholding: _small(store, shown, withholding))
    told = _noted(answer_cache.as_asked(found, query))
    frame = periods_named(told.frame, query.by)
    named = told if frame is told.frame else replace(told, frame=frame)
    if CUSTOMER.leaf in query.by:
        noted_looks.saw_rows("cells_of_customers", frame.height)
    return Told(named, (perf_counter() - started) * 1000, kept)


def _still_shown_to(store: Warehouse) -> None:
    """Errors: NotAllowed where the policy changed while a question ran: what it found is not shown."""
    if store.policy.print != policy().print:
        raise NotAllowed("What you may see was changed just now.", "Load the page again.")


def ask_whole(query: Query) -> Answer:
    """The answer however many cells it has, its periods as the warehouse has them: for lists of members, mining and
    files."""
    store = warehouse()
    found = answer_cache.shared().ask(store, query)
    return _noted(
        _beside_earlier(store, found, lambda withholding: answer.ask(store, query, withholding=withholding))
    )


def _beside_earlier(store: Warehouse, found: Answer, again: Callable[[Withholding], Answer]) -> Answer:
    """The answer as whoever acts may see it beside all that they were shown before. Errors: NotAllowed."""
    if tells_single_customers(store.policy):
        return found
    return shown_answer(store, found, shown_before(policy().person, store), again)


def sets_read(cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    """The cuts with who stands in their sets by now: for whoever remembers what was found within them."""
    return with_sets(warehouse(), Query(cuts=cuts), anew=True).cuts


def _small(store: Warehouse, query: Query, withholding: Withholding = AS_POLICY) -> Answer:
    found = answer.ask(store, query, MOST_CELLS, gapless=True, withholding=withholding)
    if found.frame.height > MOST_CELLS:
        raise TooLarge(
            f"The answer has {number_text(found.frame.height)} cells, too many to show.",
            "Ask for the top 10 of a level, filter it, go up a level, or export the answer to a file.",
        )
    return found


def _noted(found: Answer) -> Answer:
    question_log.log(warehouse().path).note(shape(found.query), found.source)
    return found


def currency() -> str:
    return warehouse().profile.currency


def colours() -> Palette:
    """The colours of the theme that is on; light ones while a report is made."""
    return LIGHT if st.session_state.get(IN_LIGHT) else palette(st.context.theme.type)


def read_url() -> dict[str, list[str]]:
    """The page's URL parameters."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def read_own_url(*known: str) -> dict[str, str]:
    """The values of the parameters that a page knows. Raises BadRequest for others, and for one given twice."""
    url = read_url()
    check_names(url, known)
    return {name: only(url, name) for name in known}


def write_url(parameters: Mapping[str, list[str]]) -> None:
    """Put a page's state into its URL, as one step of the browser's history; nothing where it is there already."""
    wanted = {name: list(values) for name, values in parameters.items()}
    if wanted != read_url():
        st.query_params.from_dict(wanted)
