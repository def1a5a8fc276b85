"""What a delivery is held against before it is believed: declared checks and the usual ones, told and kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from data.connection import Connection
from data.errors import BadInput
from data.load.checking.check_results import DeliveryChecks, Result
from data.load.checking.like_deliveries import Alike
from data.load.mappings.declared_check import DeclaredCheck
from data.load.mappings.mapping import Part

__all__ = ["Result", "keep", "look", "refuse", "usual"]

USUAL_KNOWN = 0.9
USUAL_REJECTED = 0.1
OF_WHOLE = ("volume", "fresh", "rejected")


def look(
    connection: Connection,
    part: Part,
    typed: str,
    stream: str,
    as_of: datetime,
    unreadable: int = 0,
    of_whole: bool = True,
    usual_ones: bool = True,
    told: bool = True,
    last_day: date | None = None,
    alike: Alike | None = None,
) -> list[Result]:
    """What the checks find, the declared ones first, then the `usual_ones`; nothing is kept and nothing refused.

    To be called before the delivery is in the ledger, and while the typed table still has its rejected rows;
    `unreadable` counts the lines of the file that did not even become rows. Without `of_whole` these are a few
    rows of an earlier delivery, loaded again; without `told` nothing but the load tells their moment. What lies after
    `last_day` lies in the future; `alike` says with which deliveries of the stream it is compared, all if nothing does.
    """
    every = [*part.checks, *(usual(part) if usual_ones else ())]
    chosen = [each for each in every if of_whole or each.kind not in OF_WHOLE]
    return DeliveryChecks(connection, part, typed, stream, as_of, unreadable, told, last_day, alike).results(
        chosen
    )


def refuse(part: Part, results: Iterable[Result]) -> None:
    """Errors: BadInput, in words, where a check failed that is to stop the load."""
    failed = [each for each in results if not each.passed and each.severity == "stop"]
    if not failed:
        return
    first, more = failed[0], len(failed) - 1
    others = f" {more} more {'check fails' if more == 1 else 'checks fail'} too." if more else ""
    raise BadInput(
        f"[{part.subject}] {first.told}{others}",
        'Nothing was loaded. Mend the file, or loosen the check or make it severity = "warn" in the mapping.',
    )


def keep(connection: Connection, part: Part, batch: int, results: Iterable[Result]) -> None:
    """Write the results into the ledger."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for each in results:
        connection.execute(
            "INSERT INTO quality VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [batch, part.subject, each.name, each.severity, each.passed, each.found, each.expected, now],
        )


def usual(part: Part) -> list[DeclaredCheck]:
    """What is checked without being declared, as warnings; a declared check takes the place of its like."""
    declared = {(each.kind, each.fields) for each in part.checks}
    found = [
        *_usual_keys(part),
        DeclaredCheck("rejected", limit=USUAL_REJECTED, history=True),
        DeclaredCheck("volume", history=True),
        DeclaredCheck("fresh", history=True),
        DeclaredCheck("known", ("customer",), limit=USUAL_KNOWN, history=True),
        DeclaredCheck("future", ("date",), history=True),
    ]
    return [each for each in found if (each.kind, each.fields) not in declared and _applies(each, part)]


def _usual_keys(part: Part) -> list[DeclaredCheck]:
    """A list tells of each member once; a key of lines is one line's only where it names the line."""
    if part.kind.table is not None:
        moment = ("modified",) if "modified" in part.filled else ()
        return [DeclaredCheck("unique", (part.kind.table.name, *moment), history=True)]
    whole = part.key if "line" in part.key or not part.kind.is_lines else ()
    return [DeclaredCheck("unique", whole, history=True)] if whole else []


def _applies(check: DeclaredCheck, part: Part) -> bool:
    facts = part.kind.table is None
    if check.kind == "volume":
        return part.changes != "modified"
    if check.kind == "known":
        return facts and "customer" in part.filled
    if check.kind == "fresh":
        return facts and "date" in part.filled
    if check.kind == "future":
        return facts and "date" in part.filled and part.subject not in ("prices", "rates")
    return True
