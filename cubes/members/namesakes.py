"""Names of members as answers show them: two of one name are told apart, each by where it stands."""

from __future__ import annotations

from urllib.parse import unquote

import polars as pl

from data.model.canonical_tables import UNKNOWN


def told_apart(frame: pl.DataFrame, level: str) -> pl.DataFrame:
    """Members of one name in the column `level`, told apart by the path in `<level>.id`, or by their id alone."""
    identity = f"{level}.id"
    pairs = frame.select(level, identity).drop_nulls().unique()
    same = pairs.filter(pl.col(level).is_duplicated())
    if same.is_empty():
        return frame
    ids = same[identity]
    where = ids if not ids.str.contains("[/%]").any() else pl.Series([_where(each) for each in ids])
    clear = same.select(identity, pl.format("{} ({})", level, where).alias("@clear"))
    found = frame.join(clear, on=identity, how="left", maintain_order="left")
    return found.with_columns(pl.coalesce("@clear", level).alias(level)).drop("@clear")


def _where(identity: str) -> str:
    *above, own = (unquote(part) for part in identity.split("/"))
    known = [each for each in above if each != UNKNOWN]
    return " / ".join(known or above) if above else own
