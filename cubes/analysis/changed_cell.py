"""A case: one cell whose change is to be explained, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from cubes.analysis.contributions import Amounts, Effects, Numbers, of_ratio, of_sum, overlap
from cubes.ask.answer import Answer
from cubes.model import Cube, Kind, Measure
from cubes.query import Cut, Query, split_measure
from data.errors import BadRequest

Ask = Callable[[Query], Answer]
Top = tuple[tuple[str, int], ...]


class Case:
    """One cell: what is asked of it, and the amounts of its parts."""

    def __init__(self, ask: Ask, cube: Cube, query: Query) -> None:
        self.ask, self.cube = ask, cube
        self.measure = cube.measure(split_measure(query.measures[0])[0])
        _refuse(self.measure)
        ratio = self.measure.kind is Kind.RATIO
        parts = (self.measure.numerator, self.measure.denominator) if ratio else ()
        self.names = (self.measure.name, *parts)
        asked = replace(query.pinned(), measures=self.names, rows=(), columns=(), top=(), totals=False)
        if query.compare is None:
            raise BadRequest(
                "Nothing is compared, so nothing moved.",
                "Choose a period to compare with, such as the year before.",
            )
        found = ask(asked)
        self.query = replace(asked, cuts=found.query.cuts)
        answer = found.frame
        row = answer.row(0, named=True) if answer.height else {}
        self.value, self.base = _number(row, self.names[0]), _number(row, f"{self.names[0]}:base")
        self.whole = self.amounts(answer.head(1))
        known = self.value is not None and self.base is not None
        self.change = (self.value or 0.0) - (self.base or 0.0) if known else 0.0

    @property
    def is_ratio(self) -> bool:
        return self.measure.kind is Kind.RATIO

    @property
    def adds_up(self) -> bool:
        """Whether the measure of the cell is the sum over any parts of it."""
        return self.measure.kind is Kind.ADDITIVE

    @property
    def sums(self) -> bool:
        """Whether the measure, or both parts of the ratio, of a period are the sums over its days."""
        parts = [self.cube.measure(name) for name in self.names[1:] or self.names]
        return all(_sums(each) for each in parts)

    def amounts(self, frame: pl.DataFrame) -> Amounts:
        upper, lower = (self.names[1], self.names[2]) if self.is_ratio else (self.names[0], None)
        read = [
            f"{name}{what}" if name else None
            for name in (self.names[0], upper, lower)
            for what in ("", ":base")
        ]
        return Amounts(*(column(frame, name) for name in read))

    def effects(self, parts: Amounts, whole: Amounts | None = None) -> Effects:
        return of_ratio(parts, whole or self.whole) if self.is_ratio else of_sum(parts)

    def overlap(self, effects: Numbers) -> float:
        return overlap(self.change, effects, self.value or 0.0, self.base or 0.0)

    def members(self, level: str, top: Top = ()) -> pl.DataFrame:
        """One row a member: level, id, label, value, base, effect, rate, mix, presence, weight, beyond and size.

        `beyond` is what it moved beyond its part of an even move of all, `size` what its weight is a share of.
        """
        frame = self.ask(replace(self.query, rows=(level,), top=top)).frame
        amounts = self.amounts(frame)
        done = self.effects(amounts)
        size, size_base = (
            (amounts.lower, amounts.lower_base) if self.is_ratio else (amounts.value, amounts.base)
        )
        return pl.DataFrame(
            {
                "level": pl.Series([level] * frame.height, dtype=pl.String),
                "id": frame[f"{level}.id"],
                "label": frame[level],
                "value": self._own(frame, self.names[0]),
                "base": self._own(frame, f"{self.names[0]}:base"),
                "effect": done.effect,
                "rate": done.rate,
                "mix": done.mix,
                "presence": done.presence,
                "weight": done.weight,
                "beyond": done.effect - float(np.sum(done.effect)) * done.weight,
                "size": np.maximum(np.abs(size), np.abs(size_base)),
            }
        ).sort(pl.col("effect").abs(), "id", descending=[True, False], nulls_last=True)

    def _own(self, frame: pl.DataFrame, name: str) -> pl.Series:
        """A member's own value; nothing sold is 0, but a ratio without a denominator is none."""
        values = frame[name].cast(pl.Float64)
        return values if self.is_ratio else values.fill_null(0.0)

    def within(self, *members: Cut, without: Iterable[Cut] = ()) -> Query:
        """The cell cut to members, others left out."""
        inner = self.query.cut(*members)
        out: dict[str, tuple[str, ...]] = {}
        for each in without:
            out[each.level] = (*out.get(each.level, ()), *each.members)
        left = tuple(Cut(level, names, exclude=True) for level, names in out.items())
        return replace(inner, cuts=(*inner.cuts, *left))

    def effect(self, query: Query) -> float:
        """What one part of the cell added to its change."""
        amounts = self.amounts(self.ask(query).frame.head(1))
        return float(np.sum(self.effects(amounts).effect))


def _refuse(measure: Measure) -> None:
    extreme = measure.kind is Kind.ADDITIVE and measure.aggregate in ("min", "max")
    if extreme or measure.unit == "date" or measure.kind is Kind.HOLISTIC:
        raise BadRequest(
            f"{measure.label} has no parts that add up, so no member's part in its change can be told.",
            "Ask about a sum, a count or a ratio instead.",
        )


def _sums(measure: Measure) -> bool:
    return measure.kind is Kind.ADDITIVE or "time" in measure.additive_along


def _number(row: Mapping[str, object], name: str) -> float | None:
    value = row.get(name)
    return None if value is None else float(str(value))


def column(frame: pl.DataFrame, name: str | None) -> Numbers:
    """A column as numbers; ones where there is none to read. What is not known adds nothing."""
    if name is None:
        return np.ones(frame.height)
    return frame[name].cast(pl.Float64).fill_null(0.0).to_numpy()
