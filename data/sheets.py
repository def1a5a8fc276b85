"""Text that a spreadsheet would run as a formula, made harmless as OWASP advises."""

from __future__ import annotations

import polars as pl

FORMULA = r"^[=+\-@\t\r]"
NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)*$"


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """The same cells, with an apostrophe before each text that begins as formulas do and is no number."""
    texts = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.when(text.str.contains(FORMULA) & ~text.str.contains(NUMBER)).then("'" + text).otherwise(text)
        for text in texts
    )
