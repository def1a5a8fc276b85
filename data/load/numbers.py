"""How the numbers of a file are written: decided on whole columns, never value by value.

1.234 is a thousand in Milan and a little over one in London. A value such as 12,50 or 1.234,5 tells which, for
its column, and for the columns of the same file that do not tell. Where none tells and both readings differ,
the file is refused until the mapping says `decimal`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.errors import BadInput
from data.load.column import Column
from data.load.currency import NAMED

EXACT = "DECIMAL(18,6)"
COMMA = r",(\d{1,2}|\d{4,})$|\..*,|^0,|\.\d{3}\.\d"
POINT = r"\.(\d{1,2}|\d{4,})$|,.*\.|,\d{3},\d|^0\."
EITHER = r"\d{1,3},\d{3}"
WRITTEN = {
    ".": r"[+-]?(\d{1,3}(,\d{3})+|\d+|\d*\.\d+)(\.\d*)?",
    ",": r"[+-]?(\d{1,3}(\.\d{3})+|\d+|\d*,\d+)(,\d*)?",
}
# What stands around a number and is no part of it: spaces, apostrophes between thousands, currencies.
AROUND = rf"[\s\x{{00A0}}\x{{202F}}'’€$£¥]|^{NAMED}|{NAMED}$"


def decimal_marks(
    connection: Any, columns: Sequence[Column], said: str | None, where: str
) -> Mapping[Column, str]:
    """The decimal mark of each column. Errors: BadInput if a column can be read both ways and nothing decides."""
    texts = [column for column in columns if column.kind == "text" and not column.typed]
    marks = dict.fromkeys(columns, ".")
    if said:
        return marks | dict.fromkeys(texts, said)
    if not texts or not any(_may_differ(connection, column) for column in texts):
        return marks
    evidence = {column: _evidence(connection, column) for column in texts}
    points = sum(each[1] for each in evidence.values()) + _fractions(connection, columns)
    whole = _verdict(sum(each[0] for each in evidence.values()), points)
    for column, (comma, point, either, example) in evidence.items():
        mark = _verdict(comma, point) or whole
        if mark is None and either:
            raise BadInput(
                f"{column.name}: {example!r} may mean {example.replace(',', '')} or {example.replace(',', '.')}.",
                f'Say decimal = "." or decimal = "," in [{where}].',
            )
        marks[column] = mark or "."
    return marks


def _fractions(connection: Any, columns: Sequence[Column]) -> int:
    """How many columns staged as numbers hold a decimal point: it speaks for that mark in the others."""
    found = 0
    for column in columns:
        if column.typed:
            c = f"c{column.position}"
            sql = f"SELECT coalesce(bool_or({c} <> trunc({c})), false) FROM {column.table}"
            found += bool(connection.execute(sql).fetchall()[0][0])
    return found


def number_sql(text: str, column: Column, mark: str, into: str = EXACT) -> str:
    """SQL for the number that the SQL text `text` says, as the type `into`; null where it says none."""
    plain = f"TRY_CAST({text} AS {into})"
    if column.kind == "number" or column.typed:
        return plain
    if mark == ",":
        plain = f"CASE WHEN NOT contains({text}, '.') THEN TRY_CAST(replace({text}, ',', '.') AS {into}) END"
    bare = f"regexp_replace(replace({text}, '−', '-'), '{AROUND.replace(chr(39), chr(39) * 2)}', '', 'g')"
    signed = f"CASE WHEN {bare} LIKE '(%)' THEN '-' || trim({bare}, '()') " + (
        f"WHEN {bare} LIKE '_%-' THEN '-' || rtrim({bare}, '-') ELSE {bare} END"
    )
    digits = (
        f"replace({signed}, ',', '')" if mark == "." else f"replace(replace({signed}, '.', ''), ',', '.')"
    )
    slow = f"CASE WHEN regexp_full_match({signed}, '{WRITTEN[mark]}') THEN TRY_CAST({digits} AS {into}) END"
    return f"coalesce({plain}, {slow})"


def too_large_sql(text: str, column: Column, mark: str) -> str:
    """SQL for whether the SQL text `text` says a number of more digits than any amount has."""
    return f"abs({number_sql(text, column, mark, 'DOUBLE')}) BETWEEN 1e12 AND 1e308"


def _verdict(comma: int, point: int) -> str | None:
    if comma == point:
        return None
    return "," if comma > point else "."


def _may_differ(connection: Any, column: Column) -> bool:
    c = f"c{column.position}"
    sql = f"SELECT coalesce(bool_or(contains({c}, ',') OR {c} LIKE '%.%.%'), false) FROM {column.table}"
    return bool(connection.execute(sql).fetchall()[0][0])


def _evidence(connection: Any, column: Column) -> tuple[int, int, int, str]:
    """How many values speak for a decimal comma, for a decimal point, for either, and one of the latter."""
    c = f"c{column.position}"
    found: tuple[int, int, int, str] = connection.execute(
        f"""SELECT count(*) FILTER (regexp_matches(v, $comma)), count(*) FILTER (regexp_matches(v, $point)),
            count(*) FILTER (regexp_full_match(v, $either)), min(v) FILTER (regexp_full_match(v, $either))
        FROM (SELECT regexp_replace({c}, '[^0-9.,]', '', 'g') AS v FROM {column.table}
              WHERE contains({c}, ',') OR contains({c}, '.'))""",
        {"comma": COMMA, "point": POINT, "either": EITHER},
    ).fetchall()[0]
    return found
