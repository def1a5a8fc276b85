"""Audiences at the end of each write: new ones are written, living ones follow their questions: who came, who left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cubes.aggregates.writer_rows import rows_of
from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import AudienceQuestion, parse_audience
from data import environment
from data.campaigns import audience_rows, carried_audiences
from data.connection import Connection
from data.errors import BadRequest, ClientelaError
from data.model.fact_extent import Rows
from data.operational.audiences import KEPT, LIVING, Audience
from data.operational.statement_erasure import ERASED
from data.store.warehouse_in_writing import WarehouseInWriting

STANDING = """SELECT audience, name, said_by, question, mode FROM audience_said
WHERE held_until IS NULL AND state = ? ORDER BY said_at"""


@dataclass(frozen=True, slots=True)
class SaidAudience:
    """An audience as the snapshot has taken it in."""

    id: str
    name: str
    owner: str
    question: str
    mode: str

    def read(self) -> AudienceQuestion:
        """Raises BadRequest where it cannot be read any more."""
        if self.question == ERASED:
            raise BadRequest("Its question named a customer who was erased.", "Make it anew.")
        return parse_audience(self.question)


def follow_audiences(connection: Connection, path: Path) -> None:
    """Write who stands in each audience, in the writer's transaction: frozen ones once, living ones where it changed.

    A question that cannot be answered any more never fails the write: its audience stays as it is, and why is kept.
    """
    standing = {each[0]: SaidAudience(*each) for each in rows_of(connection)(STANDING, [KEPT])}
    if standing:
        _Following(connection, path, standing).run()
    else:
        audience_rows.note_troubles(connection, {})


def left_leaning(kept: Iterable[Audience], gone: str) -> tuple[str, ...]:
    """A sentence on the living audiences that lean on one (its id) that was deleted, where there are any."""
    names = [f"“{each.name}”" for each in kept if each.is_living and gone in _leans_on(each)]
    if not names:
        return ()
    do, stay = ("leans", "stays as it is") if len(names) == 1 else ("lean", "stay as they are")
    return (f"{', '.join(names)} {do} on it, and {stay} until it comes back.",)


def _leans_on(each: Audience) -> tuple[str, ...]:
    try:
        return parse_audience(each.question).leans_on
    except BadRequest:  # it follows nothing any more, which is told beside it
        return ()


class _Following:
    """All audiences of one publication, each after those that it leans on."""

    def __init__(self, connection: Connection, path: Path, standing: dict[str, SaidAudience]) -> None:
        self.connection, self.path, self.standing = connection, path, standing
        self.rows: Rows = rows_of(connection)
        self.number = audience_rows.next_publication(self.rows)
        self.snapshot = WarehouseInWriting(connection, path)
        self.troubles: dict[str, str] = {}
        self.seen: set[str] = set()
        self.under_way: set[str] = set()

    def run(self) -> None:
        for each in self.standing.values():
            self.follow(each)
        audience_rows.note_troubles(self.connection, self.troubles)

    def follow(self, each: SaidAudience) -> None:
        """Write who stands in an audience now, once, where that is not settled."""
        if each.id in self.seen or self._is_settled(each):
            return
        self.seen.add(each.id)
        self.under_way.add(each.id)
        try:
            codes = self._found(each)
        except ClientelaError as error:
            self.troubles[each.id] = str(error)
        else:
            audience_rows.write(self.connection, each.id, codes, self.number)
        self.under_way.remove(each.id)

    def _is_settled(self, each: SaidAudience) -> bool:
        """Whether it is frozen and written, if need be by bringing it over from the snapshot that makes room."""
        if each.mode == LIVING:
            return False
        return audience_rows.written(self.rows, each.id) is not None or carried_audiences.carry_over(
            self.connection, self.path, each.id, self.number
        )

    def _found(self, each: SaidAudience) -> np.ndarray:
        """Raises BadRequest for what cannot be answered, any more."""
        question = each.read()
        for id in question.leans_on:
            self._before(id)
        with environment.acting_for(each.owner):
            return audience_customers(self.snapshot, question)

    def _before(self, id: str) -> None:
        """Let an audience that another leans on be followed first. Raises BadRequest where it cannot be."""
        if id not in self.standing:
            raise BadRequest(
                "An audience that it leans on was deleted.", "Bring that back, or make this one anew."
            )
        if id in self.under_way:
            raise BadRequest("It leans on itself by way of another.", "Make it anew without that.")
        self.follow(self.standing[id])
