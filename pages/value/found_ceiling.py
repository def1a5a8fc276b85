"""Attainable ceilings, sought in threads of their own: once a snapshot, for the page and for the tiles of boards."""

from __future__ import annotations

from cubes.analysis.customer_spend import customer_spend
from cubes.query import Cut, Query
from mining.customer_share.attainable_ceiling import AttainableCeiling, attainable_ceiling
from pages.ui import session
from pages.ui.sought_result import Progress, SoughtResult
from pages.ui.sought_work import AskedWork, asked_work


def found_ceiling(cuts: tuple[Cut, ...], quantile: float) -> AttainableCeiling:
    """The ceiling within cuts, for whoever asks after the first at once. Who leaves meanwhile loses nothing: it is
    sought on. Raises BadRequest."""
    return asked_ceiling(cuts, quantile).found()


def sought_ceiling(cuts: tuple[Cut, ...], quantile: float) -> SoughtResult[AttainableCeiling]:
    """It, from the first who asks on."""
    return asked_ceiling(cuts, quantile).sought()


def asked_ceiling(cuts: tuple[Cut, ...], quantile: float) -> AskedWork[AttainableCeiling]:
    """It, sought when somebody waits for it; finding it raises BadRequest."""
    read = session.sets_read(cuts)

    def find(done: Progress) -> AttainableCeiling:
        frame = customer_spend(session.warehouse(), session.ask_whole, Query(cuts=read))
        return attainable_ceiling(frame, quantile, progress=done)

    return asked_work("ceiling", (read, quantile), find, most=12)
