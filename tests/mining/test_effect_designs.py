"""Effects by design through a warehouse: groups, regions and schedules against the lines as they were planted, and what
a stored plan says of them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cubes.analysis.campaign_contamination import attributed_purchases, contamination
from cubes.analysis.campaign_measurement import measurement, stored_plans
from cubes.analysis.campaign_outcomes import campaign_named
from data.operational import operational_store, planned_campaigns
from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign
from data.store.warehouse import Warehouse, writing
from mining.__main__ import main
from mining.campaigns.arm_difference import ArmSummary, summary_difference
from mining.campaigns.effect_design import EffectDesign, read_design
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

SENT = date(2025, 3, 3)
CITIES, WEEKS_BEFORE, WEEKS_AFTER = 16, 20, 9


def on(city: int, week: int) -> bool:
    return (city * 5 + week * 3 + city * week) % 4 < 2


SWITCHED = sum(on(city, week) for city in range(10, CITIES) for week in range(8))


def lines() -> list[Line]:
    """A customer of each city buys twice a week; the first city 20 more since the campaign, and while it is on 2."""
    chance = np.random.default_rng(4)
    made = []
    for city in range(CITIES):
        for week in range(-WEEKS_BEFORE, WEEKS_AFTER):
            for day in (1, 4):
                spend = 100 + 3 * (city % 5) + 2 * week * (city % 3) / 3 + chance.normal(0, 1)
                spend += 20 * (city == 0 and week >= 0) + 2 * (city > 9 and week >= 0 and on(city, week))
                made.append(
                    Line(SENT + timedelta(7 * week + day), f"o{city}.{week}.{day}", f"c{city}", city=f"City {city}",
                         region=f"Region {city // 2}", revenue=f"{spend:.2f}")
                )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("designs") / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    said: list[dict[str, Any]] = [{"customer": "c0", "campaign": "Posters", "arm": "treated", "day": SENT}]
    said += [
        {"customer": f"c{city}", "campaign": "Stores", "arm": "open" if city % 4 < 2 else "held out",
         "day": SENT + timedelta(14)}
        for city in range(CITIES)
    ]  # fmt: skip
    said += [
        {"customer": f"c{city}", "campaign": "Switch", "arm": "treated" if on(city, week) else "held out",
         "day": SENT + timedelta(7 * week)}
        for city in range(10, CITIES) for week in range(8)
    ]  # fmt: skip
    answered: dict[str, Any] = {"campaign": "Stores", "day": SENT + timedelta(20)}
    answers = [answered | {"customer": "c2", "code": "K2"}, answered | {"customer": "c3"}]
    with_facts(path, contact=said, response=answers).close()
    with writing(path) as connection:
        connection.execute(
            """INSERT INTO customer_identity (identity_key, numbering, id, customer_code)
            SELECT 7, 'crm', 'erased-1', customer_code FROM customer WHERE id = 'c5'"""
        )
        connection.execute("INSERT INTO erased VALUES ('customer', 'a hash', 7)")
    return path


def told(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> dict[str, Any]:
    assert main(["effect", *arguments, "--warehouse", str(path), "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_an_effect_by_region(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, path, "Posters", "--measure", "revenue", "--design", "geo:city", "--days", "63")
    (row,) = found["rows"]
    assert row["effect"] == pytest.approx(40, abs=6)
    assert row["p"] == pytest.approx(1 / 16)
    assert row["estimator"] == "synthetic control, with placebos"
    notes = " ".join(found["notes"])
    assert "1 had the campaign, 15 others did not; 20 weeks before it, 8 after" in notes
    assert "cannot be below 0.062" in notes
    assert "Its like is mixed of City " in notes


def test_an_effect_of_a_schedule(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, path, "Switch", "--measure", "revenue", "--design", "switchback:city:7:1")
    (row,) = found["rows"]
    assert row["low"] < 4 / 6 < row["high"]  # two purchases a week of 2 more, on the six days that count
    assert row["p"] < 0.01
    assert f"6 units, {SWITCHED} blocks on and {48 - SWITCHED} off" in " ".join(found["notes"])


def test_an_effect_by_group(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Regions of two cities, both in one arm: the sums of each, by hand."""
    found = told(capsys, path, "Stores", "--measure", "revenue", "--design", "cluster:region", "--days", "28")
    (row,) = found["rows"]
    sums = dict.fromkeys(range(CITIES // 2), 0.0)
    for line in lines():
        if 14 <= (line.day - SENT).days < 42:
            sums[int(line.customer[1:]) // 2] += float(line.revenue)
    arms = [np.array([one / 2 for at, one in sums.items() if at % 2 == arm]) for arm in (0, 1)]
    one, other = map(ArmSummary.of, arms)
    by_hand = summary_difference(one, other, len(sums) - 2)
    assert [row[each] for each in ("effect", "low", "high", "p")] == pytest.approx(
        [by_hand.difference, by_hand.low, by_hand.high, by_hand.p]
    )
    assert (row["treated"], row["held_out"]) == (8, 8)
    notes = " ".join(found["notes"])
    assert "4 and 4 groups the interval is a guess" in notes
    assert "Held out but contacted: 1 of 8" in notes
    assert "Other campaigns reached in the same days" in notes
    assert "Customers who were erased since count without a name: 1." in notes


def test_each_purchase_goes_to_the_latest_contact(path: Path) -> None:
    with_other = Warehouse(path)
    posters, stores = (campaign_named(with_other, name) for name in ("Posters", "Stores"))
    found = attributed_purchases(with_other, posters, 28)
    assert found
    assert (found.customers, found.orders, found.elsewhere) == (1, 8, 0)
    spent = [
        float(each.revenue) for each in lines() if each.customer == "c0" and 0 <= (each.day - SENT).days < 28
    ]
    assert found.revenue == pytest.approx(sum(spent))
    for days, weeks in ((1, (2,)), (28, (2, 3, 4, 5))):
        too = {city for city in range(10, CITIES) for week in weeks if on(city, week)}
        found_too = contamination(with_other, stores, days)
        assert (found_too.reached_too, found_too.held_out_too, found_too.answered) == (
            sum(city % 4 < 2 for city in too), sum(city % 4 >= 2 for city in too), 1,
        )  # fmt: skip
    switch = attributed_purchases(with_other, campaign_named(with_other, "Switch"), 7)
    assert switch
    assert (switch.customers, switch.orders, switch.elsewhere) == (6, 2 * SWITCHED, 0)
    with_other.close()


def test_where_each_response_went(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, path, "--responses")
    assert (found["read"], found["matched"], found["unmatched"]) == (2, 0, 2)
    assert (
        found["rows"][0] | {"campaign": "Stores", "unmatched_contact": 1, "unmatched_held_out": 1}
        == found["rows"][0]
    )
    assert "no such contact" in found["notes"][0]


def test_a_stored_plan_says_how_it_is_measured(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Warehouse(path)
    written = operational_store.of(store)
    design = CampaignDesign((("treated", 0.5),), 0.5, together="region", kind="cluster", days=28)
    plan = PlannedCampaign("Stores", "Discount", "mail", "aud", SENT, SENT + timedelta(40), "revenue", design,
                           cost=Decimal(1))  # fmt: skip
    started = planned_campaigns.save(written, plan, "me")
    assert stored_plans(store) == {}
    planned_campaigns.start(written, started, "me")
    assert stored_plans(store).keys() == {started}
    campaign = campaign_named(store, "Stores")
    usual = measurement({}, campaign)
    assert (usual.shares, usual.days, usual.design, usual.is_planned) == (None, 90, "customer", False)
    own = measurement({campaign.id: stored_plans(store)[started]}, campaign)
    assert (own.shares, own.days, own.design, own.level, own.is_planned) == (
        (0.5, 0.5),
        28,
        "cluster",
        "region",
        True,
    )
    planned_campaigns.end(written, started, SENT, "me")
    planned_campaigns.delete(written, started, "me")
    gone = measurement({campaign.id: stored_plans(store)[started]}, campaign)
    assert (gone.shares, gone.days, gone.design, gone.is_planned) == ((0.5, 0.5), 28, "cluster", False)
    store.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--design", "cluster:citi", "--measure", "revenue"], "Did you mean 'city'"),
        (["--design", "geo:city", "--where", "country=France"], "is of all customers"),
        (["--design", "geo:city", "--measure", "buyers"], ""),
    ],
)
def test_bad_questions(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code = main(["effect", "Posters", *arguments, "--warehouse", str(path)])
    told = capsys.readouterr()
    assert (
        (code, says in told.err) == (2, True) if says else (code, "does not add up" in told.out) == (0, True)
    )


def test_designs_are_read_as_they_are_written() -> None:
    for text in ("customer", "none", "cluster:city", "geo:region", "switchback:city:7:2"):
        assert str(read_design(text)) == text
    assert read_design("switchback:city:7") == EffectDesign("switchback", "city", 7, 0)
    for text in (
        "",
        "cluster",
        "customer:city",
        "switchback:city",
        "switchback:city:x",
        "switchback:city:7:7",
        "geo:",
    ):
        with pytest.raises(ValueError, match=r"no design|cannot be dropped"):
            read_design(text)
