"""A figure in words, for those who do not see it: what kind, of what, how many marks, the ends, the course."""

from __future__ import annotations

from typing import Any

import polars as pl

from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rest_members import is_others
from pages.ui.figures.time_axis import period_text
from pages.ui.style import formats

NAMES = ("label", "row_label", "column_label", "when")


def described(frame: pl.DataFrame, *, kind: str, measure: Quantity, adds: bool = False) -> str:
    """One paragraph of plain text on a frame that a figure draws, `value` being the measure.

    Others counts as a value and in the total, told where the measure `adds`, but is never the greatest or the least.
    With `period`, the first and the last period of each line are told instead of the total, and how it moved.
    """
    rows = [row for row in _timed(frame) if row.get("value") is not None]
    said = [f"{kind} of {measure.label}, {formats.count_text(frame.height, 'value')}."]
    if not rows:
        return f"{said[0]} No value is known."
    if len(rows) < frame.height:
        said.append(f"{formats.number_text(frame.height - len(rows))} not known.")
    said.append(_ends([row for row in rows if not is_others(row.get("id"))] or rows, measure))
    if "period" in frame.columns:
        said.append(_course(rows, measure))
    elif adds:
        said.append(f"Total {measure.text(sum(row['value'] for row in rows))}.")
    return " ".join(each for each in said if each)


def _timed(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows, each period with its name."""
    rows = frame.to_dicts()
    periods = {row["period"] for row in rows if row.get("period")}
    return [
        row | ({"when": period_text(row["period"], periods)} if row.get("period") else {}) for row in rows
    ]


def _ends(rows: list[dict[str, Any]], measure: Quantity) -> str:
    greatest, least = max(rows, key=_size), min(rows, key=_size)
    most = f"{_name(greatest)}{measure.text(greatest['value'])}"
    if greatest is least:
        return f"{most}."
    return f"Greatest: {most}. Least: {_name(least)}{measure.text(least['value'])}."


def _size(row: dict[str, Any]) -> float:
    return float(row["value"])


def _name(row: dict[str, Any]) -> str:
    names = [str(row[each]) for each in NAMES if row.get(each)]
    return f"{', '.join(names)} " if names else ""


def _course(rows: list[dict[str, Any]], measure: Quantity) -> str:
    """From the first whole period to the last, for one line; how many lines there are, for several."""
    if len({row.get("id") for row in rows}) > 1:
        return formats.count_text(len({row.get("id") for row in rows}), "line") + "."
    whole = sorted((row for row in rows if not row.get("partial")), key=lambda row: row["period"])
    if len(whole) < 2:
        return ""
    first, last = whole[0], whole[-1]
    change = formats.delta_text(last["value"], first["value"], measure.unit)
    moved = f", {change}" if change else ""
    return (
        f"From {first['when']} {measure.text(first['value'])} to "
        f"{last['when']} {measure.text(last['value'])}{moved}."
    )
