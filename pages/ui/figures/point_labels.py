"""Which points of a scatter are named: those that tell most, as long as their names do not meet."""

from __future__ import annotations

import math
from typing import Any

MOST, WIDTH = 8, 240  # names, and pixels of the narrowest plot in which they must not meet
CHARACTER, LINE, AXES = 7, 18, 90


def telling(rows: list[dict[str, Any]], axes: dict[str, dict[str, Any]], height: int) -> list[int]:
    """The places of the rows to be named: first the furthest from the middle and the largest, no two names touching."""
    spots = [_spot(row, axes, height) for row in rows]
    middle = [sorted(axis)[len(spots) // 2] for axis in zip(*spots, strict=True)] if spots else []
    largest = max((row.get("size") or 0 for row in rows), default=0) or 1

    def tells(place: int) -> float:
        far = math.dist(spots[place], middle) / math.hypot(WIDTH, height)
        return far + max(rows[place].get("size") or 0, 0) / largest

    chosen: list[int] = []
    for place in sorted(range(len(rows)), key=tells, reverse=True):
        if len(chosen) < MOST and not any(_touch(rows, spots, place, other) for other in chosen):
            chosen.append(place)
    return sorted(chosen)


def _spot(row: dict[str, Any], axes: dict[str, dict[str, Any]], height: int) -> tuple[float, float]:
    """Where a row lies in pixels, in a plot of the narrowest width."""
    shares = []
    for key in ("x", "y"):
        axis = axes[key]
        value = math.log10(row[key]) if axis.get("type") == "log" else row[key]
        low, high = axis["range"]
        shares.append((value - low) / ((high - low) or 1))
    return shares[0] * WIDTH, shares[1] * (height - AXES)


def _touch(rows: list[dict[str, Any]], spots: list[tuple[float, float]], one: int, other: int) -> bool:
    reach = CHARACTER * (min(len(rows[one]["label"]), 18) + min(len(rows[other]["label"]), 18)) / 2
    return abs(spots[one][0] - spots[other][0]) < reach and abs(spots[one][1] - spots[other][1]) < LINE
