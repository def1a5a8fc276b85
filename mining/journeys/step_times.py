"""How long the next step takes: from a touch to the next touch or purchase, and from the first touch to a purchase."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest
from mining.journeys.journey_paths import JourneyPaths
from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier

FEWEST = 30  # touches of a channel, with fewer of which a curve says little


@dataclass(frozen=True, slots=True, eq=False)
class StepTimes:
    """Curves of those who still wait: `to_purchase` from the first touch of a path to its purchase, `to_next` from any
    touch to the next touch or purchase (None where all touches lie before the span), and the same `by_channel` of the
    touch, where there are enough."""

    to_purchase: SurvivalCurve
    to_next: SurvivalCurve | None
    by_channel: dict[str, SurvivalCurve]


def step_times(
    paths: JourneyPaths,
    touches: pl.DataFrame,
    purchases: pl.DataFrame,
    span: tuple[int, int],
    known_until: int,
) -> StepTimes:
    """Of the touches within `span`; who has taken no further step waits until `known_until`. Frames as in `paths_of`;
    two touches of one day are 0 days apart. Raises BadRequest where there is no touch."""
    if not len(paths):
        raise BadRequest("There is no path to follow.", "Choose a longer period or fewer filters.")
    spells = _spells(touches, purchases, span, known_until)
    many = spells.group_by("channel").len().filter(pl.col("len") >= FEWEST).sort("len", descending=True)
    by_channel = {name: _curve(spells.filter(pl.col("channel") == name)) for name in many["channel"]}
    to_next = _curve(spells) if spells.height else None
    return StepTimes(kaplan_meier(paths.watched, paths.bought > 0), to_next, by_channel)


def _spells(
    touches: pl.DataFrame, purchases: pl.DataFrame, span: tuple[int, int], known_until: int
) -> pl.DataFrame:
    events = pl.concat(
        [
            touches.select("customer", "day", "second", "channel", is_purchase=pl.lit(False)),
            purchases.select(
                "customer",
                "day",
                second=pl.lit(None, touches.schema["second"]),
                channel=pl.lit(None, pl.String),
                is_purchase=pl.lit(True),
            ),
        ],
        how="vertical_relaxed",
    ).sort("customer", "day", "is_purchase", "second", nulls_last=False, maintain_order=True)
    following = pl.col("day").shift(-1).over("customer")
    told = events.with_columns(next=following).filter(~pl.col("is_purchase"), pl.col("day").is_between(*span))
    return told.select(
        "channel",
        days=pl.coalesce("next", pl.lit(known_until)) - pl.col("day"),
        finished=pl.col("next").is_not_null(),
    )


def _curve(spells: pl.DataFrame) -> SurvivalCurve:
    return kaplan_meier(spells["days"].to_numpy(), spells["finished"].to_numpy())
