"""Why no lifetime model is fitted, or why a fitted one is in doubt: values with their numbers, whose words follow."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import BadRequest

FEWEST_REPEAT_BUYERS = 100
REGULAR = 1.5


@dataclass(frozen=True, slots=True)
class TooFewRepeatBuyers:
    """What tells rates and leaving apart is people who came back."""

    repeat_buyers: int
    customers: int

    def __str__(self) -> str:
        who = f"Only {self.repeat_buyers:,}" if self.repeat_buyers else "None"
        return (
            f"{who} of {customers_counted(self.customers)} bought on two days or more; a lifetime model needs "
            f"{FEWEST_REPEAT_BUYERS}. Take a longer period or more customers."
        )


@dataclass(frozen=True, slots=True)
class AllOfOneDay:
    """T is the same for everybody: nothing is seen of how customers age."""

    age_days: int

    def __str__(self) -> str:
        return (
            f"All customers bought first on the same day, {_days(self.age_days)} before the end. Take customers of "
            "several months."
        )


@dataclass(frozen=True, slots=True)
class OneCohort:
    """First purchases within so short a time that age and calendar are one."""

    span_days: int
    age_days: int

    def __str__(self) -> str:
        return (
            f"All first purchases lie within {_days(self.span_days)}, {_days(self.age_days)} before the end: one "
            "cohort cannot tell the age of customers from the time of year. Take customers of several months."
        )


def customers_counted(count: int) -> str:
    """How many, in words.

    >>> customers_counted(1), customers_counted(1234)
    ('1 customer', '1,234 customers')
    """
    return "1 customer" if count == 1 else f"{count:,} customers"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


WhyNoModel = TooFewRepeatBuyers | AllOfOneDay | OneCohort


class NoLifetimeModel(BadRequest):
    """Histories that no lifetime model should be fitted to; `reason` says why as a value."""

    def __init__(self, reason: WhyNoModel) -> None:
        problem, _, remedy = str(reason).rpartition(". ")
        super().__init__(f"{problem}.", remedy)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NotConverged:
    """The search found no top."""

    model: str

    def __str__(self) -> str:
        return (
            f"The search for the likeliest {self.model} did not end at a top: its numbers are not to be relied on. "
            "Try another model or more customers."
        )


@dataclass(frozen=True, slots=True)
class ParameterAtBorder:
    """A parameter ran away: the data do not hold it."""

    model: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"In the {self.model}, {' and '.join(self.parameters)} ran to the end of what was searched: these data "
            "say nothing of it, or customers hardly differ there. Intervals are not to be relied on."
        )


@dataclass(frozen=True, slots=True)
class RegularBuyers:
    """Purchases come at more regular intervals than any model with NBD in its name tells."""

    regularity: float

    def __str__(self) -> str:
        return (
            f"Customers buy at regular intervals (regularity {self.regularity:.1f}, where chance would have 1): NBD "
            f"models overstate dropout here or see it late. Take the MBG/CNBD-k, whose k the likelihood chooses."
        )


Doubt = NotConverged | ParameterAtBorder | RegularBuyers
