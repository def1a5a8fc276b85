"""Cuts that name what is not there, as an old link may: told before anything is asked, each with a way to drop it."""

from __future__ import annotations

from collections.abc import Callable

from cubes.ask.relative_dates import dated
from cubes.ask.resolve_cuts import scope
from cubes.model import Cube
from cubes.query import Cut, Query
from data.errors import BadRequest
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.cut_chips import Cuts, words
from pages.ui.page_states import empty_state


def unknown_cuts(cube: Cube, cuts: Cuts) -> dict[Cut, BadRequest]:
    """The cuts whose level, member, period, measure or set there is not, with what is wrong and what is near it."""
    faults = ((cut, _fault(cube, cut)) for cut in cuts)
    return {cut: fault for cut, fault in faults if fault}


def _fault(cube: Cube, cut: Cut) -> BadRequest | None:
    store = session.warehouse()
    try:
        session.sets_read((cut,))
        words(cube, cut)
        if not cut.by_rule:
            scope(store, cube, dated(Query(cuts=(cut,)), store.profile, cube.fact))
    except BadRequest as error:
        return error
    return None


def tell_unknown(title: str, sentence: str, dropped: str, go: Callable[[], None], key: str) -> None:
    """What is not there, what is near it, and the button that drops it; what the page asks for is not answered else."""
    empty_state(
        title,
        f"{sentence} Nothing is shown until it is gone: the numbers would be others than the link asks for.",
        f"Take away {as_plain(dropped)}",
        on_click=go,
        key=key,
        drawing="filter",
    )
