"""What people decide about customers: that two records are one person, or are not; and that it be undone.

A decision is a statement in the operational store: it stands once it is said, whoever is writing to the warehouse, and
everybody sees it at once. The next publication matches again by it; that is tried at once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import BadRequest
from data.identity.cluster_records import Contradiction
from data.load.record.merged_identities import UNDONE, VERDICTS, resolve
from data.operational import operational_store, statement_log, statement_rows
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import IDENTITY_DECISION, SourceNumber, StatementKind, Values
from data.operational.statement_log import SaidWhen, Statement, StatementLog
from data.operational.statement_rows import publish_now
from data.review.decided_pairs import HELD
from data.store import warehouse_id
from data.store.warehouse import asking

TOGETHER = "together"
EARLIER = f"""SELECT statement, a.numbering, a.id, b.numbering, b.id, verdict, decided_at, decided_by, undone_at
FROM {HELD} AS d JOIN customer_identity AS a ON a.identity_key = d.one
JOIN customer_identity AS b ON b.identity_key = d.other ORDER BY decided_at, d.one, d.other"""
OF_NO_STATEMENT = f"SELECT 1 FROM {HELD} WHERE statement IS NULL LIMIT 1"
NUMBERS = """SELECT numbering, id FROM customer_identity WHERE identity_key IN (SELECT unnest(?::INTEGER[]))
ORDER BY identity_key"""
STANDING = "SELECT one, other, verdict FROM decision WHERE undone_at IS NULL"


@dataclass(frozen=True, slots=True)
class EarlierDecisions:
    """A decision as a snapshot holds it, which the store may lack: it is older than the store, or that was lost."""

    statement: str
    one: SourceNumber
    other: SourceNumber
    verdict: str
    said: SaidWhen
    is_of_no_statement: bool

    @classmethod
    def of(cls, statement: str | None, a: str, one: str, b: str, other: str, verdict: str,
           *said: Any) -> EarlierDecisions:  # fmt: skip
        told = json.dumps([a, one, b, other, verdict, said[0].isoformat()])
        id = statement or uuid.uuid5(uuid.NAMESPACE_OID, told).hex
        return cls(
            id, SourceNumber(a, one), SourceNumber(b, other), verdict, SaidWhen(*said), statement is None
        )

    @property
    def values(self) -> Values:
        return {"one": self.one, "other": self.other, "verdict": self.verdict}


def decide(path: Path, one: int, other: int, verdict: str, by: str) -> bool:
    """What a person decided about two identities: 'together' or 'apart'; it takes the place of what was decided.

    Returns whether the numbers follow it already; else they do at the next publication. Errors: BadRequest where it
    cannot be, Contradiction where it contradicts what else was decided, WarehouseError.
    """
    if verdict not in VERDICTS or one == other:
        raise BadRequest("That cannot be decided.", "Choose two records, and say together or apart.")
    with _deciding(path, one, other) as (log, pair, before):
        if len(pair) != 2:
            raise BadRequest("One of these records is not there any more.", "Open the page again.")
        for each in before:
            log.take_back(each.id, by)
        _refuse_contradiction(log.current(IDENTITY_DECISION), pair, verdict)
        log.say(IDENTITY_DECISION, {"one": pair[0], "other": pair[1], "verdict": verdict}, by)
    return publish_now(path, VERDICTS[verdict])


def undo(path: Path, one: int, other: int, by: str = "") -> bool:
    """Take back what was decided about two identities; returns as `decide`.

    Errors: BadRequest where nothing was, WarehouseError.
    """
    with _deciding(path, one, other) as (log, _, before):
        if not before:
            raise BadRequest("Nothing was decided about these two.", "Look at the list of decisions again.")
        for each in before:
            log.take_back(each.id, by)
    return publish_now(path, UNDONE)


@contextmanager
def _deciding(
    path: Path, one: int, other: int
) -> Iterator[tuple[StatementLog, Sequence[SourceNumber], list[Statement]]]:
    """The log, open; the numbers of two identities; and what stands about them."""
    with asking(path) as rows:
        held = earlier(rows)
        pair = [SourceNumber(*row) for row in rows(NUMBERS, [[one, other]])]
    with statement_log.writing(operational_store.ready(path)) as log:
        _bring(log, held)  # if the store was lost
        standing = log.current(IDENTITY_DECISION)
        yield log, pair, [each for each in standing if pair_of(each) == frozenset(pair)]


def pair_of(statement: Statement) -> frozenset[SourceNumber]:
    """The numbers that a decision is about; none where it was erased with a person."""
    values = statement.values(IDENTITY_DECISION)
    return frozenset(each for each in values.values() if isinstance(each, SourceNumber))


def earlier(rows: Callable[..., list[tuple[Any, ...]]]) -> list[EarlierDecisions]:
    """The decisions that a snapshot holds, the oldest first."""
    return [EarlierDecisions.of(*row) for row in rows(EARLIER)]


def _refuse_contradiction(standing: Iterable[Statement], pair: Sequence[SourceNumber], verdict: str) -> None:
    """Errors: Contradiction where some who are told apart would be one customer by what is decided."""
    decided = [(both, each.told["verdict"]) for each in standing if len(both := pair_of(each)) == 2]
    decided.append((frozenset(pair), verdict))
    root: dict[SourceNumber, SourceNumber] = {}

    def of(number: SourceNumber) -> SourceNumber:
        while (above := root.get(number, number)) != number:
            number = above
        return number

    for both in (both for both, said in decided if said == TOGETHER):
        one, other = map(of, both)
        root[one] = other
    if any(len(set(map(of, both))) == 1 for both, said in decided if said != TOGETHER):
        named = " and ".join(f"{each.id} of {each.numbering}" for each in pair)
        raise Contradiction((0, 0), f"customers {named}")


def bring_earlier(connection: Connection, path: Path) -> bool:
    """Say in the store what earlier releases let people decide in the warehouse alone: once, with the first write."""
    if not connection.execute(OF_NO_STATEMENT).fetchall():
        return False
    held = earlier(lambda sql: connection.execute(sql).fetchall())
    own = [each for each in held if each.is_of_no_statement]
    id = warehouse_id.read(lambda sql, values: connection.execute(sql, values).fetchall())
    if own and id:
        with statement_log.writing(OperationalStore(operational_store.place(path), id)) as log:
            _bring(log, own)
    return bool(own)


def _bring(log: StatementLog, held: Iterable[EarlierDecisions]) -> None:
    for each in held:
        log.bring(each.statement, IDENTITY_DECISION, each.values, each.said)


def take_in(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring decisions into a snapshot and match again whoever they touch; how many wait for numbers it lacks."""
    before = set(connection.execute(STANDING).fetchall())
    statement_rows.make(connection, kind)
    for each in earlier(lambda sql: connection.execute(sql).fetchall()):
        connection.execute(
            """UPDATE decision SET statement = ? WHERE statement IS NULL AND decided_at = ? AND verdict = ?
            AND one IN (SELECT identity_key FROM customer_identity WHERE numbering = ? AND id = ?)
            AND other IN (SELECT identity_key FROM customer_identity WHERE numbering = ? AND id = ?)""",
            [each.statement, each.said.at, each.verdict, *each.one, *each.other],
        )
    waiting = statement_rows.derive(connection, kind, told)
    connection.execute(
        "UPDATE decision SET one = least(one, other), other = greatest(one, other) WHERE one > other"
    )
    changed = before ^ set(connection.execute(STANDING).fetchall())
    if changed:
        _match_again(connection, sorted({key for one, other, _ in changed for key in (one, other)}))
    return waiting


def _match_again(connection: Connection, identities: Sequence[int]) -> None:
    """Match again whoever shares a customer with one of these."""
    near = connection.execute(
        """SELECT identity_key FROM customer_identity WHERE customer_code IN (
            SELECT customer_code FROM customer_identity WHERE identity_key IN (SELECT unnest(?::INTEGER[])))""",
        [list(identities)],
    ).fetchall()
    try:
        resolve(connection, [key for (key,) in near])
    except Contradiction as error:
        raise Contradiction(error.records, _numbers(connection, error.records)) from error


def _numbers(connection: Connection, identities: tuple[int, int]) -> str:
    """Two records by the numbers that their sources give them."""
    found = connection.execute(NUMBERS, [list(identities)]).fetchall()
    return f"customers {' and '.join(f'{id} of {numbering}' for numbering, id in found)}"
