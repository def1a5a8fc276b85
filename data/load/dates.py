"""How the dates of a file are written: decided on whole columns, never value by value.

03/04/2024 is a day in April in Milan and a day in March in New York. A value above 12 tells which, for its
column. Where none does and the readings differ, the file is refused until the mapping says `date_format`.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.errors import BadInput, Undecided
from data.load.column import Column
from data.load.habits import check_kept

FIRST, LAST = "DATE '1900-01-01'", "DATE '2199-12-31'"
TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M", "T%H:%M:%S")
NUMERIC = r"^(\d{1,2})\s*[./-]\s*(\d{1,2})[./-]\d"
NAMED = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d/%b/%Y")
FRIENDLY = (("yyyy", "%Y"), ("yy", "%y"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d"), ("d", "%d"), ("m", "%m"))
# A time of the day, and after it Z, an offset or the name of a zone.
ZONED = r"\d:\d\d(:\d\d([.,]\d+)?)?\s*([Zz]|[+-]\d\d(:?\d\d)?|UTC|GMT|[A-Z][A-Za-z_]+/[A-Za-z_/+-]+)\s*$"
SHAPES = 60
STRAY = 0.01


@dataclass(frozen=True, slots=True)
class Order:
    """Whether dates begin with the day ("dm") or the month ("md"), and whether their own values told it."""

    first: str
    told: bool


def day_order(
    connection: Any,
    column: Column,
    said: str | None,
    where: str,
    before: Mapping[str, str],
    settled: Collection[str],
) -> Order:
    """What stands first in the dates of `column`; `before` is what earlier deliveries told of it.

    Errors: BadInput if day and month may change places and nothing decides, or they are written otherwise than
    before (and that is not in `settled`).
    """
    if column.typed or said or column.kind != "text" or _are_iso(connection, column):
        return Order("dm", False)
    order = _order(connection, column, where, before.get(column.name))
    if order.told:
        check_kept("dates", column.name, order.first, before, settled, where)
    return order


def day_sql(
    connection: Any, text: str, column: Column, said: str | None, order: str, zone: str | None = None
) -> str:
    """SQL for the day that the SQL text `text` says; null where it says none.

    A value that tells its own zone or offset is a moment: its day is that of `zone` (SQL for an IANA name), or,
    without one, the day as it is written. Errors: BadInput as of `date_sql`.
    """
    parsed = date_sql(connection, text, column, said, order)
    if zone is None or column.kind == "number":
        return parsed
    if column.instant:
        return f"(TRY_CAST({text} AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE {zone})::DATE"
    if column.typed:
        return parsed
    moment = f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE {zone})::DATE"
    return f"CASE WHEN regexp_matches({text}, '{ZONED}') THEN {moment} ELSE {parsed} END"


def date_sql(
    connection: Any, text: str, column: Column, said: str | None, order: str, kind: str = "DATE"
) -> str:
    """SQL for the date (or, as `kind`, TIMESTAMP) that the SQL text `text` says; null where it says none.

    Errors: BadInput if day and month may change places and nothing decides.
    """
    if column.typed and column.type in ("DATE", "TIMESTAMP"):
        parsed = f"TRY_CAST({text} AS {kind})"
    elif said:
        parsed = _by_formats(text, said_formats(said), kind)
    elif column.kind == "number":
        serial = f"TRY_CAST({text} AS DOUBLE)"
        parsed = (
            f"(TIMESTAMP '1899-12-30' + to_microseconds(TRY_CAST({serial} * 86400000000 AS BIGINT)))::{kind}"
        )
    elif column.kind == "date":
        parsed = f"TRY_CAST({text} AS {kind})"
    else:
        formats = _formats(connection, column, order)
        plain = f"TRY_CAST({text} AS {kind})"
        parsed = f"coalesce({_by_formats(text, formats, kind)}, {plain})" if formats else plain
    return parsed


def said_formats(said: str) -> list[str]:
    """The formats of a mapping's `date_format`, written as dd/mm/yyyy or as %d/%m/%Y.

    >>> said_formats("dd.mm.yyyy")[:2]
    ['%d.%m.%Y', '%d.%m.%Y %H:%M']
    """
    form = said
    if "%" not in said:
        day, _, _ = said.lower().partition(" h")
        form = re.sub("|".join(word for word, _ in FRIENDLY), lambda found: dict(FRIENDLY)[found[0]], day)
    if "%d" not in form or not re.fullmatch(r"(%[a-zA-Z]|[ .,:/T-])+", form):
        raise BadInput(f"date_format = {said!r} is not known.", 'Write it like "dd/mm/yyyy" or "%d/%m/%Y".')
    return [form] if "%H" in form or "%I" in form else [form + time for time in TIMES]


def _by_formats(text: str, formats: list[str], kind: str) -> str:
    listed = ", ".join(f"'{each}'" for each in formats)
    return f"CAST(try_strptime({text}, [{listed}]) AS {kind})"


def _formats(connection: Any, column: Column, order: str) -> list[str]:
    """The formats that the values of `column` are in, the commonest first; none if all are ISO."""
    if _are_iso(connection, column):
        return []
    shapes = _shapes(connection, column)
    weights: dict[str, int] = {}
    for _, count, *examples in shapes:
        form = next(
            (each for each in _candidates(order) if any(_reads(each, value) for value in examples)), None
        )
        if form:
            weights[form] = weights.get(form, 0) + count
    return sorted(weights, key=lambda form: (-weights[form], form))


def _are_iso(connection: Any, column: Column) -> bool:
    """Whether all values begin with a year and read as they are: the quick way out for most files."""
    c = f"c{column.position}"
    odd = f"TRY_CAST({c} AS DATE) IS NULL OR NOT ({c} LIKE '____-%' OR {c} LIKE '____/%')"
    sql = f"SELECT coalesce(bool_or({odd}), false) FROM {column.table} WHERE trim({c}) <> ''"
    return not connection.execute(sql).fetchall()[0][0]


def _shapes(connection: Any, column: Column) -> list[tuple[Any, ...]]:
    """The commonest shapes of the values (digits as 9), how often, and examples."""
    c = f"trim(c{column.position})"
    rows = connection.execute(
        f"""SELECT translate({c}, '0123456789', '9999999999') AS shape, count(*), min({c}), max({c}), any_value({c})
        FROM {column.table} WHERE {c} <> '' GROUP BY shape ORDER BY count(*) DESC, shape LIMIT {SHAPES}"""
    ).fetchall()
    return list(rows)


def _order(connection: Any, column: Column, where: str, before: str | None) -> Order:
    c = f"trim(c{column.position})"
    day, month, either, dots, example = connection.execute(
        f"""SELECT count(*) FILTER (a BETWEEN 13 AND 31 AND b <= 12), count(*) FILTER (b BETWEEN 13 AND 31 AND a <= 12),
            count(*) FILTER (a <= 12 AND b <= 12 AND a <> b), coalesce(bool_and(contains(v, '.')), false),
            min(v) FILTER (a <= 12 AND b <= 12 AND a <> b)
        FROM (SELECT v, TRY_CAST(regexp_extract(v, $numeric, 1) AS INTEGER) AS a,
                     TRY_CAST(regexp_extract(v, $numeric, 2) AS INTEGER) AS b
              FROM (SELECT DISTINCT {c} AS v FROM {column.table}) WHERE regexp_matches(v, $numeric))""",
        {"numeric": NUMERIC},
    ).fetchall()[0]
    fewer, more = sorted((day, month))
    if more and fewer <= STRAY * more:
        return Order("dm" if day > month else "md", True)
    if not more and (before or dots or not either):
        return Order(before or "dm", False)
    if not more:
        raise Undecided(
            f"{column.name}: no date tells whether {example!r} begins with the day or the month.",
            f'Say date_format = "dd/mm/yyyy" or "mm/dd/yyyy" in [{where}].',
            "date_format",
            _ways(example),
        )
    raise Undecided(
        f"{column.name}: {day} dates can only begin with the day and {month} only with the month.",
        f'Say date_format = "dd/mm/yyyy" or "mm/dd/yyyy" in [{where}], or mend the file.',
        "date_format",
        _ways(example or "01/02/2000"),
    )


def _ways(example: str) -> dict[str, str]:
    """Both formats that a date may be written in, by what it would be then.

    >>> _ways("3.4.24 10:00")
    {'Day first: 3 April 24': 'dd.mm.yy', 'Month first: 4 March 24': 'mm.dd.yy'}
    """
    one, mark, other, year = re.findall(r"(\d+)\s*([./-])\s*(\d+)\s*[./-]\s*(\d+)", example)[0]
    years = "y" * (4 if len(year) > 2 else 2)
    return {
        f"Day first: {int(one)} {month_name[int(other)]} {year}": mark.join(("dd", "mm", years)),
        f"Month first: {int(other)} {month_name[int(one)]} {year}": mark.join(("mm", "dd", years)),
    }


def _candidates(order: str) -> list[str]:
    days = [
        f"%d{mark}%m{mark}{year}" if order == "dm" else f"%m{mark}%d{mark}{year}"
        for year in ("%Y", "%y")
        for mark in "/.-"
    ]
    return [day + time for day in (*days, *NAMED, "%Y.%m.%d", "%Y%m%d") for time in TIMES]


def _reads(form: str, value: str) -> bool:
    """Whether `value` is a date in `form`, in a year of four digits where it has them."""
    try:
        return datetime.strptime(value, form).year >= 1900
    except ValueError:
        return False
