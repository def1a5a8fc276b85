"""How the numbers of a file are written: decided on whole columns, never value by value.

1.234 is a thousand in Milan and a little over one in London. A value such as 12,50 or 0.315 tells which, for its
column. For a column that does not tell, the earlier deliveries do, then the other columns of the file; a point in a
file that is English throughout is decimal. Else, where both readings are possible, the file is refused until the
mapping says `decimal`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from data.connection import Connection
from data.errors import Undecided
from data.load.notation.currency_names import ABBREVIATION, NAMED
from data.load.notation.staged_column import StagedColumn
from data.load.notation.stream_habits import check_kept

NOTHING: Mapping[str, str] = MappingProxyType({})
EXACT = "DECIMAL(18,6)"
COMMA = r",(\d{1,2}|\d{4,})$|\..*,|^0?,|^\d{4,},|\.\d{3}\.\d"
POINT = r"\.(\d{1,2}|\d{4,})$|,.*\.|^0?\.|^\d{4,}\.|,\d{3},\d"
EITHER = r"\d{1,3}[.,]\d{3}"
FOREIGN = (
    r"[^\x00-\x7f]|datum|betrag|menge|preis|umsatz|kunde|rechnung|\bdata\b|importo|prezzo|cliente|fattura|date de"
    r"|montant|prix|quantite|fecha|importe|precio|cantidad|valor|bedrag|prijs|klant"
)
FIRST_ROWS, MORE_ROWS = 2_000, 20_000
WRITTEN = {
    ".": r"[+-]?(\d{1,3}(,\d{3})+|\d+|\d*\.\d+)(\.\d*)?",
    ",": r"[+-]?(\d{1,3}(\.\d{3})+|\d+|\d*,\d+)(,\d*)?",
}
# What stands around a number and is no part of it: spaces, apostrophes between thousands, currencies.
AROUND = rf"[\s\x{{00A0}}\x{{202F}}'’€$£¥]|^{NAMED}|{NAMED}$"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many values speak for a decimal comma, for a point, and for either; and one of the latter."""

    comma: int = 0
    point: int = 0
    either: int = 0
    example: str = ""

    @property
    def verdict(self) -> str | None:
        """The mark that more values speak for."""
        if self.comma == self.point:
            return None
        return "," if self.comma > self.point else "."


def decimal_marks(
    connection: Connection,
    columns: Sequence[StagedColumn],
    said: str | None,
    where: str,
    before: Mapping[str, str] = NOTHING,
    settled: Collection[str] = (),
    others: Iterable[StagedColumn] = (),
) -> tuple[Mapping[StagedColumn, str], Mapping[str, str]]:
    """The decimal mark of each column; and what was told: by the columns' names, and under "" by the whole file.

    `before` is what earlier deliveries told, `settled` which changes of it are as they should be; `others` are
    further columns of the file, asked where these do not tell. Errors: BadInput if a column can be read both ways
    and nothing decides, or is written otherwise than before.
    """
    texts = [column for column in columns if column.kind == "text" and not column.typed]
    marks = dict.fromkeys(columns, ".")
    if said:
        return marks | dict.fromkeys(texts, said), {column.name: said for column in texts}
    evidence = _evidence(connection, texts) | _fractions(connection, columns)
    told = {column.name: mark for column, each in evidence.items() if (mark := each.verdict)}
    for name, mark in told.items():
        check_kept("decimals", name, mark, before, settled, where)
    if any(before.get(name, mark) != mark for name, mark in told.items()):
        before = NOTHING
    whole = _sum(evidence.values()).verdict
    for column in texts:
        each = evidence[column]
        mark = each.verdict or before.get(column.name) or whole or before.get("")
        if mark is None and each.either:
            mark = whole = _told_beside(connection, set(others) - set(columns))
            if mark is None and not ("." in each.example and _is_english(connection, column, others)):
                raise _undecided(column, each.example, where)
        marks[column] = mark or "."
    return marks, told | ({"": whole} if whole else {})


def _undecided(column: StagedColumn, example: str, where: str) -> Undecided:
    point = example.replace(",", ".")
    return Undecided(
        f"{column.name}: {example!r} may mean {point.replace('.', '')} or {point}, and nothing in the file tells.",
        f'Say decimal = "." or decimal = "," in [{where}].',
        "decimal",
        {
            f"It is {point}": "." if "." in example else ",",
            f"It is {point.replace('.', '')}": "," if "." in example else ".",
        },
    )


def _sum(evidence: Iterable[Evidence]) -> Evidence:
    found = list(evidence)
    return Evidence(sum(each.comma for each in found), sum(each.point for each in found))


def _fractions(connection: Connection, columns: Sequence[StagedColumn]) -> dict[StagedColumn, Evidence]:
    """Columns staged as numbers speak for the point where they hold fractions."""
    typed = [column for column in columns if column.typed]
    if not typed:
        return {}
    told = ", ".join(f"EXISTS (FROM {each.table} WHERE {each.sql} <> trunc({each.sql}))" for each in typed)
    found = connection.execute(f"SELECT {told}").fetchall()[0]
    return {column: Evidence(point=int(point)) for column, point in zip(typed, found, strict=True)}


def _evidence(connection: Connection, columns: Sequence[StagedColumn]) -> dict[StagedColumn, Evidence]:
    """What the values of text columns tell. Where no comma stands anywhere, the first rows mostly do."""
    looks = {column: _look(connection, column) for column in columns}
    if any(commas for commas, _ in looks.values()):
        return {column: _count(connection, column) for column in columns}
    return {
        column: _points(connection, column) if dots else Evidence() for column, (_, dots) in looks.items()
    }


def _look(connection: Connection, column: StagedColumn) -> tuple[bool, bool]:
    """Whether any value has a comma or several points, and whether any has a point."""
    c = f"c{column.position}"
    found: tuple[bool, bool] = connection.execute(
        f"""SELECT coalesce(bool_or(contains({c}, ',') OR {c} LIKE '%.%.%'), false),
            coalesce(bool_or(contains({c}, '.')), false) FROM {column.table}"""
    ).fetchall()[0]
    return found


def _points(connection: Connection, column: StagedColumn) -> Evidence:
    first = _count(connection, column, FIRST_ROWS)
    return first if first.point else _count(connection, column)


def _count(connection: Connection, column: StagedColumn, rows: int | None = None) -> Evidence:
    """The evidence of a column, or of its first `rows`."""
    c = f"c{column.position}"
    some = f"(SELECT {c} FROM {column.table} LIMIT {rows})" if rows else column.table
    found = connection.execute(
        f"""SELECT count(*) FILTER (regexp_matches(v, $comma)), count(*) FILTER (regexp_matches(v, $point)),
            count(*) FILTER (regexp_full_match(v, $either)), min(v) FILTER (regexp_full_match(v, $either))
        FROM (SELECT regexp_replace({c}, '{ABBREVIATION}|[^0-9.,]', '', 'g') AS v FROM {some} AS rows
              WHERE (contains({c}, ',') OR contains({c}, '.')) AND NOT regexp_matches({c}, $exponent))""",
        {"comma": COMMA, "point": POINT, "either": EITHER, "exponent": r"\d[eE][+-]?\d"},
    ).fetchall()[0]
    return Evidence(*found)


def _told_beside(connection: Connection, others: Iterable[StagedColumn]) -> str | None:
    """The comma, if one of the other columns shows it. A point in them tells nothing: it parts codes, too."""
    texts = [each for each in others if each.kind == "text" and not each.typed]
    numbers = [each for each in texts if _are_numbers(connection, each)]
    return "," if any(_count(connection, each, MORE_ROWS).verdict == "," for each in numbers) else None


def _is_english(connection: Connection, column: StagedColumn, others: Iterable[StagedColumn]) -> bool:
    """Whether the file is written as where the point is decimal: commas part its fields, no day is written with
    points, and no name of a column is of another language."""
    file = [each for each in others if each.table == column.table]
    if column.delimiter != "," or any(re.search(FOREIGN, each.name.casefold()) for each in file):
        return False
    tests = [f"regexp_matches(c{each.position}, $day)" for each in file if not each.typed]
    sql = (
        f"SELECT coalesce(bool_or({' OR '.join(tests)}), false) FROM (FROM {column.table} LIMIT {FIRST_ROWS})"
    )
    return not connection.execute(sql, {"day": r"^\d{1,2}\.\d{1,2}\.\d{2,4}\b"}).fetchall()[0][0]


def _are_numbers(connection: Connection, column: StagedColumn) -> bool:
    c = f"trim(c{column.position})"
    either = "|".join(f"({form})" for form in WRITTEN.values())
    sql = f"""SELECT coalesce(bool_and(regexp_full_match({c}, $either)), false)
        FROM (SELECT * FROM {column.table} LIMIT {MORE_ROWS}) WHERE {c} <> ''"""
    return bool(connection.execute(sql, {"either": either}).fetchall()[0][0])


def number_sql(text: str, column: StagedColumn, mark: str, into: str = EXACT) -> str:
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


def too_large_sql(text: str, column: StagedColumn, mark: str) -> str:
    """SQL for whether the SQL text `text` says a number of more digits than any amount has."""
    return f"abs({number_sql(text, column, mark, 'DOUBLE')}) BETWEEN 1e12 AND 1e308"
