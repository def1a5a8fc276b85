"""Series of members at the door: gaps filled, thin ones left out; and the scale on which they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.trends.seasonal_baseline import FEWEST
from mining.trends.trend_effect import Numbers

COLUMNS = {"series": pl.String, "period": pl.Date, "value": pl.Float64}
LEAST_FILLED = 0.9  # of the periods from the first to the last with anything in them
LEAST_OF_USUAL = (
    0.05  # of a series' median: what is less stands for it, as a percentage of next to nothing tells nothing
)


@dataclass(frozen=True, slots=True, eq=False)
class MemberSeries:
    """Series of one length, which all begin and end together: `values` is series x periods."""

    names: tuple[str, ...]
    periods: tuple[date, ...]
    values: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class TakenSeries:
    """All series that are looked at, by when they begin; `left_out` were too thin, too short or as another."""

    groups: tuple[MemberSeries, ...]
    periods: tuple[date, ...]
    left_out: tuple[str, ...]

    def full(self) -> dict[str, Numbers]:
        """Values of each over all periods, 0 before it begins."""
        return {
            name: np.concatenate([np.zeros(len(self.periods) - len(own)), own])
            for group in self.groups
            for name, own in zip(group.names, group.values, strict=True)
        }


def logarithms(values: Numbers) -> Numbers:
    """Rows as their logarithms, in which a season and a growth are as large before as after."""
    usual = np.nanmedian(np.where(values > 0, values, np.nan), axis=1, keepdims=True)
    found: Numbers = np.log(np.maximum(values, LEAST_OF_USUAL * usual))
    return found


def take_series(frame: pl.DataFrame, grain: str, empty: float | None) -> TakenSeries:
    """The series of a frame of COLUMNS, one row a series and period, of a `grain` (month or week).

    `empty` is what a period without a row says: 0, or None for not known (of all series: as the one before). A series
    begins with its first value above zero; it may end before the others do, but not be without values in between.
    Raises BadRequest where fewer whole periods are known than anything can be told from.
    """
    rows = frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())
    periods = tuple(rows["period"].unique().sort())
    if len(periods) < FEWEST[grain]:
        known = f"1 whole {grain} is" if len(periods) == 1 else f"{len(periods)} whole {grain}s are"
        raise BadRequest(
            f"{known} known; trends need {FEWEST[grain]} at least.",
            f"Take a longer time{', or look by week' if grain == 'month' else ''}.",
        )
    names, values = _table(rows, periods)
    values = _standing_on(values) if empty is None else values
    filled = np.nan_to_num(values, nan=0.0 if empty is None else empty)
    there = ~np.isnan(values) & (filled > 0)
    begins = np.where(there.any(axis=1), there.argmax(axis=1), len(periods))
    ends = len(periods) - there[:, ::-1].argmax(axis=1)
    parts = there.sum(axis=1) / np.maximum(ends - begins, 1)
    taken = parts >= LEAST_FILLED if empty is not None else there.sum(axis=1) == len(periods) - begins
    taken &= (
        (len(periods) - begins >= FEWEST[grain]) & (there.sum(axis=1) >= FEWEST[grain]) & _is_first(filled)
    )
    groups = tuple(_groups(names, periods, filled, begins, taken))
    return TakenSeries(groups, periods, tuple(names[~taken]))


def _standing_on(values: Numbers) -> Numbers:
    """Few periods of which no series knows anything, such as a closed week, as the one before each."""
    nothing = np.asarray(np.isnan(values).all(axis=0))
    if nothing.mean() > 1 - LEAST_FILLED:
        return values
    last = np.maximum.accumulate(np.where(nothing, 0, np.arange(values.shape[1])))
    return np.take(values, last, axis=1)


def _is_first(values: Numbers) -> np.ndarray:
    """Which rows are not the same as one before."""
    found = np.zeros(len(values), bool)
    found[np.unique(values, axis=0, return_index=True)[1]] = True
    return found


def _groups(
    names: np.ndarray, periods: tuple[date, ...], values: Numbers, begins: np.ndarray, taken: np.ndarray
) -> Iterator[MemberSeries]:
    for begin in np.unique(begins[taken]):
        mine = taken & (begins == begin)
        yield MemberSeries(tuple(names[mine]), periods[begin:], values[mine][:, begin:])


def _table(rows: pl.DataFrame, periods: tuple[date, ...]) -> tuple[np.ndarray, Numbers]:
    """Names, and values as series x periods, unknown where there is no row."""
    names = rows["series"].unique(maintain_order=True)
    place = {name: at for at, name in enumerate(names)}
    when = {period: at for at, period in enumerate(periods)}
    values = np.full((len(place), len(periods)), np.nan)
    at = [place[name] for name in rows["series"]], [when[period] for period in rows["period"]]
    values[at] = rows["value"].to_numpy()
    return np.array(names.to_list(), dtype=object), values
