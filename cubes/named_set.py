"""A named set as a filter names it, `customer in set Key accounts`, and who stood in it when it was read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.operational.statement_kinds import SetMember

EXAMPLE = "customer in set Key accounts"
WRITTEN = re.compile(r"\s*(\w+)\s+(not\s+)?in\s+set\b(.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SetContent:
    """A set as it was read: its name, its members as sets hold them, how many more were erased as persons."""

    name: str
    members: tuple[SetMember, ...]
    erased: int = 0


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set by its id, as addresses have it, or by its name, as people type it.

    `content` is None until it is read. Other contents make another question, which no answer to an earlier one serves.
    """

    written: str
    content: SetContent | None = None


def parse_named_set(text: str) -> tuple[str, NamedSet, bool] | None:
    """The level, the set, and whether its members are left out, of `customer not in set Key accounts`; else None.

    >>> parse_named_set("customer not in set Key accounts")
    ('customer', NamedSet(written='Key accounts', content=None), True)
    """
    found = WRITTEN.fullmatch(text)
    if found is None or not found[3].strip():
        return None
    return found[1], NamedSet(found[3].strip()), bool(found[2])
