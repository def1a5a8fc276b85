"""Rows that add up those above them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.compared_figures import total
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import listed, many, named, only, settle

TELLING = ("order", "product", "customer", "quantity", "line")
LEAST_TOLD = 2


def notices(sample: RowSample) -> Iterator[Notice]:
    """One notice for all rows that are totals."""
    if not sample.part.kind.is_lines:
        return
    found, sums = rows_of_totals(sample)
    test = _test(sample, found) if found else ""
    if not test:
        return
    name, rows = "totals", [f"{sample.row(at):,}" for at in found]
    how = ("add up those above" if len(found) > 1 else "adds up those above") if sums else "called total"
    said = f"{many(len(found), 'row')} of {sample.seen} {how} (row {listed(rows)}): counted or rejected beside them."
    ways = (only(sample.part, test, "Leave them out"), settle(sample.part, name))
    yield Notice(name, said, "Leave them out?", ways)


def rows_of_totals(sample: RowSample) -> tuple[list[int], bool]:
    """Which sampled rows are totals, and whether any is the sum of those above it."""
    named_so, bare = _named_so(sample), _bare(sample)
    found = [at for at in sorted({*named_so, *bare}) if at in named_so or _adds_up(sample, at, bare)]
    sums = any(_adds_up(sample, at, found) for at in found)
    few = bool(named_so) and len(found) <= max(3, sample.height // 4)
    return (found, sums) if sums or few else ([], False)


def test(sample: RowSample) -> str:
    """The expression that is true for all rows but totals; nothing if there are none."""
    found, _ = rows_of_totals(sample)
    return _test(sample, found) if found else ""


def _named_so(sample: RowSample) -> dict[int, str]:
    """Rows in which a cell says that this is a total, and the column of it."""
    found: dict[int, str] = {}
    for column, texts in sample.texts.items():
        few = texts.drop_nulls().unique()
        likely = few.filter(few.str.to_lowercase().str.strip_chars(" *-=").str.head(3).is_in(_beginnings()))
        totals = [value for value in likely.to_list() if _says_total(value)]
        for at in texts.is_in(totals).fill_null(False).arg_true().to_list() if totals else ():
            if _is_bare(sample, at):
                found.setdefault(at, column)
    return found


@cache
def _beginnings() -> list[str]:
    """How a word for a total begins, however it is accented: the quick way past all other values."""
    loose, _ = header_words.phrases("words", "total")
    return sorted({each[:3] for each in loose})


def _says_total(value: str) -> bool:
    said = header_words.plain(value)
    loose, _ = header_words.phrases("words", "total")
    return said in loose or any(said.startswith(f"{each} ") for each in loose if len(each) > 4)


def _is_bare(sample: RowSample, at: int) -> bool:
    """Whether some of what tells a line is missing in that row: a product called Total has all of it."""
    told = [each for name in ("date", *TELLING) if (each := sample.field(name)) is not None]
    return any(each[at] is None for each in told)


def _bare(sample: RowSample) -> list[int]:
    """Rows with an amount and nothing of what tells a line."""
    told = [each for name in TELLING if name != "quantity" and (each := sample.field(name)) is not None]
    amount = sample.field("revenue")
    if len(told) < LEAST_TOLD or amount is None:
        return []
    empty = amount.is_not_null()
    for each in told:
        empty &= each.is_null()
    found = empty.arg_true().to_list()
    return found if len(found) <= max(1, sample.height // 2) else []


def _adds_up(sample: RowSample, at: int, others: list[int]) -> bool:
    """Whether the amount of the row is the sum of those since the last such row, or of all above."""
    amount = sample.field("revenue")
    if amount is None or amount[at] is None or at == 0:
        return False
    before = max((other for other in others if other < at), default=-1)
    sums = _sums_above(sample, amount, before, at, others)
    return at - before > 1 and any(abs(amount[at] - each) <= 0.011 + 1e-9 * abs(each) for each in sums)


def _sums_above(
    sample: RowSample, amount: pl.Series, before: int, at: int, totals: list[int]
) -> tuple[float, float]:
    """What the rows since the last total add up to, and all rows above."""
    if not sample.is_whole:
        first = sample.row(before) if before >= 0 else 0
        return sample.above(first, sample.row(at)), sample.above(0, sample.row(at))
    rows = pl.int_range(len(amount), eager=True)
    above = (rows < at) & ~rows.is_in(totals)
    return total(amount.filter(above & (rows > before))), total(amount.filter(above))


def _test(sample: RowSample, found: list[int]) -> str:
    """The expression that is false for these rows alone."""
    rows = pl.Series(found)
    columns = {sample.part.columns[name]: name for name in TELLING if name in sample.part.columns}
    for column in columns:
        if _empty_in(sample.texts[column], rows) == len(found) == sample.texts[column].null_count():
            return f"not missing({named(column)})"
    for column, texts in sample.texts.items():
        values = texts.gather(rows)
        said = values.drop_nulls().unique(maintain_order=True).to_list()
        if not values.null_count() and all(_says_total(each) for each in said) and len(said) <= 12:
            quoted = ", ".join(map(repr, said))
            test = f"!= {said[0]!r}" if len(said) == 1 else f"not in ({quoted})"
            return f"coalesce({named(column)}, '') {test}"
    if len(columns) > 1 and all(_empty_in(sample.texts[each], rows) == len(found) for each in columns):
        return " or ".join(f"not missing({named(each)})" for each in columns)
    return ""


def _empty_in(texts: pl.Series, rows: pl.Series) -> int:
    return texts.gather(rows).null_count()
