"""A question three ways, and the one form in which its answers are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isclose, isnan
from typing import Any

from cubes.calendar import day_key, period_at, period_id
from cubes.query import Query

Key = tuple[str | None, ...]
Cells = dict[Key, tuple[float | None, ...]]
TOLERANCE = 1e-9


class Disagreement(Exception):
    """Two contestants answered one question differently, so that timing them means nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the cube; what an analyst writes instead in SQL over star joins, and in pandas.

    Both rivals answer with the levels of the question (rows, then columns; null where rolled up), then the
    measures, in its order. `frames` gets the merged frame of all order lines and returns one frame for each
    grain, its index named by the levels that it keeps.
    """

    name: str
    query: Query
    sql: str
    frames: Callable[[Any], Sequence[Any]]


def cells(levels: Sequence[str], rows: Iterable[Sequence[Any]]) -> Cells:
    """The measures of each row by the members of its levels."""
    count = len(levels)
    found: Cells = {}
    for row in rows:
        key = tuple(_member(level, value) for level, value in zip(levels, row[:count], strict=True))
        if key in found:
            raise Disagreement(f"The cell {key} stands twice in one answer.")
        found[key] = tuple(_number(value) for value in row[count:])
    return found


def agree(question: Question, one: tuple[str, Cells], other: tuple[str, Cells]) -> None:
    """Raises Disagreement, with the question's name and the first cell that differs."""
    (name, ours), (rival, theirs) = one, other
    for key in [*ours, *theirs]:
        mine, his = ours.get(key), theirs.get(key)
        if mine is None or his is None or not _same(mine, his):
            where = " x ".join(str(member) for member in key) or "the total"
            raise Disagreement(f"{question.name}: at {where} {name} says {mine} and {rival} says {his}.")


def _same(one: tuple[float | None, ...], other: tuple[float | None, ...]) -> bool:
    return len(one) == len(other) and all(
        a == b if a is None or b is None else isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for a, b in zip(one, other, strict=True)
    )


def _member(level: str, value: Any) -> str | None:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return period_id(level, period_at(level, day_key(value)))
    return None if value is None else str(value)


def _number(value: Any) -> float | None:
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    return float(value)
