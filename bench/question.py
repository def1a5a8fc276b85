"""A question with what an analyst writes instead, and the one form in which its answers are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import isclose, isnan
from typing import Any

from bench import periods
from bench.measures import is_distinct
from cubes.query import Query

Key = tuple[str | None, ...]
Cells = dict[Key, tuple[float | None, ...]]
Namer = Callable[[str, str], str]
TOLERANCE = 1e-9


class Disagreement(Exception):
    """Two contestants answered one question differently, so that timing them means nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the cube, and what an analyst writes instead in SQL over star joins.

    All answer with the levels of the question (rows, then columns; null where rolled up), then the measures, in
    its order, then for a comparison each one's base and growth. `sql` calls members by their names; where it is
    empty, `bench.star` writes it.
    """

    name: str
    query: Query
    sql: str = ""

    @property
    def distinct(self) -> bool:
        """Whether anything must be counted distinctly for it."""
        return any(is_distinct(measure) for measure in self.query.measures)


def _as_is(_level: str, text: str) -> str:
    return text


def cells(levels: Sequence[str], rows: Iterable[Sequence[Any]], namer: Namer = _as_is) -> Cells:
    """The measures of each row by the ids of its members.

    A total of nothing is left out: some say it as a row of nulls, some not at all.
    """
    count, found = len(levels), Cells()
    for row in rows:
        key = tuple(_member(level, value, namer) for level, value in zip(levels, row[:count], strict=True))
        if key in found:
            raise Disagreement(f"The cell {key} stands twice in one answer.")
        found[key] = tuple(_number(value) for value in row[count:])
    whole = (None,) * count
    if whole in found and not any(found[whole]):
        del found[whole]
    return found


def agree(question: Question, one: tuple[str, Cells], other: tuple[str, Cells]) -> None:
    """Raises Disagreement, with the question's name and the first cell that differs.

    By periods, the first may show gaps as cells of zeros or nulls, which a rival has no lines of and leaves out.
    """
    (name, ours), (rival, theirs) = one, other
    in_time = any(periods.is_time(level) for level in question.query.by)
    for key in [*ours, *theirs]:
        mine, his = ours.get(key), theirs.get(key)
        if in_time and his is None and mine is not None and not any(mine):
            continue
        if mine is None or his is None or not _same(mine, his):
            where = " x ".join(str(member) for member in key) or "the total"
            raise Disagreement(f"{question.name}: at {where} {name} says {mine} and {rival} says {his}.")


def _same(one: tuple[float | None, ...], other: tuple[float | None, ...]) -> bool:
    return len(one) == len(other) and all(
        a == b if a is None or b is None else isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for a, b in zip(one, other, strict=True)
    )


def _member(level: str, value: Any, namer: Namer) -> str | None:
    if isinstance(value, date):
        return periods.name(level, value)
    return None if value is None else namer(level, str(value))


def _number(value: Any) -> float | None:
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    return float(value)
