"""Who supports what: each person once a proposal, and once over proposals that were merged. Pure, over frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

SUPPORTS, WITHDRAWS = "supports", "withdraws"
VOTES: dict[str, Any] = {
    "proposal": pl.String,
    "person": pl.Int64,
    "at": pl.Datetime("us"),
    "said": pl.String,
}


def standing_votes(told: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The votes that hold, one a proposal and person: VOTES, the earliest of each that was not withdrawn.

    `told` are VOTES of sources; `said` those that people recorded, in their order, with `verdict`: of each person the
    last word holds, and withdraws what a source tells until then. Persons are codes; 0, nobody who is known, is left
    out.
    """
    keys = ["proposal", "person"]
    said = said.filter(pl.col("person") > 0)
    last = said.unique(keys, keep="last", maintain_order=True)
    gone = last.filter(pl.col("verdict") == WITHDRAWS).select(*keys, until="at")
    kept = told.filter(pl.col("person") > 0).join(gone, on=keys, how="left", maintain_order="left")
    kept = kept.filter(pl.col("until").is_null() | (pl.col("at") > pl.col("until")))
    held = last.filter(pl.col("verdict") == SUPPORTS)
    every = pl.concat([kept.select(*VOTES), held.select(*VOTES)])
    return every.sort("at", maintain_order=True).unique(keys, keep="first", maintain_order=True)


def under_roots(votes: pl.DataFrame, roots: Mapping[str, str]) -> pl.DataFrame:
    """The votes under the proposals that stand for others (`roots`, of members): the union of persons, the earliest
    vote of each. Without roots they are as they were."""
    moved = votes.with_columns(pl.col("proposal").replace(roots)) if roots else votes
    return moved.sort("at", maintain_order=True).unique(
        ["proposal", "person"], keep="first", maintain_order=True
    )


def persons_of(votes: pl.DataFrame) -> dict[str, int]:
    """How many persons support each proposal that anybody supports."""
    return dict(votes.group_by("proposal").len().iter_rows())


def course_of_supports(votes: pl.DataFrame) -> pl.DataFrame:
    """How many supported one proposal by the end of each day on which somebody did: day, persons."""
    days = votes.group_by(day=pl.col("at").dt.date()).len().sort("day")
    return days.select("day", persons=pl.col("len").cum_sum().cast(pl.Int64))
