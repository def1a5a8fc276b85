"""A day far from all others of a file: a mistyped year, which would decide what "now" is."""

from __future__ import annotations

from collections.abc import Sequence

from data.connection import Connection
from data.load.notation.date_notation import FIRST, LAST

FEWEST_ROWS, MOST_ALONE, MONTHS_APART = 20, 0.01, 12


def far_dates(connection: Connection, typed: str, file: str) -> list[str]:
    """A sentence where few rows of the typed table lie more than a year from all others."""
    extent = (
        f"SELECT year(max(f_date)) - year(min(f_date)) FROM {typed} WHERE f_date BETWEEN {FIRST} AND {LAST}"
    )
    if not connection.execute(extent).fetchall()[0][0]:
        return []
    months = connection.execute(
        f"""SELECT year(f_date) * 12 + month(f_date) AS month, count(*) FROM {typed}
        WHERE f_date BETWEEN {FIRST} AND {LAST} AND reason IS NULL GROUP BY month ORDER BY month"""
    ).fetchall()
    apart = _apart(months)
    if not apart:
        return []
    count, row, day = connection.execute(
        f"""SELECT count(*), min(row), min_by(f_date, row) FROM {typed}
        WHERE reason IS NULL AND year(f_date) * 12 + month(f_date) IN (SELECT unnest($months))""",
        {"months": apart},
    ).fetchall()[0]
    others = f" and {count - 1:,} more rows lie" if count > 1 else " lies"
    return [
        f"{file}: {day:%Y-%m-%d} in row {row:,}{others} more than a year from all other dates: is the year right?"
    ]


def _apart(months: Sequence[tuple[int, int]]) -> list[int]:
    """The months of few rows that are more than a year from those of the most.

    >>> _apart([(24288, 300), (24289, 310), (24750, 1)])
    [24750]
    """
    groups: list[list[tuple[int, int]]] = []
    for month, rows in months:
        if groups and month - groups[-1][-1][0] <= MONTHS_APART:
            groups[-1].append((month, rows))
        else:
            groups.append([(month, rows)])
    sizes = [sum(rows for _, rows in group) for group in groups]
    total = sum(sizes)
    if total < FEWEST_ROWS:
        return []
    most = max(1, MOST_ALONE * total)
    return [month for group, size in zip(groups, sizes, strict=True) if size <= most for month, _ in group]
