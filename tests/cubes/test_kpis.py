"""KPIs: each is a measure, its target falls due as the year before went, and chance is told from news."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from cubes.analysis.due_target import Phasing
from cubes.analysis.target_status import TargetStatus, TargetVerdict, standard_error, target_status
from cubes.ask.answer import ask
from cubes.catalogue.kpis import KPIS, DeclaredKpi, check_kpis, kpi_named
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.calendar import Days, day_key
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

# Two years and nine days: revenue of each month is its number, one line a day of the first nine days; twice in 2026.
FIRST, LAST = date(2024, 1, 1), date(2026, 3, 9)


def lines() -> Iterator[Line]:
    for year in (2024, 2025, 2026):
        for month in range(1, 13):
            for day in range(1, 13):
                at = date(year, month, day)
                if at <= LAST:
                    country = "France" if day % 2 else "Italy"
                    amount = month * (2 if year == 2026 else 1)
                    yield Line(
                        at,
                        f"o{at}",
                        f"c{day}",
                        country=country,
                        region=country,
                        city=country,
                        revenue=f"{amount}.00",
                    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return tiny_warehouse(tmp_path_factory.mktemp("kpis") / "w.duckdb", lines())


def status(
    warehouse: Warehouse, kpi: str, period: str, targets: dict[str, float], *cuts: Cut
) -> TargetStatus:
    grain = {4: "year", 7: "quarter" if "Q" in period else "month"}[len(period)]
    code = warehouse.profile.calendar.parse_period(grain, period)
    found = target_status(
        partial(ask, warehouse), warehouse.profile, kpi_named(kpi), (grain, code), targets, cuts
    )
    assert found is not None
    return found


def test_every_kpi_is_a_measure_and_says_who_answers_for_it(warehouse: Warehouse) -> None:
    assert len({each.name for each in KPIS}) == len(KPIS)
    for each in KPIS:
        asked = Query((each.declared.name,), cube=each.cube)
        assert each.declared.name in ask(warehouse, asked).frame.columns
        assert each.formula
        assert each.title
    with pytest.raises(BadRequest, match=r"no KPI 'revnue'"):
        kpi_named("revnue")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (DeclaredKpi("revnue", 1, "Sales", "x"), "did you mean"),
        (DeclaredKpi("revenue", 0, "Sales", "x"), "more is wanted"),
        (DeclaredKpi("revenue", 1, "", "x"), "owner"),
    ],
)
def test_a_kpi_that_names_no_measure_or_no_way_is_refused(wrong: DeclaredKpi, says: str) -> None:
    with pytest.raises(ValueError, match=f"(?i){says}"):
        check_kpis([wrong])
    with pytest.raises(ValueError, match="twice"):
        check_kpis([KPIS[0], KPIS[0]])


def test_a_month_takes_its_part_of_the_year_and_nine_days_theirs(warehouse: Warehouse) -> None:
    """2025: 12 lines a month of its number, 936 in all; March 36, of which 27 by the ninth."""
    found = status(warehouse, "revenue", "2026-03", {"2026": 9360})
    assert found.value == 9 * 3 * 2
    assert found.target is not None
    assert found.target.phasing is Phasing.SHAPED
    assert found.target.whole == pytest.approx(360)
    assert found.target.due == pytest.approx(270)
    assert found.verdict is TargetVerdict.BEHIND


def test_a_months_own_target_stands_before_the_years_and_the_gap_is_told(warehouse: Warehouse) -> None:
    months = {f"2026-{month:02}": 10.0 for month in range(1, 13)}
    own = status(warehouse, "revenue", "2026-02", {"2026": 9360, **months})
    assert own.target is not None
    assert (own.target.whole, own.target.due, own.target.phasing) == (10, 10, Phasing.SET)
    year = status(warehouse, "revenue", "2026", {"2026": 100, **months})
    assert year.target is not None
    assert year.target.gap == pytest.approx(20)
    summed = status(warehouse, "revenue", "2026", months)
    assert summed.target is not None
    assert (summed.target.whole, summed.target.phasing) == (120, Phasing.SUMMED)


def test_without_a_year_before_it_falls_due_day_by_day(warehouse: Warehouse) -> None:
    found = status(warehouse, "revenue", "2024-02", {"2024": 366})
    assert found.target is not None
    assert found.target.phasing is Phasing.EVEN
    assert found.target.whole == pytest.approx(29)


def test_a_ratio_has_the_same_target_in_every_part_and_counts_of_customers_do_not_add(
    warehouse: Warehouse,
) -> None:
    ratio = status(warehouse, "average_order_value", "2026-03", {"2026": 5})
    assert ratio.target is not None
    assert (ratio.target.whole, ratio.target.due, ratio.target.phasing) == (5, 5, Phasing.SAME)
    assert ratio.value == pytest.approx(6)
    months = {f"2026-{month:02}": 10.0 for month in range(1, 13)}
    assert status(warehouse, "customers", "2026", months).target is None
    # All twelve customers of the year buy in each month, nine of them by the ninth.
    customers = status(warehouse, "customers", "2026-03", {"2026": 24}).target
    assert customers is not None
    assert (customers.whole, customers.due) == (24, 18)


def test_a_member_has_targets_of_its_own(warehouse: Warehouse) -> None:
    italy = Cut("country", ("Italy",))
    found = status(warehouse, "revenue", "2026-03", {"2026-03": 40}, italy)
    assert found.value == 4 * 6
    assert found.target is not None
    assert found.target.due == pytest.approx(40 * 4 / 6)


@pytest.mark.parametrize("target", [0.0, -5.0])
def test_less_is_good_where_less_is_wanted_and_zero_is_a_target(warehouse: Warehouse, target: float) -> None:
    less = status(warehouse, "return_rate", "2026-03", {"2026-03": 0.02})
    assert less.verdict is TargetVerdict.AHEAD
    nothing = status(warehouse, "revenue", "2026-03", {"2026-03": target})
    assert nothing.verdict is TargetVerdict.AHEAD
    assert status(warehouse, "return_rate", "2026-03", {"2026-03": 0.0}).verdict is TargetVerdict.REACHED


def noisy(seed: int, days: int, path: Path) -> Warehouse:
    """Poisson-like days: each has so many lines of 10, more of them on Mondays."""
    chance = random.Random(seed)
    first = date(2025, 1, 1)
    found = []
    for at in (first + timedelta(days=each) for each in range(days)):
        count = sum(chance.random() < 0.3 for _ in range(20 if at.weekday() else 40))
        found += [Line(at, f"{at}-{each}", f"{at}-{each}") for each in range(count)]
    return tiny_warehouse(path / f"{seed}.duckdb", found)


def test_the_standard_error_is_that_of_sums_over_as_many_days(tmp_path: Path) -> None:
    """Binomial days: variance 20 * .3 * .7 lines, twice on Mondays; weekdays do not count as noise."""
    warehouse = noisy(3, 56, tmp_path)
    known = Days(day_key(date(2025, 1, 1)), day_key(date(2025, 2, 25)))
    week = Days(known.last - 6, known.last)
    asked = partial(ask, warehouse)
    truth = 10 * math.sqrt(8 * 20 * 0.3 * 0.7)
    assert standard_error(asked, kpi_named("revenue"), week, known) == pytest.approx(truth, rel=0.25)
    month = replace(week, first=week.first - 21)
    assert standard_error(asked, kpi_named("revenue"), month, known) == pytest.approx(2 * truth, rel=0.25)
    # Every order brings 10: that ratio has no noise at all.
    assert standard_error(asked, kpi_named("average_order_value"), week, known) == pytest.approx(0, abs=1e-9)
    assert standard_error(asked, kpi_named("revenue_per_customer"), week, known) is None
    few = Days(known.last - 20, known.last)
    assert standard_error(asked, kpi_named("revenue"), week, few) is None


def test_behind_by_a_little_may_be_chance_and_by_a_lot_is_not(tmp_path: Path) -> None:
    warehouse = noisy(5, 59, tmp_path)
    value = status(warehouse, "revenue", "2025-02", {"2025-02": 1}).value or 0
    little = status(warehouse, "revenue", "2025-02", {"2025-02": value + 40})
    assert (little.verdict, little.by_chance) == (TargetVerdict.BEHIND, True)
    lot = status(warehouse, "revenue", "2025-02", {"2025-02": value + 600})
    assert (lot.verdict, lot.by_chance) == (TargetVerdict.BEHIND, False)


def test_what_is_counted_at_the_ends_of_periods_has_the_error_of_a_share(tmp_path: Path) -> None:
    """Forty customers of the last quarter of 2024; thirty of them buy in the first of 2025, as do others."""
    lines = [Line(date(2024, 10, 1), f"a{who}", f"c{who}") for who in range(40)]
    lines += [Line(date(2025, 3, 31), f"b{who}", f"c{who}") for who in range(10, 60)]
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    found = status(warehouse, "retention.retention_quarter", "2025-Q1", {"2025": 0.9})
    assert (found.value, found.verdict) == (0.75, TargetVerdict.BEHIND)
    assert found.error == pytest.approx(math.sqrt(0.75 * 0.25 / 40))
    assert found.by_chance is False
    assert (
        status(warehouse, "retention.churn_quarter", "2025-Q1", {"2025": 0.3}).verdict is TargetVerdict.AHEAD
    )


def test_rates_of_mails_and_visits_and_none_where_nothing_tells_the_whole(tmp_path: Path) -> None:
    path, day = tmp_path / "w.duckdb", date(2011, 1, 1)
    tiny_warehouse(path, [Line(day)]).close()
    names = ("open_rate", "click_rate", "click_to_open_rate", "visit_conversion")
    told = {
        "e-mail": ("opened", "Opened", "clicked"),
        "web session": ("ordered", "left", "left", "basket left", None),
    }
    rows = [{"day": day, "kind": kind, "outcome": each} for kind, found in told.items() for each in found]
    asked = Query(names, cube="interactions")
    warehouse = with_facts(path, interaction=rows)
    assert ask(warehouse, asked).frame.select(names).row(0) == (None, None, 0.5, 0.25)
    warehouse = with_facts(path, interaction=[{"day": day, "kind": "E-mail", "outcome": "sent"}] * 8)
    assert ask(warehouse, asked).frame.select(names).row(0) == (0.25, 0.125, 0.5, 0.25)
