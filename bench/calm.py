"""A calm firm: season, growth and chance of skewed orders, and nothing else but what is planted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.demo.written_firm import insert
from data.store.warehouse import writing

Codes = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
FIRST_YEAR, EPOCH = 2023, date(1970, 1, 1)
COUNTRIES, REGIONS, CATEGORIES, DEPARTMENTS, KINDS = 4, 3, 8, 3, 3
LINES_PER_ORDER = 3
ALWAYS = "TIMESTAMP '1900-01-01', TIMESTAMP '9999-12-31'"


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a calm firm is; `skew` is the deviation of a line's logarithm, `season` that of the whole's months."""

    lines: int = 40_000
    cities: int = 12
    products: int = 24
    customers: int = 800
    channels: int = 5
    months: int = 30
    skew: float = 0.5
    season: float = 0.15


@dataclass(frozen=True, slots=True)
class Plant:
    """Where the members of all levels named meet, revenue of some months is `factor` times as large."""

    members: Mapping[str, int]
    month: int
    months: int
    factor: float


@dataclass(frozen=True, slots=True)
class Calm:
    """The lines of a calm firm: for each its month, day, order, customer, revenue, and its member of each level."""

    shape: Shape
    month: Codes
    day: Codes
    order: Codes
    customer: Codes
    revenue: Numbers
    levels: Mapping[str, Codes]

    def lies_in(self, members: Mapping[str, int]) -> npt.NDArray[np.bool_]:
        inside: npt.NDArray[np.bool_] = np.logical_and.reduce(
            [self.levels[level] == member for level, member in members.items()]
        )
        return inside

    def by_size(self, level: str) -> list[int]:
        """The members of a level, the greatest first."""
        return [int(each) for each in np.argsort(-np.bincount(self.levels[level], self.revenue))]


def calm(shape: Shape, seed: int) -> Calm:
    """Draw the lines of a firm."""
    chance = np.random.default_rng([8, seed])
    city_country = np.sort(np.concatenate([np.arange(4), chance.integers(0, 4, shape.cities - COUNTRIES)]))
    city_region = city_country * REGIONS + chance.integers(0, REGIONS, shape.cities)
    homes = chance.choice(shape.cities, shape.customers, p=_shares(chance, shape.cities))
    buys = chance.gamma(1.0, 1.0, shape.customers) + 0.05
    orders = chance.poisson(shape.lines / LINES_PER_ORDER * _months(chance, shape))
    month = np.repeat(np.arange(shape.months), orders)
    customer = chance.choice(shape.customers, month.size, p=buys / buys.sum())
    channel = chance.choice(shape.channels, month.size, p=_shares(chance, shape.channels))
    first = np.array([_first(at) for at in range(shape.months + 1)])
    day = first[month] + (chance.random(month.size) * np.diff(first)[month]).astype(int)
    order = np.repeat(np.arange(month.size), 1 + chance.poisson(LINES_PER_ORDER - 1, month.size))
    product = chance.choice(shape.products, order.size, p=_shares(chance, shape.products))
    price = np.exp(chance.normal(3, 0.7, shape.products))
    city = homes[customer[order]]
    levels = {
        "country": city_country[city],
        "region": city_region[city],
        "city": city,
        "customer_kind": customer[order] % KINDS,
        "department": product % CATEGORIES % DEPARTMENTS,
        "category": product % CATEGORIES,
        "product": product,
        "channel_type": channel[order] % 2,
        "channel": channel[order],
    }
    revenue = price[product] * np.exp(chance.normal(0, shape.skew, order.size))
    return Calm(shape, month[order], day[order], order, customer[order], revenue, levels)


def write(path: Path, firm: Calm, plants: Sequence[Plant] = ()) -> None:
    """Make the warehouse of a calm firm in which something happened."""
    revenue = firm.revenue.copy()
    for plant in plants:
        then = (firm.month >= plant.month) & (firm.month < plant.month + plant.months)
        revenue[then & firm.lies_in(plant.members)] *= plant.factor
    lead = np.diff(firm.order, prepend=-1) > 0
    with writing(path) as connection:
        for name, above in (
            ("customer", ("country", "region", "city", "customer_kind")),
            ("product", ("department", "category")),
            ("channel", ("channel_type",)),
        ):
            codes = firm.customer if name == "customer" else firm.levels[name]
            some = np.unique(codes, return_index=True)
            columns = {"code": some[0], **{level: firm.levels[level][some[1]] for level in above}}
            insert(
                connection,
                f"{name} ({name}_key, {name}_code, id, name, valid_from, valid_to, {', '.join(above)}"
                + (", subcategory)" if name == "product" else ")"),
                columns,
                f"SELECT code + 1, code + 1, '{name} ' || code, '{name} ' || code, {ALWAYS}, "
                + ", ".join(f"'{level} ' || {level}" for level in above)
                + (", 'category ' || category" if name == "product" else "")
                + " FROM arrays",
            )
        insert(
            connection,
            "sales_order",
            {"code": np.unique(firm.order)},
            "SELECT code + 1, 'calm', code FROM arrays",
        )
        lines = {
            "day": firm.day,
            "customer": firm.customer + 1,
            "product": firm.levels["product"] + 1,
            "channel": firm.levels["channel"] + 1,
            "placed": firm.order + 1,
            "revenue": revenue.round(2),
            "lead": lead,
            "place": np.arange(1, lead.size + 1),
        }
        insert(
            connection,
            "sale",
            lines,
            """SELECT day, customer, customer, customer, product, product, channel, 0, placed, 1, revenue,
            revenue * 0.6, false, lead, 1, place, NULL, NULL, NULL FROM arrays""",
        )


def spreads(firm: Calm, plant: Plant, apart: int) -> float:
    """How many deviations the planted share of all moved, of what it does between periods so many months apart."""
    periods, lag, at = firm.month // plant.months, apart // plant.months, plant.month // plant.months
    inside = firm.lies_in(plant.members)
    usually = _moves(periods, firm.revenue, inside, lag)
    planted = np.where(inside & (periods == at), firm.revenue * plant.factor, firm.revenue)
    moved = _moves(periods, planted, inside, lag)[at - lag]
    return float(abs(moved - usually.mean()) / usually.std())


def _moves(periods: Codes, revenue: Numbers, inside: npt.NDArray[np.bool_], lag: int) -> Numbers:
    """The changes of a share between periods."""
    share: Numbers = np.bincount(periods, revenue * inside) / np.bincount(periods, revenue)
    return share[lag:] - share[:-lag]


def _first(month: int) -> int:
    return (date(FIRST_YEAR + month // 12, month % 12 + 1, 1) - EPOCH).days


def _shares(chance: np.random.Generator, count: int) -> Numbers:
    """Skewed shares, as those of cities and products are."""
    found: Numbers = chance.permutation(np.arange(1, count + 1) ** -0.8)
    found /= found.sum()
    return found


def _months(chance: np.random.Generator, shape: Shape) -> Numbers:
    """Each month's share of the orders: a season, growth of a hundredth a month, and good and bad months of all."""
    at = np.arange(shape.months)
    season = np.sin(at * np.pi / 6 + chance.uniform(0, 6)) + chance.standard_normal(shape.months) / 2
    found: Numbers = np.maximum(1 + shape.season * season, 0.3) * 1.01**at
    found /= found.sum()
    return found
