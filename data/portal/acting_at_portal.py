"""Whoever comes by a link acts as the portal: it says what customers and partners say there, and may nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policy import Policy
from data.people.portal_links import WHO

SAYS = Policy(
    person=WHO,
    roles=(WHO,),
    exports=False,
    pages=frozenset(),
    deeds=frozenset([Deed.SERVE, Deed.PARTNER, Deed.PRICE]),
)


@contextmanager
def acting_at_portal() -> Iterator[None]:
    """What is done in here, the portal does."""
    with acting_as(Acting(WHO, SAYS, "browser")):
        yield
