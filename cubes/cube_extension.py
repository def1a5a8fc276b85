"""What the cubes bring to a warehouse: the names of their measures, monthly targets, and what is counted beforehand."""

from __future__ import annotations

from cubes.aggregates.follow_publication import follow
from cubes.analysis.monthly_targets import write_monthly_targets
from cubes.catalogue import MEASURE_NAMES
from data.store import extension

CUBES = extension.Extension("cubes", MEASURE_NAMES, follow, write_monthly_targets)


def register() -> None:
    """Of this process: its writes bring roll-ups up to date, and no attribute is called like a measure."""
    extension.register(CUBES)
