"""Names of members as answers show them: two of one name are told apart, each by where it stands."""

from __future__ import annotations

from urllib.parse import unquote

import polars as pl

from data.schema import UNKNOWN


def told_apart(frame: pl.DataFrame, level: str) -> pl.DataFrame:
    """Members of one name in the column `level`, told apart by the path in `<level>.id`, or by their id alone."""
    identity = f"{level}.id"
    pairs = frame.select(level, identity).drop_nulls().unique()
    same = pairs.filter(pl.col(level).is_duplicated())
    if same.is_empty():
        return frame
    clear = {id_: f"{label} ({_where(id_)})" for label, id_ in same.iter_rows()}
    ours = pl.col(identity).replace_strict(clear, default=None, return_dtype=pl.String)
    return frame.with_columns(pl.coalesce(ours, pl.col(level)).alias(level))


def _where(identity: str) -> str:
    *above, own = (unquote(part) for part in identity.split("/"))
    known = [each for each in above if each != UNKNOWN]
    return " / ".join(known or above) if above else own
