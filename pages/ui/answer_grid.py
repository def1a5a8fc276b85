"""An answer laid out as rows by columns, in reading order: what pivot, charts and exports all draw from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cubes.ask.answer import Answer
from cubes.member_order import MemberOrder
from cubes.model import Cube
from cubes.query import Derivation, split_measure
from data.model.calendar import day_key
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.period_choices import fact_of

Ids = tuple[str, ...]
ROWS, COLUMNS = 0, 1


@dataclass(frozen=True, slots=True)
class Head:
    """One row or column: the ids of its members from the first level down; a shorter tuple is a subtotal."""

    ids: Ids
    label: str


class AnswerGrid:
    """The cells of an answer that was asked with totals, found by the ids of their row and column.

    `places` puts members of levels among the columns first, in its order; the others follow in the usual one.
    """

    def __init__(self, answer: Answer, cube: Cube, places: Iterable[tuple[str, Ids]] = ()) -> None:
        self.answer, self.cube = answer, cube
        self._chosen = {level: {each: at for at, each in enumerate(ids)} for level, ids in places}
        self.levels_of_rows, self.levels_of_columns = answer.query.rows, answer.query.columns
        self.labels: dict[tuple[str, str], str] = {}
        self._arrays: dict[str, np.ndarray] = {}
        self._frame = frame = self._placed(answer)
        self._paths: tuple[list[str], list[str]] = (frame["@0"].to_list(), frame["@1"].to_list())
        self._at: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self.rows = self._heads(frame, ROWS)
        self.columns = self._heads(frame, COLUMNS)
        self._places = tuple(self._places_of(side) for side in (ROWS, COLUMNS))

    @property
    def levels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The levels of rows and of columns."""
        return self.levels_of_rows, self.levels_of_columns

    def array(self, column: str) -> np.ndarray:
        """The values of one column of the answer, rows by columns, totals last; NaN where there is nothing.

        Dates are days since 1970.
        """
        if column not in self._arrays:
            self._arrays[column] = self._array(column)
        return self._arrays[column]

    def has(self, column: str) -> bool:
        """Whether the answer has a column of this name."""
        return column in self._frame.columns

    def withheld(self, column: str) -> np.ndarray | None:
        """Where the values of a column are withheld, rows by columns, totals last; None where none is."""
        marks = self.answer.withheld
        return self._laid_out(marks[column]) == 1 if marks is not None and column in marks.columns else None

    def value(self, column: str, row: Ids = (), across: Ids = ()) -> float | None:
        """The value of one cell; None where there is nothing."""
        row_at, column_at = (
            self._at[side].get(BETWEEN_IDS.join(ids)) for side, ids in enumerate((row, across))
        )
        if row_at is None or column_at is None or not self.has(column):
            return None
        found = self.array(column)[row_at, column_at]
        return None if np.isnan(found) else float(found)

    @property
    def members(self) -> list[Head]:
        """The rows of the finest level."""
        return [head for head in self.rows if len(head.ids) == len(self.levels_of_rows)]

    def is_partial(self, level: str, identity: str, profile: Profile) -> bool:
        """Whether the data end inside this period."""
        end = profile.extents[fact_of(self.answer.query, profile)].last_day
        if not self.cube.level(level).is_time or identity == OTHERS or end is None:
            return False
        days = profile.calendar.days_written(level, identity)
        return days.first <= day_key(end) < days.last

    def _placed(self, answer: Answer) -> pl.DataFrame:
        """The cells with the ids of their row and column, joined, as `@0` and `@1`; "" is the total."""
        by = answer.query.by
        rolled = {level: pl.col("grouping") & (1 << (len(by) - 1 - at)) != 0 for at, level in enumerate(by)}

        def path(levels: tuple[str, ...]) -> pl.Expr:
            ids = [pl.when(~rolled[each]).then(pl.col(f"{each}.id").fill_null(OTHERS)) for each in levels]
            return pl.concat_str(ids, separator=BETWEEN_IDS, ignore_nulls=True) if ids else pl.lit("")

        return answer.frame.with_columns_seq(  # other threads cost more than they do here
            path(levels).alias(f"@{side}") for side, levels in enumerate(self.levels)
        )

    def _heads(self, frame: pl.DataFrame, side: int) -> list[Head]:
        """The members of one side, in order. Lists and no expressions: each of these would wait for another thread."""
        levels, (paths, across) = self.levels[side], (self._paths[side], self._paths[1 - side])
        own = [at for at, path in enumerate(paths) if path and not across[at]]
        names = [frame[level].to_list() for level in levels]
        found: dict[Ids, str] = {}
        for at in own:
            ids = tuple(paths[at].split(BETWEEN_IDS))
            for depth in range(len(ids)):  # also a member of which no total is known stands above its own
                found.setdefault(ids[: depth + 1], names[depth][at])
        heads = [Head(ids, label) for ids, label in found.items()]
        self.labels.update({(levels[len(head.ids) - 1], head.ids[-1]): head.label for head in heads})
        values = self._ranking(frame, own, side)
        order = self.answer.query.order if side == ROWS else None
        ordered = sorted(heads, key=lambda head: self._place(head.ids, levels, values, order))
        self._at[side].update({BETWEEN_IDS.join(head.ids): at for at, head in enumerate(ordered)})
        self._at[side][""] = len(ordered)
        return ordered

    def _ranking(self, frame: pl.DataFrame, own: Sequence[int], side: int) -> dict[str, float | None]:
        """The value by which each head is ranked: of the total, or of the column that the order names."""
        query, paths = self.answer.query, self._paths[side]
        order = query.order if side == ROWS and query.order and not query.order.by_name else None
        column = order.measure if order else query.measures[0]
        if order and order.within:
            within = BETWEEN_IDS.join(cut.members[0] for cut in order.within)
            own = [at for at, path in enumerate(paths) if path and self._paths[COLUMNS][at] == within]
        values = _numbers(frame[column], strict=False).to_list()
        if order is None and split_measure(column)[1] is Derivation.RANK:
            values = [each and -each for each in values]  # the first stands first
        return {paths[at]: values[at] for at in own}

    def _place(
        self, ids: Ids, levels: tuple[str, ...], values: dict[str, float | None], order: MemberOrder | None
    ) -> tuple[Any, ...]:
        """Where a head stands: periods in time, others by value, or as the question orders; "Others" last.

        A subtotal stands before its members, the unknown customer after "Others".
        """
        place: list[Any] = []
        for depth, identity in enumerate(ids):
            level = self.cube.level(levels[depth])
            chosen = self._place_chosen(level.name, identity)
            if level.is_time and order is None:
                place.append((0, 0, chosen, identity))
                continue
            label = identity if level.is_time else self.labels[level.name, identity]
            nobody = level.is_customer and identity == UNKNOWN
            turned = order is not None and order.ascending
            ranked: tuple[Any, ...]
            if order is not None and order.by_name:
                ranked = (_Turned(label.casefold(), not turned),)
            else:
                value = values.get(BETWEEN_IDS.join(ids[: depth + 1]))
                ranked = (value is None, (value or 0.0) * (1 if turned else -1), label)
            place.append((nobody, identity == OTHERS, chosen, *ranked))
        return tuple(place)

    def _place_chosen(self, level: str, identity: str) -> int:
        """Where a member was put among the columns; beyond all others where it was not."""
        chosen = self._chosen.get(level, {}) if level in self.levels_of_columns else {}
        return chosen.get(identity, len(chosen))

    def _array(self, column: str) -> np.ndarray:
        return self._laid_out(self._frame[column])

    def _laid_out(self, column: pl.Series) -> np.ndarray:
        rows, columns = self._places
        known = (rows >= 0) & (columns >= 0)
        values = _numbers(column).to_numpy()  # nulls as NaN
        found = np.full((len(self.rows) + 1, len(self.columns) + 1), np.nan)
        found[rows[known], columns[known]] = values[known]
        return found

    def _places_of(self, side: int) -> np.ndarray:
        """Which row or column each cell stands in; -1 for none."""
        at = self._at[side]
        return np.array([at.get(path, -1) for path in self._paths[side]], np.int64)


def _numbers(values: pl.Series, strict: bool = True) -> pl.Series:
    """Values as floats, days as those since 1970."""
    plain = values if values.dtype.is_numeric() else values.to_physical()
    return plain.cast(pl.Float64, strict=strict)


@dataclass(frozen=True, slots=True)
class _Turned:
    """A text that sorts from Z to A where it is turned."""

    text: str
    turned: bool

    def __lt__(self, other: _Turned) -> bool:
        return other.text < self.text if self.turned else self.text < other.text
