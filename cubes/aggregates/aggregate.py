"""What is counted beforehand of one kind: what it offers a read, and how a publication keeps it up to date.

A third kind is a folder with these, and one entry in `aggregate_kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cubes.aggregates.line_chunk import LineChunk, LineReader
from cubes.aggregates.publication_work import TouchedSpan, Work
from cubes.cells.cell_query import CellQuery
from cubes.cells.cell_source import CellSource
from cubes.cells.reason import Because
from cubes.model import Cube
from data.connection import Connection
from data.model.fact_extent import Rows
from data.model.warehouse_profile import Profile
from data.store.warehouse import Warehouse

# Words are touched (a cell of a roll-up is one) in the time that a line of the fact is read in, joined.
WORDS_A_LINE = 4
Asked = Mapping[frozenset[str], float]


@dataclass(frozen=True, slots=True)
class Refused:
    """Something counted beforehand, by what it is called, that does not answer a read, and why."""

    other: str
    why: Because

    def __str__(self) -> str:
        return f"Not from {self.other}: {self.why}."


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What one kind offers for a read: its cheapest source, and how many words that touches; or none.

    `refusals` tells why its others do not serve, worked out only when somebody asks.
    """

    source: CellSource | None
    cost: int = 0
    refusals: Callable[[], Iterable[Refused]] = tuple


NOTHING = Offer(None)


class Aggregate(Protocol):
    """One kind of what is counted beforehand, of one cube of one snapshot. Safe to use from many threads."""

    @property
    def name(self) -> str:
        """What it is called."""

    def offer(self, cell_query: CellQuery) -> Offer:
        """What it covers of a read of one grouping set, and at which cost; or why nothing of it does."""


class Refresh(Protocol):
    """What is stored of one kind, of one cube, being brought up to date in the writer's transaction."""

    @property
    def levels(self) -> Collection[str]:
        """The levels of which it wants the code of each line."""

    @property
    def columns(self) -> Mapping[str, str]:
        """What else it wants of each line: SQL by name."""

    def begin(self, reader: LineReader, work: Work) -> None:
        """Take out what is made anew."""

    def prepared(self, chunk: LineChunk, span: TouchedSpan) -> Any:
        """What can be worked out of some lines without the engine, in another thread."""

    def add(self, chunk: LineChunk, span: TouchedSpan, prepared: Any) -> None:
        """Take in these lines."""

    def finish(self, work: Work) -> None:
        """Store what was gathered. Raises WarehouseError where lines were lost."""


class AggregateKind(Protocol):
    """One kind, as it is read, chosen, refreshed and dropped."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def share(self) -> float:
        """Its part of the space that the owner grants."""

    def opened(self, warehouse: Warehouse, cube: Cube) -> Aggregate:
        """What a snapshot has of it."""

    def tables(self, rows: Rows) -> Sequence[str]:
        """The tables in which it is stored, as they are there."""

    def is_current(self, connection: Connection, cube: Cube, profile: Profile) -> bool:
        """Whether it is stored, by the declarations of today."""

    def choose(
        self, connection: Connection, cube: Cube, profile: Profile, asked: Asked, room: float
    ) -> float | None:
        """Choose anew what is kept within so many bytes, empty as yet; the bytes it will take, None if none is."""

    def refresh(self, connection: Connection, cube: Cube, fresh: bool) -> Refresh:
        """Ready to be brought up to date; `fresh` says that all of it is empty yet."""

    def forget(self, connection: Connection, cube: Cube) -> None:
        """Leave nothing stored of a cube."""
