"""The stock of a district as arrays, kept for a snapshot: what lies where, what is promised to whom, who supplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.partners.stock_cover import StockCover, days_of_cover

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NEVER = np.iinfo(np.int64).max  # the day of what nobody can date


@dataclass(frozen=True, slots=True, eq=False)
class DistrictStock:
    """`products` and `partners` are codes in order; all else points at their places.

    Series (a product, partner and place) have `series` (product), `holder` (partner), `on_hand` pieces and those
    `available`: that nobody has reserved, none where more are reserved, or fewer than none were counted. Open orders
    have `due_of` (product), `due_on` (a day since 1970, NEVER where nobody can say) and `due` pieces. Pairs of a
    product and a partner, sorted, have `pair` (product), `pair_partner`, `held` pieces, those `received` and those sold
    and `supplied` in a year, whether the partner `supplies` it (has any of these), and the `share` that it has: of
    pieces received, where none were of those sold, where none were of those held (0 to 1, in all 1 where there is a
    source). By product: `daily` demand, its `variance` over `days` days, and `revenue` of a year."""

    products: Places
    partners: Places
    series: Places
    holder: Places
    on_hand: Numbers
    available: Numbers
    due_of: Places
    due_on: Places
    due: Numbers
    pair: Places
    pair_partner: Places
    held: Numbers
    received: Numbers
    supplied: Numbers
    supplies: Flags
    share: Numbers
    daily: Numbers
    variance: Numbers
    days: int
    revenue: Numbers

    def place(self, product: int) -> int | None:
        """Where a product (code) stands; None where nothing is known of it."""
        at = int(np.searchsorted(self.products, product))
        return at if at < len(self.products) and self.products[at] == product else None


@dataclass(frozen=True, slots=True, eq=False)
class StockOverview:
    """By product, in the order of `DistrictStock.products`: pieces `on_hand` as counted, `available`, `expected` of
    open orders by the day, `promise` (available and expected: what may be promised by then), how many partners
    `hold` any; `cover`; how many `sources` it has (partners who hold it, or supplied it within the year), `only`
    (place of the partner where that is one, else -1), and `herfindahl` of its shares (NaN where it has no source)."""

    on_hand: Numbers
    available: Numbers
    expected: Numbers
    promise: Numbers
    hold: Places
    cover: StockCover
    sources: Places
    only: Places
    herfindahl: Numbers

    @property
    def sole(self) -> Flags:
        """The products that one partner alone supplies or holds."""
        return self.only >= 0


def stock_overview(stock: DistrictStock, by: int) -> StockOverview:
    """What stands of each product, and what can be promised by a day (since 1970).

    The Herfindahl index is the sum of squared shares (Herfindahl, "Concentration in the US steel industry", 1950):
    1 where one partner has all.
    """
    many = len(stock.products)
    available = _added(stock.series, stock.available, many)
    due = stock.due_on <= by
    expected = _added(stock.due_of[due], stock.due[due], many)
    supplies = stock.supplies
    sources = np.bincount(stock.pair[supplies], minlength=many)
    whose = _added(stock.pair[supplies], stock.pair_partner[supplies], many)
    return StockOverview(
        _added(stock.series, stock.on_hand, many),
        available,
        expected,
        available + expected,
        np.bincount(stock.pair[stock.held > 0], minlength=many),
        days_of_cover(available, stock.daily, stock.variance, stock.days),
        sources,
        np.where(sources == 1, whose.astype(np.int64), -1),
        _herfindahl(stock, many),
    )


def _herfindahl(stock: DistrictStock, many: int) -> Numbers:
    found = _added(stock.pair, stock.share * stock.share, many)
    return np.where(found > 0, found, np.nan)


def _shares(pair: Places, many: int, *volumes: Numbers) -> Numbers:
    """The shares by the first of these volumes of which a product has any."""
    found = np.zeros(len(pair))
    for volume in volumes[::-1]:
        whole = _added(pair, volume, many)[pair]
        found = np.divide(volume, whole, out=found, where=whole > 0)
    return found


def _added(places: Places, values: npt.NDArray[Any], many: int) -> Numbers:
    return np.bincount(places, values, minlength=many).astype(np.float64)


def district_stock(
    counts: pl.DataFrame, due: pl.DataFrame, received: pl.DataFrame, supplied: pl.DataFrame, demand: pl.DataFrame,
    sold: pl.DataFrame, days: int,
) -> DistrictStock:  # fmt: skip
    """The arrays of what frames tell, members by their codes.

    `counts`: product, partner, on_hand, reserved (null is none), a row a product, partner and place. `due`: product,
    expected (days since 1970, null where nobody can say), pieces. `received` and `supplied` (sold in order lines that
    name their supplier): product, partner, pieces of a year.
    `demand`: product, pieces, squares (of daily pieces) over `days`. `sold`: product, revenue.
    """
    frames = (counts, due, received, supplied, demand, sold)
    products = np.unique(np.concatenate([_codes(each, "product") for each in frames]))
    partners = np.unique(np.concatenate([_codes(each, "partner") for each in (counts, received, supplied)]))

    def at(frame: pl.DataFrame) -> Places:
        return np.searchsorted(products, _codes(frame, "product"))

    counts = counts.sort("product", "partner", maintain_order=True)
    pairs = _pairs(counts, received, supplied)
    pair, volumes = at(pairs), [_floats(pairs, name) for name in ("received", "supplied", "held")]
    on_hand = _floats(counts, "on_hand")
    dealt, revenue = np.zeros((2, len(products))), np.zeros(len(products))
    dealt[:, at(demand)] = np.stack([_floats(demand, "pieces"), _floats(demand, "squares")])
    revenue[at(sold)] = _floats(sold, "revenue")
    daily = dealt[0] / max(days, 1)
    return DistrictStock(
        products=products,
        partners=partners,
        series=at(counts),
        holder=np.searchsorted(partners, _codes(counts, "partner")),
        on_hand=on_hand,
        available=np.maximum(on_hand - _floats(counts, "reserved"), 0.0),
        due_of=at(due),
        due_on=due["expected"].fill_null(NEVER).to_numpy().astype(np.int64),
        due=_floats(due, "pieces"),
        pair=pair,
        pair_partner=np.searchsorted(partners, _codes(pairs, "partner")),
        received=volumes[0],
        supplied=volumes[1],
        held=volumes[2],
        supplies=np.any([each > 0 for each in volumes], axis=0),
        share=_shares(pair, len(products), *volumes),
        daily=daily,
        variance=np.maximum(dealt[1] - dealt[0] * daily, 0.0) / max(days - 1, 1),
        days=days,
        revenue=revenue,
    )


def _pairs(counts: pl.DataFrame, received: pl.DataFrame, supplied: pl.DataFrame) -> pl.DataFrame:
    """Each product and partner that have anything to do with each other; what is counted below zero is not held, and
    what no partner is named of is nobody's."""
    keys = ["product", "partner"]
    counts, received, supplied = (each.filter(pl.col("partner") > 0) for each in (counts, received, supplied))
    held = counts.group_by(keys).agg(held=pl.col("on_hand").clip(0).sum())
    came = received.group_by(keys).agg(received=pl.col("pieces").clip(0).sum())
    sold = supplied.group_by(keys).agg(supplied=pl.col("pieces").clip(0).sum())
    both = held.join(came, on=keys, how="full", coalesce=True)
    return both.join(sold, on=keys, how="full", coalesce=True).sort(keys)


def _codes(frame: pl.DataFrame, name: str) -> Places:
    return frame[name].to_numpy().astype(np.int64)


def _floats(frame: pl.DataFrame, name: str) -> Numbers:
    return frame[name].cast(pl.Float64).fill_null(0.0).to_numpy()
