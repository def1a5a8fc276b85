"""Purchase days in order: what each customer bought on which day, encoded once, so that every question is cheap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest

Integers = npt.NDArray[np.signedinteger[Any]]
COLUMNS = ("customer", "day", "item")


@dataclass(frozen=True, slots=False, eq=False)
class PurchaseDays:
    """What each customer bought, day by day.

    A row of `customer` (place in `customers`) and `day` (whole days) is a customer's day, in that order; the items of
    row r (places in `items`, each once, ascending) are `bought[bounds[r]:bounds[r + 1]]`.
    """

    customers: tuple[str, ...]
    items: tuple[str, ...]
    customer: Integers
    day: Integers
    bounds: Integers
    bought: Integers

    def __len__(self) -> int:
        return len(self.customers)

    @cached_property
    def moments(self) -> Integers:
        """A number a row that rises from customer to customer, and within one by a day a day."""
        first = self.day - self.day.min(initial=0)
        return np.asarray(self.customer * (int(first.max(initial=0)) + 1) + first)

    @cached_property
    def ends(self) -> Integers:
        """Of each customer, the row after their last."""
        return np.searchsorted(self.customer, np.arange(len(self)), side="right")

    @cached_property
    def counts(self) -> Integers:
        """How many customers bought each item."""
        return np.bincount(self._last_rows[0], minlength=len(self.items))

    def first_of_each(self, rows: Integers) -> Integers:
        """Of rows that ascend, the first of each customer."""
        who = self.customer[rows]
        return rows[np.concatenate([[True], who[1:] != who[:-1]])] if len(rows) else rows

    def first_after(self, rows: Integers, gap: int) -> Integers:
        """The first row that is so many days later than each, of whomever."""
        if gap == 1:
            return rows + 1
        return np.searchsorted(self.moments, self.moments[rows] + gap)

    def customers_since(self, rows: Integers, customers: Integers) -> Integers:
        """How many of these customers have each item in a row of theirs that is not before the one given for them."""
        items, last, bounds = self._last_rows
        places, owner = spread(bounds[customers], bounds[customers + 1])
        return np.bincount(items[places[last[places] >= rows[owner]]], minlength=len(self.items))

    def rows_with(self, item: int) -> Integers:
        """The rows that hold an item, ascending."""
        order, bounds = self._by_item
        return order[bounds[item] : bounds[item + 1]]

    def items_of(self, rows: Integers) -> tuple[Integers, Integers]:
        """The items of rows one after another, and of which place in `rows` each is."""
        return spread(self.bounds[rows], self.bounds[rows + 1], self.bought)

    def only(self, kept: npt.NDArray[np.bool_]) -> PurchaseDays:
        """The same without the items that are not kept; days without any stay."""
        held = kept[self.bought]
        sizes = np.bincount(self._row_of_each[held], minlength=len(self.day))
        return replace(self, bounds=_bounds(sizes), bought=self.bought[held])

    def shuffled(self, random: np.random.Generator) -> PurchaseDays:
        """Each customer's days as they are, with what was bought on them dealt anew among the customer's own days."""
        order = np.argsort(self.customer + random.random(len(self.day)))
        bought, _ = self.items_of(order)
        return replace(self, bounds=_bounds(np.diff(self.bounds)[order]), bought=bought)

    @cached_property
    def _row_of_each(self) -> Integers:
        return np.repeat(np.arange(len(self.day)), np.diff(self.bounds))

    @cached_property
    def _by_item(self) -> tuple[Integers, Integers]:
        narrow = np.uint16 if len(self.items) < 1 << 16 else np.int64
        order = np.argsort(self.bought.astype(narrow), kind="stable")  # of 16 bits numpy sorts by counting
        return self._row_of_each[order], _bounds(np.bincount(self.bought, minlength=len(self.items)))

    @cached_property
    def _last_rows(self) -> tuple[Integers, Integers, Integers]:
        """Each customer's items, each once, the last row with each, and where each customer's begin."""
        width = max(len(self.items), 1)
        keys = self.customer[self._row_of_each] * width + self.bought
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        last = np.flatnonzero(np.append(keys[1:] != keys[:-1], [True] * min(len(keys), 1)))
        bounds = np.searchsorted(keys[last], np.arange(len(self) + 1) * width)
        return keys[last] % width, self._row_of_each[order[last]], bounds


def encode_days(frame: pl.DataFrame) -> PurchaseDays:
    """Encode rows of `customer` (text), `day` (date or whole number) and `item` (text).

    Repeats of an item on a day count once; rows where any is missing are left out. Raises BadRequest when a column
    or every row is missing.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise BadRequest(
            f"The purchases have no column {', '.join(missing)}.",
            "Give a customer, a day and an item in each row.",
        )
    day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
    known = frame.select(pl.col("customer").cast(pl.String), day, pl.col("item").cast(pl.String)).drop_nulls()
    if known.is_empty():
        raise BadRequest("There are no purchases of known customers.", "Widen the filter or the period.")
    names = {name: known[name].unique().sort() for name in ("customer", "item")}
    codes = (pl.Series(name, each.search_sorted(known[name])).cast(pl.Int64) for name, each in names.items())
    rows = known.with_columns(*codes).unique().sort(COLUMNS)
    days = rows.group_by("customer", "day", maintain_order=True).len()
    return PurchaseDays(
        tuple(names["customer"]),
        tuple(names["item"]),
        days["customer"].to_numpy(),
        days["day"].to_numpy(),
        _bounds(days["len"].to_numpy()),
        rows["item"].to_numpy(),
    )


def spread(begins: Integers, ends: Integers, values: Integers | None = None) -> tuple[Integers, Integers]:
    """The places from each begin to before its end one after another (or the values there), and of which each is."""
    sizes = ends - begins
    owner = np.repeat(np.arange(len(sizes)), sizes)
    places = np.arange(len(owner)) + np.repeat(begins - np.cumsum(sizes) + sizes, sizes)
    return (places if values is None else values[places]), owner


def _bounds(sizes: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
