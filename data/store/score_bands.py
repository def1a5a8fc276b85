"""Bands of customers by their scores, value by money and risk by chance: levels that are dated as the scorings are.

They follow from the scorings that are kept: whoever saves one or takes one back has them formed anew (`follow`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from data.connection import Connection
from data.model import scoring, segmentation
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.model.scoring import SCORE, SavedScoring
from data.model.segmentation import Segmentation
from data.store import saved_findings
from data.store.schema_release import asks
from data.store.warehouse import claim_attribute, drop_attribute
from data.temporary_tables import owned

PARTS = 4  # of the customers, by value: as many in each as bounds of two digits allow
LOW_CHANCE, HIGH_CHANCE = 0.3, 0.7
FORMED, BOUND, SAID = "formed", "band_bound", "score_said"
LARGEST = 1e300
Bounds = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """A level made of a score. `added` is SQL for what scorings of one customer and day say together, `bounds_of` asks
    the rows of one scoring for its bounds, and `names` calls the bands between them, from below, in a currency."""

    name: str
    label: str
    score: str
    added: str
    bounds_of: Callable[[Connection, SavedScoring], Bounds]
    names: Callable[[Bounds, str], list[str]]


def rounded(value: float) -> float:
    """Two digits of a number are enough for a bound.

    >>> rounded(1234.5), rounded(0.0456), rounded(0)
    (1200.0, 0.046, 0.0)
    """
    told = Decimal(repr(float(value)))
    return float(told.quantize(Decimal(1).scaleb(told.adjusted() - 1), ROUND_HALF_EVEN)) if told else 0.0


def value_names(bounds: Bounds, currency: str) -> list[str]:
    """Each band by its money.

    >>> value_names((120.0, 1300.0), "EUR")
    ['under 120 EUR', '120 to 1,300 EUR', '1,300 EUR and more']
    """
    ends = [f"{Decimal(repr(each)).normalize():,f}" for each in bounds]
    after = f" {currency}" if currency else ""
    between = [f"{low} to {high}{after}" for low, high in pairwise(ends)]
    return [f"under {ends[0]}{after}", *between, f"{ends[-1]}{after} and more"]


def risk_names(bounds: Bounds, _: str) -> list[str]:
    """Whoever buys by a small chance is at high risk."""
    low, high = (f"{each:.0%}" for each in bounds)
    return [f"high: chance under {low}", f"medium: chance {low} to {high}", f"low: chance {high} and more"]


def _quantiles(connection: Connection, told: SavedScoring) -> Bounds:
    """The values that part the customers of a scoring, rounded, each once."""
    cuts = [at / PARTS for at in range(1, PARTS)]
    ((found,),) = connection.execute(
        f"SELECT quantile_cont(said, {cuts}) FROM {SAID} WHERE scoring = ?", [told.number]
    ).fetchall()
    return tuple(sorted({rounded(each) for each in found or [0.0]}))


BANDS = (
    ScoreBand("value_band", "Value band", "value", "sum(value)", _quantiles, value_names),
    ScoreBand("risk_band", "Risk band", "chance", "avg(chance)", lambda *_: (LOW_CHANCE, HIGH_CHANCE), risk_names),
)  # fmt: skip


def follow(connection: Connection) -> None:
    """Form the bands anew whose scorings are no longer those that they were formed of.

    A name that the firm's own attribute bears stays the firm's.
    """
    every, formed = scoring.read(asks(connection)), segmentation.read(asks(connection))
    for band in BANDS:
        told = [each for each in every if band.score in each.scores]
        of = [json.loads(each.recipe)["scoring"] for each in formed.get(band.name, ())]
        if of == [each.number for each in told] or _is_taken(connection, band.name):
            continue
        if told:
            _form(connection, band, told)
        else:
            drop_attribute(connection, CUSTOMER, band.name)


def _is_taken(connection: Connection, name: str) -> bool:
    found = connection.execute("SELECT dimension, origin FROM attribute WHERE name = ?", [name]).fetchall()
    return found not in ([], [(CUSTOMER.name, "finding")])


def _form(connection: Connection, band: ScoreBand, told: Sequence[SavedScoring]) -> None:
    """Let customers read the band of the last scoring, from its close on; (unknown) where it left them out."""
    claim_attribute(connection, CUSTOMER, band.name, band.label)
    with owned(connection, SAID, BOUND):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {SAID} AS
            SELECT customer_code AS code, number::INTEGER AS scoring, ({band.added})::DOUBLE AS said
            FROM {SCORE.name} WHERE customer_code > 0 AND {band.score} IS NOT NULL GROUP BY ALL"""
        )
        formings = list(_formings(connection, band, told))
        _note_changes(connection)
        first = told[0].scoring.scored_on
        saved_findings.state_anew(connection, CUSTOMER, band.name, first, kept=False)
    segmentation.let_go(connection, band.name)
    segmentation.keep(connection, band.name, formings)


def _formings(
    connection: Connection, band: ScoreBand, told: Sequence[SavedScoring]
) -> Iterator[Segmentation]:
    """What each scoring forms, its bounds and their names noted in `band_bound`.

    Scorings that look equally far ahead share the bounds of the first of them: so a band means the same at each date.
    """
    currency = dict(asks(connection)("SELECT name, value FROM setting")).get("currency", "")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {BOUND} (scoring INTEGER, since TIMESTAMP, low DOUBLE, band VARCHAR)"
    )
    kept: dict[int | None, Bounds] = {}
    for each in told:
        ahead = each.scoring.horizon_days
        if ahead not in kept:
            kept[ahead] = band.bounds_of(connection, each)
        bounds = kept[ahead]
        formed = Segmentation(
            each.scoring.scored_on,
            f"{band.score} ({each.scoring.made})",
            f"of {each.customers:,} customers",
            json.dumps({"scoring": each.number, "bounds": bounds}),
        )
        connection.execute(
            f"INSERT INTO {BOUND} SELECT ?, ?, unnest(?::DOUBLE[]), unnest(?::VARCHAR[])",
            [each.number, formed.since, [-LARGEST, *bounds], band.names(bounds, currency)],
        )
        yield formed


def _note_changes(connection: Connection) -> None:
    """`formed` (code, since, value): the band of each customer where it is not what it was."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {FORMED} AS
        WITH band AS (
            SELECT said.code, b.since, b.band FROM {SAID} AS said ASOF JOIN {BOUND} AS b
                ON b.scoring = said.scoring AND said.said >= b.low
        ), told AS (
            SELECT code, since, coalesce(band, '{UNKNOWN}') AS value
            FROM (SELECT DISTINCT code FROM {SAID}) CROSS JOIN (SELECT DISTINCT since FROM {BOUND})
            LEFT JOIN band USING (code, since))
        FROM told QUALIFY value <> lag(value, 1, '{UNKNOWN}') OVER (PARTITION BY code ORDER BY since)"""
    )
