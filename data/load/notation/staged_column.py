"""A column of a staged file: where it stands in a statement, and which names reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.errors import BadInput, did_you_mean
from data.sources.file import Kind, Staged

TEXT = "VARCHAR"


@dataclass(frozen=True, slots=True)
class StagedColumn:
    """Column `position` of the staged table `table`; `kind` is how the file stores it, `type` how it is staged.

    `tidy` says that no value of it has blanks around it; `instant`, that its values are moments in UTC, though
    they do not say so; `delimiter` is what parts the fields of its file, if anything does; `sign` is the currency
    that its number format shows.
    """

    name: str
    file: str
    table: str
    position: int
    kind: Kind
    type: str = TEXT
    tidy: bool = False
    instant: bool = False
    delimiter: str = ""
    sign: str = ""

    @property
    def typed(self) -> bool:
        """Whether it is staged as a number or a date, and not as text."""
        return self.type != TEXT

    @property
    def text(self) -> str:
        """SQL for it as text."""
        return f"{self.sql}::VARCHAR" if self.typed else self.sql

    @property
    def sql(self) -> str:
        return f"{self.table}.c{self.position}"

    @property
    def alias(self) -> str:
        """Its name in a statement once blanks are out."""
        return f"t_{self.table}_{self.position}"


def columns_of(staged: Staged) -> tuple[StagedColumn, ...]:
    """The columns of a staged file."""
    types = staged.types or (TEXT,) * len(staged.columns)
    named = enumerate(zip(staged.columns, staged.kinds, types, strict=True))
    return tuple(
        StagedColumn(
            name,
            staged.name,
            staged.table,
            at,
            kind,
            type,
            at in staged.tidy,
            at in staged.instants,
            staged.delimiter,
            staged.signs[at] if at < len(staged.signs) else "",
        )
        for at, (name, kind, type) in named
    )


class ColumnNames:
    """The columns that a mapping may name: those of the rows, then those of each look-up.

    A look-up's column is also reached as "file.column", which is needed where the same name came before.
    """

    def __init__(self, columns: Iterable[StagedColumn]) -> None:
        self._known: dict[str, StagedColumn] = {}
        for column in columns:
            self._known.setdefault(column.name, column)
        self._file = next(iter(self._known.values())).file if self._known else ""

    def add(self, stem: str, columns: Iterable[StagedColumn]) -> None:
        """Let a look-up's columns be named too."""
        for column in columns:
            self._known.setdefault(column.name, column)
            self._known.setdefault(f"{stem}.{column.name}", column)

    @property
    def columns(self) -> tuple[StagedColumn, ...]:
        """Each column once."""
        return tuple(dict.fromkeys(self._known.values()))

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __getitem__(self, name: str) -> StagedColumn:
        """Errors: BadInput naming the nearest columns."""
        if name not in self._known:
            hint = did_you_mean(name, self._known).replace("Try one of:", "Its columns are:")
            raise BadInput(f"There is no column {name!r} in {self._file}.", hint)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)
