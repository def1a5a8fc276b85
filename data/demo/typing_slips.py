"""What goes wrong when people write each other down: typing slips, other ways to say the same, other formats."""

from __future__ import annotations

import numpy as np
import polars as pl

KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnm1234567890", "wertyuioposdfghjklkxcvbnmn2345678909", strict=True))
LOOKS = {
    "o": "0",
    "l": "1",
    "i": "l",
    "e": "c",
    "c": "e",
    "m": "n",
    "u": "v",
    "v": "u",
    "g": "q",
    "s": "5",
    "b": "h",
}
UNACCENTED = {"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "Ø": "O"}


def slipped(texts: pl.Series, chosen: np.ndarray, random: np.random.Generator) -> pl.Series:
    """One slip in each chosen text: a letter dropped, doubled, swapped, mistyped or misread."""
    length = texts.str.len_chars().fill_null(0).to_numpy()
    at = 1 + (random.random(len(texts)) * np.maximum(length - 2, 1)).astype(np.int64)
    frame = pl.DataFrame({"text": texts, "at": at, "how": random.integers(0, 5, len(texts))})
    text, place, how = pl.col("text"), pl.col("at"), pl.col("how")
    head, tail = text.str.slice(0, place), text.str.slice(place + 1)
    letter, after = text.str.slice(place, 1), text.str.slice(place + 1, 1)
    wrong = (
        pl.when(how == 0).then(head + tail)
        .when(how == 1).then(head + letter + letter + tail)
        .when(how == 2).then(head + after + letter + text.str.slice(place + 2))
        .when(how == 3).then(head + letter.str.to_lowercase().replace(KEYS) + tail)
        .otherwise(head + letter.str.to_lowercase().replace(LOOKS) + tail)
    )  # fmt: skip
    usable = pl.lit(pl.Series(chosen & (length > 3)))
    return frame.select(pl.when(usable).then(wrong).otherwise(text).alias(texts.name)).to_series()


def plain(text: pl.Expr) -> pl.Expr:
    """Without accents."""
    bare = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return bare.str.replace_many(list(UNACCENTED), list(UNACCENTED.values()))


def one_of(number: pl.Expr | pl.Series, ways: list[pl.Expr]) -> pl.Expr:
    """The way that a number from 0 to len(ways) - 1 picks."""
    picked, number = ways[-1], number if isinstance(number, pl.Expr) else pl.lit(number)
    for at, way in enumerate(ways[:-1]):
        picked = pl.when(number == at).then(way).otherwise(picked)
    return picked
