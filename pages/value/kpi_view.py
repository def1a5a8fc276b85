"""What the page KPIs shows: a period of the calendar, the whole firm or one member, and the figure that is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from cubes.analysis.seen_statements import seen_targets
from cubes.analysis.target_status import TargetStatus, target_status
from cubes.catalogue.kpis import DeclaredKpi
from cubes.query import Cut, Query
from data.operational import operational_store, targets
from data.operational.targets import TargetPlace
from pages.ui import session
from pages.ui.time_course import course

COURSE_MONTHS = 13


@dataclass(frozen=True, slots=True)
class KpiView:
    """`code` is that of the period in its `grain`; `opened` the name of a figure."""

    grain: str
    code: int
    level: str = ""
    member: str = ""
    opened: str = ""

    def parameters(self, period: str) -> dict[str, list[str]]:
        told = {"period": period, "level": self.level, "member": self.member, "kpi": self.opened}
        return {name: [value] for name, value in told.items() if value}

    @property
    def cuts(self) -> tuple[Cut, ...]:
        return (Cut(self.level, (self.member,)),) if self.member else ()


def by_month(kpi: DeclaredKpi, view: KpiView) -> pl.DataFrame | None:
    """A figure by month; None between cubes, whose days differ. What is told more seldom has no gaps for its months."""
    if len({cube for cube, _ in kpi.parts}) > 1:
        return None
    answer = session.ask(Query((kpi.declared.name,), ("month",), cuts=view.cuts, cube=kpi.cube))
    months = course(answer, "month", "", session.warehouse().profile)
    return months if kpi.grain == "month" else months.filter(pl.col("value").is_not_null())


def has_data(kpi: DeclaredKpi) -> bool:
    """Whether anything that is loaded tells a figure at all, in whatever period."""
    if not all(session.warehouse().profile.extents[fact].lines for fact in kpi.facts):
        return False
    answer = session.ask(Query((kpi.measure,))).frame
    return answer.height > 0 and answer[kpi.measure][0] is not None


def held_targets() -> dict[TargetPlace, dict[str, Decimal]]:
    """The targets that whoever looks may see, by place and period. Errors: WarehouseError."""
    store = session.warehouse()
    return seen_targets(store, targets.targets(operational_store.of(store)))


def status_of(
    kpi: DeclaredKpi, view: KpiView, held: Mapping[TargetPlace, Mapping[str, Decimal]]
) -> TargetStatus | None:
    """How a figure stands; None where its cube has no such level, or nothing is known in the period."""
    profile = session.warehouse().profile
    if view.level and any(
        all(each.name != view.level for each in session.cube(cube).levels) for cube, _ in kpi.parts
    ):
        return None
    place = TargetPlace(kpi.name, view.level, view.member)
    due = {period: float(value) for period, value in held.get(place, {}).items()}
    return target_status(session.ask, profile, kpi, (view.grain, view.code), due, view.cuts)
