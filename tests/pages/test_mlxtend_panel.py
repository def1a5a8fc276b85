"""Check with mlxtend, on the page: asked with a button, told in words, and gone once other rules are asked for."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from mining.patterns import mlxtend_check
from mining.patterns.mlxtend_check import MlxtendCheck
from pages.discover.mlxtend_panel import verdict
from pages.ui import session


def panel() -> None:
    import polars as pl
    import streamlit as st

    from mining.patterns.association_rules import mine
    from mining.patterns.basket_matrix import encode
    from pages.discover.baskets_view import Association
    from pages.discover.mlxtend_panel import check_button, check_words

    view = Association(confidence=st.session_state["confidence"])
    baskets = encode(pl.DataFrame({"basket": [1, 1, 2, 2, 3], "item": [*"ababa"]}))
    rules = mine(baskets, "0.5", view.confidence)
    check_button(view, baskets, rules)
    check_words(view, rules)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(session, "warehouse", lambda: SimpleNamespace(version="v1"))
    app = AppTest.from_function(panel, default_timeout=60)
    app.session_state["confidence"] = Decimal("0.1")
    return app.run()


def said(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


def test_the_check_is_told_until_other_rules_are_asked_for(app: AppTest) -> None:
    assert "mlxtend" not in said(app)
    app.button[0].click().run()
    assert "mlxtend finds the same 3 itemsets and 2 rules, with the same figures." in said(app)
    app.run()
    assert "mlxtend finds the same" in said(app)
    app.session_state["confidence"] = Decimal("0.9")
    assert "mlxtend" not in said(app.run())


def test_what_mlxtend_could_not_hold_is_said(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlxtend_check, "ITEMSETS", 2)
    app.button[0].click().run()
    assert "There are 3 itemsets, and mlxtend is asked for 2 at most. Raise the support" in said(app)


def test_a_difference_is_not_hidden() -> None:
    look, words = verdict(MlxtendCheck(5, 1, 4, 0, 0.25, 2.0, 0.5))
    assert look == "bad"
    assert words == (
        "mlxtend finds 5 itemsets and 4 rules, of which 1 itemset and 0 rules are not ours or counted differently; "
        "figures differ by up to 2.5e-01. It took 2.0 s, Clientela 0.5 s."
    )
