"""Favourites: kept beside the warehouse, dropped again, and nothing is said twice."""

from __future__ import annotations

from pathlib import Path

from data.operational import operational_store
from data.operational.favourite_measures import favourites, set_favourite
from data.operational.statement_log import history
from tests.tiny import Line, tiny_warehouse


def test_favourites_are_kept_and_dropped(tmp_path: Path) -> None:
    firm = tiny_warehouse(tmp_path / "w.duckdb", [Line()])
    assert favourites(firm) == ()
    for measure in ("sales.orders", "sales.revenue", "sales.orders"):
        set_favourite(firm.path, measure, True)
    assert favourites(firm) == ("sales.orders", "sales.revenue")
    for _ in range(2):
        set_favourite(firm.path, "sales.orders", False)
    assert favourites(firm) == ("sales.revenue",)
    assert len(history(operational_store.of(firm))) == 3
    firm.close()
