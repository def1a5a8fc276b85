"""The tiles of Overview that are drawn last: never before the first figures, and each number that of its own page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.analysis.due_target import DueTarget, Phasing, TargetPeriod
from cubes.analysis.target_status import TargetStatus
from cubes.ask import answer_cache
from cubes.catalogue.kpis import kpi_named
from cubes.query import parse_cut
from data.errors import BadRequest
from data.model.calendar import Days
from data.operational import targets
from data.operational.operational_store import OperationalStore, ready
from data.operational.targets import TargetPlace
from mining.customer_share.attainable_ceiling import attainable_ceiling
from mining.customer_share.share_tier import Tier
from pages.overview import awaited_tile, overview_parts, share_tile
from pages.overview.loyalty_tile import bars_of, degrees_told
from pages.overview.part_asked import PartAsked
from pages.overview.targets_tile import AgainstTarget
from pages.ui import session
from pages.ui.period_choices import LAST_YEAR, presets
from pages.value import found_ceiling
from pages.value.found_lifecycle import found_lifecycle
from pages.value.found_loyalty import found_loyalty, loyalty_customers, loyalty_degrees
from pages.value.found_share import found_share
from pages.value.kpi_view import KpiView
from pages.value.lifecycle_view import LifecycleView
from pages.value.loyalty_view import LoyaltyView
from pages.value.share_view import ShareView
from tests.pages.test_board_tiles import open_overview, shown
from tests.tiny import Line, tiny_warehouse

LAST = date(2011, 12, 31)


def lines() -> list[Line]:
    """A hundred and twenty customers; every second one comes back in the month after."""
    first = [
        Line(
            day=date(2011, 1 + at % 9, 3),
            order=f"o{at}-{category}",
            customer=f"C{at:03}",
            category=f"cat {category}",
            product=f"thing {category}",
            revenue=str(10 + (37 * at + 11 * category) % 90),
            cost="5.00",
        )
        for at in range(120)
        for category in range(3)
        if (at + category) % 3
    ]
    again = [
        Line(
            day=date(2011, 2 + at % 9, 4),
            order=f"b{at}",
            customer=f"C{at:03}",
            category="cat 1",
            product="thing 1",
        )
        for at in range(0, 120, 2)
    ]
    return [
        *first,
        *again,
        Line(day=LAST, order="last", customer="C000", category="cat 2", product="thing 2"),
    ]


LINES = lines()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperationalStore:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()
    return ready(path)


def told(app: AppTest) -> str:
    """What the rows of key figures hold."""
    return " ".join(str(each.proto) for each in app.get("bidi_component"))


def test_late_tiles_are_drawn_after_all_others(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def note(name: str, asked: PartAsked) -> None:
        drawn.append(name)

    for name, part in overview_parts.BY_NAME.items():
        monkeypatch.setitem(overview_parts.BY_NAME, name, replace(part, draw=partial(note, name)))
    said = shown(open_overview())
    late = [each.name for each in sorted(overview_parts.PARTS, key=lambda each: each.is_slow) if each.is_late]
    assert set(late) == {"targets", "due", "trends", "retention", "loyalty", "base-value", "customer-share"}
    assert drawn[-len(late) :] == late
    assert drawn[0] == "figures"
    assert drawn[-2:] == ["base-value", "customer-share"], "the slowest keep no other waiting"
    assert "overview-ready" in said


def status(value: float | None, error: float | None, kpi: str = "revenue") -> AgainstTarget:
    march = Days(20513, 20543)
    due = DueTarget(400.0, 100.0, Phasing.SET, "2026-03")
    asked = TargetPeriod("month", 2026 * 12 + 2, march, march)
    return AgainstTarget(KpiView("month", asked.code), TargetStatus(kpi_named(kpi), asked, value, due, error))


def test_the_worst_stands_first() -> None:
    ordered = [
        status(60.0, 5.0),
        status(110.0, 1.0, "return_rate"),
        status(50.0, 40.0),
        status(100.0, 1.0),
        status(300.0, 1.0),
        status(None, None),
    ]
    shuffled = [ordered[at] for at in (3, 0, 5, 1, 4, 2)]
    assert sorted(shuffled, key=lambda each: each.order) == ordered


def test_without_targets_a_sentence_and_with_them_who_is_behind(store: OperationalStore) -> None:
    assert "No targets are set for Dec 2011, nor for 2011." in shown(open_overview())
    targets.set_targets(store, TargetPlace("orders"), {"2011-12": Decimal(1)}, "ann")
    targets.set_targets(store, TargetPlace("revenue"), {"2011-12": Decimal(40)}, "ann")
    targets.set_targets(store, TargetPlace("revenue", "country", "France"), {"2011-12": Decimal(1)}, "ann")
    said = shown(open_overview())
    rows = said.split("against-target")[1:]
    assert ["data-kpi-of" in each for each in rows] == [True, True]
    assert "10.00 vs 40.00 due" in rows[0]
    assert "▼ Behind" in rows[0]
    assert "1 vs 1 due" in rows[1]
    assert "● Reached" in rows[1]


def test_what_is_due_names_late_figures_and_the_customers_of_each_stage(store: OperationalStore) -> None:
    targets.set_targets(store, TargetPlace("revenue"), {"2011-12": Decimal(4000)}, "ann")
    targets.set_targets(store, TargetPlace("orders"), {"2011-12": Decimal(1)}, "ann")
    said = shown(open_overview())
    rows = said.split('data-testid=\\"due\\"')[1:]
    assert "a lifetime model needs 100" in said, "the tile beside says why it tells nothing"
    assert "1 figure behind" in rows[0]
    by_stage = found_lifecycle(LifecycleView()).due.group_by("stage").len().height
    assert len(rows) == 1 + by_stage > 1


def test_retention_is_counted_of_all_who_began(store: OperationalStore) -> None:
    """A month later: those of nine cohorts who bought in the next month, by a loop."""
    app = open_overview()
    first: dict[str, int] = {}
    for line in sorted(LINES, key=lambda each: each.day):
        first.setdefault(line.customer, line.day.month)
    came = {line.customer for line in LINES if line.day.month == first[line.customer] + 1}
    assert f"{100 * len(came) / len(first):.1f}%" in told(app)


def test_loyalty_has_the_pages_own_degrees(store: OperationalStore) -> None:
    found = loyalty_degrees(())
    frame, day = loyalty_customers(())
    assert day == LAST
    page = found_loyalty(LoyaltyView(), frame, day)
    assert found.frame.equals(page.cells.cells)
    assert (found.by, found.unweighed) == ("margin", 0)
    bars = bars_of(found, "EUR")
    sums = dict(bars.group_by("row_id").agg(pl.col("value").sum()).iter_rows())
    margin = sum(Decimal(each.revenue) - Decimal(each.cost or 0) for each in LINES)
    assert sums == {"customers": 120, "worth": pytest.approx(float(margin))}
    friends = found.frame.row(by_predicate=pl.col("cell") == "True friends", named=True)
    assert f"True friends {friends['share_customers']:.0%} / {friends['share_profit']:.0%};" in degrees_told(
        found
    )
    with pytest.raises(BadRequest, match="No known customer"):
        loyalty_degrees((parse_cut("day=1999-01-01..1999-12-31"),))


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In which threads ceilings are sought."""
    sought: list[str] = []

    def seek(*args: object, **named: object) -> object:
        sought.append(threading.current_thread().name)
        return attainable_ceiling(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(found_ceiling, "attainable_ceiling", seek)
    return sought


def test_customer_share_is_the_pages_and_sought_once(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought = counting(monkeypatch)
    app = open_overview()
    last_year = presets(session.warehouse().profile)[LAST_YEAR]
    page = found_share(ShareView(last_year))
    assert page.total.tier is Tier.ATTAINABLE
    assert page.total.share is not None
    assert f"{100 * page.total.share:.1f}%" in told(app)
    assert sought == ["clientela-ceiling"], "in a thread of its own, once for the tile and the page"


def test_a_tile_that_is_sought_holds_up_nobody(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click meanwhile draws the page anew; what is sought stands there once it is found."""
    may_end = threading.Event()

    def seek(*args: object, **named: object) -> object:
        assert may_end.wait(60)
        return attainable_ceiling(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(found_ceiling, "attainable_ceiling", seek)
    monkeypatch.setattr(awaited_tile, "A_MOMENT", 0)
    app = open_overview()
    assert "Comparing each customer with others like them" in shown(app)
    app.run()
    assert "Share, attainable" not in told(app)
    may_end.set()
    monkeypatch.setattr(awaited_tile, "A_MOMENT", 60)
    app.run()
    assert "Comparing each customer with others like them" not in shown(app)
    assert "Share, attainable" in told(app)


def test_of_those_who_ask_at_once_one_seeks(store: OperationalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    sought = counting(monkeypatch)
    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(found_ceiling.found_ceiling, (), 0.9) for _ in range(3)]
        shares = [each.result().total.share for each in asked]
    assert len(set(shares)) == 1
    assert len(sought) == 1
    with pytest.raises(BadRequest, match=r"Choose 0\.8 or 0\.9"):
        found_ceiling.found_ceiling((), 0.85)


def test_what_failed_is_sought_anew(store: OperationalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(found_ceiling, "attainable_ceiling", fail)
    with pytest.raises(MemoryError):
        found_ceiling.found_ceiling((), 0.8)
    monkeypatch.setattr(found_ceiling, "attainable_ceiling", attainable_ceiling)
    assert found_ceiling.found_ceiling((), 0.8).total.share


def test_of_very_many_customers_somebody_has_to_ask(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_tile, "MOST_UNASKED", 119)
    app = open_overview()
    assert "To compare 120 customers takes minutes" in shown(app)
    assert "Share, attainable" not in told(app)
    app.button(key="draw-house-customer-share").click().run()
    assert not app.exception
    assert "Share, attainable" in told(app)
