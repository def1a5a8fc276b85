"""How each source is doing, as readers see it: what came last and when, volumes over time, checks that failed.

A stream is one part of one source ("erp/customers"). Moments are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import polars as pl

from data.store.warehouse import Warehouse

OK, LATE, FAILING = "ok", "late", "failing"
MISSED = 2
ENOUGH_GAPS = 2
A_DAY = 24 * 60 * 60
# A batch may read several files of a part: its delivery is all of them. What was mended belongs to an earlier one.
DELIVERIES = """SELECT source || '/' || part AS stream, source, part, batch, any_value(origin) AS origin,
    string_agg(file, ', ' ORDER BY file) AS file, any_value(batch.as_of) AS as_of,
    any_value(batch.loaded_at) AS loaded_at, sum(rows_read)::BIGINT AS rows, sum(rows_loaded)::BIGINT AS loaded,
    sum(rows_rejected)::BIGINT AS rejected, sum(repeats_dropped)::BIGINT AS repeats
FROM delivery JOIN batch USING (batch) WHERE origin <> 'mended' GROUP BY source, part, batch"""
# How long it usually takes: the median time between the latest deliveries, or more where long pauses are usual, as
# over a weekend.
GAPS = f"""SELECT stream, count(gap) AS gaps, greatest(median(gap), 0.75 * quantile_disc(gap, 0.9)) AS gap FROM (
    SELECT stream, date_diff('second', lag(as_of) OVER (PARTITION BY stream ORDER BY as_of), as_of) AS gap,
        row_number() OVER (PARTITION BY stream ORDER BY as_of DESC) AS back
    FROM ({DELIVERIES}) WHERE origin <> 'demo') WHERE gap > 0 AND back <= 20 GROUP BY stream"""
FAILED = """SELECT batch, part, count(*) FILTER (NOT passed) AS failed, count(*) AS checks
FROM quality GROUP BY batch, part"""
OPEN = "SELECT batch, part, count(*) FILTER (mended_in IS NULL) AS open FROM rejected GROUP BY batch, part"
SOURCES = f"""WITH every AS ({DELIVERIES}),
last AS (SELECT *, count(*) OVER (PARTITION BY stream) AS deliveries FROM every
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY batch DESC) = 1),
failed AS ({FAILED}),
waiting AS (SELECT source || '/' || part AS stream, count(*) AS open
    FROM rejected JOIN batch USING (batch) WHERE mended_in IS NULL GROUP BY ALL)
SELECT last.stream, source, last.part, last.batch, origin, file, as_of, loaded_at, deliveries, rows, loaded, rejected,
    coalesce(waiting.open, 0) AS open, coalesce(failed.checks, 0) AS checks, coalesce(failed.failed, 0) AS failed,
    coalesce(gaps.gaps, 0) AS gaps, gaps.gap AS gap_seconds
FROM last LEFT JOIN failed ON failed.batch = last.batch AND failed.part = last.part
LEFT JOIN waiting ON waiting.stream = last.stream LEFT JOIN ({GAPS}) AS gaps ON gaps.stream = last.stream
ORDER BY source, last.batch DESC, last.part"""
VOLUMES = f"""SELECT batch, file, as_of, loaded_at, rows, loaded, every.rejected, coalesce(open, 0) AS open, repeats,
    coalesce(failed.failed, 0) AS failed
FROM ({DELIVERIES}) AS every LEFT JOIN ({FAILED}) AS failed USING (batch, part) LEFT JOIN ({OPEN}) USING (batch, part)
WHERE stream = ? ORDER BY as_of, batch"""
COURSES = (
    f"""SELECT stream, array_agg(rows ORDER BY as_of, batch) AS rows FROM ({DELIVERIES}) GROUP BY stream"""
)
RESULTS = """SELECT batch, batch.as_of, name, severity, passed, found, expected, checked_at
FROM quality JOIN batch USING (batch) WHERE source || '/' || part = ? AND origin <> 'mended'
ORDER BY batch DESC, passed, name"""
# A stream's newest delivery that was checked tells how it stands; what failed before and holds now is history.
FAILURES = """SELECT source || '/' || part AS stream, batch, name, severity, found, expected, checked_at
FROM quality JOIN batch USING (batch) WHERE origin <> 'mended'
QUALIFY batch = max(batch) OVER (PARTITION BY source, part) AND NOT passed ORDER BY stream, severity, name"""
# A reason without what stood in the row, so that like rows are counted together.
BARE = (
    (r"^row [0-9]+(, [^:]*)?: ", ""),
    (r"''.*?''[ ]", ""),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2} is outside", "is outside"),
    (r"(no row of .* for) .*$", r"\1 its key"),
    (r"(on or before|the rate of ...) .*(: bring)", r"\1 its day\2"),
)
REASON = reduce(lambda sql, pair: f"regexp_replace({sql}, '{pair[0]}', '{pair[1]}', 'g')", BARE, "reason")
REASONS = f"""SELECT {REASON} AS reason, count(*) AS rows,
    count(*) FILTER (mended_in IS NULL) AS open, min(row_in_source) AS first_row
FROM rejected WHERE batch = ? AND part = ? GROUP BY 1 ORDER BY rows DESC, 1"""

REJECTING = """SELECT r.batch, r.part, any_value(source) AS source, any_value(file) AS file, any_value(as_of) AS as_of,
    any_value(header) AS header, count(*) AS rejected, count(*) FILTER (mended_in IS NULL) AS open
FROM rejected AS r JOIN batch USING (batch) LEFT JOIN delivery ON delivery.batch = r.batch AND delivery.part = r.part
GROUP BY r.batch, r.part ORDER BY r.batch DESC, r.part"""
REJECTED = f"""SELECT row_in_source AS row, reason, {REASON} AS bare, raw, mended_in, NULL::VARCHAR AS dismissed
FROM rejected WHERE batch = ? AND part = ? ORDER BY row, reason"""
DISMISSED = """SELECT row_in_source AS row, any_value(reason) AS dismissed FROM dismissal
WHERE batch = ? AND part = ? GROUP BY row"""
WAITING = """SELECT source, part, file, reason, since FROM waiting
UNION ALL SELECT source, part, file, ?, undone_at FROM undone ORDER BY source, part, file"""
WAITING_SCHEMA: dict[str, Any] = {
    "source": pl.String, "part": pl.String, "file": pl.String, "reason": pl.String, "since": pl.Datetime("us"),
}  # fmt: skip
UNDONE = "Its load was undone: it is left out unless it changes, or is named with --file."


def sources(
    warehouse: Warehouse, now: datetime | None = None, every: Mapping[str, timedelta] | None = None
) -> pl.DataFrame:
    """One row a stream with its last delivery, how old it is, and its state: ok, late or failing.

    A stream is late when twice its usual time has passed since its last delivery, or, where long pauses are usual, one
    and a half times such a pause; learnt from the third delivery on. `every` says how often a source is looked at by
    the schedule: what is looked at more seldom than it delivers is late by that.
    """
    frame = warehouse.frame(SOURCES)
    moment = (
        (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None) if now is None or now.tzinfo else now
    )
    scheduled = {source: each.total_seconds() for source, each in (every or {}).items()}
    due = pl.col("source").replace_strict(scheduled, default=None, return_dtype=pl.Float64)
    learnt = pl.when(pl.col("gaps") >= ENOUGH_GAPS).then(pl.col("gap_seconds"))
    age = (pl.lit(moment) - pl.col("as_of")).dt.total_seconds()
    return (
        frame.with_columns(
            freshness_days=age / A_DAY,
            rejected_share=pl.when(pl.col("rows") > 0)
            .then(pl.col("rejected") / pl.col("rows"))
            .otherwise(0.0),
            due_seconds=pl.when(learnt.is_not_null()).then(pl.max_horizontal(learnt, due)),
        )
        .with_columns(state=_state(age))
        .drop("gaps", "gap_seconds")
    )


def _state(age: pl.Expr) -> pl.Expr:
    nothing_in = (pl.col("rows") > 0) & (pl.col("rejected") == pl.col("rows"))
    late = (age > MISSED * pl.col("due_seconds")).fill_null(False) & (pl.col("origin") != "demo")
    failing = (pl.col("failed") > 0) | nothing_in
    return pl.when(failing).then(pl.lit(FAILING)).when(late).then(pl.lit(LATE)).otherwise(pl.lit(OK))


def volumes(warehouse: Warehouse, stream: str) -> pl.DataFrame:
    """One row a delivery of a stream, the oldest first, with its books and the checks that failed."""
    return warehouse.frame(VOLUMES, [stream])


def courses(warehouse: Warehouse) -> dict[str, list[int]]:
    """The rows of each delivery of every stream, the oldest first."""
    return dict(warehouse.rows(COURSES))


def results(warehouse: Warehouse, stream: str) -> pl.DataFrame:
    """Every result of every check of a stream, the latest first, what failed before what held."""
    return warehouse.frame(RESULTS, [stream])


def failures(warehouse: Warehouse) -> pl.DataFrame:
    """The checks that the newest delivery of each stream failed."""
    return warehouse.frame(FAILURES)


def reasons(warehouse: Warehouse, batch: int, part: str) -> pl.DataFrame:
    """Why rows of a delivery were rejected, values left out, the most frequent reason first."""
    return warehouse.frame(REASONS, [batch, part])


def rejecting(warehouse: Warehouse) -> pl.DataFrame:
    """One row a delivery of which rows were rejected, the latest first; `header` is JSON, null for a look-up's."""
    return warehouse.frame(REJECTING)


def rejected(warehouse: Warehouse, batch: int, part: str) -> pl.DataFrame:
    """The rejected rows of a delivery: row, reason, its bare reason, raw, and what became of it.

    `mended_in` is the batch that it was loaded as when mended, or 0 where somebody dismissed it: `dismissed` says why.
    """
    found = warehouse.frame(REJECTED, [batch, part])
    if not (found["mended_in"] == 0).any():
        return found
    why = warehouse.frame(DISMISSED, [batch, part])
    return found.drop("dismissed").join(why, on="row", how="left", maintain_order="left")


def waiting(warehouse: Warehouse) -> pl.DataFrame:
    """Files and tables that were not loaded when they were last looked at: source, part, file, reason, since (UTC)."""
    return warehouse.frame(WAITING, [UNDONE])
