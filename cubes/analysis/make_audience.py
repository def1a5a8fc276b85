"""Making an audience: its question is said, durable at once, and a publication writes who stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from cubes.aggregates.writer_rows import rows_of
from cubes.analysis import audience_question
from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_of_policy import within_policy
from cubes.analysis.audience_question import Asked, AudienceQuestion, HandedOver, to_text
from cubes.named_set import NamedSet
from cubes.query import Cut, Query
from data import environment
from data.access.deed import Deed
from data.campaigns import audience_rows
from data.campaigns.audience_standing import audience_standing
from data.connection import Connection
from data.errors import BadRequest
from data.operational import audiences, member_sets, operational_store
from data.operational.audiences import FROZEN, LIVING, MADE, Audience
from data.operational.member_sets import MemberSet
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.statement_rows import publish_now
from data.store.warehouse import Warehouse, asking, writing

SHOWN_OF_IDS = """SELECT count(DISTINCT id) FROM member
WHERE level = 'customer' AND code > 0 AND id IN (SELECT unnest(?::VARCHAR[]))"""
OF_IDS = """SELECT DISTINCT code FROM member SEMI JOIN ids_handed_over USING (id)
WHERE level = 'customer' AND code > 0 ORDER BY code"""


@dataclass(frozen=True, slots=True)
class MadeAudience:
    """What came of it: `is_published` says whether its members are written, or the next publication brings them;
    `notes` are sentences for whoever made it."""

    audience: Audience
    is_published: bool
    notes: tuple[str, ...]


def make_audience(
    warehouse: Warehouse, name: str, question: AudienceQuestion, mode: str, who: str
) -> MadeAudience:
    """Make an audience of who the question finds on this snapshot.

    Raises BadRequest for a name that is taken, an audience of nobody, and what cannot be answered; WarehouseError.
    """
    if mode not in (FROZEN, LIVING):
        raise BadRequest(f"No audience is {mode!r}.", f"Make it {FROZEN} or {LIVING}.")
    store = operational_store.ready(warehouse.path)
    audiences.check_name(store, name)
    with environment.acting_for(who):
        question = within_policy(warehouse, _of_lasting_sets(store, question, who))
        customers = len(audience_customers(warehouse, question))
    _refuse_nobody(customers)
    said = audiences.save(store, name, to_text(question), mode, warehouse.version, customers, who)
    is_published = publish_now(warehouse.path, MADE)
    return MadeAudience(said, is_published, tuple(_notes(warehouse, said)))


def make_listed_audience(
    warehouse: Warehouse, name: str, words: str, ids: Sequence[str], who: str
) -> MadeAudience:
    """Make a frozen audience of the customers with these ids, however many; `words` say what list it is, and name
    nobody. It is said once the warehouse can be written to: nobody finds who was handed over anew.

    Raises BadRequest as `make_audience`, and for ids that the warehouse does not have; WarehouseError.
    """
    _refuse_nobody(len(ids))
    _refuse_strange(warehouse, ids)
    store = operational_store.ready(warehouse.path)
    audiences.check_name(store, name)
    question = to_text(audience_question.of(HandedOver(plain_name(words))))
    listed = _Listed(store, name, question, warehouse.version, who)
    said = listed.write(warehouse.path, list(dict.fromkeys(ids)))
    return MadeAudience(said, True, tuple(_notes(warehouse, said)))


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list of customers on its way to be an audience."""

    store: OperationalStore
    name: str
    question: str
    version: str
    who: str

    def write(self, path: Path, ids: Sequence[str]) -> Audience:
        """Say it and write it in one; what was said is taken back where nothing is written."""
        said: Audience | None = None
        try:
            with writing(path, MADE, Deed.CAMPAIGN) as connection:
                codes = _codes(connection, ids)
                said = audiences.save(
                    self.store, self.name, self.question, FROZEN, self.version, len(codes), self.who
                )
                number = audience_rows.next_publication(rows_of(connection))
                audience_rows.write(connection, said.id, codes, number)
        except BaseException:
            if said is not None:
                audiences.unsay(self.store, said.id, self.who)
            raise
        return said


def _codes(connection: Connection, ids: Sequence[str]) -> np.ndarray:
    frame = pl.DataFrame({"id": ids}, schema={"id": pl.String})
    connection.register("ids_handed_over", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
    codes = np.asarray(connection.execute(OF_IDS).fetchnumpy()["code"], dtype=np.int32)
    connection.unregister("ids_handed_over")
    _refuse_missing(len(ids), len(codes))
    return codes


def _refuse_strange(warehouse: Warehouse, ids: Sequence[str]) -> None:
    """Customers whom a policy hides are as those that there are not. Raises BadRequest."""
    if warehouse.policy.rows:
        once = set(ids)
        shown = warehouse.rows(SHOWN_OF_IDS, [list(once)])[0][0]
        _refuse_missing(len(once), shown)


def _refuse_missing(named: int, found: int) -> None:
    if missing := named - found:
        raise BadRequest(
            f"{missing:,} of these {named:,} customers are not in the warehouse.",
            "Look at the list again: the data changed meanwhile.",
        )


def _refuse_nobody(customers: int) -> None:
    if not customers:
        raise BadRequest(
            "Nobody would be in this audience.", "Take a filter away, or ask for a longer period."
        )


def _notes(warehouse: Warehouse, said: Audience) -> Iterator[str]:
    if said.counted == 1:
        yield "It is of one customer: no effect can be measured on one."
    elif said.counted == warehouse.profile.customers:
        yield f"It is of everybody: all {said.counted:,} known customers."
    with asking(warehouse.path) as rows:
        yield from audience_standing(rows, said).notes


def _of_lasting_sets(store: OperationalStore, question: AudienceQuestion, who: str) -> AudienceQuestion:
    """The question with each set by its id, so that it is found under another name as well."""
    if not any(isinstance(part.asked, Query) and _names_sets(part.asked) for part in question.parts):
        return question
    sets = member_sets.member_sets(store, who)
    parts = (replace(part, asked=_lasting(sets, part.asked, who)) for part in question.parts)
    return AudienceQuestion(tuple(parts))


def _names_sets(query: Query) -> bool:
    return any(cut.named_set for cut in query.cuts)


def _lasting(sets: Sequence[MemberSet], asked: Asked, who: str) -> Asked:
    if not isinstance(asked, Query):
        return asked
    return replace(asked, cuts=tuple(_by_id(sets, cut, who) for cut in asked.cuts))


def _by_id(sets: Sequence[MemberSet], cut: Cut, who: str) -> Cut:
    if cut.named_set is None:
        return cut
    found = member_sets.named(sets, cut.named_set.written, cut.level, who)
    return replace(cut, named_set=NamedSet(found.id))
