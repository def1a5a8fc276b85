"""Who is in which arm: drawn once by a salted hash, so that it can be drawn again and depends on nothing else.

A unit's place between 0 and 1 is the BLAKE2b hash of campaign's salt and unit (RFC 7693): the same on every machine and
in every release, and independent between campaigns. Without strata its arm is that of the share in which its place
falls. Within strata the units stand in the order of their places and arms are dealt in proportion from a random start
(systematic sampling), so that each share is met as near as whole numbers allow and each unit's chance is its share.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

Shares = Sequence[tuple[str, float]]


def assign(
    salt: str,
    units: pl.Series,
    shares: Shares,
    strata: pl.Series | None = None,
    stored: pl.DataFrame | None = None,
) -> pl.Series:
    """The arm of each of `units` (text; those that are alike stay together), in their order.

    `shares` are arms with shares that add up to 1. `strata` names the stratum of each unit. `stored` (unit, arm) was
    drawn before and stays, whatever is added.
    """
    raise NotImplementedError
