"""How the arms of a campaign were drawn, and by what its effect is told: each design has an estimator of its own."""

from __future__ import annotations

from dataclasses import dataclass

ESTIMATORS = {
    "customer": "Welch's difference of means, customer by customer",
    "cluster": "difference of means with errors by group (CR1)",
    "switchback": "regression on unit and block, with a randomisation test",
    "geo": "synthetic control, with placebos",
    "none": "none: observed only",
}
WRITTEN = "customer, cluster:LEVEL, switchback:LEVEL:DAYS, switchback:LEVEL:DAYS:DROPPED, geo:LEVEL or none"


@dataclass(frozen=True, slots=True)
class EffectDesign:
    """`kind` of `ESTIMATORS`; `level` of customers is what was drawn; a switchback's blocks have `block_days`, of which
    the first `burn_in` are dropped."""

    kind: str = "customer"
    level: str = ""
    block_days: int = 0
    burn_in: int = 0

    @classmethod
    def planned(cls, kind: str, level: str) -> EffectDesign:
        """As a plan says it. A switchback's schedule stands in no plan, and groups need a name: else by customer."""
        is_told = kind in ("customer", "none") or (kind in ("cluster", "geo") and level)
        return cls(kind, level) if is_told else cls()

    def estimator(self, is_ratio: bool = False) -> str:
        """What tells the effect on a measure of each customer, or on a ratio, by name."""
        return ESTIMATORS[self.kind] + (", of a ratio by the delta method" if is_ratio else "")

    def __str__(self) -> str:
        days = f":{self.block_days}:{self.burn_in}" if self.kind == "switchback" else ""
        return f"{self.kind}:{self.level}{days}" if self.level else self.kind


def read_design(text: str) -> EffectDesign:
    """A design as it is written (`WRITTEN`). Raises ValueError."""
    kind, *rest = text.split(":")
    wrong = ValueError(f"{text[:40]!r} is no design; write {WRITTEN}")
    if kind not in ESTIMATORS or (kind in ("customer", "none")) != (not rest):
        raise wrong
    if kind in ("cluster", "geo") and (len(rest) != 1 or not rest[0]):
        raise wrong
    if kind != "switchback":
        return EffectDesign(kind, rest[0] if rest else "")
    numbers = rest[1:]
    if not (
        1 <= len(numbers) <= 2 and rest[0] and all(each.isdecimal() and each.isascii() for each in numbers)
    ):
        raise wrong
    days, burn_in = int(numbers[0]), int(numbers[1]) if numbers[1:] else 0
    if not 0 <= burn_in < days <= 366:
        raise ValueError(f"Of blocks of {days} days {burn_in} cannot be dropped: write days from 1 to 366.")
    return EffectDesign(kind, rest[0], days, burn_in)
