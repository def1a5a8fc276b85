"""By which channel a touch was: that of its row, else what its kind says; what is no touch at all."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from data.model.canonical_tables import UNKNOWN

# Kinds of interactions, in small letters, whose rows tell no contact of their own: an answer to a question, and a case
# whose calls and mails are rows by themselves.
NO_TOUCH = frozenset(["survey", "ticket"])
BY_KIND: Mapping[str, str] = {
    "web session": "Web",
    "e-mail": "E-mail",
    "email": "E-mail",
    "call": "Phone",
    "phone call": "Phone",
    "letter": "Letter",
    "visit": "Visit",
    "chat": "Chat",
    "fair": "Fair",
}
NOT_TOLD = "Channel not told"


def channel_of(kind: str | None, channel: str | None) -> str | None:
    """What the channel of a touch is called; None for what is no touch.

    >>> channel_of("web session", "App"), channel_of("Phone call", None), channel_of("survey", "Phone")
    ('App', 'Phone', None)
    """
    word = (kind or "").strip().lower()
    if word in NO_TOUCH:
        return None
    if channel and channel != UNKNOWN:
        return channel
    return BY_KIND.get(word) or (word.capitalize() or NOT_TOLD)


def with_channels(touches: pl.DataFrame) -> pl.DataFrame:
    """Rows with `kind` and `named` (the channel's name, null or (unknown) without) as touches with a `channel`."""
    pairs = touches.select("kind", "named").unique()
    told = pairs.with_columns(
        channel=pl.Series([channel_of(*pair) for pair in pairs.iter_rows()], dtype=pl.String)
    )
    found = touches.join(told, on=["kind", "named"], how="left", nulls_equal=True, maintain_order="left")
    return found.filter(pl.col("channel").is_not_null()).drop("kind", "named")
