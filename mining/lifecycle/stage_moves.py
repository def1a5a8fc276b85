"""Moves between stages: how many led where, and which of them went on, skipped stages, led back, lost or won back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from mining.lifecycle.stage_spells import StageSpells


class MoveKind(StrEnum):
    """Where a move leads, by the order of the stages."""

    ON = "on"
    SKIPPED = "skipping"
    BACK = "back"
    LOST = "lost"
    WON_BACK = "won back"


@dataclass(frozen=True, slots=True)
class StageOrder:
    """`steps` are stages in the order in which they follow on each other; `lost` those that are the end of the way
    until somebody is won back. A stage that is neither stands beside the way: whoever leaves it goes on."""

    steps: tuple[str, ...]
    lost: frozenset[str] = frozenset()

    def kind(self, origin: str, to: str) -> MoveKind:
        """What a move is.

        >>> order = StageOrder(("Try", "Buy", "Stay"), frozenset({"Gone"}))
        >>> [str(order.kind(*each)) for each in (("Try", "Stay"), ("Stay", "Buy"), ("Buy", "Gone"), ("Gone", "Try"))]
        ['skipping', 'back', 'lost', 'won back']
        """
        if to in self.lost:
            return MoveKind.LOST
        if origin in self.lost:
            return MoveKind.WON_BACK
        if origin not in self.steps or to not in self.steps:
            return MoveKind.ON
        far = self.steps.index(to) - self.steps.index(origin)
        return MoveKind.BACK if far < 0 else MoveKind.SKIPPED if far > 1 else MoveKind.ON


def _ended(found: StageSpells, since: date | None) -> pl.DataFrame:
    """The spells that a move ended from a day on."""
    ended = found.frame.filter(~pl.col("is_open"))
    return ended.filter(pl.col("since") + pl.duration(days=pl.col("days")) >= since) if since else ended


def movers(found: StageSpells, origin: str, to: str, since: date | None = None) -> pl.Series:
    """Who (`subject`) moved from one stage to another from a day on, each once."""
    ended = _ended(found, since)
    return ended.filter(pl.col("stage") == origin, pl.col("next") == to)["subject"].unique().sort()


def flow(found: StageSpells, order: StageOrder, since: date | None = None) -> pl.DataFrame:
    """The moves from a day on, of all time without one: `from`, `to`, `moves`, `kind`; in the order of the stages."""
    ended = _ended(found, since)
    counted = ended.group_by(pl.col("stage").alias("from"), pl.col("next").alias("to")).len("moves")
    at = {stage: place for place, stage in enumerate(found.stages)}
    places = [pl.col(each).replace_strict(at, return_dtype=pl.Int64) for each in ("from", "to")]
    told = counted.sort(places)
    kinds = [str(order.kind(*each)) for each in told.select("from", "to").iter_rows()]
    return told.with_columns(kind=pl.Series(kinds, dtype=pl.String))


def counts_by_kind(moves: pl.DataFrame) -> dict[MoveKind, int]:
    """How many moves of a flow are of each kind."""
    counted = dict(moves.group_by("kind").agg(pl.col("moves").sum()).iter_rows())
    return {kind: int(counted.get(kind, 0)) for kind in MoveKind}
