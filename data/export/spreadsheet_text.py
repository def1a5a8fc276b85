"""Text that a spreadsheet would run as a formula, made harmless as OWASP advises."""

from __future__ import annotations

import polars as pl

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMULA = r"^[=+\-@\t\r]"
NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)*$"


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """The same cells, with an apostrophe before each text that begins as formulas do and is no number."""
    return frame.with_columns(_quoted(name) for name, kind in frame.schema.items() if kind == pl.String)


def _quoted(name: str) -> pl.Expr:
    text = pl.col(name)
    risky = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return pl.when(risky).then(pl.lit("'") + text).otherwise(text).alias(name)
