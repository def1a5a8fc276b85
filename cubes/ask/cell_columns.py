"""The cells of a question as columns of numbers, all grouping sets together: names and a frame come last, and once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cubes.cells.cell_arrays import OTHERS, ROLLED_UP, Cells
from cubes.cells.cell_query import CellQuery, GroupingSet
from cubes.members.member_names import MemberNames
from cubes.model import Kind, Level, Measure


@dataclass(frozen=True, slots=True)
class CellColumns:
    """Per level the codes of the cells (int32, ROLLED_UP where there is none), their `grouping`, and their values.

    Values are float64, NaN where they are not known, or int64 where all are known whole numbers; those of a date are
    days since 1970. `measures` says what they are of.
    """

    levels: tuple[Level, ...]
    codes: tuple[np.ndarray, ...]
    grouping: np.ndarray
    measures: Mapping[str, Measure]
    values: Mapping[str, np.ndarray]

    @classmethod
    def of(
        cls, cell_query: CellQuery, ratios: Sequence[Measure], cells: Mapping[GroupingSet, Cells]
    ) -> CellColumns:
        """The cells of each set, one set after the other, with the ratios of what was read."""
        read = {
            each.name: _joined([own.values[each.name] for own in cells.values()])
            for each in cell_query.measures
        }
        values = {each.name: _told(each, read[each.name]) for each in cell_query.measures}
        values |= {each.name: quotient(read[each.numerator], read[each.denominator]) for each in ratios}
        return cls(
            cell_query.levels,
            _codes(len(cell_query.levels), cells),
            _joined([np.full(own.height, mask(each), np.int32) for each, own in cells.items()]),
            {each.name: each for each in (*cell_query.measures, *ratios)},
            values,
        )

    def frame(self, names: MemberNames) -> pl.DataFrame:
        """Per level its name, `.id` and `.code` (null where it is rolled up), then `grouping`, then the values."""
        columns: list[pl.Series] = []
        for at, (level, codes) in enumerate(zip(self.levels, self.codes, strict=True)):
            label, identity = names.of(level.name, codes)
            shown = pl.Series(f"{level.name}.code", codes)
            rolled_up = self.grouping & 1 << (len(self.levels) - 1 - at) > 0
            shown = shown.set(pl.Series(rolled_up), None) if rolled_up.any() else shown
            columns += [label, identity, shown]
        columns.append(pl.Series("grouping", self.grouping))
        columns += [self._shown(name, values) for name, values in self.values.items()]
        return pl.DataFrame(columns)

    def frame_in_order(
        self,
        order: np.ndarray,
        names: MemberNames,
        others: Mapping[str, str],
        values: Sequence[str],
    ) -> pl.DataFrame:
        """The rows in this order, as they are read: per level its name and id, `grouping`, then these values.

        Others are called as `others` says by level.
        """
        columns: list[pl.Series] = []
        for level, codes in zip(self.levels, self.codes, strict=True):
            own = codes[order]
            label, identity = names.of(level.name, own)
            if level.name in others:
                label = others_called(label, own, others[level.name])
            columns += [label, identity]
        columns.append(_repeated(self.grouping[order]))
        columns += [self._shown(name, self.values[name][order]) for name in values]
        return pl.DataFrame(columns)

    def _shown(self, name: str, values: np.ndarray) -> pl.Series:
        measure = self.measures[name]
        if values.dtype == np.int64:
            return pl.Series(name, values)
        series = pl.Series(name, values, nan_to_null=True)
        if measure.whole:
            return series.cast(pl.Int64)
        return series.cast(pl.Int32).cast(pl.Date) if measure.unit == "date" else series


def others_called(label: pl.Series, codes: np.ndarray, name: str) -> pl.Series:
    """The names of members with this one for Others."""
    return label.scatter(np.flatnonzero(codes == OTHERS), name)


def level_codes(frame: pl.DataFrame, level: str) -> np.ndarray:
    """The codes of a level (int32) in a frame of cells; ROLLED_UP where there is none."""
    found = frame[f"{level}.code"].to_numpy()
    return found if found.dtype == np.int32 else np.nan_to_num(found, nan=ROLLED_UP).astype(np.int32)


def _repeated(grouping: np.ndarray) -> pl.Series:
    """The column of groupings that ascend: most often one alone, which is quicker said than copied."""
    if len(grouping) and grouping[0] == grouping[-1]:
        return pl.Series("grouping", grouping[:1]).new_from_index(0, len(grouping))
    return pl.Series("grouping", grouping)


def mask(kept: GroupingSet) -> int:
    """The bits of the levels that a grouping set rolls up, the first level's the highest."""
    return sum(0 if keep else 1 << (len(kept) - 1 - at) for at, keep in enumerate(kept))


def _codes(levels: int, cells: Mapping[GroupingSet, Cells]) -> tuple[np.ndarray, ...]:
    if len(cells) == 1:
        (own,) = cells.values()
        return own.codes
    return tuple(
        np.concatenate([_of_level(each, own, at) for each, own in cells.items()]) for at in range(levels)
    )


def _of_level(kept: GroupingSet, cells: Cells, at: int) -> np.ndarray:
    if not kept[at]:
        return np.full(cells.height, ROLLED_UP, np.int32)
    return cells.codes[sum(kept[:at])]


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _told(measure: Measure, values: np.ndarray) -> np.ndarray:
    """What a measure says of each cell: a count of nothing is 0."""
    if not measure.whole:
        return values
    unknown = np.isnan(values)
    if measure.kind is Kind.DISTINCT or measure.aggregate == "count":
        values, unknown = np.where(unknown, 0, values), np.zeros(0, bool)
    return values if unknown.any() else values.astype(np.int64)


def quotient(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divided one by one; NaN by zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)
