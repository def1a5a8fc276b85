"""Exact distinct customers at every grain: stored sets of customers, united, cut and counted by bits."""

from cubes.bitmaps.grains import counted
from cubes.bitmaps.making import BUDGET, Maker, begin, forget
from cubes.bitmaps.reading import Bitmaps, Way

__all__ = ["BUDGET", "Bitmaps", "Maker", "Way", "begin", "counted", "forget"]
