"""The targets cube: what key figures are to reach, month by month, to stand beside what they did."""

from __future__ import annotations

from collections.abc import Iterator

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.catalogue.kpis import KPIS, DeclaredKpi
from cubes.model import Kind, Measure

WHOLE_FIRM = "Whole firm"
JOINS = ("target_place",)
PHASED = (
    "What is set for longer periods falls to months by the shape of the year before, as on the page KPIs."
)


def _of_kpi(kpi: DeclaredKpi) -> Iterator[Measure]:
    """The target of the whole firm: of what adds up over time the sum of its months, else their mean."""
    name, title = kpi.declared.name, kpi.title
    firm = f"target_place.target_kpi = '{kpi.title}' AND target_place.target_level = '{WHOLE_FIRM}'"
    total = Measure(
        f"{name}_target",
        f"{title} target",
        Kind.ADDITIVE,
        kpi.declared.unit,
        f"What {title.lower()} of the whole firm is to reach: the targets of its months, added up. {PHASED}",
        column="target.value",
        condition=firm,
        joins=JOINS,
        empty="null",
        rising=0,
    )
    if kpi.declared.adds_over_time:
        yield total
        return
    yield Measure(
        total.name,
        total.label,
        Kind.RATIO,
        total.unit,
        f"What {title.lower()} of the whole firm is to reach in a month; over longer times the mean of its months, to"
        f" be compared month by month. {PHASED}",
        numerator=f"{name}_targets",
        denominator=f"{name}_targeted_months",
        rising=0,
    )
    yield Measure(
        f"{name}_targets",
        f"{title} targets of months",
        Kind.ADDITIVE,
        total.unit,
        "The targets of months, added up only to be divided.",
        column="target.value",
        condition=firm,
        joins=JOINS,
        rising=0,
        hidden=True,
    )
    yield Measure(
        f"{name}_targeted_months",
        f"Months with a target of {title.lower()}",
        Kind.ADDITIVE,
        "count",
        "The months that have a target.",
        aggregate="count",
        condition=firm,
        joins=JOINS,
        rising=0,
        hidden=True,
    )


MEASURES = (
    Measure(
        "targets_of_months",
        "Targets of months",
        Kind.ADDITIVE,
        "count",
        "How many months have a target, of each key figure and member.",
        aggregate="count",
        rising=0,
    ),
    Measure(
        "mean_target",
        "Mean target",
        Kind.RATIO,
        "points",
        "The target of a month on average, in the unit of its key figure: ask by target KPI and member.",
        numerator="target_values",
        denominator="targets_of_months",
        rising=0,
    ),
    Measure(
        "target_values",
        "Targets, summed",
        Kind.ADDITIVE,
        "points",
        "The targets of months, added up only to be divided.",
        column="target.value",
        rising=0,
        hidden=True,
    ),
    *(measure for kpi in KPIS for measure in _of_kpi(kpi)),
)

cube: DeclaredCube = DeclaredCube("targets", "Targets", "target", MEASURES)
