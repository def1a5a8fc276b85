"""Scores of customers on their way into the warehouse: what models say of each, dated, with how it was found.

A scoring speaks of the close of its day. Of what it says nothing else is kept of that day: a scoring of the same day
that says any of the same gives way whole, so no customer is valued twice on a day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from data.access.acting import acting
from data.access.deed import Deed
from data.connection import Connection
from data.errors import BadRequest, did_you_mean
from data.history.version_exchange import point_at_close
from data.model.calendar import day_key
from data.model.canonical_tables import CUSTOMER, FACTS
from data.model.fact_extent import extents_of
from data.model.scoring import SCORE, SCORES, TIER, Scoring
from data.store import score_bands
from data.store.warehouse import current_version, writing
from data.temporary_tables import owned

OF_ALL = "A scoring is of all customers: one stands for a day"
FOUND, SCORED = "found_score", "scored_customer"
CHANCE, HEAD_ROOM = "chance", "head_room"
NEVER_BELOW_ZERO = (CHANCE, "expected_purchases", HEAD_ROOM, "spend")


def save_scores(path: Path, frame: pl.DataFrame, scoring: Scoring) -> int:
    """Keep what a model says of customers, as of the close of a day, so that the cube of scores tells it.

    `frame` has `customer` (the id that cubes show) once each, and any of `SCORES`: value, head_room and spend in the
    currency of report, chance (0 to 1) and expected_purchases within the horizon; null is not known. Returns how many
    customers have a score. Errors: BadRequest for a frame that cannot be, customers that there are not, a day without
    data, and head-room of another tier than is kept; NotAllowed
    for a person whose roles cut rows.
    """
    current_version(path)
    acting().policy.check_whole(OF_ALL)
    scores = _check(frame)
    with writing(path, f"customers scored as of {scoring.scored_on}", Deed.WRITE) as connection:
        _check_day(connection, scoring)
        with owned(connection, FOUND, SCORED):
            _find_customers(connection, frame, scores)
            _give_way(connection, scoring, scores)
            _check_tier(connection, scoring, scores)
            many = _keep(connection, scoring, scores)
        score_bands.follow(connection)
        return many


def take_back(path: Path, number: int) -> None:
    """Take a scoring away again with all that it says. Errors: BadRequest where there is none of that number."""
    current_version(path)
    acting().policy.check_whole(OF_ALL)
    with writing(path, f"scoring {number} taken back", Deed.WRITE) as connection:
        if not connection.execute("SELECT 1 FROM scoring WHERE scoring = ?", [number]).fetchall():
            raise BadRequest(f"There is no scoring {number}.", "There is nothing to take back.")
        _remove(connection, [number])
        score_bands.follow(connection)


def _check(frame: pl.DataFrame) -> list[str]:
    """The scores that a frame tells. Errors: BadRequest where it cannot be kept."""
    customer = CUSTOMER.name
    if customer not in frame.columns:
        raise BadRequest(
            "The scores do not say of whom.", f"Name the column of customers' numbers {customer!r}."
        )
    scores = [name for name in frame.columns if name != customer]
    for name in scores:
        if name not in SCORES:
            raise BadRequest(f"Customers have no score {name!r}.", did_you_mean(name, SCORES))
        _check_score(frame[name])
    if not scores or not frame.height:
        raise BadRequest("There is no score to save.", f"Give one of {', '.join(SCORES)}.")
    if frame[customer].null_count() or frame[customer].is_duplicated().any():
        raise BadRequest("A scoring names each customer once.", "Put one row a customer.")
    return scores


def _check_score(score: pl.Series) -> None:
    if not score.dtype.is_numeric():
        raise BadRequest(f"{score.name} is no number.", "Scores are numbers, or null where not known.")
    known = score.drop_nulls().cast(pl.Float64)
    if not known.is_finite().all():
        raise BadRequest(f"{score.name} is not finite everywhere.", "Say null where it is not known.")
    if score.name in NEVER_BELOW_ZERO and (known < 0).any():
        raise BadRequest(f"{score.name} is below zero somewhere.", "Look at how it was worked out.")
    if score.name == CHANCE and (known > 1).any():
        raise BadRequest("A chance is more than 1 somewhere.", "A chance goes from 0 to 1: 0.25 is 25%.")


def _check_day(connection: Connection, scoring: Scoring) -> None:
    """Refuse a day on which there is nothing to know. Errors: BadRequest."""
    brought = [fact.name for fact in FACTS if not fact.is_derived]
    extents = extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), brought).values()
    days = [each.ordinary for each in extents if each.ordinary]
    first, last = min((each.first for each in days), default=0), max((each.last for each in days), default=-1)
    if not first <= day_key(scoring.scored_on) <= last:
        raise BadRequest(
            f"There are no data of {scoring.scored_on} to score customers by.",
            "Score them as of a day that the data reach.",
        )


def _check_tier(connection: Connection, scoring: Scoring, scores: Sequence[str]) -> None:
    """Refuse head-room of another tier than is kept, for all that is kept adds up. Errors: BadRequest."""
    own = scoring.parameters.get(TIER, "")
    sql = "SELECT DISTINCT json_extract_string(parameters, ?) FROM scoring WHERE list_contains(scores, ?)"
    kept = [tier or "" for (tier,) in connection.execute(sql, [f"$.{TIER}", HEAD_ROOM]).fetchall()]
    if HEAD_ROOM in scores and (others := [tier for tier in kept if tier != own]):
        raise BadRequest(
            f"The head-room that is saved is {others[0] or 'of no tier'}, and this is {own or 'of no tier'}: tiers do"
            " not add up.",
            "Take back what is saved first, or save the same tier.",
        )


def _find_customers(connection: Connection, frame: pl.DataFrame, scores: Sequence[str]) -> None:
    """`found_score` (code, scores): of whom the frame knows anything; `scored_customer` (code): who that is."""
    values = ", ".join(f"unnest(?::DOUBLE[]) AS {name}" for name in scores)
    given = ", ".join(f"found.{name}::{_sql_type(name)} AS {name}" for name in scores)
    told = [frame[name].cast(pl.Float64).to_list() for name in scores]
    known = f"(SELECT id, code FROM member WHERE level = '{CUSTOMER.leaf}' AND code > 0)"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {FOUND} AS SELECT code, {given}
        FROM (SELECT unnest(?::VARCHAR[]) AS id, {values}) AS found JOIN {known} USING (id)""",
        [frame[CUSTOMER.name].cast(pl.String).to_list(), *told],
    )
    ((named,),) = connection.execute(f"SELECT count(*) FROM {FOUND}").fetchall()
    if named != frame.height:
        raise BadRequest(
            f"{frame.height - named:,} of {frame.height:,} customers are not in the warehouse.",
            "The data have changed: score the customers again.",
        )
    connection.execute(f"DELETE FROM {FOUND} WHERE coalesce({', '.join(scores)}) IS NULL")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {SCORED} AS SELECT code FROM {FOUND}")


def _sql_type(score: str) -> str:
    return next(column.sql_type for column in SCORE.columns if column.name == score)


def _give_way(connection: Connection, scoring: Scoring, scores: Sequence[str]) -> None:
    """Away with the scorings of that day that say any of the same."""
    sql = "SELECT scoring FROM scoring WHERE scored_on = ? AND list_has_any(scores, ?::VARCHAR[])"
    found = connection.execute(sql, [scoring.scored_on, list(scores)]).fetchall()
    _remove(connection, [number for (number,) in found])


def _remove(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(
        f"DELETE FROM {SCORE.name} WHERE list_contains(?::VARCHAR[], number)",
        [[str(number) for number in numbers]],
    )
    connection.execute("DELETE FROM scoring WHERE list_contains(?::INTEGER[], scoring)", [list(numbers)])


def _keep(connection: Connection, scoring: Scoring, scores: Sequence[str]) -> int:
    """Write the scores down, each by the first number of its customer, which a later merge or its undoing moves."""
    ((number, batch),) = connection.execute(
        "SELECT (SELECT coalesce(max(scoring), 0) + 1 FROM scoring), (SELECT coalesce(max(batch), 0) FROM batch)"
    ).fetchall()
    connection.execute(
        f"""INSERT INTO {SCORE.name} BY NAME
        SELECT ?::INTEGER AS day_key, 0 AS customer_key, code AS customer_code,
            coalesce(identity_key, 0) AS identity_key, ?::VARCHAR AS number, {", ".join(scores)}, 0 AS batch,
            row_number() OVER (ORDER BY code) AS row_in_source
        FROM {FOUND} LEFT JOIN (SELECT customer_code AS code, min(identity_key) AS identity_key
            FROM customer_identity GROUP BY customer_code) USING (code) ORDER BY code""",
        [day_key(scoring.scored_on), str(number)],
    )
    point_at_close(connection, CUSTOMER, SCORE, SCORED)
    ((many,),) = connection.execute(f"SELECT count(*) FROM {FOUND}").fetchall()
    connection.execute(
        """INSERT INTO scoring (scoring, scored_on, model, parameters, horizon_days, scores, customers, batch,
            saved_at, saved_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [number, scoring.scored_on, scoring.model, json.dumps(dict(scoring.parameters)), scoring.horizon_days,
         list(scores), many, batch, datetime.now(UTC).replace(tzinfo=None, microsecond=0), scoring.by],
    )  # fmt: skip
    return int(many)
