"""Cells of a grid in the reader's language: the grid itself, painted by the browser, knows the browser's alone.

Their texts go beside the values, which sort and are copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from pages.ui.style import formats, locales
from pages.ui.style.locales import ENGLISH

Write = Callable[[Any], str]
MOST_WRITTEN = 12_000  # of which pandas makes texts in half a second
DECIMALS = 4


def are_written(frame: pl.DataFrame) -> bool:
    """Whether Python writes the cells: where they are few enough, and the browser would not write them in English to
    an English reader."""
    is_english = locales.current() == ENGLISH == locales.locale_of(st.context.locale or "")
    return not is_english and frame.height * frame.width <= MOST_WRITTEN


def written(frame: pl.DataFrame, writes: Mapping[str, Write]) -> Any:
    """The frame as Streamlit takes it, with a text for each value of the columns in `writes`.

    Formats of their columns would go before these texts: give none.
    """
    return frame.to_pandas().style.format(dict(writes), na_rep=formats.ABSENT)


def writes_of(frame: pl.DataFrame, units: Mapping[str, str], currency: str) -> dict[str, Write]:
    """How each column that is no text is written: by its unit (money, percent, count), else by its type."""
    return {
        name: _write(kind, units.get(name, ""), currency)
        for name, kind in frame.schema.items()
        if kind.is_numeric() or kind in (pl.Date, pl.Datetime)
    }


def fixed(decimals: int) -> Write:
    """Numbers with so many decimals; ∞ for what is infinite."""
    return lambda value: "∞" if math.isinf(value) else formats.number_text(value, decimals)


def share(value: float) -> str:
    """A share of 1 to the hundredth of a percent."""
    return formats.share_text(value, 2)


def _write(kind: pl.DataType, unit: str, currency: str) -> Write:
    if kind == pl.Date:
        return formats.format_day
    if kind == pl.Datetime:
        return _moment
    if unit == "percent":
        return share
    if unit == "money":
        return partial(formats.money_text, currency=currency)
    if kind.is_integer():
        return fixed(0) if unit else _number_of_something
    return _as_it_is


def _moment(value: datetime) -> str:
    return f"{formats.format_day(value)}, {value:%H:%M}"


def _number_of_something(value: float) -> str:
    """A whole number that may be a name, such as that of a row or a batch: without groups."""
    return str(int(value))


def _as_it_is(value: float) -> str:
    text = fixed(DECIMALS)(value)
    if value and not any(digit in text for digit in "123456789∞"):
        least = fixed(DECIMALS)(10.0**-DECIMALS)
        return f"<{least}" if value > 0 else f">-{least}"
    decimal = locales.current().decimal
    return text.rstrip("0").rstrip(decimal) if decimal in text else text
