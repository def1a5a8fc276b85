"""The scoreboard: how much of what customers bought after a day each model had among its first, by list.

*Again* and *new* are two problems with two models (Li et al. 2021, "A Next Basket Recommendation Reality Check").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.offers.bought_products import BoughtProducts, bought_products
from mining.offers.offer_models import OfferModel, PersonalFrequency, Popularity, RecentFrequency

AT = 10
MOST_CUSTOMERS = 5_000
CHUNK = 512
BLOCK = 16
LEAST = np.finfo(np.float32).min


class OfferList(StrEnum):
    """What a list offers: products that the customer bought before, or others."""

    AGAIN = "again"
    NEW = "new"


@dataclass(frozen=True, slots=True, eq=False)
class TimeSplit:
    """What was known by the close of `known.until`, and the `truth` bought after it: row, column of `known`.

    Truth is of customers and products that were known; `customers` are the rows that bought any of it.
    """

    known: BoughtProducts
    truth: np.ndarray
    horizon_days: int

    @property
    def customers(self) -> np.ndarray:
        return np.unique(self.truth[:, 0])


@dataclass(slots=True, eq=False)
class _Tally:
    """What is added up over customers: recalls, hits, and how often each product was offered."""

    offered: np.ndarray
    recall: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Scoreboard:
    """`frame`: list, model, customers (who bought of that kind), recall (share of it among the first 10), hit_rate
    (customers with one at least), recall_all (the same ranking of all products held against all that was bought),
    coverage (share of products offered to anybody) and gini (0: all offered alike, 1: one product alone)."""

    frame: pl.DataFrame
    split: TimeSplit

    def best(self, which: OfferList) -> str:
        """The model with the greatest recall of a list."""
        found = self.frame.filter(pl.col("list") == which.value).sort("recall", descending=True)
        return str(found["model"][0])


def time_split(frame: pl.DataFrame, until: int, horizon_days: int) -> TimeSplit:
    """Hold out the last `horizon_days` that end with the day `until`. Raises BadRequest where either side is empty."""
    try:
        known = bought_products(frame, until - horizon_days)
    except BadRequest as error:
        raise BadRequest(
            f"Nothing was bought before the last {horizon_days} days, which models are tried on.",
            "Take fewer days, or load more history.",
        ) from error
    after = frame.filter(~pl.col("returned"), pl.col("day") > known.until, pl.col("day") <= until)
    pairs = after.select("customer", "product").unique().sort("customer", "product")
    truth = np.column_stack([
        _places(known.customers, pairs["customer"].to_numpy()),
        _places(known.products, pairs["product"].to_numpy()),
    ])  # fmt: skip
    truth = truth[(truth >= 0).all(axis=1)]
    if not len(truth):
        raise BadRequest(
            f"No known customer bought a known product in the last {horizon_days} days.",
            "Take more days, or fewer filters.",
        )
    return TimeSplit(known, truth, horizon_days)


def scoreboard(split: TimeSplit, more: Sequence[OfferModel], at: int = AT) -> Scoreboard:
    """Popularity, personal and recent frequency, always, and more models fitted on `split.known`; at most 5,000
    customers, drawn with a seed."""
    known = split.known
    models: tuple[OfferModel, ...] = (
        Popularity(known),
        PersonalFrequency(known),
        RecentFrequency(known),
        *more,
    )
    customers = split.customers
    if len(customers) > MOST_CUSTOMERS:
        customers = np.sort(np.random.default_rng(0).choice(customers, MOST_CUSTOMERS, replace=False))
    rows = [row for model in models for row in _scored(split, model, customers, at)]
    order = {each.value: place for place, each in enumerate(OfferList)}
    frame = pl.DataFrame(rows).sort(pl.col("list").replace_strict(order), maintain_order=True)
    return Scoreboard(frame, split)


def gini(counts: np.ndarray) -> float:
    """The Gini coefficient of how often each product was offered.

    >>> gini(np.array([1, 1, 1, 1])), gini(np.array([0, 0, 0, 4]))
    (0.0, 0.75)
    """
    held = np.sort(counts.astype(float))
    if not held.sum():
        return 0.0
    ranks = np.arange(1, len(held) + 1)
    return float(2 * (ranks * held).sum() / (len(held) * held.sum()) - (len(held) + 1) / len(held))


def first_of(scores: np.ndarray, at: int) -> np.ndarray:
    """The columns of the `at` greatest scores of each row, the greatest first; -1 where a score is -inf."""
    lines, width = scores.shape
    at = min(at, width)
    rows, columns = np.divmod(np.flatnonzero(_may_be_first(scores, at)), width)
    bits = width.bit_length()
    keys = np.sort((rows << 32 | _falling(scores[rows, columns])) << bits | columns)
    rows, columns = keys >> (32 + bits), keys & ((1 << bits) - 1)
    many = np.bincount(rows, minlength=lines)
    place = np.arange(len(rows)) - (np.cumsum(many) - many)[rows]
    found = np.full((lines, at), -1)
    kept = place < at
    found[rows[kept], place[kept]] = columns[kept]
    return found


def _may_be_first(scores: np.ndarray, at: int) -> np.ndarray:
    """Which scores are no less than the `at` greatest maxima of blocks of columns: all of the first are."""
    lines, width = scores.shape
    blocks = width // BLOCK
    if blocks < at:
        return scores > -np.inf
    best = scores[:, : blocks * BLOCK].reshape(lines, BLOCK, blocks).max(axis=1)
    least = np.partition(best, blocks - at, axis=1)[:, blocks - at, None]
    held: np.ndarray = scores >= np.maximum(least, LEAST)
    return held


def _falling(values: np.ndarray) -> np.ndarray:
    """Numbers of 32 bits that fall where the values (rounded to float32) rise."""
    bits = (values.astype(np.float32) + np.float32(0)).view(np.uint32)
    return np.where(bits >> 31, bits, ~bits & np.uint32(0x7FFFFFFF)).astype(np.int64)


def _scored(split: TimeSplit, model: OfferModel, customers: np.ndarray, at: int) -> list[dict[str, object]]:
    known, size = split.known, len(split.known.products)
    tallies = {which: _Tally(np.zeros(size, dtype=np.int64)) for which in OfferList}
    whole = _Tally(np.zeros(size, dtype=np.int64))
    for start in range(0, len(customers), CHUNK):
        rows = customers[start : start + CHUNK]
        scores = model.scores(rows)
        bought = known.matrix()[rows].toarray() > 0
        truth = truth_of(split, rows)
        _tally(whole, scores, truth, at)
        _tally(tallies[OfferList.AGAIN], np.where(bought, scores, -np.inf), truth & bought, at)
        _tally(tallies[OfferList.NEW], np.where(bought, -np.inf, scores), truth & ~bought, at)
    return [
        {
            "list": which.value,
            "model": model.NAME,
            "customers": len(tally.recall),
            "recall": _mean(tally.recall),
            "hit_rate": _mean([each > 0 for each in tally.recall]),
            "recall_all": _mean(whole.recall),
            "coverage": float((tally.offered > 0).mean()),
            "gini": gini(tally.offered),
        }
        for which, tally in tallies.items()
    ]


def _tally(tally: _Tally, scores: np.ndarray, truth: np.ndarray, at: int) -> None:
    first = first_of(scores, at)
    tally.offered += np.bincount(first[first >= 0], minlength=len(tally.offered))
    wanted = truth.sum(axis=1)
    hits = (np.take_along_axis(truth, np.maximum(first, 0), 1) & (first >= 0)).sum(axis=1)
    tally.recall.extend((hits[wanted > 0] / wanted[wanted > 0]).tolist())


def truth_of(split: TimeSplit, rows: np.ndarray) -> np.ndarray:
    found = np.zeros((len(rows), len(split.known.products)), dtype=bool)
    low, high = np.searchsorted(split.truth[:, 0], [rows[0], rows[-1] + 1])
    held = split.truth[low:high]
    places = _places(rows, held[:, 0])
    found[places[places >= 0], held[places >= 0, 1]] = True
    return found


def _places(codes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where each wanted code stands among ascending codes; -1 where it does not."""
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[at] == wanted, at, -1)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
