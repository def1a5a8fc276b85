"""Sets of customers as one kind of what is counted beforehand: chosen by measure, in a table of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cubes.aggregates import likely_questions
from cubes.aggregates.aggregate import Asked
from cubes.aggregates.bitmaps import stored_bitmaps
from cubes.aggregates.bitmaps.bitmap_coverage import CustomerSets
from cubes.aggregates.bitmaps.bitmap_grains import chosen, counted
from cubes.aggregates.bitmaps.bitmap_refresh import BitmapRefresh
from cubes.aggregates.bitmaps.bitmap_sample import Sample
from cubes.aggregates.lattice import Lattice
from cubes.cells.grain import Grain
from cubes.model import Cube
from data.connection import Connection
from data.model.fact_extent import Rows
from data.model.warehouse_profile import Profile
from data.store.warehouse import Warehouse

HIDDEN_SHARE = 10


class BitmapKind:
    """How sets of customers are read, chosen, refreshed and dropped."""

    name = "sets of customers"
    share = 0.54

    def opened(self, warehouse: Warehouse, cube: Cube) -> CustomerSets:
        """The sets of a snapshot."""
        return CustomerSets(warehouse, cube)

    def tables(self, rows: Rows) -> Sequence[str]:
        """The sets of all cubes stand in one table, their grains in another."""
        return stored_bitmaps.tables(rows)

    def is_current(self, connection: Connection, cube: Cube, profile: Profile) -> bool:
        """Whether sets are stored of each measure that counts customers, by its condition of today."""
        return stored_bitmaps.grains(connection, cube).keys() == {each.name for each in counted(cube)}

    def choose(
        self, connection: Connection, cube: Cube, profile: Profile, asked: Asked, room: float
    ) -> float | None:
        """The grains worth keeping of each measure; those that are not offered to people get a smaller share."""
        measures = sorted(counted(cube), key=lambda each: not each.hidden)
        if not measures:
            return None
        sample, left = Sample(connection, Lattice.of(cube, profile), measures), int(room)
        likely = likely_questions.likely(cube, profile, asked)
        found: dict[str, tuple[Grain, ...]] = {}
        for at, measure in enumerate(measures):
            own = left / HIDDEN_SHARE / len(measures) if measure.hidden else left / (len(measures) - at)
            size = partial(sample.bytes_of, measure)
            found[measure.name] = chosen(sample.candidates, size, own, likely)
            left -= int(sum(map(size, found[measure.name])))
        stored_bitmaps.note(connection, cube, found)
        return room - left

    def refresh(self, connection: Connection, cube: Cube, fresh: bool) -> BitmapRefresh:
        """Those that are stored, ready to be followed."""
        return BitmapRefresh(connection, cube, stored_bitmaps.grains(connection, cube), fresh)

    def forget(self, connection: Connection, cube: Cube) -> None:
        """Leave nothing stored of a cube."""
        stored_bitmaps.forget(connection, cube)
