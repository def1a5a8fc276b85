"""Kept runs: everybody reads them, who kept one changes and removes it, and what named a customer goes with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import kept_runs, operational_store, statement_erasure
from data.operational.kept_runs import FinishedRun, KeptFigure
from data.operational.operational_store import OperationalStore
from data.privacy.person import Person

NOW = datetime(2026, 11, 30, 9, 15)
FIGURES = (KeptFigure("Sequences", "132", 132.0), KeptFigure("Best order lift", "–"))
RUN = FinishedRun(
    "Sequences",
    "sequences?where=country%3DItaly&support=0.01",
    "demo",
    "v7",
    "c0de",
    FIGURES,
    0,
    Decimal("16.250"),
)
ANN = Person(1, "17850", ((1, "crm", "17850"),), ("Ann Smith",))


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def test_a_run_is_read_as_it_was_kept_the_newest_first(store: OperationalStore) -> None:
    kept_runs.keep(store, RUN, " By  category ", "Before the autumn\n", "ann", NOW)
    kept_runs.keep(store, replace(RUN, seconds=None), "Again", "", "bob", NOW.replace(hour=10))
    second, first = kept_runs.kept_runs(store)
    assert (first.name, first.note, first.keeper, first.kept_at, first.run) == (
        "By category", "Before the autumn", "ann", NOW, RUN,
    )  # fmt: skip
    assert first.parameters == {"where": "country=Italy", "support": "0.01"}
    assert (second.keeper, second.run.seconds) == ("bob", None)


def test_who_kept_it_changes_and_removes_it_and_it_comes_back(store: OperationalStore) -> None:
    id = kept_runs.keep(store, RUN, "One", "", "ann", NOW)
    with pytest.raises(BadRequest, match="ann's"):
        kept_runs.annotate(store, id, "Mine", "", "bob")
    kept_runs.annotate(store, id, "Two", "Sure", "ann")
    (changed,) = kept_runs.kept_runs(store)
    assert (changed.name, changed.note, changed.kept_at, changed.run) == ("Two", "Sure", NOW, RUN)
    gone = kept_runs.remove(store, id, "ann")
    assert kept_runs.kept_runs(store) == ()
    with pytest.raises(BadRequest, match="not there any more"):
        kept_runs.remove(store, id, "ann")
    kept_runs.put_back(store, gone, "ann")
    assert kept_runs.kept_runs(store) == (changed,)


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_a_run_has_a_name(store: OperationalStore, name: str) -> None:
    with pytest.raises(BadRequest):
        kept_runs.keep(store, RUN, name, "", "ann", NOW)


def test_what_named_a_customer_goes_with_them(store: OperationalStore) -> None:
    asked = replace(RUN, address="offers?where=customer%3D17850", figures=(KeptFigure("Best", "Ann Smith"),))
    kept_runs.keep(store, asked, "Of one", "Ann Smith asked", "ann", NOW)
    kept_runs.keep(store, RUN, "Of all", "", "ann", NOW)
    assert statement_erasure.erase(store.file, ANN.as_subject) == 1
    one, other = sorted(kept_runs.kept_runs(store), key=lambda each: not each.is_erased)
    assert (one.is_erased, one.note, one.run.figures) == (True, "erased", ())
    assert other.run == RUN
    assert b"17850" not in store.file.read_bytes()
