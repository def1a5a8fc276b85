"""Paths: the touches of each customer in order of time, each path with one purchase at its end, or with none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest, did_you_mean

Numbers = npt.NDArray[np.floating[Any]]
Places = npt.NDArray[np.int64]
LONGEST_WINDOW = 730


class RepeatedTouches(StrEnum):
    """Which touches of one channel, one right after another, count."""

    KEPT = "all"
    ONE_A_DAY = "day"
    ONE_IN_A_ROW = "row"


@dataclass(frozen=True, slots=True)
class PathTerms:
    """A touch counts towards the next purchase of its customer within `window_days`; longer silences part paths that
    lead to none. Channels `without` are taken out before anything is weighed."""

    window_days: int = 30
    repeats: RepeatedTouches = RepeatedTouches.ONE_A_DAY
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class JourneyPaths:
    """Paths over `channels` (names, in order). `steps` holds the place of the channel of each touch, path after path,
    `starts` where each path begins (one more than paths), `days` how long before the end of its path each touch was.

    Of each path: its `customer` (any whole number), how often it `bought` and how often it `missed` (1 and 0 or 0 and
    1 of a single one), the `revenue` of its purchase, and the `watched` days from its first touch to its end, or as far
    as it is known that none came. Told beside them: purchases without a touch in the window (`untouched`, with their
    revenue), and paths that may yet lead to one (`open_paths`), which are in no count.
    """

    channels: tuple[str, ...]
    steps: Places
    starts: Places
    days: Numbers
    customer: Places
    bought: Numbers
    missed: Numbers
    revenue: Numbers
    watched: Numbers
    untouched: int = 0
    untouched_revenue: float = 0.0
    open_paths: int = 0

    def __len__(self) -> int:
        return len(self.bought)

    @property
    def lengths(self) -> Places:
        """How many touches each path has."""
        return np.diff(self.starts)

    @property
    def path(self) -> Places:
        """Which path each touch belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def position(self) -> Places:
        """Which touch of its path each is, from 0."""
        return np.arange(len(self.steps)) - np.repeat(self.starts[:-1], self.lengths)

    @property
    def conversions(self) -> float:
        """Purchases that a path leads to."""
        return float(self.bought.sum())

    @property
    def total_revenue(self) -> float:
        return float(self.revenue.sum())


def paths_of(
    touches: pl.DataFrame, purchases: pl.DataFrame, span: tuple[int, int], known_until: int, terms: PathTerms
) -> JourneyPaths:
    """The paths that end on a day of `span` (first and last, whole numbers as all days here).

    `touches`: `customer`, `day`, `second` (of the day; null where no time is told: those come first, in the frame's
    order) and `channel`. `purchases`: `customer`, `day` and `revenue` (zero or more), a row a customer and day; a touch
    of the day of a purchase comes before it. Both should begin the window before the span, and end the window after
    it or on the day `known_until`. Raises BadRequest for windows and channels that there are not, and revenue below 0.
    """
    _check(touches, purchases, terms)
    told = _parted(touches, purchases, terms)
    ends = _ends(told, terms.window_days, known_until)
    first, last = span
    within = ends.filter(pl.col("end").is_between(first, last))
    closed = within.filter(~pl.col("is_open"))
    names = tuple(sorted(told["channel"].unique()))
    steps = told.filter("counts").join(closed.select("path", "end"), on="path", maintain_order="left")
    alone = purchases.filter(pl.col("day").is_between(first, last)).join(
        closed.filter("has_bought").select("customer", day="end"), on=["customer", "day"], how="anti"
    )
    has_bought = closed["has_bought"].to_numpy().astype(float)
    return JourneyPaths(
        names,
        _places(steps["channel"], names),
        np.concatenate([[0], np.cumsum(closed["touches"].to_numpy())]).astype(np.int64),
        (steps["end"] - steps["day"]).to_numpy().astype(float),
        closed["customer"].to_numpy().astype(np.int64),
        has_bought,
        1 - has_bought,
        closed["revenue"].fill_null(0.0).to_numpy().astype(float),
        closed["watched"].to_numpy().astype(float),
        alone.height,
        float(alone["revenue"].sum()),
        int(within["is_open"].sum()),
    )


def _places(channel: pl.Series, names: tuple[str, ...]) -> Places:
    place = {name: at for at, name in enumerate(names)}
    return channel.replace_strict(place, default=None, return_dtype=pl.Int64).to_numpy().astype(np.int64)


def given_paths(
    sequences: Sequence[Sequence[str]],
    bought: Sequence[float],
    missed: Sequence[float] | None = None,
    revenue: Sequence[float] | None = None,
) -> JourneyPaths:
    """Paths that somebody wrote down, each with how often it led to a purchase and how often not (by default it did
    either once); a path of its own customer each, a day between touches. Raises BadRequest for one without a touch."""
    lengths = np.array([len(each) for each in sequences], dtype=np.int64)
    if not len(lengths) or not lengths.min():
        raise BadRequest("A path needs a touch.", "Leave paths without any away.")
    names = tuple(sorted({name for each in sequences for name in each}))
    place = {name: at for at, name in enumerate(names)}
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ones = np.asarray(bought, float)
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    return JourneyPaths(
        names,
        np.array([place[name] for each in sequences for name in each], dtype=np.int64),
        starts,
        np.repeat(lengths, lengths) - 1.0 - within,
        np.arange(len(lengths)),
        ones,
        1 - ones if missed is None else np.asarray(missed, float),
        np.zeros(len(lengths)) if revenue is None else np.asarray(revenue, float),
        lengths - 1.0,
    )


def _check(touches: pl.DataFrame, purchases: pl.DataFrame, terms: PathTerms) -> None:
    if not 1 <= terms.window_days <= LONGEST_WINDOW:
        raise BadRequest(
            f"A touch cannot count for {terms.window_days} days.", f"Take 1 to {LONGEST_WINDOW} days."
        )
    known = touches["channel"].unique().to_list()
    for name in terms.without:
        if name not in known:
            raise BadRequest(f"No touch is by the channel {name!r}.", did_you_mean(name, known))
    least: Any = purchases["revenue"].min()
    if least is not None and least < 0:
        raise BadRequest(
            "The revenue of a purchase is below zero, and would be credited.", "Net returns before."
        )


def _parted(touches: pl.DataFrame, purchases: pl.DataFrame, terms: PathTerms) -> pl.DataFrame:
    """The touches in order, each with its `path`, the day of the customer's next purchase (`sold`, null without), its
    `revenue`, whether it is within the window (`reaches`), and whether the touch `counts` or repeats the one before."""
    ordered = touches.filter(~pl.col("channel").is_in(list(terms.without))).sort(
        "customer", "day", "second", nulls_last=False, maintain_order=True
    )
    sold = purchases.select("customer", "day", "revenue", sold="day").sort("customer", "day")
    found = ordered.join_asof(sold, on="day", by="customer", strategy="forward", check_sortedness=False)
    before = {name: pl.col(name).shift() for name in ("customer", "channel", "day", "sold")}
    reaches = ((pl.col("sold") - pl.col("day")) <= terms.window_days).fill_null(False)
    found = found.with_columns(reaches=reaches)
    begins = (
        pl.col("customer").ne_missing(before["customer"])
        | pl.col("sold").ne_missing(before["sold"])
        | pl.col("reaches").ne_missing(pl.col("reaches").shift())
        | (~pl.col("reaches") & ((pl.col("day") - before["day"]) > terms.window_days))
    )
    told = found.with_columns(begins=begins.fill_null(True)).with_columns(path=pl.col("begins").cum_sum())
    again = ~pl.col("begins") & (pl.col("channel") == before["channel"])
    if terms.repeats is RepeatedTouches.ONE_A_DAY:
        again &= pl.col("day") == before["day"]
    again &= terms.repeats is not RepeatedTouches.KEPT
    return told.with_columns(counts=~again.fill_null(False))


def _ends(told: pl.DataFrame, window: int, known_until: int) -> pl.DataFrame:
    """A row a path: `customer`, `touches`, `has_bought`, `revenue`, `end` (the day of the purchase, else of the last
    touch), `watched` and `is_open`, whether a purchase may yet come."""
    has_bought, quiet_until = (
        pl.col("reaches"),
        pl.min_horizontal(pl.col("day") + window, "sold", known_until),
    )
    end = pl.when(has_bought).then("sold").otherwise("day")
    return told.group_by("path", maintain_order=True).agg(
        pl.col("customer").first(),
        touches=pl.col("counts").sum(),
        has_bought=has_bought.last(),
        revenue=pl.when(has_bought).then("revenue").last(),
        end=end.last(),
        watched=pl.when(has_bought).then("sold").otherwise(quiet_until).last() - pl.col("day").first(),
        is_open=(~has_bought & pl.col("sold").is_null() & (pl.col("day") + window > known_until)).last(),
    )
