"""The page KPIs by its address: members by any name of theirs, targets that are kept of them, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.operational import operational_store, targets
from data.operational.operational_store import OperationalStore
from data.operational.targets import TargetPlace
from pages.value.target_editor import as_kept
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

ODD = "*Odd* $1_a$"


def kpis_page() -> None:
    import runpy
    from pathlib import Path

    import pages

    runpy.run_path(str(Path(pages.__file__).parent / "value" / "kpis_page.py"))


def test_a_member_named_otherwise_is_the_one_whose_numbers_and_targets_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    lines = [Line(order="a", country="Italy", revenue="70.00"), Line(order="b", country=ODD)]
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    place = TargetPlace("revenue", "country", "Italy")
    targets.set_targets(operational_store.ready(path), place, {"2011-01": Decimal(100)}, "ann")
    app = AppTest.from_function(kpis_page, default_timeout=60)
    app.query_params |= {"level": "country", "member": "italy", "kpi": "revenue", "period": "2011-01"}
    app.run()
    assert not app.exception
    member = app.selectbox(key="kpis-member")
    assert (member.value, member.options) == ("Italy", [ODD, "Italy", UNKNOWN])
    (sentence,) = (each.proto.body for each in app.get("html") if "kpi-sentence" in each.proto.body)
    assert "70.00 against" in sentence
    assert "(of 100 in all)" in sentence


def test_a_figure_that_nothing_tells_says_what_to_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    opened = {"day": date(2011, 1, 1), "kind": "e-mail", "outcome": "opened"}
    with_facts(path, interaction=[opened]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    app = AppTest.from_function(kpis_page, default_timeout=60)
    app.query_params |= {"kpi": "interactions.open_rate", "period": "2011-01"}
    app.run()
    assert not app.exception
    (sentence,) = (each.proto.body for each in app.get("html") if "kpi-sentence" in each.proto.body)
    assert "No data. Load the mailer" in sentence


def test_a_target_of_any_size_is_kept_to_four_places_or_refused(tmp_path: Path) -> None:
    store = OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")
    assert as_kept(12.345, 100) == Decimal("0.1234")
    assert as_kept(1e13, 1) == Decimal("1e13")
    for much in (1e25, -1e25, 1e300):
        with pytest.raises(BadRequest, match="is no target"):
            targets.set_targets(store, TargetPlace("revenue"), {"2026": as_kept(much, 1)}, "ann")
