"""What each file that was brought is taken for: rows of a subject, a look-up beside them, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.load.mappings.canonical_fields import OF_ORDERS, SUBJECT
from data.load.mappings.mapping import Join


@dataclass(frozen=True, slots=True)
class FileRole:
    """What a file holds: rows of `subject`, or a look-up beside them; without a subject it is not used."""

    subject: str = ""
    look_up: bool = False

    @property
    def label(self) -> str:
        """As the select box of a file says it.

        >>> FileRole("order_lines").label, FileRole("order_lines", look_up=True).label, FileRole().label
        ('Order lines', 'Look-up beside order lines', 'Not used')
        """
        if not self.subject:
            return "Not used"
        label = SUBJECT[self.subject].label
        return f"Look-up beside {label.lower()}" if self.look_up else label

    @property
    def is_rows(self) -> bool:
        return bool(self.subject) and not self.look_up


NOT_USED = FileRole()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file in one of the roles that it has."""

    path: Path
    role: FileRole = NOT_USED


def offered(subjects: Iterable[str]) -> list[FileRole]:
    """Every role that a file may have beside parts of these subjects."""
    rows = sorted(SUBJECT, key=lambda name: name not in OF_ORDERS)
    return [NOT_USED, *map(FileRole, rows), *(FileRole(name, look_up=True) for name in subjects)]


def joined(name: str, own: Sequence[str], of_look_up: Sequence[str]) -> Join:
    """The look-up `name` beside rows with the columns `own`, by the first column that both have; else by none yet."""
    plain = {each.strip().casefold(): each for each in reversed(of_look_up)}
    on = next((each for each in own if each.strip().casefold() in plain), "")
    return Join(name, on, plain.get(on.strip().casefold(), ""))
