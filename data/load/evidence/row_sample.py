"""Some rows of a delivery, as they lie in it and as they would be loaded: what notices are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from data.connection import Connection
from data.load.mappings.mapping import Part
from data.load.notation.currency_names import ABBREVIATION, NAMED
from data.load.notation.date_notation import FIRST, LAST
from data.load.notation.staged_column import StagedColumn
from data.load.typing.typed_rows import LookUp, joined, names
from data.sources.file import Staged

ALL = 20_000
WINDOW = 3_000
OF_ORDERS = 6_000
MOSTLY = 0.9
FEW = 60
RARE = 0.25  # a column of few values holds each of them in at least four rows, on average
COMMA = r",\d{1,2}$|,\d{4,}$|\..*,"
POINT = r"\.\d{1,2}$|\.\d{4,}$|,.*\."
AROUND = rf"[\s\x{{00A0}}\x{{202F}}'’%€£¥₽₹₺₴]|^{NAMED}|{NAMED}$"
NUMERIC = r"[-+−(]?\d[\d.,]*\)?-?"


@dataclass(frozen=True)
class RowSample:
    """Rows of a file: the texts of its columns (blank ones null), and the fields of a part, if they are typed.

    `texts` are the columns by the names that a mapping gives them; `typed` the fields that the part fills; `rows`
    counts the rows of the whole file. Of all rows, `everything` counts the values of a column, `above` adds up the
    amounts between two, and `orders` gives whole orders, by their typed fields alone or with all columns. `signs` are
    the currencies that number formats show, by their columns.
    """

    part: Part
    place: pl.Series
    texts: Mapping[str, pl.Series]
    typed: Mapping[str, pl.Series]
    rows: int
    is_whole: bool
    everything: Callable[[str], Mapping[str, int]] = field(repr=False)
    above: Callable[[int, int], float] = field(repr=False)
    orders: Callable[[bool], Mapping[str, pl.Series]] | None = field(default=None, repr=False)
    signs: Mapping[str, str] = field(default_factory=dict)
    _numbers: dict[str, pl.Series | None] = field(default_factory=dict, repr=False)
    _few: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)

    @property
    def height(self) -> int:
        return len(self.place)

    @property
    def seen(self) -> str:
        """How many rows these are, in words."""
        return f"{self.height:,} rows" if self.is_whole else f"{self.height:,} rows looked at"

    def of(self, part: Part) -> RowSample:
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

    def few(self, column: str) -> dict[str, int]:
        """The values of a column of few, by how often; none where there are many."""
        if column not in self._few:
            self._few[column] = few_values(self.texts[column])
        return self._few[column]

    def saying(self, texts: Mapping[str, pl.Series]) -> RowSample:
        """The same rows with other texts."""
        return replace(self, texts=texts, _numbers={}, _few={})

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


def few_values(texts: pl.Series) -> dict[str, int]:
    """The values of a column of few, by how often; none where there are many.

    >>> few_values(pl.Series(["paid", "paid", None, "open"]))
    {'paid': 2, 'open': 1}
    """
    filled = texts.drop_nulls()
    if not len(filled) or filled.n_unique() > min(FEW, max(6, len(filled) * RARE)):
        return {}
    counts = filled.alias("value").value_counts(name="count").sort("count", "value", descending=[True, False])
    return dict(zip(counts.to_series(0).to_list(), counts["count"].to_list(), strict=True))


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
    bare = texts.str.replace_all(rf"{ABBREVIATION}|[^\d.,]", "")
    comma, point = int(bare.str.contains(COMMA).sum() or 0), int(bare.str.contains(POINT).sum() or 0)
    return None if comma == point else "," if comma > point else "."


def take(
    connection: Connection, part: Part, staged: Staged, look_ups: Sequence[LookUp], typed: str | None = None
) -> RowSample:
    """Rows from the beginning, the middle and the end of `staged`; all of them, if they are few.

    `typed` is the table of its typed rows, if there is one: then rows that it has not are left out.
    """
    columns = _columns(staged, look_ups)
    lying = _Lying(connection, staged, look_ups, columns, typed)
    texts, fields, rows = lying.read(lying.windows())
    orders = lying.orders if typed and "order" in fields and staged.rows > ALL else None
    return RowSample(
        part,
        rows,
        texts,
        fields,
        staged.rows,
        staged.rows <= ALL,
        lambda name: _everything(connection, columns[name]),
        lambda after, before: _above(connection, typed, after, before),
        orders,
        {name: column.sign for name, column in columns.items() if column.sign},
    )


@dataclass(frozen=True)
class _Lying:
    """Where the rows of a sample lie."""

    connection: Connection
    staged: Staged
    look_ups: Sequence[LookUp]
    columns: Mapping[str, StagedColumn]
    typed: str | None

    def read(self, wanted: tuple[str, str]) -> tuple[dict[str, pl.Series], dict[str, pl.Series], pl.Series]:
        """Texts, typed fields and numbers of the rows of which `wanted` is true: of a staged row and of a typed one."""
        raw, place = self.staged.table, f"{self.staged.table}.rowid - {self._first} + 1"
        fields = _fields(self.connection, self.typed) if self.typed else {}
        listed = [
            f"nullif(trim({column.text}), '') AS r{at}" for at, column in enumerate(self.columns.values())
        ]
        listed += [_as_field(f"t.{name}", name, kind) for name, kind in fields.items()]
        beside = (
            f" JOIN (FROM {self.typed} WHERE {wanted[1]}) AS t ON t.place = {place}" if self.typed else ""
        )
        frame = self.connection.sql(
            f"SELECT {'t.row' if self.typed else place} AS row, {', '.join(listed)} FROM {raw}{joined(self.look_ups)}"
            f"{beside} WHERE {wanted[0]} ORDER BY {place}"
        ).pl()
        texts = {name: frame[f"r{at}"] for at, name in enumerate(self.columns)}
        return texts, {name[2:]: frame[name] for name in fields}, frame["row"]

    def windows(self) -> tuple[str, str]:
        """Rows at the beginning, in the middle and at the end."""
        if self.staged.rows <= ALL:
            return "true", "true"
        first, last = self._first, self._last
        starts = (first, first + (last - first) // 2, last - WINDOW + 1)
        raw = [f"{self.staged.table}.rowid BETWEEN {at} AND {at + WINDOW - 1}" for at in starts]
        typed = [f"place BETWEEN {at - first + 1} AND {at - first + WINDOW}" for at in starts]
        return " OR ".join(raw), " OR ".join(typed)

    def orders(self, fully: bool) -> dict[str, pl.Series]:
        """Whole orders from all over the file: their typed fields, or `fully` the texts of their columns, too."""
        some = f"f_order IS NOT NULL AND hash(f_order) % {max(1, self.staged.rows // OF_ORDERS)} = 0"
        if fully:
            rows = f"SELECT place + {self._first - 1} FROM {self.typed} WHERE {some}"
            texts, fields, _ = self.read((f"{self.staged.table}.rowid IN ({rows})", some))
            return {**texts, **{f"f_{name}": values for name, values in fields.items()}}
        there = _fields(self.connection, self.typed or "")
        wanted = [
            name for name in ("f_order", "f_date", "f_customer", "f_channel", "f_line") if name in there
        ]
        listed = ", ".join(_as_field(name, name, there[name]) for name in wanted)
        frame = self.connection.sql(f"SELECT {listed} FROM {self.typed} WHERE {some} ORDER BY place").pl()
        return {name: frame[name] for name in wanted}

    @property
    def _first(self) -> int:
        return int(self._one("coalesce(min(rowid), 0)"))

    @property
    def _last(self) -> int:
        return int(self._one("coalesce(max(rowid), 0)"))

    def _one(self, what: str) -> Any:
        return self.connection.execute(f"SELECT {what} FROM {self.staged.table}").fetchall()[0][0]


def _columns(staged: Staged, look_ups: Sequence[LookUp]) -> dict[str, StagedColumn]:
    """Each column once, by the first name that reaches it."""
    known = names(staged, look_ups)
    found: dict[str, StagedColumn] = {}
    for name in known:
        if known[name] not in found.values():
            found[name] = known[name]
    return found


def _fields(connection: Connection, typed: str) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE {typed}").fetchall()
    return {name: kind for name, kind, *_ in described if re.fullmatch(r"f_\w+", name)}


def _as_field(value: str, name: str, kind: str) -> str:
    """SQL for a field as a sample has it: days that no calendar of ours holds are not known."""
    if kind == "DATE":
        return f"CASE WHEN {value} BETWEEN {FIRST} AND {LAST} THEN {value} END AS {name}"
    return f"{value}{'::DOUBLE' if kind.startswith('DECIMAL') else ''} AS {name}"


def _everything(connection: Connection, column: StagedColumn) -> dict[str, int]:
    sql = f"SELECT trim({column.text}) AS v, count(*) FROM {column.table} WHERE v <> '' GROUP BY v ORDER BY 2 DESC, 1"
    return dict(connection.execute(sql).fetchall())


def _above(connection: Connection, typed: str | None, after: int, before: int) -> float:
    """The sum of the amounts of the rows between two."""
    if typed is None:
        return 0.0
    sql = f"SELECT coalesce(sum(f_revenue), 0)::DOUBLE FROM {typed} WHERE row > $after AND row < $before"
    return float(connection.execute(sql, {"after": after, "before": before}).fetchall()[0][0])
