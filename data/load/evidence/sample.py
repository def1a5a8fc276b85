"""Some rows of a delivery, as they lie in it and as they would be loaded: what notices are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from data.load.column import Column
from data.load.mapping import Part
from data.load.typed import LookUp, names
from data.sources.file import Staged

ALL = 20_000
WINDOW = 3_000
OF_ORDERS = 6_000
MOSTLY = 0.9
COMMA = r",\d{1,2}$|,\d{4,}$|\..*,"
POINT = r"\.\d{1,2}$|\.\d{4,}$|,.*\."
AROUND = (
    r"[\s\x{00A0}\x{202F}'’%€£¥₽₹₺₴]|(R|US|CA|AU|A|C)?\$"
    r"|^(EUR|USD|GBP|CHF|JPY|PLN|CZK|SEK|NOK|DKK|RUB|INR|Rs\.?|kr\.?)|(EUR|USD|GBP|CHF|JPY|PLN|CZK|SEK|NOK|DKK|RUB|INR|руб\.?|р\.|kr\.?|zł|Kč|Ft)$"
)
NUMERIC = r"[-+−(]?\d[\d.,]*\)?-?"


@dataclass(frozen=True)
class Sample:
    """Rows of a file: the texts of its columns (blank ones null), and the fields of a part, if they are typed.

    `texts` are the columns by the names that a mapping gives them; `typed` the fields that the part fills; `rows`
    counts the rows of the whole file, and `everything` the values of a column over all of them.
    """

    part: Part
    place: pl.Series
    texts: Mapping[str, pl.Series]
    typed: Mapping[str, pl.Series]
    rows: int
    is_whole: bool
    everything: Callable[[str], Mapping[str, int]] = field(repr=False)
    above: Callable[[int, int], float] = field(repr=False)
    _numbers: dict[str, pl.Series | None] = field(default_factory=dict, repr=False)

    @property
    def height(self) -> int:
        return len(self.place)

    @property
    def seen(self) -> str:
        """How many rows these are, in words."""
        return f"{self.height:,} rows" if self.is_whole else f"{self.height:,} rows looked at"

    def of(self, part: Part) -> Sample:
        """The same rows for another part."""
        return replace(self, part=part)

    def field(self, name: str) -> pl.Series | None:
        """The values of a field: as they would be loaded, or as its column shows them."""
        if name in self.typed:
            return self.typed[name]
        column = self.part.columns.get(name)
        if column is None or column not in self.texts:
            return None
        return self.numbers(column) if self.part.kind.field(name).kind == "number" else self.texts[column]

    def numbers(self, column: str) -> pl.Series | None:
        """The numbers of a column; None if it holds other things, or nothing."""
        if column not in self._numbers:
            self._numbers[column] = read_numbers(self.texts[column], self._mark)
        return self._numbers[column]

    @cached_property
    def _mark(self) -> str | None:
        """The decimal mark of the file, where any of its columns tells."""
        if self.part.decimal:
            return self.part.decimal
        found = [mark for texts in self.texts.values() if _is_numeric(texts) and (mark := _mark_of(texts))]
        return max(set(found), key=found.count) if found else None

    def row(self, at: int) -> int:
        """The number of the sampled row `at` in its file."""
        return int(self.place[at])


def read_numbers(texts: pl.Series, mark: str | None = None) -> pl.Series | None:
    """The numbers that texts say, by their own decimal mark or else by `mark`; None where most say none."""
    if not _is_numeric(texts):
        return None
    bare = texts.str.replace_all(AROUND, "").str.replace_all("−", "-")
    negative = bare.str.starts_with("(") | bare.str.ends_with("-")
    digits = bare.str.replace_all(r"[()]|-$", "")
    if (_mark_of(texts) or mark or ".") == ",":
        digits = digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        digits = digits.str.replace_all(",", "", literal=True)
    values = digits.cast(pl.Float64, strict=False)
    return pl.select(pl.when(negative).then(-values).otherwise(values)).to_series()


def _is_numeric(texts: pl.Series) -> bool:
    filled = texts.len() - texts.null_count()
    bare = texts.str.replace_all(AROUND, "")
    return bool(filled) and int(bare.str.contains(f"^{NUMERIC}$").sum() or 0) >= MOSTLY * filled


def _mark_of(texts: pl.Series) -> str | None:
    bare = texts.str.replace_all(r"[^\d.,]", "")
    comma, point = int(bare.str.contains(COMMA).sum() or 0), int(bare.str.contains(POINT).sum() or 0)
    return None if comma == point else "," if comma > point else "."


def take(
    connection: Any, part: Part, staged: Staged, look_ups: Sequence[LookUp], typed: str | None = None
) -> Sample:
    """Rows from the beginning, the middle and the end of `staged`, and whole orders from all over it.

    `typed` is the table of its typed rows, if there is one: then rows that it has not are left out.
    """
    columns = _columns(staged, look_ups)
    base = int(connection.execute(f"SELECT coalesce(min(rowid), 0) FROM {staged.table}").fetchall()[0][0])
    fields = _fields(connection, typed) if typed else {}
    listed = [f"nullif(trim({column.text}), '') AS r{at}" for at, column in enumerate(columns.values())]
    listed += [f"{typed}.{name} AS {name}" for name in fields]
    joined = "".join(
        f" LEFT JOIN {each.staged.table} ON trim({each.on.text}) = trim({each.to.text})" for each in look_ups
    )
    place = f"{staged.table}.rowid - {base} + 1"
    beside = f" JOIN {typed} ON {typed}.place = {place}" if typed else ""
    rows = f"{typed}.row" if typed else place
    frame = connection.sql(
        f"SELECT {rows} AS row, {', '.join(listed)} FROM {staged.table}{joined}{beside}"
        f" WHERE {_wanted(connection, staged, base, typed, 'f_order' in fields)} ORDER BY {place}"
    ).pl()
    numeric = [name for name, kind in fields.items() if kind.startswith("DECIMAL")]
    frame = frame.with_columns(pl.col(numeric).cast(pl.Float64))
    return Sample(
        part,
        frame["row"],
        {name: frame[f"r{at}"] for at, name in enumerate(columns)},
        {name[2:]: frame[name] for name in fields},
        staged.rows,
        staged.rows <= ALL,
        lambda name: _everything(connection, columns[name]),
        lambda after, before: _above(connection, typed, after, before),
    )


def _columns(staged: Staged, look_ups: Sequence[LookUp]) -> dict[str, Column]:
    """Each column once, by the first name that reaches it."""
    known = names(staged, look_ups)
    found: dict[str, Column] = {}
    for name in known:
        if known[name] not in found.values():
            found[name] = known[name]
    return found


def _fields(connection: Any, typed: str) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE {typed}").fetchall()
    return {name: kind for name, kind, *_ in described if re.fullmatch(r"f_\w+", name)}


def _wanted(connection: Any, staged: Staged, base: int, typed: str | None, ordered: bool) -> str:
    if staged.rows <= ALL:
        return "true"
    last = int(connection.execute(f"SELECT max(rowid) FROM {staged.table}").fetchall()[0][0])
    starts = (base, base + (last - base) // 2, last - WINDOW + 1)
    windows = " OR ".join(f"{staged.table}.rowid BETWEEN {at} AND {at + WINDOW - 1}" for at in starts)
    if typed is None or not ordered:
        return windows
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {typed}_orders AS SELECT place FROM {typed} WHERE f_order IS NOT NULL
        AND hash(f_order) % {max(1, staged.rows // OF_ORDERS)} = 0 LIMIT {2 * OF_ORDERS}"""
    )
    return f"{windows} OR {staged.table}.rowid IN (SELECT place + {base - 1} FROM {typed}_orders)"


def _everything(connection: Any, column: Column) -> dict[str, int]:
    sql = f"SELECT trim({column.text}) AS v, count(*) FROM {column.table} WHERE v <> '' GROUP BY v ORDER BY 2 DESC, 1"
    return dict(connection.execute(sql).fetchall())


def _above(connection: Any, typed: str | None, after: int, before: int) -> float:
    """The sum of the amounts of the rows between two."""
    if typed is None:
        return 0.0
    sql = f"SELECT coalesce(sum(f_revenue), 0)::DOUBLE FROM {typed} WHERE row > $after AND row < $before"
    return float(connection.execute(sql, {"after": after, "before": before}).fetchall()[0][0])
