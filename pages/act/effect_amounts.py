"""How amounts of one outcome are written: means, changes of them, and what all those reached did more."""

from __future__ import annotations

from dataclasses import dataclass

from cubes.analysis.campaign_outcomes import Outcome
from pages.ui.style.formats import format_value, money_text, number_text, share_text

Ends = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class EffectAmounts:
    """An outcome and the currency of the firm: shares change by points, money is written to the cent."""

    outcome: Outcome
    currency: str

    @property
    def noun(self) -> str:
        """What the outcome is called within a sentence."""
        if self.outcome.name == "buyers":
            return "the share who bought"
        label = self.outcome.label[:1].lower() + self.outcome.label[1:]
        if self.outcome.is_share:
            return f"the share who {label}"
        return f"the {label}" if self.outcome.kind else label

    @property
    def is_money_a_customer(self) -> bool:
        """Whether it can be held against what reaching a customer cost."""
        return self.outcome.unit == "money" and not self.outcome.per

    @property
    def unit(self) -> str:
        """The unit of means and of changes, for an axis."""
        return "percent" if self.outcome.is_share else self.outcome.unit

    def mean(self, value: float) -> str:
        return share_text(value, 2) if self.unit == "percent" else self._plain(value)

    def change(self, value: float) -> str:
        return f"{number_text(value * 100, 2)} points" if self.unit == "percent" else self._plain(value)

    def each(self, value: float) -> str:
        """A change a customer, or of a ratio one of what it is divided by; points are of all of them."""
        if self.unit == "percent":
            return self.change(value)
        return f"{self.change(value)} {self.outcome.per or 'a customer'}"

    def ends(self, low: float, high: float) -> str:
        """The ends of an interval of changes."""
        return f"{self.change(low).removesuffix(' points')} to {self.change(high).removesuffix(' points')}"

    def spread(self, value: float, low: float, high: float) -> str:
        """A change with its interval."""
        return f"{self.change(value)} ({self.ends(low, high)})"

    def mean_spread(self, value: float, low: float, high: float) -> str:
        """A mean with its interval."""
        return f"{self.mean(value)} ({self.mean(low)} to {self.mean(high)})"

    def whole(self, value: float) -> str:
        """What all together did more: of a share customers, else in the outcome's unit."""
        if self.outcome.unit == "money":
            return format_value(round(value), "money", self.currency)
        return f"{number_text(round(value) or 0)} {'customers' if self.outcome.is_share else self.noun}"

    def whole_spread(self, told: Ends) -> str:
        """The same with its interval, the unit once."""
        middle, low, high = told
        bare = [
            self.whole(each).removesuffix(" customers").removesuffix(f" {self.noun}") for each in (low, high)
        ]
        return f"{self.whole(middle)} ({bare[0]} to {bare[1]})"

    def _plain(self, value: float) -> str:
        if self.outcome.unit == "money":
            return money_text(value, self.currency)
        return number_text(value, 3) if abs(value) < 100 else number_text(value)
