"""What whoever looks may do: the rest is not offered. What counts is that it is refused where it is done, by
`data.access.policy.Policy.check` before each write."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from data.access.deed import Deed
from pages.ui.acting_person import policy

Asked = ParamSpec("Asked")


def may(deed: Deed) -> bool:
    """Whether whoever looks may do this."""
    return policy().may(deed)


def for_deed(deed: Deed) -> Callable[[Callable[Asked, None]], Callable[Asked, None]]:
    """What only those see who may do this: controls, and what belongs to them."""

    def only(draw: Callable[Asked, None]) -> Callable[Asked, None]:
        @wraps(draw)
        def drawn(*args: Asked.args, **named: Asked.kwargs) -> None:
            if may(deed):
                draw(*args, **named)

        return drawn

    return only
