"""What happened to cases: each time one was opened or reopened, when that was answered and when it was closed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

OPENED, REOPENED, ANSWERED, CLOSED = "opened", "reopened", "answered", "closed"
SPELLS = {
    "case": pl.String, "customer": pl.Int64, "began_as": pl.String, "day": pl.Date, "second": pl.Int64,
    "answered_day": pl.Date, "answered_second": pl.Int64, "closed_day": pl.Date, "closed_second": pl.Int64,
    "is_last": pl.Boolean, "has_events": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class CaseSpells:
    """`frame` has a row each time that a case was opened or reopened, with the columns of SPELLS: what has no day did
    not happen, and what is closed without an answer was answered by its closing. `impossible` cases were closed or
    answered before they were opened, of `unopened` ones no opening is told: both are left out. `has_events` says
    whether more is told than days of opening and closing (so of each spell), `has_answers` whether answers are."""

    frame: pl.DataFrame
    impossible: int
    unopened: int
    has_answers: bool
    has_events: bool = True


def spells_told(events: pl.DataFrame, tickets: pl.DataFrame) -> CaseSpells:
    """The spells of events and of tickets as `spells_of_events` and `spells_of_tickets` take them: a case of which no
    event is told is what its ticket says, and so is an opening or closing that no event tells."""
    if events.is_empty():
        return spells_of_tickets(tickets)
    silent = ~pl.col("case").is_in(events["case"].unique().to_list())
    found = spells_of_events(pl.concat([_untold(events, tickets.filter(~silent)), events]))
    beside = spells_of_tickets(tickets.filter(silent))
    return CaseSpells(
        pl.concat([found.frame, beside.frame]),
        found.impossible + beside.impossible,
        found.unopened,
        found.has_answers,
    )


def _untold(events: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    """What tickets say of themselves that their events do not."""

    def without(*names: str) -> pl.DataFrame:
        told = events.filter(pl.col("event").is_in(names))["case"].unique()
        return tickets.filter(~pl.col("case").is_in(told.to_list()))

    opened = without(OPENED).with_columns(event=pl.lit(OPENED))
    closed = without(CLOSED, REOPENED).filter(pl.col("closed_day").is_not_null())
    closed = closed.with_columns(event=pl.lit(CLOSED), day="closed_day", second=pl.lit(None, pl.Int64))
    return pl.concat([opened, closed]).with_columns(row=pl.lit(-1, pl.Int64)).select(events.columns)


def spells_of_events(events: pl.DataFrame) -> CaseSpells:
    """The spells of events, a row each: `case`, `customer`, `event`, `day`, `second` (or null), `row` (their order
    where no time tells it)."""
    known = events.filter(
        pl.col("case").is_not_null(), pl.col("event").is_in([OPENED, REOPENED, ANSWERED, CLOSED])
    )
    # What is told by its day alone happened some time that day: openings come first, else rows are in their order.
    told = pl.col("second").fill_null(strategy="forward").over("case", "day")
    ordered = known.sort("row").sort("case", "day", told, pl.col("event") != OPENED, "row")
    spell = pl.col("event").is_in([OPENED, REOPENED]).cast(pl.Int64).cum_sum().over("case")
    placed = ordered.with_columns(spell=spell)
    early = placed.filter(pl.col("spell") == 0)["case"].unique()
    known_opening = early.is_in(known.filter(pl.col("event") == OPENED)["case"].unique().to_list())
    kept = placed.filter(~pl.col("case").is_in(early.to_list()))
    frame = kept.group_by("case", "spell").agg(
        pl.col("customer").first(),
        pl.col("event").first().alias("began_as"),
        pl.col("day").first(),
        pl.col("second").first(),
        *_first("answered", [ANSWERED, CLOSED]),
        *_first("closed", [CLOSED]),
    )  # fmt: skip
    last = pl.col("spell") == pl.col("spell").max().over("case")
    return CaseSpells(
        frame.with_columns(is_last=last, has_events=True)
        .sort("case", "spell")
        .select(pl.col(n).cast(t) for n, t in SPELLS.items()),
        early.filter(known_opening).len(),
        early.filter(~known_opening).len(),
        ANSWERED in known["event"].unique().to_list(),
    )


def spells_of_tickets(tickets: pl.DataFrame) -> CaseSpells:
    """The spells of tickets that tell no events: `case`, `customer`, `day`, `second`, `closed_day`; their closing is
    their answer, and nobody knows whether they were reopened."""
    early = pl.col("closed_day") < pl.col("day")
    frame = tickets.filter(~early.fill_null(False)).with_columns(
        began_as=pl.lit(OPENED),
        answered_day="closed_day",
        answered_second=None,
        closed_second=None,
        is_last=pl.lit(True),
        has_events=pl.lit(False),
    )
    return CaseSpells(
        frame.select(pl.col(name).cast(kind) for name, kind in SPELLS.items()),
        tickets.filter(early).height,
        0,
        has_answers=False,
        has_events=False,
    )


def _first(name: str, events: list[str]) -> tuple[pl.Expr, pl.Expr]:
    met = pl.col("event").is_in(events)
    return (
        pl.col("day").filter(met).first().alias(f"{name}_day"),
        pl.col("second").filter(met).first().alias(f"{name}_second"),
    )
