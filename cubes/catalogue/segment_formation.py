"""When and how saved segments were formed, in words: beside a level's name, under a number, before a search."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cubes.model import Cube
from cubes.query import Query
from data.model.segmentation import NOT_YET
from data.store.warehouse import Attribute

UNKNOWN_DAY = "on an unknown day"
HINDSIGHT = (
    "Members are described as of one day: what customers did until a group was formed made it, so how the group grew"
    " by then is hindsight."
)
MINED = (
    "Saved segments were formed from the same facts. What customers did made the groups, so a group that explains a"
    " change may say only that."
)


def label(attribute: Attribute) -> str:
    """The level's name with the day on which its members were formed."""
    every = attribute.segmentations
    if not every:
        return f"{attribute.label}, formed {UNKNOWN_DAY}"
    times = f"{len(every)} times, last " if len(every) > 1 else ""
    return f"{attribute.label}, formed {times}{every[-1].formed_on}"


def sentence(attribute: Attribute) -> str:
    """When, how and of whom the members were formed."""
    every = attribute.segmentations
    if not every:
        return f"{attribute.label} was formed {UNKNOWN_DAY}: it tells what became of members, not what they were."
    first, last = every[0], every[-1]
    days = (
        f"on {last.formed_on}"
        if len(every) == 1
        else f"{len(every)} times from {first.formed_on} to {last.formed_on}"
    )
    before = f"Up to {first.formed_on} it reads {NOT_YET}."
    return f"{attribute.label} was formed {days} by {last.method}, {last.frame}. {before}"


def notes(cube: Cube, query: Query) -> Iterator[str]:
    """What to know of the saved segments and the cohorts that a question names."""
    named = dict.fromkeys((*query.by, *(cut.level for cut in query.cuts)))
    for level in (cube.level(name) for name in named):
        if level.formed:
            yield level.formed
        if level.is_mined and query.as_of:
            yield HINDSIGHT


def dated(frame: pl.DataFrame, cube: Cube, query: Query) -> pl.DataFrame:
    """An answer to take away, with a column beside each saved segment that says when and how it was formed."""
    levels = [level for level in map(cube.level, query.by) if level.is_mined]
    return frame.with_columns(pl.lit(level.formed).alias(f"{level.name}_formed") for level in levels)
