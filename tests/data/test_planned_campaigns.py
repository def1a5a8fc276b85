"""Planned campaigns: kept as they were said, refused in words where they cannot be, never changed once they run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import operational_store, planned_campaigns
from data.operational.operational_store import OperationalStore
from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign, planned_campaign
from data.operational.standing_on import StandingOn

DESIGN = CampaignDesign(
    (("A", 0.45), ("B", 0.45)),
    0.1,
    ("country",),
    "household",
    "cluster",
    30,
    14,
    3,
    30,
    ("sunday",),
    "20:00 to 08:00",
)
PLAN = PlannedCampaign(
    "Spring", "Discount", "mail", "aud", date(2026, 3, 1), date(2026, 4, 1), "revenue", DESIGN, "offers",
    "10% off", Decimal("0.80"), ("orders", "margin"), Decimal("1.5"),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def test_a_plan_is_read_as_it_was_said(store: OperationalStore) -> None:
    id = planned_campaigns.save(store, PLAN, "ann")
    (kept,) = planned_campaigns.planned_campaigns(store)
    assert kept == replace(PLAN, id=id, salt=kept.salt, said_by="ann", said_at=kept.said_at)
    assert len(kept.salt) == 32
    planned_campaigns.save(store, replace(kept, name="Summer", design=CampaignDesign()), "bob")
    (changed,) = planned_campaigns.planned_campaigns(store)
    assert (changed.name, changed.salt, changed.design) == ("Summer", kept.salt, CampaignDesign())
    assert planned_campaign([changed], "summer") == planned_campaign([changed], id) == changed
    with pytest.raises(BadRequest, match="Did you mean 'Summer'"):
        planned_campaign([changed], "Sumer")


def test_it_starts_and_ends_and_its_plan_stays(store: OperationalStore) -> None:
    id = planned_campaigns.save(store, PLAN, "ann")
    with pytest.raises(BadRequest, match="not started"):
        planned_campaigns.end(store, id, date(2026, 3, 10), "ann")
    planned_campaigns.start(store, id, "ann")
    (running,) = planned_campaigns.planned_campaigns(store)
    with pytest.raises(BadRequest, match="has started"):
        planned_campaigns.save(store, replace(running, name="Other"), "ann")
    with pytest.raises(BadRequest, match="is running"):
        planned_campaigns.delete(store, id, "ann")
    planned_campaigns.end(store, id, date(2026, 3, 10), "ann")
    (ended,) = planned_campaigns.planned_campaigns(store)
    assert (running.state, ended.state, ended.ends) == ("running", "ended", date(2026, 3, 10))
    with pytest.raises(BadRequest, match="has ended"):
        planned_campaigns.start(store, id, "ann")
    gone = planned_campaigns.delete(store, id, "ann")
    assert planned_campaigns.planned_campaigns(store) == ()
    again = planned_campaigns.save(store, PLAN, "ann")
    with pytest.raises(BadRequest, match="already"):
        planned_campaigns.undelete(store, gone, "ann")
    planned_campaigns.delete(store, again, "ann")
    planned_campaigns.undelete(store, gone, "ann")
    assert [each.id for each in planned_campaigns.planned_campaigns(store)] == [id]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"measure": ""}, "no measure"),
        ({"ends": date(2026, 2, 28)}, "before it starts"),
        ({"cost": Decimal(-1)}, "cannot cost -1"),
        ({"cost": Decimal("NaN")}, "cannot cost NaN"),
        ({"cost": Decimal("1e14")}, "from 0 to 1,000,000,000"),
        ({"design": CampaignDesign((("treated", float("nan")),), 0.1)}, "add up to nan"),
        ({"design": CampaignDesign((("treated", 0.0),), 1.0)}, "nobody would be reached"),
        ({"design": CampaignDesign((("treated", 0.8),), 0.1)}, "add up to 0.9"),
        ({"design": CampaignDesign((("A", 0.5), ("a", 0.5)), 0.0)}, "name of its own"),
        ({"design": CampaignDesign((("held out", 0.9),), 0.1)}, "name of its own"),
        ({"design": CampaignDesign(kind="cluster")}, "what is drawn"),
        ({"design": CampaignDesign(kind="none")}, "holds nobody out"),
        ({"design": CampaignDesign(days=0)}, "over no day"),
        ({"type": "Global holdout"}, "reaches nobody"),
    ],
)
def test_what_cannot_be_is_refused(store: OperationalStore, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        planned_campaigns.save(store, replace(PLAN, **wrong), "ann")  # type: ignore[arg-type]


def test_what_was_changed_meanwhile_is_not_started_as_it_was_seen(store: OperationalStore) -> None:
    id = planned_campaigns.save(store, PLAN, "ann")
    (seen,) = planned_campaigns.planned_campaigns(store)
    planned_campaigns.save(store, replace(seen, design=CampaignDesign((("treated", 0.5),), 0.5)), "bob")
    with pytest.raises(BadRequest, match="bob changed the campaign “Spring” meanwhile"):
        planned_campaigns.start(store, id, "ann", StandingOn.of(seen.said))
    (now,) = planned_campaigns.planned_campaigns(store)
    assert now.state == "draft"
    assert planned_campaigns.start(store, id, "ann", StandingOn.of(now.said))
    assert not planned_campaigns.start(store, id, "bob", StandingOn.of(now.said))


def test_a_global_holdout_is_one_however_it_is_written(store: OperationalStore) -> None:
    planned_campaigns.save(store, replace(PLAN, type=" global  Holdout", design=CampaignDesign()), "ann")
    (kept,) = planned_campaigns.planned_campaigns(store)
    assert (kept.type, kept.is_global_holdout) == (planned_campaigns.GLOBAL_HOLDOUT, True)


def test_a_name_is_taken_once_and_a_holdout_of_nobody_is_said(store: OperationalStore) -> None:
    planned_campaigns.save(store, PLAN, "ann")
    with pytest.raises(BadRequest, match="already"):
        planned_campaigns.save(store, replace(PLAN, name="SPRING"), "bob")
    without = replace(PLAN, name="All", design=CampaignDesign((("treated", 1.0),), 0.0))
    assert planned_campaigns.save(store, without, "bob")
    assert without.notes == ("Nobody is held out: no effect can be told.",)
    assert PLAN.notes == ()
