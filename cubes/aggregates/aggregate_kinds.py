"""The kinds of what is counted beforehand, in the order in which they are asked and given space.

Each leans on those before it: sets of customers count who is in a cell, and roll-ups tell which cells there are.
"""

from __future__ import annotations

from cubes.aggregates.aggregate import AggregateKind
from cubes.aggregates.bitmaps.bitmap_kind import BitmapKind
from cubes.aggregates.rollups.rollup_kind import RollUpKind

ROLL_UPS = RollUpKind()
CUSTOMER_SETS = BitmapKind()
KINDS: tuple[AggregateKind, ...] = (ROLL_UPS, CUSTOMER_SETS)
