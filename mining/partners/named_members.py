"""Codes of products and partners as people read them: by name, with the number that sources give them beside it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

NOBODY = "(no partner named)"


def named(frame: pl.DataFrame, **names: pl.DataFrame) -> pl.DataFrame:
    """The frame with each column that `names` has members of (code, id, label) as `<column>_id` and name, in its place.

    Code 0 of a partner is nobody; null stays null.
    """
    for column, members in names.items():
        told = {code: (id, label) for code, id, label in members.select("code", "id", "label").iter_rows()}
        codes = frame[column].to_list()
        ids, labels = (
            pl.Series(name, [_text(told, code, at) for code in codes], dtype=pl.String)
            for at, name in enumerate((f"{column}_id", column))
        )
        place = frame.columns.index(column)
        frame = frame.drop(column).insert_column(place, labels).insert_column(place, ids)
    return frame


def _text(told: Mapping[int, tuple[str, str]], code: int | None, at: int) -> str | None:
    if code is None:
        return None
    return (("", NOBODY)[at] if code == 0 else None) or told.get(code, (str(code), str(code)))[at]
