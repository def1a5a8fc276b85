"""What the cubes bring to a warehouse: the names of their measures, and what is counted beforehand."""

from __future__ import annotations

from cubes.aggregates.follow_publication import follow
from cubes.catalogue import MEASURE_NAMES
from data.store import extension

CUBES = extension.Extension("cubes", MEASURE_NAMES, follow)


def register() -> None:
    """Of this process: its writes bring roll-ups up to date, and no attribute is called like a measure."""
    extension.register(CUBES)
