"""Bands of customers, formed with each scoring: value by money, risk by chance, and the stage in which each stood then.

They are levels dated as the scorings are, and follow from those that are kept: whoever saves one or takes one back has
them formed anew (`follow`), and so does the end of a write that put customers with a score together, or told them apart
(`outdate`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from data.connection import Connection
from data.lifecycle import stage_history
from data.model import scoring, segmentation
from data.model.calendar import day_key
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.model.scoring import SCORE, SCORES, SavedScoring
from data.model.segmentation import Segmentation
from data.model.warehouse_profile import FINDING
from data.store import saved_findings
from data.store.saved_findings import StatedFinding, claim_attribute, drop_attribute
from data.store.schema_release import asks
from data.temporary_tables import owned

PARTS = 4  # of the customers, by value: as many in each as bounds of two digits allow
LOW_CHANCE, HIGH_CHANCE = 0.3, 0.7
BAND, BOUND, SAID = "score_band", "band_bound", "score_said"
LEAST = -1e300
Bounds = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """A level formed with every scoring that tells one of `scores`. `fill` writes who is in which band by each of them
    into the temporary table `score_band` (code, scoring, band); `by` says in words what tells bands apart."""

    name: str
    label: str
    scores: tuple[str, ...]
    by: str
    fill: Callable[[Connection, Sequence[SavedScoring]], None]


def follow(connection: Connection) -> None:
    """Form the bands anew whose scorings are no longer those that they were formed with.

    A name that the firm's own attribute bears stays the firm's.
    """
    every = scoring.read(asks(connection))
    formed = segmentation.read(asks(connection)) if _holds_findings(connection) else {}
    anew: list[tuple[ScoreBand, list[Segmentation]]] = []
    for band in BANDS:
        of_day = {each.scoring.scored_on: each for each in every if {*band.scores} & {*each.scores}}
        told = tuple(of_day.values())
        before = [json.loads(each.recipe or "{}").get("scoring") for each in formed.get(band.name, ())]
        if before == [each.number for each in told] or _is_taken(connection, band.name):
            continue
        if told:
            anew.append((band, _form(connection, band, told)))
        else:
            drop_attribute(connection, CUSTOMER, band.name)
    if anew:
        _state(connection, anew)


def outdate(connection: Connection, touched: str) -> None:
    """Have the bands formed anew at the end of the write, where anybody in `touched` (code) has a score."""
    scored = f"SELECT 1 FROM {SCORE.name} WHERE {CUSTOMER.code} IN (SELECT code FROM {touched}) LIMIT 1"
    if connection.execute(scored).fetchall():
        segmentation.outdate(connection, [band.name for band in BANDS])


def _holds_findings(connection: Connection) -> bool:
    """Whether any finding is saved; to ask the engine for its tables takes ten times as long."""
    return bool(connection.execute("SELECT 1 FROM attribute WHERE origin = ? LIMIT 1", [FINDING]).fetchall())


def _is_taken(connection: Connection, name: str) -> bool:
    found = connection.execute("SELECT dimension, origin FROM attribute WHERE name = ?", [name]).fetchall()
    return found not in ([], [(CUSTOMER.name, FINDING)])


def _state(connection: Connection, anew: Sequence[tuple[ScoreBand, list[Segmentation]]]) -> None:
    """Let customers read the bands of the last scoring, from its close on."""
    stated = [
        StatedFinding(band.name, formings[0].formed_on, formed=_formed(band)) for band, formings in anew
    ]
    with owned(connection, *(each.formed for each in stated)):
        saved_findings.state_anew(connection, CUSTOMER, *stated)
    for band, formings in anew:
        segmentation.let_go(connection, band.name)
        segmentation.keep(connection, band.name, formings)


def _formed(band: ScoreBand) -> str:
    return f"formed_{band.name}"


def _form(connection: Connection, band: ScoreBand, told: Sequence[SavedScoring]) -> list[Segmentation]:
    """`formed_<band>` (code, since, value): each customer's band where it changes; who is left out is (unknown)."""
    claim_attribute(connection, CUSTOMER, band.name, band.label)
    formings = [_forming(band, each) for each in told]
    with owned(connection, BAND, BOUND, SAID):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {BAND} (code INTEGER, scoring INTEGER, band VARCHAR)"
        )
        band.fill(connection, told)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {_formed(band)} AS
            SELECT code, since, coalesce(band, '{UNKNOWN}') AS value
            FROM (SELECT DISTINCT code FROM {BAND})
            CROSS JOIN (SELECT unnest(?::INTEGER[]) AS scoring, unnest(?::TIMESTAMP[]) AS since)
            LEFT JOIN {BAND} USING (code, scoring)
            QUALIFY value <> lag(value, 1, '{UNKNOWN}') OVER (PARTITION BY code ORDER BY since)""",
            [[each.number for each in told], [each.since for each in formings]],
        )
    return formings


def _forming(band: ScoreBand, told: SavedScoring) -> Segmentation:
    made, many = told.scoring.made, f"of {told.customers:,} customers"
    return Segmentation(
        told.scoring.scored_on, f"{band.by} ({made})", many, json.dumps({"scoring": told.number})
    )


def rounded(value: float) -> float:
    """Two digits of a number are enough for a bound.

    >>> rounded(1234.5), rounded(0.0456), rounded(0)
    (1200.0, 0.046, 0.0)
    """
    told = Decimal(repr(float(value)))
    return float(told.quantize(Decimal(1).scaleb(told.adjusted() - 1), ROUND_HALF_EVEN)) if told else 0.0


def value_names(bounds: Bounds, currency: str) -> list[str]:
    """Each band by its money, from below.

    >>> value_names((120.0, 1300.0), "EUR")
    ['under 120 EUR', '120 to 1,300 EUR', '1,300 EUR and more']
    """
    ends = [f"{Decimal(repr(each)).normalize():,f}" for each in bounds]
    after = f" {currency}" if currency else ""
    between = [f"{low} to {high}{after}" for low, high in pairwise(ends)]
    return [f"under {ends[0]}{after}", *between, f"{ends[-1]}{after} and more"]


def risk_names(low: float, high: float) -> list[str]:
    """Whoever buys by a small chance is at high risk.

    >>> risk_names(0.3, 0.7)
    ['high: chance under 30%', 'medium: chance 30% to 70%', 'low: chance 70% and more']
    """
    return [
        f"high: chance under {low:.0%}", f"medium: chance {low:.0%} to {high:.0%}", f"low: chance {high:.0%} and more",
    ]  # fmt: skip


def _by_value(connection: Connection, told: Sequence[SavedScoring]) -> None:
    """By bounds that part the customers of a scoring; those that look equally far ahead share the bounds of the first
    of them, so that a band means the same at each date."""
    _say(connection, "sum(value)", "value")
    kept: dict[int | None, Bounds] = {}
    for each in told:
        ahead = each.scoring.horizon_days
        if ahead not in kept:
            kept[ahead] = _quantiles(connection, each)
    settings: dict[str, str] = dict(asks(connection)("SELECT name, value FROM setting"))
    currency = settings.get("currency", "")
    _bind(
        connection,
        ((each, kept[ahead], value_names(kept[ahead], currency))
         for each in told for ahead in (each.scoring.horizon_days,)),
    )  # fmt: skip


def _by_risk(connection: Connection, told: Sequence[SavedScoring]) -> None:
    _say(connection, "avg(chance)", "chance")
    bounds = (LOW_CHANCE, HIGH_CHANCE)
    _bind(connection, ((each, bounds, risk_names(*bounds)) for each in told))


def _by_stage(connection: Connection, told: Sequence[SavedScoring]) -> None:
    """Every customer known by then, in the stage that the life cycle tells now of that day's close."""
    connection.execute(
        f"""INSERT INTO {BAND} SELECT subject, scoring, arg_max(to_stage, seq)
        FROM ({stage_history.current(CUSTOMER.name)})
        JOIN (SELECT unnest(?::INTEGER[]) AS scoring, unnest(?::INTEGER[]) AS day) ON day_key <= day
        WHERE subject > 0 GROUP BY subject, scoring""",
        [[each.number for each in told], [day_key(each.scoring.scored_on) for each in told]],
    )


def _say(connection: Connection, together: str, score: str) -> None:
    """`score_said` (code, scoring, said): a score of each customer, `together` what was said of those merged since."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {SAID} AS
        SELECT customer_code AS code, number::INTEGER AS scoring, ({together})::DOUBLE AS said
        FROM {SCORE.name} WHERE customer_code > 0 AND {score} IS NOT NULL GROUP BY ALL"""
    )


def _quantiles(connection: Connection, told: SavedScoring) -> Bounds:
    """The values that part the customers of a scoring, rounded, each once."""
    cuts = [at / PARTS for at in range(1, PARTS)]
    ((found,),) = connection.execute(
        f"SELECT quantile_cont(said, {cuts}) FROM {SAID} WHERE scoring = ?", [told.number]
    ).fetchall()
    return tuple(sorted({rounded(each) for each in found or [0.0]}))


def _bind(connection: Connection, told: Iterator[tuple[SavedScoring, Bounds, list[str]]]) -> None:
    """Put everybody in `score_said` between the bounds of their scoring; what is at a bound is above it."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {BOUND} (scoring INTEGER, low DOUBLE, band VARCHAR)")
    for each, bounds, names in told:
        connection.execute(
            f"INSERT INTO {BOUND} SELECT ?, unnest(?::DOUBLE[]), unnest(?::VARCHAR[])",
            [each.number, [LEAST, *bounds], names],
        )
    connection.execute(
        f"""INSERT INTO {BAND} SELECT code, said.scoring, band FROM {SAID} AS said
        ASOF JOIN {BOUND} AS b ON b.scoring = said.scoring AND said >= low"""
    )


BANDS = (
    ScoreBand("value_band", "Value band", ("value",), "value", _by_value),
    ScoreBand("risk_band", "Risk band", ("chance",), "chance to buy", _by_risk),
    ScoreBand("stage_when_scored", "Stage when scored", SCORES, "the life cycle, at a scoring", _by_stage),
)
