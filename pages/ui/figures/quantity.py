"""A measure as a figure names and writes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pages.ui.style import formats


@dataclass(frozen=True, slots=True)
class Quantity:
    """`label` is what people call it; `unit` one of those of `formats.format_value`; `currency` a code or empty."""

    label: str
    unit: str = "money"
    currency: str = ""

    def texts(self, values: Iterable[float | None]) -> list[str]:
        """The values as a table prints them, in one scale."""
        known = list(values)
        scale = formats.scale_of(known, self.unit, self.currency)
        return [formats.format_value(each, self.unit, self.currency, scale) for each in known]

    def text(self, value: float | None) -> str:
        """One value alone, in the scale that suits it."""
        return formats.format_value(value, self.unit, self.currency, compact=True)
