"""On whom the firm's sales hang: revenue by the partners who supply it, how concentrated that is, and what would be at
risk without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest
from mining.partners.district_stock import DistrictStock, StockOverview
from mining.retention.wilson_interval import Z95

DRAWS = 1_000
ENDS = (0.025, 0.975)
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Concentration:
    """A Herfindahl index (sum of squared shares, 1 where one has all) with its 95% interval; None where there is
    nothing to share. `parts` are those who share it, `seen` what the interval is drawn from."""

    index: float | None
    low: float | None
    high: float | None
    parts: int
    seen: int

    @property
    def as_many(self) -> float | None:
        """As concentrated as if so many shared it equally (Adelman, 1969)."""
        return 1 / self.index if self.index else None


@dataclass(frozen=True, slots=True, eq=False)
class SupplyConcentration:
    """`partners`: partner (code), revenue (of a year, of the products by the shares in which they supply them),
    products, sole (products that they alone supply), sole_revenue; the greatest first. `untold` is revenue of products
    that nobody is known to supply."""

    partners: pl.DataFrame
    index: Concentration
    untold: float


@dataclass(frozen=True, slots=True, eq=False)
class PartnerLoss:
    """What hangs on a partner: `products`: product (code), share (of its pieces, 0 to 1), sources, is_sole, revenue (of
    a year), at_risk (that by the share; all of it where it is the sole source), elsewhere (pieces free at others),
    lasts (days that those cover; NaN where nothing is asked for). Of `whole_revenue`, what is sole-sourced and
    all that is at risk."""

    partner: int
    products: pl.DataFrame
    sole_revenue: float
    at_risk: float
    whole_revenue: float

    @property
    def sole(self) -> pl.DataFrame:
        """The products that nobody else supplies or holds."""
        return self.products.filter("is_sole")


def supply_concentration(stock: DistrictStock, overview: StockOverview) -> SupplyConcentration:
    """Revenue by the partners who supply it. The interval of the index says how much it hangs on the few products that
    sell: each is one draw with all of its revenue (the infinitesimal jackknife, Jaeckel 1972), on the scale of logs."""
    many, shares = len(stock.partners), stock.share
    revenue = np.maximum(stock.revenue, 0.0)[stock.pair] * shares
    by_partner = np.bincount(stock.pair_partner, revenue, minlength=many)
    supplies = stock.supplies
    sole, own = overview.only, np.flatnonzero(overview.sole)
    frame = pl.DataFrame(
        {
            "partner": stock.partners,
            "revenue": by_partner,
            "products": np.bincount(stock.pair_partner[supplies], minlength=many),
            "sole": np.bincount(sole[own], minlength=many),
            "sole_revenue": np.bincount(sole[own], np.maximum(stock.revenue[own], 0.0), minlength=many),
        }
    ).filter(pl.col("products") > 0)
    told = np.bincount(stock.pair, shares, minlength=len(stock.products)) > 0
    return SupplyConcentration(
        frame.sort("revenue", "partner", descending=[True, False]),
        _by_products(stock, revenue),
        float(stock.revenue[~told].sum()),
    )


def _by_products(stock: DistrictStock, revenue: Numbers) -> Concentration:
    """The index of revenue by partner, products being the draws: how it moves as each counts a little more."""
    sums = np.bincount(stock.pair_partner, revenue, minlength=len(stock.partners))
    total = float(sums.sum())
    if not total:
        return Concentration(None, None, None, 0, 0)
    shares = sums / total
    index = float(shares @ shares)
    own = np.bincount(stock.pair, revenue, minlength=len(stock.products))
    pulls = np.bincount(stock.pair, revenue * shares[stock.pair_partner], minlength=len(stock.products))
    moved = 2 * (pulls - index * own) / total
    off = Z95 * float(np.sqrt((moved**2).sum())) / index
    low, high = index * np.exp(-off), min(index * np.exp(off), 1.0)
    parts = int((sums > 0).sum())
    return Concentration(index, max(float(low), 1 / parts), float(high), parts, int((own > 0).sum()))


def order_concentration(orders: Mapping[int, int], seed: int = 0) -> Concentration:
    """The index of one product by the orders that each partner (code) delivered, with the interval of what shares so
    few orders may come from: a Dirichlet distribution after Jeffreys (each partner's orders and one half), in which
    one partner stands more, who was not seen to deliver yet."""
    counts = np.array([each for each in orders.values() if each > 0], float)
    if not len(counts):
        return Concentration(None, None, None, 0, 0)
    drawn = np.random.default_rng(seed).dirichlet([*(counts + 0.5), 0.5], DRAWS)
    low, high = np.quantile(_index(drawn), ENDS)
    index = float(_index(counts[None, :])[0])
    return Concentration(
        index, min(float(low), index), max(float(high), index), len(counts), int(counts.sum())
    )


def _index(sums: Numbers) -> Numbers:
    shares = sums / sums.sum(axis=1, keepdims=True)
    return np.asarray((shares * shares).sum(axis=1))


def without_partner(stock: DistrictStock, overview: StockOverview, partner: int) -> PartnerLoss:
    """What hangs on a partner (code): its products, the revenue at risk. Raises BadRequest where it supplies none."""
    at = int(np.searchsorted(stock.partners, partner))
    known = at < len(stock.partners) and stock.partners[at] == partner
    own = np.flatnonzero((stock.pair_partner == at) & stock.supplies)
    if not (known and len(own)):
        raise BadRequest(
            "Nothing hangs on this partner: it holds no stock and supplied nothing within the year.",
            "Choose a partner that supplies something.",
        )
    places = stock.pair[own]
    is_sole, revenue = overview.only[places] == at, np.maximum(stock.revenue[places], 0.0)
    elsewhere = overview.available[places] - _free_with(stock, at)[places]
    daily = stock.daily[places]
    frame = pl.DataFrame(
        {
            "product": stock.products[places],
            "share": np.where(is_sole, 1.0, stock.share[own]),
            "sources": overview.sources[places],
            "is_sole": is_sole,
            "revenue": revenue,
            "at_risk": revenue * np.where(is_sole, 1.0, stock.share[own]),
            "elsewhere": elsewhere,
            "lasts": np.divide(elsewhere, daily, out=np.full(len(daily), np.nan), where=daily > 0),
        }
    ).sort("is_sole", "at_risk", "product", descending=[True, True, False])
    return PartnerLoss(
        partner,
        frame,
        float(revenue[is_sole].sum()),
        float(frame["at_risk"].sum()),
        float(np.maximum(stock.revenue, 0.0).sum()),
    )


def _free_with(stock: DistrictStock, at: int) -> Numbers:
    """By product the pieces free with a partner."""
    own = stock.holder == at
    return np.bincount(stock.series[own], stock.available[own], len(stock.products)).astype(np.float64)
