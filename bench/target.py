"""One target: what was wanted, what was measured, and whether that is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that should be at most (or, with `at_least`, no less than) `limit`; None where it was not measured."""

    name: str
    value: float | None
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the figure is within its limit; None where there is none."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def sentence(self) -> str:
        """The target with its verdict.

        >>> print(Target("roll-ups", 41.0, 35, "% of the fact").sentence())
        NOT met       roll-ups: 41 % of the fact (wanted: at most 35)
        """
        verdict = {True: "met", False: "NOT met", None: "not measured"}[self.met]
        wanted = f"(wanted: {'at least' if self.at_least else 'at most'} {self.limit:g})"
        if self.value is None:
            return f"{verdict:<12}  {self.name} {wanted}"
        value = f"{self.value:,.0f}" if abs(self.value) >= 1000 else f"{self.value:.3g}"
        return f"{verdict:<12}  {self.name}: {value} {self.unit} {wanted}"

    def figures(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value, "limit": self.limit, "met": self.met}
