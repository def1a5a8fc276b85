"""What a load did: its books, which always balance, and what its owner should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

import polars as pl

from data.load.mappings.canonical_fields import OF_ORDERS
from data.load.mappings.deliveries import Waiting


@dataclass(frozen=True, slots=True)
class Books:
    """The rows of one file. Every row read is loaded, rejected, a repeat that was dropped, or left out by the mapping.

    `rows_replaced` counts the rows that were there before and made room for these.
    """

    part: str
    file: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    repeats_dropped: int = 0
    repeats_kept: int = 0
    rows_replaced: int = 0
    rows_left_out: int = 0

    @property
    def balance(self) -> bool:
        accounted = self.rows_loaded + self.rows_rejected + self.repeats_dropped + self.rows_left_out
        return self.rows_read == accounted


FEW = 2
COUNTED = tuple(each.name for each in fields(Books) if each.name not in ("part", "file"))


@dataclass(frozen=True, slots=True)
class Report:
    """A load, told. `rejected` has the columns part, row, reason, raw; rows_* count the order lines.

    `unchanged` says that the same files had been loaded by the same mapping before, as `batches`, and that the
    warehouse is as it was; `replaced` is the batch that this one took the place of. `notes` are good to know,
    `warnings` want looking at, `stages` tell what changed in the life cycle of customers, and `waiting` are the files
    that could not be loaded while the others were.
    """

    source: str
    batch: int
    parts: tuple[Books, ...]
    rejected: pl.DataFrame
    first_day: date | None = None
    last_day: date | None = None
    revenue: Decimal = Decimal(0)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    unchanged: bool = False
    replaced: int | None = None
    batches: tuple[int, ...] = ()

    @property
    def lines(self) -> Books:
        """The books of all files of order lines; of a source without them, those of its last part."""
        last = self.parts[-1].part
        lines = [books for books in self.parts if books.part in OF_ORDERS]
        return _together(lines or [books for books in self.parts if books.part == last])

    @property
    def rows_read(self) -> int:
        return self.lines.rows_read

    @property
    def rows_loaded(self) -> int:
        return self.lines.rows_loaded

    @property
    def rows_rejected(self) -> int:
        return self.lines.rows_rejected

    @property
    def repeats_dropped(self) -> int:
        return self.lines.repeats_dropped

    @property
    def rows_left_out(self) -> int:
        return self.lines.rows_left_out

    @property
    def repeats_kept(self) -> int:
        return self.lines.repeats_kept

    def sentences(self) -> list[str]:
        """The report in words, a line each."""
        waiting = [str(each) for each in self.waiting]
        if self.unchanged:
            already = f"Already loaded as {_batches(self.batches or (self.batch,))}; nothing changed."
            return [*(self.notes if self.notes[1:] else [already]), *waiting]
        begun = f"Loaded {self.source} as batch {self.batch}"
        begun += f" in place of batch {self.replaced}." if self.replaced is not None else "."
        days = f"Order lines from {self.first_day} to {self.last_day}, revenue {self.revenue:,.2f}."
        return [
            begun,
            *map(_sentence, self.parts),
            *([days] if self.first_day else []),
            *self._reasons(),
            *(f"Look: {each}" for each in self.warnings),
            *(f"Note: {each}" for each in self.notes),
            *self.stages,
            *waiting,
        ]

    def _reasons(self) -> list[str]:
        few = self.rejected.head(5).iter_rows()
        told = [f"  {part}, row {row}: {reason}" for part, row, reason, _ in few]
        return ["Rejected:", *told, *(["  ..."] if self.rejected.height > 5 else [])] if told else []


REJECTED = pl.Schema({"part": pl.String, "row": pl.Int64, "reason": pl.String, "raw": pl.String})


def _together(every: list[Books]) -> Books:
    """The books of several files of one part as those of one."""
    sums = {name: sum(getattr(books, name) for books in every) for name in COUNTED}
    return replace(every[0], file=", ".join(books.file for books in every), **sums)


def _batches(numbers: Sequence[int]) -> str:
    """Batches by their numbers, shortly.

    >>> [_batches(each) for each in ((1,), (2, 1), (1, 2, 3), (1, 2, 4, 7))]
    ['batch 1', 'batches 1 and 2', 'batches 1 to 3', '4 batches from 1 to 7']
    """
    first, last, count = min(numbers), max(numbers), len(set(numbers))
    if count <= FEW:
        return f"batches {first} and {last}" if last > first else f"batch {first}"
    return (
        f"batches {first} to {last}"
        if last - first == count - 1
        else f"{count} batches from {first} to {last}"
    )


def _sentence(books: Books) -> str:
    kept = f" ({books.repeats_kept:,} repeats kept)" if books.repeats_kept else ""
    return (
        f"{books.part} ({books.file}): {books.rows_read:,} rows read = {books.rows_loaded:,} loaded{kept}"
        f" + {books.rows_rejected:,} rejected + {books.repeats_dropped:,} repeats dropped"
        + (f" + {books.rows_left_out:,} left out by the mapping." if books.rows_left_out else ".")
        + (f" They replace {books.rows_replaced:,} rows." if books.rows_replaced else "")
    )
