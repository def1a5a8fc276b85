"""Whose the rejected rows are: those that name a customer in a column that says whom they are about.

A number is a customer's only where the whole value of such a column is that number: 16 is not the customer of an
amount of 98.16, nor of a note that somebody waits since 16 days. A row without a number is of whom its name, e-mail
or phone is. Lines that are no rows have no columns: names, e-mails, phones and numbers that no amount could be tell
whose they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.connection import Connection
from data.errors import BadInput
from data.load.mappings.expression import may_name
from data.load.mappings.kept_mappings import PREFIX
from data.load.mappings.mapping import Mapping, Part
from data.load.record.source_numbers import numbering_of
from data.model.canonical_tables import CUSTOMER
from data.privacy.person import Person, Rows, asks

SIGNED = (f"{CUSTOMER.name}_name", "email", "phone")
LINE = {"line"}
ERASED = "erased"
ALL = """SELECT batch, source, part, row_in_source, reason, raw FROM rejected JOIN batch USING (batch)
WHERE raw <> '{}' ORDER BY ALL"""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected row; `raw` is it as JSON."""

    batch: int
    source: str
    part: str
    row: int
    reason: str
    raw: str

    @property
    def place(self) -> list[Any]:
        """What finds it in its table."""
        return [self.batch, self.part, self.row, self.raw]


class Columns:
    """Which columns of each source say whom a row is about, by the mappings by which it was loaded last."""

    def __init__(self, rows: Rows) -> None:
        self.numbers: dict[str, set[tuple[str, str]]] = {}  # of a source: (column, numbering)
        self.signs: dict[str, set[str]] = {}
        for name, kept in rows("SELECT name, value FROM setting WHERE starts_with(name, ?)", [PREFIX]):
            source = name.removeprefix(PREFIX).rpartition("/")[0]
            for part in _parts(kept):
                numbering = numbering_of(CUSTOMER, source, part.ids)
                numbers = {(column, numbering) for column in _filling(part, CUSTOMER.name)}
                self.numbers.setdefault(source, set()).update(numbers)
                signs = {column for field in SIGNED for column in _filling(part, field)}
                self.signs.setdefault(source, set()).update(signs)

    def name(self, person: Person, row: Rejected) -> bool:
        """Whether they name the person."""
        cells = {column: _plain(value) for column, value in json.loads(row.raw).items() if value}
        if set(cells) == LINE or row.source not in self.numbers:
            return any(_says(person.meant_by, value) for value in cells.values())
        given = {(cells[column], of) for column, of in self.numbers[row.source] if column in cells}
        if given:
            return bool(given & {(_plain(number), of) for _, of, number in person.identities})
        signs = {_plain(each) for each in person.signs}
        return any(cells.get(column) in signs for column in self.signs[row.source])


def own(rows: Rows, person: Person) -> list[Rejected]:
    """The rejected rows that are about the person, in the order in which they came."""
    columns = Columns(rows)
    return [row for row in _all(rows) if columns.name(person, row)]


def erase(connection: Connection, person: Person) -> int:
    """Empty the rejected rows about the person, and in those about others what names the person; how many."""
    rows = asks(connection)
    columns, emptied = Columns(rows), 0
    for row in list(_all(rows)):
        reason, raw = _without(person, row)
        if columns.name(person, row):
            reason, raw, emptied = ERASED, "{}", emptied + 1
        if (reason, raw) != (row.reason, row.raw):
            connection.execute(
                """UPDATE rejected SET reason = ?, raw = ?
                WHERE batch = ? AND part = ? AND row_in_source = ? AND raw = ?""",
                [reason, raw, *row.place],
            )
    return emptied


def _all(rows: Rows) -> Iterator[Rejected]:
    return (Rejected(*row) for row in rows(ALL, []))


def _parts(kept: str) -> tuple[Part, ...]:
    """The parts of a mapping as it is kept; none where it means nothing any more."""
    try:
        return Mapping.from_text(json.loads(kept)["toml"]).parts
    except BadInput:
        return ()


def _filling(part: Part, field: str) -> set[str]:
    """The columns that fill a field; those of a look-up also by the name that they have in it."""
    columns = {part.columns[field]} if field in part.columns else set()
    columns |= may_name(part.expressions[field]) if field in part.expressions else set()
    return columns | {each.partition(".")[2] for each in columns if "." in each}


def _plain(value: str) -> str:
    """A value as numbers are compared: 00016, 16.0 and blanks around it are 16."""
    bare = re.sub(r"^(\d+)\.0$", r"\1", value.strip().casefold())
    return bare.lstrip("0") or bare


def _without(person: Person, row: Rejected) -> tuple[str, str]:
    """Its reason and what it says, each text that names the person erased."""
    cells = json.loads(row.raw)
    named = {column: ERASED for column, value in cells.items() if value and _says(person.named_by, value)}
    reason = ERASED if _says(person.named_by, row.reason) else row.reason
    raw = json.dumps(cells | named, ensure_ascii=False, separators=(",", ":")) if named else row.raw
    return reason, raw


def _says(words: re.Pattern[str], text: str) -> bool:
    return words.search(text) is not None
