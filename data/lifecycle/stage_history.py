"""The history of stages: the one place that writes what stages there were, and never changes what was written.

Each derivation is a run (`stage_run`): when it was recorded, as of which day, by which version of the rules, after
which batch. Of a subject whose stages it found other than those held it appends all of them (`stage_event`); so the
last run that has any of a subject tells what is known now, the last one recorded until a moment what was known then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from data.connection import Connection
from data.lifecycle.derive_stages import DerivedStages
from data.lifecycle.stage_rules import StageRules
from data.model.calendar import day_key
from data.temporary_tables import owned

Rows = Callable[..., list[tuple[Any, ...]]]
Frame = Callable[[str, Sequence[Any]], pl.DataFrame]
FOUND, LOOKED_AT, OTHER = "stage_found", "stage_looked_at", "stage_other"
RUN = "run, recorded_at, DATE '1970-01-01' + as_of, rule_version, rules, batch, touched, changed"
# The events of each subject by its last run until a moment, those of subjects that have no stages left out.
KNOWN_AT = """SELECT e.* FROM stage_event AS e JOIN (
    SELECT subject, max(run) AS run FROM stage_event
    WHERE subject_kind = {kind} AND run IN (SELECT run FROM stage_run WHERE recorded_at <= {known_at})
    GROUP BY subject) USING (subject, run)
WHERE e.subject_kind = {kind} AND e.to_stage IS NOT NULL"""
HELD = """SELECT e.* FROM stage_event AS e JOIN (
    SELECT subject, max(run) AS run FROM stage_event WHERE subject_kind = '{kind}' AND {mine} GROUP BY subject)
    USING (subject, run)
WHERE e.subject_kind = '{kind}' AND e.to_stage IS NOT NULL AND {mine}"""

_ASKED = KNOWN_AT.format(kind="?", known_at="?")


@dataclass(frozen=True, slots=True)
class StageRun:
    """A derivation: of `touched` subjects that were looked at again, `changed` had other stages than were held."""

    run: int
    recorded_at: datetime
    as_of: date
    rule_version: int
    rules: str
    batch: int
    touched: int
    changed: int

    def __str__(self) -> str:
        return (
            f"life cycle as of {self.as_of}: {self.touched:,} looked at again, {self.changed:,} have other stages"
            f" (rules {self.rule_version})"
        )


def runs(rows: Rows, kind: str, known_at: datetime = datetime.max) -> tuple[StageRun, ...]:
    """The derivations recorded until a moment (UTC), the latest last."""
    sql = f"SELECT {RUN} FROM stage_run WHERE subject_kind = ? AND recorded_at <= ? ORDER BY run"
    return tuple(StageRun(*row) for row in rows(sql, [kind, known_at]))


def events(frame: Frame, kind: str, known_at: datetime = datetime.max) -> pl.DataFrame:
    """The stage events as they were known at a moment (UTC): subject, seq, day, from_stage, to_stage, cause."""
    sql = f"""SELECT subject, seq, DATE '1970-01-01' + day_key AS day, from_stage, to_stage, cause
    FROM ({_ASKED}) ORDER BY subject, seq"""
    return frame(sql, [kind, known_at, kind])


def named_events(frame: Frame, kind: str) -> pl.DataFrame:
    """The stage events as they are known now, with the `id` by which cubes know their subject, and its `name`."""
    sql = "SELECT code AS subject, id, label AS name FROM member WHERE level = ?"
    return events(frame, kind).join(frame(sql, [kind]), on="subject", maintain_order="left")


def standing(frame: Frame, kind: str, on: date, known_at: datetime = datetime.max) -> pl.DataFrame:
    """Who stood in which stage at a day's close, as it was known at a moment (UTC): subject, stage, since."""
    sql = f"""SELECT subject, arg_max(to_stage, seq) AS stage, DATE '1970-01-01' + max(day_key) AS since
    FROM ({_ASKED}) WHERE day_key <= ? GROUP BY subject ORDER BY subject"""
    return frame(sql, [kind, known_at, kind, day_key(on)])


def current(kind: str, whose: str = "") -> str:
    """SQL for the events that are held now, by the name of a kind of subject that code declares; of those alone whose
    codes the table `whose` holds, where one is named."""
    return HELD.format(kind=kind, mine=f"subject IN (SELECT code FROM {whose})" if whose else "true")


def append(connection: Connection, rules: StageRules, derived: DerivedStages, as_of: int) -> StageRun:
    """Write down a run, and the stages of those who have others than are held; `derived` names all looked at.

    Who was looked at and has no events is in `stage_looked_at` alone, and has no stages from now on.
    """
    with owned(connection, FOUND, OTHER):
        _put(connection, rules, derived)
        _compare(connection, rules.subject)
        return _write(connection, rules, as_of)


def _put(connection: Connection, rules: StageRules, derived: DerivedStages) -> None:
    """`stage_found`: what was derived, as rows."""
    named = pl.Series([*rules.stages, None], dtype=pl.String)
    rows = pl.DataFrame(
        {
            "subject": derived.subject,
            "seq": derived.seq,
            "day_key": derived.day,
            "from_stage": named.gather(derived.origin % named.len()),
            "to_stage": named.gather(derived.to),
            "cause": pl.Series(rules.kinds).gather(derived.kind),
        }
    )
    connection.register("rows_of_stages", rows.to_arrow(compat_level=pl.CompatLevel.newest()))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {FOUND} AS SELECT subject::INTEGER AS subject, seq::INTEGER AS seq,
        day_key::INTEGER AS day_key, from_stage::VARCHAR AS from_stage, to_stage::VARCHAR AS to_stage,
        cause::VARCHAR AS cause FROM rows_of_stages"""
    )
    connection.unregister("rows_of_stages")


def _compare(connection: Connection, kind: str) -> None:
    """`stage_other`: who of those looked at has other stages than are held."""
    told = "subject, seq, day_key, from_stage, to_stage, cause"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {OTHER} AS WITH held AS ({current(kind, LOOKED_AT)})
        SELECT DISTINCT subject FROM (
            (SELECT {told} FROM {FOUND} EXCEPT SELECT {told} FROM held)
            UNION ALL (SELECT {told} FROM held EXCEPT SELECT {told} FROM {FOUND}))"""
    )


def _write(connection: Connection, rules: StageRules, as_of: int) -> StageRun:
    connection.execute(
        f"""INSERT INTO stage_run SELECT coalesce(max(run), 0) + 1, $kind, $now, $as_of, $version, $rules,
            (SELECT coalesce(max(batch), 0) FROM batch), (SELECT count(*) FROM {LOOKED_AT}),
            (SELECT count(*) FROM {OTHER}) FROM stage_run""",
        {
            "kind": rules.subject,
            "now": datetime.now(UTC).replace(tzinfo=None),
            "as_of": as_of,
            "version": rules.version,
            "rules": rules.fingerprint,
        },
    )
    run = runs(lambda sql, values: connection.execute(sql, values).fetchall(), rules.subject)[-1]
    if run.changed:
        connection.execute(
            f"""INSERT INTO stage_event SELECT '{rules.subject}', subject, {run.run}, coalesce(seq, 0),
                coalesce(day_key, {as_of}), from_stage, to_stage, coalesce(cause, 'no longer known')
            FROM {OTHER} LEFT JOIN {FOUND} USING (subject) ORDER BY subject, seq"""
        )
    return run
