"""Dead stock here that sells there: what lies without leaving, and where it would be gone soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from data.errors import BadRequest

MOVE_COLUMNS = {
    "product": pl.Int64, "partner": pl.Int64, "place": pl.String, "to_partner": pl.Int64, "to_place": pl.String,
    "pieces": pl.Int64, "lies": pl.Float64, "leaves_a_day": pl.Float64, "lasts": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class StockMoves:
    """`moves`: MOVE_COLUMNS, the pieces that a place without sales may give to one that sells; `lies` is all that
    lies there, `leaves_a_day` how fast it goes at the other, whose own stock `lasts` so many days. `dead`: product,
    partner, place, on_hand of everything that did not leave for `idle_days`, whether it sells elsewhere or not.
    `unwatched` places were not counted as long."""

    moves: pl.DataFrame
    dead: pl.DataFrame
    idle_days: int
    unwatched: int


def stock_moves(counts: pl.DataFrame, as_of: int, idle_days: int, target_days: int = 60) -> StockMoves:
    """What lies dead at a place and how it may be spread over those that sell the same product.

    `counts`: product, partner, place, on_hand, reserved, fallen (pieces by which counts fell within `idle_days`) and
    first_day (of the counts, days since 1970). Dead is what is there, was counted over all these days, and never fell.
    A place that sells takes what lets it last `target_days` at the speed of late; who runs out first takes first.
    Counts that rose hide what left in between: speeds are at least so much. Raises BadRequest for no days.
    """
    if idle_days < 1 or target_days < 1:
        raise BadRequest("Stock cannot lie idle for less than a day.", "Take a number of days above zero.")
    free = counts.with_columns(free=(pl.col("on_hand") - pl.col("reserved").fill_null(0)).clip(0))
    watched = pl.col("first_day") <= as_of - idle_days
    still = free.filter((pl.col("fallen") <= 0) & (pl.col("free") > 0))
    dead = still.filter(watched)
    sells = free.filter(pl.col("fallen") > 0).with_columns(
        leaves=pl.col("fallen") / idle_days, lasts=pl.col("free") * idle_days / pl.col("fallen")
    )
    found = [
        move
        for (product,), here in dead.sort("product", "free", descending=[False, True])
        .partition_by("product", as_dict=True, maintain_order=True)
        .items()
        for move in _spread(here.to_dicts(), _takers(sells, product), target_days)
    ]
    moves = pl.DataFrame(found, schema=MOVE_COLUMNS, orient="row")
    return StockMoves(
        moves,
        dead.select("product", "partner", "place", on_hand="free"),
        idle_days,
        still.filter(~watched).height,
    )


def with_sellers(counts: pl.DataFrame, sellers: pl.DataFrame) -> pl.DataFrame:
    """Counts whose `fallen` is at least what their partner sold of late, shared by its places alike, and a row without
    stock for each partner who sold a product that it was not counted to hold. `sellers`: product, partner, pieces."""
    pair, known = ["product", "partner"], sellers.filter(pl.col("partner") > 0)
    sold = counts.join(known, on=pair, how="left", maintain_order="left").with_columns(
        fallen=pl.max_horizontal("fallen", pl.col("pieces").fill_null(0) / pl.len().over(pair))
    )
    bare = known.join(counts, on=pair, how="anti").select(
        *pair, place=pl.lit(""), on_hand=pl.lit(0.0), fallen=pl.col("pieces").cast(pl.Float64)
    )
    return pl.concat([sold.drop("pieces"), bare], how="diagonal")


def _takers(sells: pl.DataFrame, product: Any) -> list[dict[str, Any]]:
    return sells.filter(pl.col("product") == product).sort("lasts", "partner", "place").to_dicts()


def _spread(
    givers: list[dict[str, Any]], takers: list[dict[str, Any]], target_days: int
) -> list[tuple[Any, ...]]:
    """Whole pieces from those who have most to those who run out first, none more than they need or have."""
    left = [int(each["free"]) for each in givers]
    found: list[tuple[Any, ...]] = []
    for taker in takers:
        need = int(taker["leaves"] * target_days - taker["free"])
        for at, giver in enumerate(givers):
            pieces = min(left[at], need)
            if pieces <= 0:
                continue
            left[at] -= pieces
            need -= pieces
            found.append((
                giver["product"], giver["partner"], giver["place"], taker["partner"], taker["place"], pieces,
                giver["free"], taker["leaves"], taker["lasts"],
            ))  # fmt: skip
    return found
