"""Proposals as whoever looks may see them: those that sources tell of and those recorded here, in one list.

What people said lies on top of the snapshot, so that it is seen at once and by every process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from data import environment
from data.collaborate import proposal_statements as read
from data.collaborate.customer_proposal import CustomerProposal, ProposalComment
from data.collaborate.merged_proposals import ProposalMerge, roots_of
from data.collaborate.proposal_course import NEW, ProposalNumber, StatusStep
from data.collaborate.proposal_supports import VOTES, persons_of, standing_votes, under_roots
from data.collaborate.told_proposals import PrototypeTest, ToldProposal, source_proposals
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import (
    PROPOSAL_COMMENT,
    PROPOSAL_MERGE,
    PROPOSAL_SAID,
    PROPOSAL_STATUS,
    PROPOSAL_VOTE,
    PROTOTYPE,
    PROTOTYPE_FEEDBACK,
    StatementKind,
)
from data.operational.statement_log import Statement
from data.service.case_list import CasePerson, is_shown, persons_among
from data.store.warehouse import Warehouse

Thing = TypeVar("Thing", StatusStep, PrototypeTest)
KINDS = (PROPOSAL_SAID, PROPOSAL_VOTE, PROPOSAL_STATUS, PROPOSAL_MERGE, PROPOSAL_COMMENT, PROTOTYPE,
         PROTOTYPE_FEEDBACK)  # fmt: skip
PRODUCTS = """SELECT id, arg_max(name, valid_to), arg_max(category, valid_to) FROM product
WHERE product_code > 0 AND id IN (SELECT unnest(?::VARCHAR[])) GROUP BY id"""
KEPT, BARE = "proposals as they were told last", "proposals of sources alone"
MANY = 5  # proposals of one author that are told beside all others'


@dataclass(frozen=True, eq=False)
class ProposalBoard:
    """`proposals` by number, the oldest first, those merged into others as well; `votes` are VOTES that hold, of each
    proposal by itself. `strays` are votes of sources on proposals that nothing tells of."""

    proposals: Mapping[ProposalNumber, CustomerProposal]
    votes: pl.DataFrame
    roots: Mapping[ProposalNumber, ProposalNumber] = field(default_factory=dict)
    strays: int = 0

    @cached_property
    def standing(self) -> tuple[CustomerProposal, ...]:
        """Those that stand for themselves: all but the merged ones."""
        return tuple(each for each in self.proposals.values() if each.number not in self.roots)

    @cached_property
    def supports(self) -> pl.DataFrame:
        """The votes under the proposals that stand for others: VOTES, of each person one a proposal."""
        return under_roots(self.votes, _keys(self.roots))

    def supports_of(self, number: ProposalNumber) -> pl.DataFrame:
        """Those of one proposal, with those merged into it, the earliest first."""
        return self.supports.filter(pl.col("proposal") == number.key)

    def supporters(self, number: ProposalNumber) -> frozenset[int]:
        """Who supports a proposal, or one that is merged into it: codes."""
        return frozenset(self.supports_of(number)["person"].to_list())

    @cached_property
    def by_author(self) -> Mapping[int, int]:
        """How many proposals each known author made: by code, most first."""
        counted: dict[int, int] = {}
        for each in self.proposals.values():
            if each.author:
                counted[each.author.code] = counted.get(each.author.code, 0) + 1
        return dict(sorted(counted.items(), key=lambda each: -each[1]))

    def told_of_author(self, code: int) -> str:
        """A sentence where one author made many of all proposals; else empty."""
        mine, every = self.by_author.get(code, 0), len(self.proposals)
        return (
            f"One author made {mine:,} of {every:,} proposals." if mine >= MANY and 10 * mine > every else ""
        )


def proposal_board(warehouse: Warehouse) -> ProposalBoard:
    """All proposals; kept until somebody says more. Errors: WarehouseError."""
    store = operational_store.of(warehouse)
    state = tuple(statement_log.state_of(store, each) for each in KINDS)
    kept = warehouse.beside.get(KEPT)
    as_of = (state, environment.who() if warehouse.policy.rows else "")
    if kept is None or kept[0] != as_of:
        told = dict(zip(KINDS, statement_log.history_of(store, *KINDS), strict=True))
        before = kept[1].proposals if kept else {}
        kept = warehouse.beside[KEPT] = (as_of, _Fold(warehouse, told).board(before))
    found: ProposalBoard = kept[1]
    return found


class _Fold:
    """All that was told and said, on its way to be one list."""

    def __init__(self, warehouse: Warehouse, told: Mapping[StatementKind, Sequence[Statement]]) -> None:
        self.warehouse, self.told = warehouse, told
        self.source = source_proposals(warehouse)
        self.held = {kind: read.still_holding(every, kind) for kind, every in told.items()}
        numbers = {
            number for each in self.held.values() for one in each if (number := read.customer_said(one))
        }
        self.persons = persons_among(warehouse, sorted(numbers))
        self.known = {each.id for every in told.values() for each in every if not read.is_lost(each)}

    def board(self, before: Mapping[ProposalNumber, CustomerProposal]) -> ProposalBoard:
        """The list; a proposal of which nothing more was said than `before` is the same as then."""
        bare = self._of_sources() | self._recorded()
        merges = [
            merge for each in self.held[PROPOSAL_MERGE] if (merge := read.merge_of(each)).member in bare
        ]
        merges = [each for each in merges if each.into in bare]
        roots = roots_of(merges)
        votes = self._votes(bare)
        own, every = persons_of(votes), persons_of(under_roots(votes, _keys(roots)))
        links = {each.member: each for each in merges if each.member in roots}
        members = _members(links)
        early = _early(votes, bare)
        said = self._said()
        found = {}
        for number, each in sorted(bare.items(), key=lambda pair: pair[1].at):
            parts: dict[str, Any] = {
                "own_persons": own.get(number.key, 0),
                "persons": (own if number in roots else every).get(number.key, 0),
                "unknown_votes": self.source.unknown.get(number.key, 0),
                "early_votes": early.get(number.key, 0),
                "merge": links.get(number),
                "members": members.get(number, ()),
            }
            parts |= {name: (*getattr(each, name), *more.get(number, ())) for name, more in said.items()}
            found[number] = _as_before(before.get(number), each, parts)
        return ProposalBoard(found, votes, roots, self.source.strays)

    def _of_sources(self) -> dict[ProposalNumber, CustomerProposal]:
        """Those of sources, and rows of this house that no statement tells of any longer."""
        recorded = {read.proposal_of(each).id for each in self.told[PROPOSAL_SAID] if each.takes_back is None}
        if BARE not in self.warehouse.beside:
            every = self.source.proposals.items()
            self.warehouse.beside[BARE] = {number: _of_source(each) for number, each in every}
        found: dict[ProposalNumber, CustomerProposal] = self.warehouse.beside[BARE]
        rows = (each for each in found.values() if each.is_here)
        spoken = [each.number for each in rows if each.number.id in recorded]
        return {number: each for number, each in found.items() if number not in spoken}

    def _recorded(self) -> dict[ProposalNumber, CustomerProposal]:
        held = self.held[PROPOSAL_SAID]
        ids = sorted({str(each.told["product"]) for each in held if each.told.get("product")})
        wares = {id: rest for id, *rest in self.warehouse.rows(PRODUCTS, [ids])} if ids else {}
        found = (self._own(each, wares) for each in held if self._is_seen(each, wares))
        return {each.number: each for each in found}

    def _is_seen(self, each: Statement, wares: Mapping[str, Any]) -> bool:
        product = each.told.get("product")
        if product and product not in wares and self.warehouse.policy.rows:
            return False
        return is_shown(self.warehouse, read.customer_said(each), self.persons, each.said_by)

    def _own(self, each: Statement, wares: Mapping[str, Any]) -> CustomerProposal:
        told = each.values(PROPOSAL_SAID)
        texts = {name: str(told[name] or "") for name in ("title", "text", "place", "language", "product")}
        texts |= {name: "" for name in texts if f"proposal.{name}" in self.warehouse.policy.masked}
        name, category = wares.get(texts["product"], ("", ""))
        number = read.customer_said(each)
        at = read.made_at(each)
        return CustomerProposal(
            read.proposal_of(each), at, texts["title"], texts["text"], False,
            self.persons.get(number) if number else None, texts["product"], name or texts["product"], category or "",
            texts["place"], texts["language"], (StatusStep(NEW, at, by=each.said_by),), said=each.id, by=each.said_by,
        )  # fmt: skip

    def _votes(self, known: Collection[ProposalNumber]) -> pl.DataFrame:
        told = self.source.votes.filter(
            ~pl.col("number").is_in(list(self.known)) | pl.col("number").is_null()
        )
        rows = [
            (
                read.proposal_of(each).key,
                self.persons[number].code,
                read.made_at(each),
                each.id,
                each.told["verdict"],
            )
            for each in self.held[PROPOSAL_VOTE]
            if (number := read.customer_said(each)) in self.persons
            and number
            and read.proposal_of(each) in known
        ]
        said = pl.DataFrame(rows, schema=VOTES | {"verdict": pl.String}, orient="row")
        return standing_votes(told.select(*VOTES), said)

    def _said(self) -> dict[str, Mapping[ProposalNumber, Sequence[Any]]]:
        """What was said of proposals, by the field of `CustomerProposal` that it is added to."""
        masked = self.warehouse.policy.masked
        comments = [each for each in self.held[PROPOSAL_COMMENT] if self._is_of_seen(each)]
        tests = [each for each in self.held[PROTOTYPE_FEEDBACK] if self._is_of_seen(each)]
        return {
            "steps": read.about(
                read.not_taken_back(self.told[PROPOSAL_STATUS]),
                lambda each: _masked(read.status_step(each), masked),
            ),
            "comments": read.about(comments, self._comment),
            "prototypes": read.about(self.held[PROTOTYPE], read.prototype_of),
            "tests": self._told_tests(
                read.about(tests, lambda each: _masked(read.test_of(each, self._code(each)), masked))
            ),
        }

    def _told_tests(
        self, said: Mapping[ProposalNumber, Sequence[PrototypeTest]]
    ) -> dict[ProposalNumber, Sequence[PrototypeTest]]:
        """Those that sources tell, and rows of this house whose statements were lost, before those that were said."""
        told = {
            number: [test for test in each.tests if test.said not in self.known]
            for number, each in self.source.proposals.items()
            if each.tests
        }
        return {number: [*told.get(number, ()), *said.get(number, ())] for number in {*told, *said}}

    def _is_of_seen(self, each: Statement) -> bool:
        number = read.customer_said(each)
        return number is None or number in self.persons

    def _code(self, each: Statement) -> int:
        number = read.customer_said(each)
        return self.persons[number].code if number else 0

    def _comment(self, each: Statement) -> ProposalComment:
        number = read.customer_said(each)
        person = self.persons.get(number) if number else None
        return ProposalComment(str(each.told["text"]), each.said_at, each.said_by, each.id, person)


def _of_source(each: ToldProposal) -> CustomerProposal:
    author = CasePerson(*each.author) if each.author[0] else None
    return CustomerProposal(
        each.number, each.at, each.title, each.text, True, author, *each.product, each.place,
        steps=each.steps, told_supports=each.supports,
    )  # fmt: skip


def _keys(roots: Mapping[ProposalNumber, ProposalNumber]) -> dict[str, str]:
    return {member.key: root.key for member, root in roots.items()}


def _members(
    links: Mapping[ProposalNumber, ProposalMerge],
) -> dict[ProposalNumber, tuple[ProposalNumber, ...]]:
    found: dict[ProposalNumber, tuple[ProposalNumber, ...]] = {}
    for member, link in links.items():
        found[link.into] = (*found.get(link.into, ()), member)
    return found


def _early(votes: pl.DataFrame, bare: Mapping[ProposalNumber, CustomerProposal]) -> dict[str, int]:
    """How many votes are dated before the day of their proposal."""
    days = {number.key: each.at.date() for number, each in bare.items()}
    made = pl.col("proposal").replace_strict(days, default=None, return_dtype=pl.Date)
    return dict(votes.filter(pl.col("at").dt.date() < made).group_by("proposal").len().iter_rows())


def _as_before(
    before: CustomerProposal | None, bare: CustomerProposal, parts: Mapping[str, Any]
) -> CustomerProposal:
    """A proposal with these parts: the one of before where they are the same, with what was found out of it since."""
    if before is not None and all(getattr(before, name) == value for name, value in parts.items()):
        return before
    return replace(bare, **parts)


def _masked(each: Thing, masked: Collection[str]) -> Thing:
    """Without what is masked of proposals and tests."""
    if isinstance(each, StatusStep):
        return replace(each, reason="") if "proposal.reason" in masked else each
    hidden: dict[str, Any] = {"note": "", "would_pay": None}
    return replace(each, **{name: hidden[name] for name in hidden if f"prototype_test.{name}" in masked})
