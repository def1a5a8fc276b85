"""What a file says once it is typed, without a warehouse: quick enough for many small files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.load.mappings.mapping import Mapping, Part
from data.load.notation.stream_habits import NO_HABITS, Habits
from data.load.stage_delivery import wanted_kinds
from data.load.typing.reshape import reshape
from data.load.typing.typed_rows import type_rows
from data.sources.file import stage
from data.store import duckdb_engine as engine

LINES = """source = "s"
[order_lines]
{settings}
[order_lines.columns]
{columns}
{more}
"""


@dataclass(frozen=True)
class Read:
    """The typed rows, each as a dict without what is empty, and what was told beside them."""

    rows: list[dict[str, Any]]
    notes: tuple[str, ...]
    habits: Habits

    def __getitem__(self, field: str) -> list[Any]:
        return [row.get(field) for row in self.rows]


def lines(settings: str = "", more: str = "", **columns: str) -> Part:
    """A mapping's part of order lines that fills its fields by these columns."""
    listed = "\n".join(f'{field} = "{column}"' for field, column in columns.items())
    return Mapping.from_text(LINES.format(settings=settings, columns=listed, more=more)).order_lines


def read(path: Path, part: Part, zone: str = "", habits: Habits = NO_HABITS) -> Read:
    """The file at `path` through the part of a mapping, staged as a load would."""
    with engine.scratch() as connection:
        staged = stage(connection, path, "raw", part.options, wanted=wanted_kinds(part, NO_HABITS))
        staged, _ = reshape(connection, part, staged)
        told = type_rows(connection, part, staged, [], "typed", zone, habits)
        found = connection.execute("SELECT * EXCLUDE (place) FROM typed ORDER BY place")
        names = [each[0].removeprefix("f_").removeprefix("a_") for each in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return Read(
        [{name: value for name, value in row.items() if value is not None} for row in rows],
        (*staged.notes, *told.notes), told.habits,
    )  # fmt: skip


def read_text(
    tmp_path: Path, text: str | bytes, part: Part, zone: str = "", habits: Habits = NO_HABITS
) -> Read:
    """The same of a delimited file that holds `text`."""
    path = tmp_path / "s.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, part, zone, habits)
