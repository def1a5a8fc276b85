"""How the dates of a file are written: decided on whole columns, never value by value.

03/04/2024 is a day in April in Milan and a day in March in New York. A value above 12 tells which, for its column;
where none does, the earlier deliveries; where they do not either and the readings differ, the file is refused until
the mapping says `date_format`.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from data.connection import Connection, Row
from data.errors import BadInput, Undecided
from data.load.notation import times_of_day, zone_offsets
from data.load.notation.month_names import are_english, english_sql
from data.load.notation.staged_column import StagedColumn
from data.load.notation.stream_habits import check_kept

FIRST, LAST = "DATE '1900-01-01'", "DATE '2199-12-31'"
ENDS = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"
# Days since the last day of 1899, as workbooks count them: from 1950 to 2149.
SERIAL = "BETWEEN 18264 AND 91312.999999"
TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", "T%H:%M", "T%H:%M:%S",
         ", %H:%M", ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p")  # fmt: skip
NUMERIC = r"^(\d{1,2})\s*[./-]\s*(\d{1,2})[./-]\d"
NAMED = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y",
         "%d/%b/%Y", "%d. %b %Y", "%d. %B %Y", "%d-%B-%Y", "%Y-%b-%d", "%Y-%B-%d", "%a %b %d %Y", "%a, %d %b %Y",
         "%A, %d %B %Y", "%A, %B %d, %Y")  # fmt: skip
YEARS_FIRST = ("%Y.%m.%d", "%Y%m%d", "%Y-%m-%d", "%Y/%m/%d")
MONTHS = ("%Y-%m", "%m/%Y", "%m.%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%Y")
MARKS = frozenset("/.-,")
YEAR_MONTH = r"(19|20|21)\d\d(0[1-9]|1[0-2])"
FRIENDLY = (("yyyy", "%Y"), ("yy", "%y"), ("mmmm", "%B"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d"), ("d", "%d"),
            ("m", "%m"))  # fmt: skip
ISO_TIMES = ("____-__-__ __:__", "____-__-__ __:__:__", "____-__-__T__:__", "____-__-__T__:__:__")
SHAPES, SAMPLE = 200, 20_000
STRAY = 0.01
Way = Literal["stored", "plain", "serial", "formats"]


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the dates of a column are written.

    `way`: "stored" as dates, "plain" as ISO says, "serial" as the numbers of days of a workbook, or in `formats`.
    `first` is "dm" or "md" where values told whether day or month comes first; `zone` is "told" where times tell
    their zone or offset, "untold" where they do not, "" without times; `odd_zones` are those that the engine cannot
    read by itself, `foreign` are names of months that it cannot.
    """

    column: StagedColumn
    way: Way
    formats: tuple[str, ...] = ()
    first: str = ""
    zone: str = ""
    odd_zones: bool = False
    foreign: bool = False

    def sql(self, text: str, kind: str, zone: str | None = None) -> str:
        """SQL for the date (or, as `kind`, TIMESTAMP) that the SQL text `text` says; null where it says none.

        A day whose value tells its own zone or offset is that of `zone` (SQL for an IANA name); without one, and
        for a TIMESTAMP, it is as it is written.
        """
        return self._written(text, kind) if kind != "DATE" else self._in_zone(text, kind, zone)

    def second_sql(self, text: str, zone: str | None = None) -> str:
        """SQL for the second of the day of `sql`, in the same zone; null where the value tells no time."""
        return times_of_day.of_date(text, self._in_zone(text, "TIMESTAMP", zone))

    def _in_zone(self, text: str, kind: str, zone: str | None) -> str:
        if zone is None or self.way == "serial":
            return self._written(text, kind)
        if self.column.instant:
            return f"(TRY_CAST({text} AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE {zone})::{kind}"
        if self.odd_zones:
            return f"({zone_offsets.moment_sql(text, self._written(text, 'TIMESTAMP'), zone)})::{kind}"
        if self.zone != "told":
            return self._written(text, kind)
        moment = f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE {zone})::{kind}"
        plain = f"regexp_matches({text}, '{zone_offsets.PLAIN}')"
        return f"CASE WHEN {plain} THEN {moment} ELSE {self._written(text, kind)} END"

    def fault_sql(self, text: str) -> str:
        """SQL for what is wrong with a value that is no date."""
        year = f"regexp_full_match(({text})::VARCHAR, '(19|20|21)[0-9][0-9]([.]0)?')"
        faults = f"WHEN {year} THEN 'is a year and no day (date_format = \"%Y\" reads its first day)'"
        if self.odd_zones:
            faults += (
                f" WHEN regexp_matches({text}, '{zone_offsets.BEHIND}') THEN 'is in a zone that is not known'"
            )
        return f"CASE {faults} ELSE 'is not a date' END"

    def _written(self, text: str, kind: str) -> str:
        if self.way == "stored":
            return f"TRY_CAST({text} AS {kind})"
        if self.way == "serial":
            days = f"TRY_CAST({text} AS DOUBLE)"
            micros = f"to_microseconds(TRY_CAST({days} * 86400000000 AS BIGINT))"
            return f"CASE WHEN {days} {SERIAL} THEN (TIMESTAMP '1899-12-30' + {micros})::{kind} END"
        value = self.value_sql(text)
        plain = f"TRY_CAST({value} AS {kind})"
        if self.way == "plain":
            return plain
        return _by_formats(value, self.formats, kind) if self.formats else plain

    def value_sql(self, text: str) -> str:
        """SQL for the value without zone, its month in English."""
        value = f"({text})::VARCHAR" if self.column.typed else text
        value = zone_offsets.without_zone_sql(value) if self.odd_zones else value
        return english_sql(value) if self.foreign else value


def date_style(
    connection: Connection,
    column: StagedColumn,
    said: str | None,
    where: str,
    before: Mapping[str, str],
    settled: Collection[str] = (),
) -> DateStyle:
    """How the dates of `column` are written; `said` is the mapping's `date_format`, `before` what first stood in
    earlier deliveries, `settled` which changes of it are as they should be.

    Errors: BadInput if day and month may change places and nothing decides, or do so otherwise than before.
    """
    if column.typed and column.type in ("DATE", "TIMESTAMP"):
        return DateStyle(column, "stored", zone="told" if column.instant else "")
    if column.kind == "number" or (column.typed and column.kind == "text"):
        return (
            DateStyle(column, "formats", (*said_formats(said),)) if said else _of_numbers(connection, column)
        )
    if column.kind == "date" and not said:
        return DateStyle(column, "plain", zone=style.zone if (style := _iso(connection, column, 1)) else "")
    return _of_texts(connection, column, said, where, before, settled)


def written_sql(text: str, said: str | None, kind: str) -> str:
    """SQL for the date that a text says which no column holds: in the mapping's `date_format`, or as ISO says."""
    return _by_formats(text, said_formats(said), kind) if said else f"TRY_CAST({text} AS {kind})"


def said_formats(said: str) -> list[str]:
    """The formats of a mapping's `date_format`, written as dd/mm/yyyy or as %d/%m/%Y.

    >>> said_formats("dd.mm.yyyy")[:2]
    ['%d.%m.%Y', '%d.%m.%Y %H:%M']
    >>> said_formats("yyyymm")
    ['%Y%m']
    """
    form = said
    if "%" not in said:
        day, _, _ = said.lower().partition(" h")
        form = re.sub("|".join(word for word, _ in FRIENDLY), lambda found: dict(FRIENDLY)[found[0]], day)
    if not re.search("%[Yy]", form) or not re.fullmatch(r"(%[a-zA-Z]|[ .,:/T-])+", form):
        raise BadInput(f"date_format = {said!r} is not known.", 'Write it like "dd/mm/yyyy" or "%d/%m/%Y".')
    return [form] if "%H" in form or "%I" in form or "%d" not in form else [form + time for time in TIMES]


def _by_formats(text: str, formats: Collection[str], kind: str) -> str:
    """Or else as ISO says. The engine reads `infinity` and `epoch` in any format, as 1 January 1900."""
    listed = ", ".join(f"'{each}'" for each in formats)
    read = f"coalesce(CAST(try_strptime({text}, [{listed}]) AS {kind}), TRY_CAST({text} AS {kind}))"
    return f"CASE WHEN ({text} > '/' AND {text} < ':') OR regexp_matches({text}, '[0-9]') THEN {read} END"


def _of_numbers(connection: Connection, column: StagedColumn) -> DateStyle:
    """20240315 and 202403 are dates where all are so; else numbers count days."""
    c = f"{column.text}" if column.typed else f"c{column.position}"
    days, months = connection.execute(
        f"""SELECT coalesce(bool_and(length(v) = 8 AND try_strptime(v, '%Y%m%d') IS NOT NULL), false),
            coalesce(bool_and(regexp_full_match(v, $month)), false)
        FROM (SELECT {c} AS v FROM {column.table} WHERE v <> '')""",
        {"month": YEAR_MONTH},
    ).fetchall()[0]
    formats = ("%Y%m%d",) if days else ("%Y%m",) if months else ()
    return DateStyle(column, "formats" if formats else "serial", formats)


def _of_texts(
    connection: Connection,
    column: StagedColumn,
    said: str | None,
    where: str,
    before: Mapping[str, str],
    settled: Collection[str],
) -> DateStyle:
    text = DateStyle(column, "formats")
    if said:
        shapes = _shapes(connection, text, SAMPLE)
        return replace(_described(text, shapes), formats=(*said_formats(said),))
    if iso := _iso(connection, column):
        return iso
    shapes = _shapes(connection, text)
    style = _described(text, shapes)
    if len(shapes) == SHAPES and not style.odd_zones:
        style = replace(style, odd_zones=_any_zone(connection, column))
    if style.odd_zones or style.foreign:
        shapes = _shapes(connection, style)
    first, told = _order(connection, style, where, before.get(column.name))
    if told:
        check_kept("dates", column.name, first, before, settled, where)
    if {shape for shape, *_ in shapes} == {"999999"} and _are_months(connection, column):
        return replace(style, formats=("%Y%m",))
    return replace(style, formats=_formats(shapes, first), first=first if told else "")


def _iso(connection: Connection, column: StagedColumn, rows: int | None = None) -> DateStyle | None:
    """The style of a column, or of its first `rows`, whose values all begin with a year and read as they are: the
    quick way out for most files."""
    c = f"c{column.position}"
    iso = f"({c} LIKE '____-%' OR {c} LIKE '____/%') AND TRY_CAST({c} AS DATE) IS NOT NULL AND {c} NOT ILIKE '%M'"
    first = f"SELECT {iso} FROM {column.table} WHERE trim({c}) <> '' LIMIT 1"
    if connection.execute(first).fetchall() == [(False,)]:
        return None
    plain = " OR ".join([f"strlen({c}) = 10", *(f"{c} LIKE '{form}'" for form in ISO_TIMES)])
    zoned = f"CASE WHEN {plain} THEN false ELSE regexp_matches({c}, '{zone_offsets.BEHIND}') END"
    odd = f"{zoned} AND NOT regexp_matches({c}, '{zone_offsets.PLAIN}')"
    some = f"(SELECT {c} FROM {column.table} LIMIT {rows})" if rows else column.table
    all_iso, timed, any_zoned, any_odd = connection.execute(
        f"""SELECT coalesce(bool_and({iso}), true), coalesce(bool_or(strlen({c}) > 10), false),
            coalesce(bool_or({zoned}), false), coalesce(bool_or(CASE WHEN {plain} THEN false ELSE {odd} END), false)
        FROM {some} AS rows WHERE trim({c}) <> ''"""
    ).fetchall()[0]
    zone = "told" if any_zoned else "untold" if timed else ""
    return DateStyle(column, "plain", zone=zone, odd_zones=any_odd) if all_iso else None


def _described(style: DateStyle, shapes: Sequence[Row]) -> DateStyle:
    """The same, told what its shapes say of zones and of the names of months."""
    examples = [value for _, _, *values in shapes for value in values]
    zoned = [value for value in examples if re.search(zone_offsets.BEHIND, value)]
    timed = any(":" in value for value in examples)
    bodies = [re.sub(zone_offsets.BEHIND, r"\1", value) for value in examples]
    return replace(
        style,
        zone="told" if zoned else "untold" if timed else "",
        odd_zones=not all(re.search(zone_offsets.PLAIN, value) for value in zoned),
        foreign=not all(are_english(value) for value in bodies),
    )


def _any_zone(connection: Connection, column: StagedColumn) -> bool:
    c = f"c{column.position}"
    sql = f"SELECT coalesce(bool_or(regexp_matches({c}, $behind)), false) FROM {column.table}"
    return bool(connection.execute(sql, {"behind": zone_offsets.BEHIND}).fetchall()[0][0])


def _formats(shapes: Sequence[Row], first: str) -> tuple[str, ...]:
    """The formats that the values are in, the commonest first."""
    weights: dict[str, int] = {}
    for _, count, *examples in shapes:
        form = next(
            (each for each in _candidates(first) if any(_reads(each, value) for value in examples)), None
        )
        if form:
            weights[form] = weights.get(form, 0) + count
    return tuple(sorted(weights, key=lambda form: (-weights[form], form)))


def _are_months(connection: Connection, column: StagedColumn) -> bool:
    """Whether all values are a year and a month in six digits."""
    c = f"trim(c{column.position})"
    sql = f"SELECT coalesce(bool_and(regexp_full_match({c}, $month)), false) FROM {column.table} WHERE {c} <> ''"
    return bool(connection.execute(sql, {"month": YEAR_MONTH}).fetchall()[0][0])


def _shapes(connection: Connection, style: DateStyle, rows: int | None = None) -> list[Row]:
    """The commonest shapes of the values (digits as 9), how often, and examples; of the first `rows`, if said."""
    c, some = f"c{style.column.position}", f"LIMIT {rows}" if rows else ""
    found = connection.execute(
        f"""SELECT translate(v, '0123456789', '9999999999') AS shape, count(*), min(v), max(v), any_value(v)
        FROM (SELECT {style.value_sql(f"trim({c})")} AS v FROM {style.column.table} {some})
        WHERE v <> '' GROUP BY shape ORDER BY count(*) DESC, shape LIMIT {SHAPES}"""
    ).fetchall()
    return list(found)


def _order(connection: Connection, style: DateStyle, where: str, before: str | None) -> tuple[str, bool]:
    """ "dm" if the day stands first, "md" if the month does; and whether the values told it."""
    column = style.column
    day, month, either, dots, example = connection.execute(
        f"""SELECT count(*) FILTER (a BETWEEN 13 AND 31 AND b <= 12), count(*) FILTER (b BETWEEN 13 AND 31 AND a <= 12),
            count(*) FILTER (a <= 12 AND b <= 12 AND a <> b), coalesce(bool_and(contains(v, '.')), false),
            min(v) FILTER (a <= 12 AND b <= 12 AND a <> b)
        FROM (SELECT v, TRY_CAST(regexp_extract(v, $numeric, 1) AS INTEGER) AS a,
                     TRY_CAST(regexp_extract(v, $numeric, 2) AS INTEGER) AS b
              FROM (SELECT DISTINCT trim(c{column.position}) AS v FROM {column.table})
              WHERE regexp_matches(v, $numeric))""",
        {"numeric": NUMERIC},
    ).fetchall()[0]
    fewer, more = sorted((day, month))
    if more and fewer <= STRAY * more:
        return ("dm" if day > month else "md"), True
    if not more and (before or dots or not either):
        return before or "dm", False
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


def _candidates(first: str) -> list[str]:
    days = [
        f"%d{mark}%m{mark}{year}" if first == "dm" else f"%m{mark}%d{mark}{year}"
        for year in ("%Y", "%y")
        for mark in "/.-"
    ]
    timed = [day + time for day in (*days, *NAMED, *YEARS_FIRST) for time in TIMES]
    return [*timed, *MONTHS]


def _reads(form: str, value: str) -> bool:
    """Whether `value` is a date in `form`, in a year of four digits where it has them."""
    if (":" in form) != (":" in value) or (form == "%Y%m%d" and len(value) != 8):
        return False
    if not MARKS.intersection(form) <= set(value):  # told at once: strptime compiles nearly every form anew
        return False
    try:
        return datetime.strptime(value, form).year >= 1900
    except ValueError:
        return False
