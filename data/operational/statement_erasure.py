"""A customer's rights in what people wrote: what names a person is told to them, and erased with them.

A statement holds a member as `{"customer": [numbering, number]}`, several members as a list of such or of ids, and all
else as plain values, so that also those of kinds that this release does not know are read. That something was said,
when and by whom stays; of several members one place is empty then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

from data.model.canonical_tables import CUSTOMER
from data.operational import operational_store
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import KINDS, SourceNumber
from data.operational.statement_log import Statement, history

ERASED = "erased"
# What was chosen of a few, and days and numbers: nobody is named there.
CHOSEN = {
    (kind.name, field.name)
    for kind in KINDS
    for field in kind.fields
    if field.among or field.type in ("number", "day", "moment")
}


@dataclass(frozen=True, slots=True)
class ForgottenSubject:
    """Whom it is about: `is_own` tells the person's numbers, `names` finds what names the person in texts."""

    is_own: Callable[[SourceNumber], bool]
    names: re.Pattern[str]

    def is_meant(self, told: Any) -> bool:
        """Whether a value is the person, names them, or holds them among others."""
        if isinstance(told, list):
            return any(map(self.is_meant, told))
        number = number_of(told)
        if number is not None:
            return self.is_own(number)
        return isinstance(told, str) and any(self.names.search(each) for each in _readings(told))


def _readings(text: str) -> tuple[str, ...]:
    """A text as it stands, and as the address that it may be: members in it are encoded, some twice."""
    address = unquote_plus(text)
    return text, address, unquote(address)


def number_of(told: Any) -> SourceNumber | None:
    """The customer that a value is, if it is one."""
    held = told.get(CUSTOMER.name) if isinstance(told, dict) else None
    return SourceNumber(*held) if held else None


def about(store: OperationalStore, subject: ForgottenSubject) -> list[Statement]:
    """The statements that are about the person, or name them."""
    return [each for each in history(store) if any(map(subject.is_meant, each.told.values()))]


def without(kind: str, told: dict[str, Any], subject: ForgottenSubject) -> dict[str, Any]:
    """What a statement says without the person: of one about them no number and no free text is left."""
    own = any(number is not None and subject.is_own(number) for number in map(number_of, told.values()))
    return {
        name: value if (kind, name) in CHOSEN else _without(value, own, subject)
        for name, value in told.items()
    }


def only(told: dict[str, Any], subject: ForgottenSubject) -> dict[str, Any]:
    """What a statement says to the person: of several members that it holds, themselves alone."""
    return {
        name: list(filter(subject.is_meant, value)) if isinstance(value, list) else value
        for name, value in told.items()
    }


def _without(value: Any, is_theirs: bool, subject: ForgottenSubject) -> Any:
    if isinstance(value, list):
        return [None if subject.is_meant(each) else each for each in value]
    if number_of(value) is not None:
        return None if subject.is_meant(value) else value
    return ERASED if isinstance(value, str) and (is_theirs or subject.is_meant(value)) else value


def erase(file: Path, subject: ForgottenSubject) -> int:
    """Take the person out of what was written, to the last byte of the files; how many statements held them.

    What was written about other warehouses at the place is no exception. Errors: WarehouseError where the file is in
    use all the time. Done again, it ends what it began.
    """
    if not file.exists():
        return 0
    found = [each for store in _all_of(file) for each in about(store, subject)]
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    with operational_store.writing(file) as connection:
        for each in found:
            told = json.dumps(without(each.kind, dict(each.told), subject), ensure_ascii=False)
            connection.execute(
                "UPDATE statement SET payload = ?, erased_at = ? WHERE seq = ?", [told, now, each.seq]
            )
    operational_store.KIND.leave_nothing(file)
    return len(found)


def _all_of(file: Path) -> list[OperationalStore]:
    with operational_store.reading(file) as connection:
        rows = connection.execute("SELECT DISTINCT warehouse FROM statement").fetchall() if connection else []
    return [OperationalStore(file, warehouse) for (warehouse,) in rows]


def own_numbers(numbers: Collection[tuple[str, str]]) -> Callable[[SourceNumber], bool]:
    """Whether a number is one of these."""
    held = {SourceNumber(*each) for each in numbers}
    return held.__contains__
