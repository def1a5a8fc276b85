"""The marks of a chart: the cells of a grid as the frames that figures take."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pages.explore.explore_view import MOST_SHOWN
from pages.ui.answer_grid import AnswerGrid, Head, Ids
from pages.ui.figures import BETWEEN_IDS

MOST_COLUMNS = 60
MOST_BARS = 40


def points(grid: AnswerGrid, measure: str, most: int = MOST_SHOWN) -> pl.DataFrame:
    """The rows of the finest level: `id`, `label`, `value` and, where something is compared, `previous`."""
    heads, base = grid.members[:most], f"{measure}:base"
    columns = {"value": measure} | ({"previous": base} if grid.has(base) else {})
    return _with_values(grid, heads, columns)


def named(grid: AnswerGrid, heads: Sequence[Head]) -> pl.DataFrame:
    """The `id` and `label` of rows."""
    return pl.DataFrame(
        {
            "id": [BETWEEN_IDS.join(head.ids) for head in heads],
            "label": [_joined(grid, head.ids) for head in heads],
        },
        schema={"id": pl.String, "label": pl.String},
    )


def several(grid: AnswerGrid, columns: dict[str, str], most: int = MOST_BARS) -> pl.DataFrame:
    """The rows of the finest level with a column for each of `columns`: its name, and the measure in it."""
    return _with_values(grid, grid.members[:most], columns)


def cells(grid: AnswerGrid, measure: str, most: int = MOST_SHOWN) -> pl.DataFrame:
    """Rows by columns of their finest levels: the ids and labels of both, and `value`."""
    depth = len(grid.levels_of_columns)
    columns = [each for each in grid.columns if len(each.ids) == depth][:MOST_COLUMNS]
    return pl.DataFrame(
        [
            {
                "row_id": BETWEEN_IDS.join(row.ids),
                "row_label": _joined(grid, row.ids),
                "column_id": BETWEEN_IDS.join(column.ids),
                "column_label": column.label,
                "value": grid.value(measure, row.ids, column.ids),
            }
            for row in grid.members[:most]
            for column in columns
        ],
        schema={
            "row_id": pl.String,
            "row_label": pl.String,
            "column_id": pl.String,
            "column_label": pl.String,
            "value": pl.Float64,
        },
    )


def _with_values(grid: AnswerGrid, heads: Sequence[Head], columns: dict[str, str]) -> pl.DataFrame:
    values = (_values(grid, measure, heads).alias(name) for name, measure in columns.items())
    return named(grid, heads).hstack(list(values))


def _values(grid: AnswerGrid, measure: str, heads: Sequence[Head]) -> pl.Series:
    return pl.Series([grid.value(measure, head.ids) for head in heads], dtype=pl.Float64)


def _joined(grid: AnswerGrid, ids: Ids) -> str:
    levels = grid.levels_of_rows
    return " · ".join(grid.labels[level, identity] for level, identity in zip(levels, ids, strict=True))
