"""Targets: the last word of each period holds, all were said by somebody, and none is said by halves."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import operational_store, targets
from data.operational.operational_store import OperationalStore
from data.operational.targets import TargetPlace

FIRM, ITALY = TargetPlace("revenue"), TargetPlace("revenue", "country", "Italy")


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def test_the_last_word_holds_and_the_earlier_ones_are_kept(store: OperationalStore) -> None:
    assert targets.set_targets(store, FIRM, {"2026": Decimal(100), "2026-01": Decimal(8)}, "ann").before == {
        "2026": None,
        "2026-01": None,
    }
    assert targets.set_targets(store, FIRM, {"2026": Decimal(120), "2026-01": Decimal(8)}, "bob").before == {
        "2026": Decimal(100)
    }
    targets.set_targets(store, ITALY, {"2026": Decimal(50)}, "ann")
    targets.set_targets(store, FIRM, {"2026-01": None}, "ann")
    assert targets.targets(store) == {FIRM: {"2026": Decimal(120)}, ITALY: {"2026": Decimal(50)}}
    told = [(each.period, each.value, each.said_by) for each in targets.target_history(store, FIRM)]
    assert told == [
        ("2026-01", None, "ann"),
        ("2026", Decimal(120), "bob"),
        ("2026-01", Decimal(8), "ann"),
        ("2026", Decimal(100), "ann"),
    ]


def test_what_stood_before_undoes_it(store: OperationalStore) -> None:
    targets.set_targets(store, FIRM, {"2026": Decimal(100)}, "ann")
    before = targets.set_targets(store, FIRM, {"2026": Decimal(0), "2026-Q1": Decimal(9)}, "ann").before
    assert targets.targets(store)[FIRM] == {"2026": Decimal(0), "2026-Q1": Decimal(9)}
    targets.set_targets(store, FIRM, before, "ann")
    assert targets.targets(store) == {FIRM: {"2026": Decimal(100)}}


@pytest.mark.parametrize(
    ("place", "period", "value", "says"),
    [
        (TargetPlace("revenue", "customer", "17"), "2026", Decimal(1), "single customer"),
        (FIRM, "next year", Decimal(1), "no period"),
        (FIRM, "2026-02", Decimal("NaN"), "no target"),
        (FIRM, "2026-02", Decimal("1e15"), "no target"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_is_said(
    store: OperationalStore, place: TargetPlace, period: str, value: Decimal, says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        targets.set_targets(store, place, {"2026-01": Decimal(1), period: value}, "ann")
    assert targets.targets(store) == {}
