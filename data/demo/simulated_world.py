"""What the exports draw on: the simulated firm once more, and what its systems know of it.

How content a customer is (`mood`) is normal around one mean for those who have left and another for those who
stayed, so the odds of having left are logistic in it, with the difference of the means as the slope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS, FIRST_DAY, FIRST_KEY, Firm
from data.demo.simulated_customers import People, people, purchases
from data.demo.simulated_orders import Orders, Shop, months, orders
from data.demo.simulated_products import Goods, catalogue
from data.demo.system_records import records

NOUNS = ("customers", "goods", "sales", "supply", "campaigns", "surveys", "service", "web", "collaboration")
MOOD_LEFT, MOOD_STAYED = -0.5, 0.4
GRACE_DAYS = 30
LINE_TYPES = {"customer": pl.Int32, "product": pl.Int32, "channel": pl.Int8, "payment": pl.Int8,
              "order_key": pl.Int32, "units": pl.Int32, "revenue": pl.Int64, "cost": pl.Int64}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """Whom one system knows: `persons` (codes, once each), and for each code its first record and how many."""

    ids: pl.Series
    persons: np.ndarray
    first: np.ndarray
    count: np.ndarray

    def numbers(self, person: np.ndarray, random: np.random.Generator) -> pl.Series:
        """The system's number of each person: of those entered twice, either."""
        again = (random.random(len(person)) * self.count[person]).astype(np.int64)
        return self.ids[pl.Series(self.first[person] + again)]


@dataclass(frozen=True)
class World:
    """Everything that is true of a firm, computed when asked for; `made` is what `once` made of it."""

    firm: Firm
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def random(self, noun: str) -> np.random.Generator:
        """The random stream of one noun."""
        return self.firm.random("exports", NOUNS.index(noun))

    @cached_property
    def people(self) -> People:
        return people(self.firm)

    @cached_property
    def goods(self) -> Goods:
        return catalogue(self.firm)

    @cached_property
    def records(self) -> pl.DataFrame:
        return records(self.firm, self.people)

    @cached_property
    def _bought(self) -> tuple[Orders, np.ndarray]:
        found = list(purchases(self.firm, self.people))
        code, day = (np.concatenate([getattr(each, name) for each in found]) for name in ("code", "day"))
        died = np.concatenate([[-1], *(each.died for each in found)])
        return orders(self.firm, code, day), died

    @property
    def died(self) -> np.ndarray:
        """By code the day of the last purchase of those who left; -1 for those who stayed."""
        return self._bought[1]

    @property
    def purchase_orders(self) -> int:
        """How many orders are purchases: the keys above are returns."""
        return len(self._bought[0].day)

    @cached_property
    def life(self) -> tuple[np.ndarray, np.ndarray]:
        """By code the first and the last day on which a customer deals with the firm."""
        last = np.where(self.died < 0, DAYS - 1, np.minimum(self.died + GRACE_DAYS, DAYS - 1))
        return self.people.start.astype(np.int64), last

    @cached_property
    def mood(self) -> np.ndarray:
        """By code how content a customer is."""
        drawn = self.firm.random("exports", len(NOUNS)).standard_normal(len(self.died))
        return drawn + np.where(self.died < 0, MOOD_STAYED, MOOD_LEFT)

    @cached_property
    def lines(self) -> pl.DataFrame:
        """Every order line by day, amounts in cents; `extra` is the place of the campaign that added it (0: none)."""
        made = [_lines(*month) for month in months(Shop(self.firm, self.goods, self.people), self._bought[0])]
        return pl.concat(made, rechunk=True)

    def known(self, system: str) -> Known:
        """Whom `system` knows."""
        held = self.records.filter(pl.col("system") == system).sort("person", maintain_order=True)
        count = np.bincount(held["person"].to_numpy(), minlength=len(self.died))
        return Known(held["id"], np.flatnonzero(count), np.cumsum(count) - count, count)


def _lines(lines: dict[str, np.ndarray], extra: np.ndarray) -> pl.DataFrame:
    kept = {name: pl.Series(lines[name], dtype=kind, strict=False) for name, kind in LINE_TYPES.items()}
    day = pl.Series((lines["day_key"] - FIRST_KEY).astype(np.int16))
    return pl.DataFrame({"day": day, **kept, "is_return": lines["is_return"], "extra": extra})


Made = TypeVar("Made")


def once(make: Callable[[World], Made]) -> Callable[[World], Made]:
    """The same, but made of a world only once in the life of that world."""

    @wraps(make)
    def remembered(world: World) -> Made:
        if make not in world.made:
            world.made[make] = make(world)
        found: Made = world.made[make]
        return found

    return remembered


def moments(
    world: World, known: np.ndarray, size: int, random: np.random.Generator, pull: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """So many (person, day) pairs by day: persons by the length of their dealings, times `pull` of each code."""
    first, last = world.life
    weight = (last - first + 1)[known] * (1.0 if pull is None else pull[known])
    person = drawn(known, weight, size, random)
    day = first[person] + (random.random(size) * (last - first + 1)[person]).astype(np.int64)
    order = np.lexsort((person, day))
    return person[order], day[order]


def drawn(values: np.ndarray, weight: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """So many of the values, each by its weight."""
    steps = np.cumsum(weight)
    found: np.ndarray = values[np.searchsorted(steps[:-1], random.random(size) * steps[-1], side="right")]
    return found


def logistic(score: np.ndarray) -> np.ndarray:
    chance: np.ndarray = 1 / (1 + np.exp(-score))
    return chance


def days(index: np.ndarray) -> pl.Series:
    """Days since the firm's first as dates; below -1 000 as none."""
    epoch = (FIRST_DAY - date(1970, 1, 1)).days
    found = pl.Series((index + epoch).astype(np.int32)).cast(pl.Date)
    return found.set(pl.Series(index < -1000), None)


def numbered(prefix: str, size: int, width: int = 6) -> pl.Series:
    """Running numbers: prefix and digits."""
    return prefix + pl.Series(np.arange(1, size + 1)).cast(pl.String).str.zfill(width)


def choice(texts: tuple[str | None, ...], number: np.ndarray) -> pl.Series:
    """The texts at these positions."""
    return pl.Series(texts, dtype=pl.String)[pl.Series(number.astype(np.int64))]
