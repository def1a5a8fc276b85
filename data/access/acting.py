"""Who asks and does what this process is asked at this moment, and what they may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

from data import environment
from data.access.policy import UNLIMITED, Policy

Where = Literal["browser", "command"]


@dataclass(frozen=True, slots=True)
class Acting:
    """A person, what they may, and where they ask."""

    person: str
    policy: Policy
    where: Where = "command"


_ACTING: ContextVar[Acting | None] = ContextVar("acting", default=None)
_readers: list[Callable[[], Acting | None]] = []


def acting() -> Acting:
    """Who acts: for whom something runs, else whoever looks at a page, else whoever keeps this machine.

    Errors: NotAllowed, BadInput where that person is let in no longer.
    """
    found = _ACTING.get()
    for reader in _readers if found is None else ():
        found = found or reader()
    if found is None:
        who = environment.who()
        return Acting(who, replace(UNLIMITED, person=who))
    return found


@contextmanager
def acting_as(who: Acting) -> Iterator[None]:
    """What is done in here, that person does."""
    token = _ACTING.set(who)
    try:
        with environment.acting_for(who.person):
            yield
    finally:
        _ACTING.reset(token)


def read_by(reader: Callable[[], Acting | None]) -> None:
    """From now on, where nothing says who acts, `reader` does; None where it does not know either."""
    if reader not in _readers:
        _readers.append(reader)
        environment.named_by(lambda: found.person if (found := reader()) else "")
