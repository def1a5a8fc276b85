"""Baskets, the page: tests and shuffles, margins, levels and slices, and what to do where there is nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from mining.patterns.association_rules import RuleDemands, mine, passing
from mining.patterns.basket_matrix import encode_codes
from mining.patterns.rule_significance import Correction
from mining.patterns.shuffled_baskets import ShuffledCounts, shuffled_counts
from pages.discover.baskets_view import Listed
from pages.discover.shuffle_panel import SHUFFLING, verdict
from pages.ui import session
from tests.pages.test_finding_tiles import baskets_page
from tests.tiny import Line, tiny_warehouse

KINDS = {
    "Cup": "Kitchen",
    "Pot": "Kitchen",
    "Lamp": "Living",
    "Rug": "Living",
    "Bed": "Sleep",
    "Sheet": "Sleep",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred orders in two countries; a cup draws a rug."""
    chance, lines = Random(2), []
    for at in range(200):
        wanted = {product for product in KINDS if chance.random() < 0.3} or {"Bed"}
        wanted |= {"Rug"} if "Cup" in wanted and chance.random() < 0.7 else set()
        lines += [
            Line(day=date(2011, 1 + at % 12, 5), order=f"o{at}", country="Italy" if at % 2 else "France",
                 product=product, category=KINDS[product], cost=None if product == "Bed" else "6.00")
            for product in sorted(wanted)
        ]  # fmt: skip
    path = tmp_path_factory.mktemp("baskets").resolve() / "w.duckdb"
    tiny_warehouse(path, lines).close()
    return path


@pytest.fixture
def app(path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()
    app = AppTest.from_function(baskets_page, default_timeout=60)
    app.query_params["support"] = "0.03"
    return app


def shown(app: AppTest) -> str:
    assert not app.exception
    return " ".join([*(each.proto.body for each in app.get("html")), *(each.value for each in app.caption)])


def test_rules_are_tested_and_shuffled(app: AppTest) -> None:
    said = shown(app.run())
    assert "all of them tested" in said
    assert "Fisher, Benjamini–Hochberg given the support at 5%" in said
    app.button(key="shuffle").click().run()
    app.session_state[SHUFFLING].wait()
    assert "On 10 shuffled copies of the baskets these settings find no rule" in shown(app.run())
    app.selectbox(key="baskets-correction").set_value("Not tested: chance may give them too").run()
    assert app.query_params["significant"] == "no"
    said = shown(app)
    assert "none was tested against chance" in said
    assert "shuffled copies" not in said
    app.selectbox(key="baskets-itemsets").set_value(Listed.MAXIMAL).run()
    assert app.query_params["itemsets"] == "maximal"
    maximal = app.dataframe[-1].value
    assert f"{len(maximal)} are maximal: any item more falls below the support." in shown(app)
    app.toggle(key="baskets-productive").set_value(True).run()
    assert "are productive; none was tested" in shown(app)


def test_margins_and_the_other_slice_stand_beside(app: AppTest) -> None:
    app.query_params["where"] = "country=Italy"
    app.query_params["significant"] = "no"
    app.run()
    app.toggle(key="baskets-margin").set_value(True).run()
    assert "Margins are of lines whose cost is known" in shown(app)
    assert "expected_margin" in app.dataframe[0].value.columns
    other = next(each for each in app.selectbox(key="baskets-versus").options if "not Italy" in each)
    app.selectbox(key="baskets-versus").set_value(other).run()
    said = shown(app)
    assert r"Compared with Country: not Italy" in said
    assert {"difference", "low", "high"} <= set(app.dataframe[0].value.columns)
    app.query_params["versus"] = "product=Cup"
    assert "baskets stand in both slices" in shown(app.run())


def test_levels_together_and_a_rule_of_two_of_them_opened(app: AppTest) -> None:
    app.query_params["level"] = "across"
    app.query_params["left"] = "Cup"
    app.query_params["right"] = "Living [category]"
    app.query_params["significant"] = "no"
    said = shown(app.run())
    assert "Nor rules of an item beside a level that holds it." in said
    assert "Kulczynski" in said
    assert "at stake with" in said


def test_a_slice_without_baskets_and_a_support_that_gives_too_many(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mining.patterns.itemsets_elsewhere.frequent_elsewhere.__defaults__", (10,))
    app.query_params["support"] = "0.031"
    assert "itemsets would come out; 10 are held at most." in shown(app.run())
    app.query_params["where"] = "year=2011"
    app.query_params["where"] = "product by units > 100000"
    assert "No baskets here" in shown(app.run())


def test_what_shuffles_say() -> None:
    random = Random(1)
    rows = [(basket, item) for basket in range(60) for item in range(4) if random.random() < 0.5]
    baskets = encode_codes(*np.array(rows).T, "abcd")
    rules = mine(baskets, "0.1", "0.4")
    counts = list(shuffled_counts(baskets, rules.demands, None))
    job = SimpleNamespace(found=counts[-1], problem=None)
    look, words = verdict(job, rules)  # type: ignore[arg-type]
    assert look == "bad"
    assert "may be chance." in words
    tested = passing(rules.candidates, baskets.items, RuleDemands("0.1", "0.4", Correction.BONFERRONI))
    none = SimpleNamespace(found=ShuffledCounts(), problem=None)
    assert verdict(none, tested)[1] == "Stopped before the first shuffle was done."  # type: ignore[arg-type]
