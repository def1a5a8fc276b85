"""Proposals, votes and tests of prototypes as sources tell of them; and rows of this house whose statements were lost.

What people said here is read from their statements instead of the rows that follow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from data.collaborate.proposal_course import HERE, ProposalNumber, StatusStep, told_steps
from data.collaborate.proposal_supports import VOTES
from data.model.calendar import day_key
from data.operational.statement_erasure import ERASED
from data.service.firm_moments import BEGIN, END, ZONE, moment, zone_of
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse

NUMBER = "coalesce(number, concat(batch, ' ', row_in_source))"
PROPOSALS = f"""WITH told AS (
    SELECT source, origin, {NUMBER} AS id, customer_code, day_key, title, text, status, decided_on, reason, place,
        supports, product_code, batch, row_in_source
    FROM proposal JOIN batch USING (batch)
    QUALIFY row_number() OVER (PARTITION BY source, id ORDER BY batch DESC, row_in_source DESC) = 1),
author AS (SELECT customer_code, arg_max(id, valid_to) AS shown, arg_max(name, valid_to) AS called FROM customer
    WHERE customer_code IN (SELECT customer_code FROM told) GROUP BY customer_code),
ware AS (SELECT product_code, arg_max(id, valid_to) AS product, arg_max(name, valid_to) AS product_name,
    arg_max(category, valid_to) AS category FROM product
    WHERE product_code > 0 AND product_code IN (SELECT product_code FROM told) GROUP BY product_code)
SELECT source, origin, id, customer_code, shown, called, day_key, title, text, status, decided_on, reason, place,
    supports, product, product_name, category
FROM told LEFT JOIN author USING (customer_code) LEFT JOIN ware USING (product_code)
ORDER BY day_key, batch, row_in_source"""
KNOWN_VOTES = """SELECT source, origin, number, proposal_number AS id, customer_code AS person, day_key
FROM vote JOIN batch USING (batch) WHERE proposal_number IS NOT NULL ORDER BY day_key, batch, row_in_source"""
TESTS = """SELECT source, origin, number, proposal_number, version, customer_code, day_key, score, would_pay, note
FROM prototype_test JOIN batch USING (batch) WHERE proposal_number IS NOT NULL ORDER BY day_key, batch, row_in_source"""


@dataclass(frozen=True, slots=True)
class PrototypeTest:
    """That a customer (code) tried a version and gave it `score` (1 to 5); `would_pay` is the price at which they would
    buy it. `said` is the statement, "" of a source's."""

    version: str
    person: int
    at: datetime
    score: float | None
    would_pay: Decimal | None = None
    note: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class ToldProposal:
    """A proposal as a source tells it, `at` the beginning of its day (UTC). `supports` is a total without voters; `row`
    says that it is a row of this house."""

    number: ProposalNumber
    at: datetime
    title: str
    text: str = ""
    author: tuple[int, str, str] = (0, "", "")
    product: tuple[str, str, str] = ("", "", "")
    place: str = ""
    supports: float | None = None
    steps: tuple[StatusStep, ...] = ()
    tests: tuple[PrototypeTest, ...] = ()
    is_own: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SourceProposals:
    """All of a snapshot: `votes` are VOTES with `number`, the statement of a row of this house; `unknown` are votes of
    nobody who is known, `strays` those on proposals that nothing tells of, by proposal and altogether."""

    proposals: Mapping[ProposalNumber, ToldProposal]
    votes: pl.DataFrame
    unknown: Mapping[str, int] = field(default_factory=dict)
    strays: int = 0


def source_proposals(warehouse: Warehouse) -> SourceProposals:
    """As whoever looks may see them; read once a snapshot. Errors: WarehouseError."""
    key = "proposals of sources"
    if key not in warehouse.beside:
        warehouse.beside[key] = _read(warehouse)
    found: SourceProposals = warehouse.beside[key]
    return found


def _read(warehouse: Warehouse) -> SourceProposals:
    zone = zone_of(warehouse.rows(ZONE))
    rows = warehouse.rows(PROPOSALS)
    numbers = {_number(row[0], row[1], row[2]) for row in rows}
    tests = _tests(warehouse, zone, numbers)
    found = {each.number: each for each in (_proposal(row, zone, tests) for row in rows)}
    votes, strays = _votes(warehouse, zone, numbers)
    unknown = votes.filter(pl.col("person") <= 0).group_by("proposal").len()
    return SourceProposals(found, votes, dict(unknown.iter_rows()), strays)


def _number(source: str, origin: str, id: str) -> ProposalNumber:
    return ProposalNumber(HERE if origin == OF_SERVICE else source, id)


def _proposal(
    row: Sequence[Any], zone: ZoneInfo, tests: Mapping[ProposalNumber, Sequence[PrototypeTest]]
) -> ToldProposal:
    (
        source,
        origin,
        id,
        code,
        shown,
        called,
        day,
        title,
        text,
        status,
        decided,
        reason,
        place,
        supports,
        *ware,
    ) = row
    at, number = moment(day, None, zone, BEGIN), _number(source, origin, id)
    if (shown or "").startswith(ERASED):  # what was erased with its author repeats nothing, and is no title
        title, text = ("" if each == ERASED else each for each in (title, text))
    return ToldProposal(
        number,
        at,
        title or "",
        text or "",
        (code, shown or "", called or "") if code > 0 else (0, "", ""),
        (ware[0] or "", ware[1] or "", ware[2] or ""),
        place or "",
        None if supports is None else float(supports),
        told_steps(at, status or "", _end_of(decided, zone), reason or ""),
        tuple(tests.get(number, ())),
        origin == OF_SERVICE,
    )


def _end_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else moment(day_key(day), None, zone, END)


def _votes(
    warehouse: Warehouse, zone: ZoneInfo, numbers: Collection[ProposalNumber]
) -> tuple[pl.DataFrame, int]:
    """Votes with the number of their row, and how many are on nothing that is known."""
    told = warehouse.frame(KNOWN_VOTES)
    days = told.select("day_key").unique()
    moments = [moment(day, None, zone, BEGIN) for day in days["day_key"]]
    dated = days.with_columns(at=pl.Series(moments, dtype=pl.Datetime("us")))
    votes = _about(told, numbers).join(dated, on="day_key", how="left", maintain_order="left")
    votes = votes.with_columns(pl.col("person").cast(pl.Int64), said=pl.lit(""))
    kept = votes.filter(pl.col("proposal").is_not_null())
    is_own = pl.col("origin") == OF_SERVICE
    return kept.select(*VOTES, number=pl.when(is_own).then("number")), votes.height - kept.height


def _about(told: pl.DataFrame, numbers: Collection[ProposalNumber]) -> pl.DataFrame:
    """Rows with the key of the proposal that their `source` and `id` mean: one of their own source, else the only one
    that is numbered so; null where there is none."""
    known = pl.DataFrame(
        [(each.source, each.id, each.key) for each in numbers],
        schema={"source": pl.String, "id": pl.String, "proposal": pl.String},
        orient="row",
    )
    once = known.filter(pl.len().over("id") == 1).select("id", only="proposal")
    source = pl.when(pl.col("origin") == OF_SERVICE).then(pl.lit(HERE)).otherwise(pl.col("source"))
    found = told.with_columns(source=source).join(
        known, on=["source", "id"], how="left", maintain_order="left"
    )
    found = found.join(once, on="id", how="left", maintain_order="left")
    return found.with_columns(proposal=pl.coalesce("proposal", "only")).drop("only")


def _tests(
    warehouse: Warehouse, zone: ZoneInfo, numbers: Collection[ProposalNumber]
) -> dict[ProposalNumber, list[PrototypeTest]]:
    by_id: dict[str, list[ProposalNumber]] = {}
    for each in numbers:
        by_id.setdefault(each.id, []).append(each)
    found: dict[ProposalNumber, list[PrototypeTest]] = {}
    for source, origin, row, id, version, code, day, score, would_pay, note in warehouse.rows(TESTS):
        meant = by_id.get(id, [])
        own = [each for each in meant if each == _number(source, origin, id)] or meant
        if len(own) == 1:
            test = PrototypeTest(
                version or "", code, moment(day, None, zone, BEGIN), None if score is None else float(score),
                would_pay, note or "", row if origin == OF_SERVICE else "",
            )  # fmt: skip
            found.setdefault(own[0], []).append(test)
    return found
