"""Who is in which arm: drawn once by a salted hash, so that it can be drawn again and depends on nothing else.

A unit's place between 0 and 1 is the BLAKE2b hash (RFC 7693) of the campaign's salt and the unit: the same on every
machine and in every release, and independent between campaigns. Without strata its arm is that of the share in which
its place falls. Within strata units stand in the order of their places, and arms are dealt in proportion from a start
that is drawn as well (systematic sampling): each share is met as near as whole numbers allow, each unit's chance is its
share.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import polars as pl

Shares = Sequence[tuple[str, float]]
BITS, KEPT_BITS = 64, 53  # of a hash, and of those what a float holds
BETWEEN = "|"


def assign(
    salt: str,
    units: pl.Series,
    shares: Shares,
    strata: pl.Series | None = None,
    stored: pl.DataFrame | None = None,
) -> pl.Series:
    """The arm of each of `units` (text; those that are alike stay together), in their order.

    `shares` are arms with shares that add up to 1. `strata` names the stratum of each unit; of one in several the first
    by name counts. `stored` (unit, arm) was drawn before and stays, whatever is added: those who are new to a stratum
    are dealt so that all of it comes near its shares.
    """
    if strata is None and stored is None:
        return _by_place(places(salt, units).to_numpy(), shares)
    kept = pl.DataFrame({"unit": [], "arm": []}, {"unit": pl.String, "arm": pl.String})
    kept = kept if stored is None else stored.select("unit", "arm").unique("unit", keep="first")
    stratum = pl.lit("") if strata is None else strata.fill_null("")
    every = pl.select(unit=units, stratum=stratum).group_by("unit").agg(pl.col("stratum").min())
    fresh = every.join(kept, on="unit", how="anti")
    fresh = fresh.with_columns(place=places(salt, fresh["unit"]))
    if strata is None:
        drawn = fresh.with_columns(arm=_by_place(fresh["place"].to_numpy(), shares))
    else:
        drawn = _by_strata(salt, fresh, every.join(kept, on="unit"), shares)
    arms = pl.concat([drawn.select("unit", "arm"), kept])
    return pl.DataFrame({"unit": units}).join(arms, on="unit", how="left", maintain_order="left")["arm"]


def places(salt: str, units: pl.Series) -> pl.Series:
    """Where the hash of each unit falls between 0 and 1, uniform and independent between salts."""
    return pl.Series(_hashed(salt, units))


def _hashed(salt: str, units: pl.Series) -> np.ndarray:
    head = (salt + BETWEEN).encode()
    size = BITS // 8
    digests = b"".join([blake2b(head + each, digest_size=size).digest() for each in units.cast(pl.Binary)])
    return (np.frombuffer(digests, ">u8") >> (BITS - KEPT_BITS)) / 2.0**KEPT_BITS


def _by_place(place: np.ndarray, shares: Shares) -> pl.Series:
    ends = np.cumsum([share for _, share in shares])
    return _named(np.searchsorted(ends, place, side="right"), shares)


def _named(nth: np.ndarray, shares: Shares) -> pl.Series:
    """The names of arms by their places; what rounding leaves beyond the last is the last's."""
    names = pl.Series([name for name, _ in shares], dtype=pl.String)
    return names.gather(np.minimum(nth, len(shares) - 1))


def _by_strata(salt: str, fresh: pl.DataFrame, there: pl.DataFrame, shares: Shares) -> pl.DataFrame:
    """`fresh` with their `arm`, dealt within each stratum beside those who are `there` (unit, stratum, arm)."""
    names = [name for name, _ in shares]
    ordered = fresh.sort("stratum", "place", "unit")
    strata = ordered.group_by("stratum", maintain_order=True).len()
    had = there.group_by("stratum", "arm").len().pivot("arm", index="stratum", values="len")
    absent = [pl.lit(0).alias(name) for name in names if name not in had.columns]
    counted = strata.join(had.with_columns(absent), on="stratum", how="left", maintain_order="left")
    before = counted.select(names).fill_null(0).to_numpy().astype(float)
    new = strata["len"].to_numpy().astype(float)
    wanted = _wanted(before, new, np.array([share for _, share in shares]))
    starts = _hashed(salt + BETWEEN + "start", strata["stratum"] + BETWEEN + _told(before))
    ends = np.floor(np.cumsum(wanted, axis=1) + starts[:, None] + _TINY)
    group = np.repeat(np.arange(strata.height), strata["len"].to_numpy())
    first = np.repeat(np.cumsum(new) - new, strata["len"].to_numpy())
    rank = np.arange(ordered.height) - first
    nth = (rank[:, None] >= ends[group, :-1]).sum(axis=1)
    return ordered.with_columns(arm=_named(nth, shares))


_TINY = 1e-9  # so that 0.1 + 0.2 makes up a whole where 0.3 does


def _told(before: np.ndarray) -> pl.Series:
    return pl.Series(before.sum(axis=1).astype(int).astype(str))


def _wanted(before: np.ndarray, new: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """How many of the new of each stratum each arm lacks: all together as many as there are new."""
    lacking = np.maximum((before.sum(axis=1) + new)[:, None] * shares - before, 0)
    dealt: np.ndarray = lacking * (new / lacking.sum(axis=1))[:, None]
    return dealt
