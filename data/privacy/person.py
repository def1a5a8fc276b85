"""A customer as a person: the numbers, names and addresses by which the warehouse knows them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from data.connection import Connection
from data.errors import BadRequest
from data.model.canonical_tables import CUSTOMER
from data.operational.statement_erasure import ForgottenSubject, own_numbers
from data.store.member_codes import ENCODED, encoded

Rows = Callable[[str, list[Any]], list[tuple[Any, ...]]]
SHORTEST = 3
MOST_DIGITS_OF_AMOUNTS = 6
EDGE, PYTHONS_EDGE = r"[^\p{L}\p{N}]", r"[\W_]"
KNOWN = f"""SELECT customer_code, id FROM customer WHERE customer_code > 0 AND (id = ? OR {encoded("id")} = ?)
ORDER BY id = ? DESC LIMIT 1"""
RECORDED = """SELECT {} FROM customer_record WHERE identity_key IN
(SELECT identity_key FROM customer_identity WHERE customer_code = ?) AND {} IS NOT NULL"""


def asks(connection: Connection) -> Rows:
    """How a warehouse that is being written is asked."""
    return lambda sql, values: list(connection.execute(sql, values).fetchall())


@dataclass(frozen=True, slots=True)
class Person:
    """`identities` are (identity_key, numbering, number); `signs` the texts that name them: names, e-mails, phones."""

    code: int
    id: str
    identities: tuple[tuple[int, str, str], ...]
    signs: tuple[str, ...]

    @property
    def keys(self) -> list[int]:
        return [key for key, _, _ in self.identities]

    @property
    def numbers(self) -> tuple[str, ...]:
        """What sources call them; the shortest numbers are found everywhere and tell nothing."""
        return tuple(sorted({number for *_, number in self.identities if len(number) >= SHORTEST}))

    @property
    def telling(self) -> tuple[str, ...]:
        """Numbers that no amount, count or year could be."""
        return tuple(each for each in (*self.numbers, self.id) if _is_telling(each))

    @property
    def named(self) -> str:
        """A pattern for texts that name the person."""
        return pattern(self.signs)

    @property
    def named_by(self) -> re.Pattern[str]:
        """`named`, for texts that are here."""
        return re.compile(pattern(self.signs, PYTHONS_EDGE))

    @property
    def meant_by(self) -> re.Pattern[str]:
        """`meant`, for texts that are here."""
        return re.compile(pattern((*self.signs, *self.telling), PYTHONS_EDGE))

    @property
    def meant(self) -> str:
        """A pattern for texts that name the person or hold a number that can only be theirs."""
        return pattern((*self.signs, *self.telling))

    @property
    def written(self) -> re.Pattern[str]:
        """`meant`, for what people wrote: questions that they kept as well, which filter by short numbers too."""
        cuts = in_cuts((self.id, *(number for *_, number in self.identities)))
        return re.compile(f"{self.meant_by.pattern}|{cuts}")

    @property
    def as_subject(self) -> ForgottenSubject:
        """The person, for what people wrote."""
        numbers = [(numbering, number) for _, numbering, number in self.identities]
        return ForgottenSubject(own_numbers(numbers), self.written)


def find(rows: Rows, customer_id: str) -> Person:
    """The customer whom cubes show as `customer_id`, be it as in a link. Errors: BadRequest where there is none."""
    found = rows(KNOWN, [customer_id] * 3)
    if not found:
        raise BadRequest(
            f"There is no customer {customer_id!r}.", "Give the customer's number as cubes show it."
        )
    code, id = found[0]
    identities = rows(
        "SELECT identity_key, numbering, id FROM customer_identity WHERE customer_code = ? ORDER BY ALL",
        [code],
    )
    return Person(code, id, tuple(identities), _signs(rows, code))


def _signs(rows: Rows, code: int) -> tuple[str, ...]:
    told = "\nUNION ".join(RECORDED.format(column, column) for column in ("name", "email", "phone"))
    found = rows(f"SELECT name FROM customer WHERE customer_code = ? UNION {told}", [code] * 4)
    return tuple(sorted({text.strip() for (text,) in found if len(text.strip()) >= SHORTEST}))


def _is_telling(number: str) -> bool:
    return len(number) >= SHORTEST and not (number.isdecimal() and len(number) <= MOST_DIGITS_OF_AMOUNTS)


def pattern(texts: Iterable[str], edge: str = EDGE) -> str:
    """A regular expression for any of the texts, whole, in any case, also as they stand in JSON; '' finds nothing.

    `edge` is what may stand beside them, as the database writes it.
    """
    each = {form for text in texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])}
    quoted = "|".join(sorted(_literal(form) for form in each))
    return f"(?i)(^|{edge})({quoted})({edge}|$)" if each else "$^"


def in_cuts(ids: Iterable[str]) -> str:
    """A regular expression for questions that filter by one of these customers, hide them or put them in an order;
    filters that conditions are measured within end with a semicolon.

    Short numbers too, be they written as sources do, with a backslash before each bar, or as the ids of members.
    """
    quoted = "|".join(sorted({_literal(form) for id in ids for form in _in_links(id)}))
    before = rf"\b(?<!top=){CUSTOMER.name}!?=([^&\n]*\|)?|\bhidden=c:([^&\n]*\x1f)?"
    return rf"({before})({quoted})([|&;\n\x1f]|$)"


def _in_links(id: str) -> tuple[str, ...]:
    coded = id
    for text, code in ENCODED:
        coded = coded.replace(text, code)
    barred = re.sub(r"(\\*)\|", r"\1\1\\|", id)  # backslashes before a bar are doubled, also those at an end
    return id, id.replace("|", "\\|"), barred, re.sub(r"(\\+)\Z", r"\1\1", barred), coded


def _literal(text: str) -> str:
    """`text` as a pattern that means itself: only what ASCII has besides letters and digits may mean more."""
    return re.sub(r"[!-/:-@\[-`{-~]", r"\\\g<0>", text)
