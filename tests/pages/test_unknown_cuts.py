"""A link that names what is not there: a sentence with what is near it, and a button that drops that alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from cubes.query import parse_cut
from pages.ui import session
from pages.ui.unknown_cuts import unknown_cuts
from tests.tiny import Line, tiny_warehouse

SLICED = {
    "Life cycle": "value/lifecycle_page.py",
    "Lifetime": "value/lifetime_page.py",
    "Retention": "value/retention_page.py",
    "Customer share": "value/customer_share_page.py",
    "Loyalty": "value/loyalty_page.py",
    "Segments": "discover/segments_page.py",
    "Baskets": "discover/baskets_page.py",
    "Sequences": "discover/sequences_page.py",
    "Trends": "discover/trends_page.py",
    "Offers": "discover/offers_page.py",
    "Journeys": "service/journeys_page.py",
    "Service insight": "service/insight_page.py",
    "Proposal insight": "collaborate/proposal_insight_page.py",
}


@pytest.fixture
def _firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    lines = [
        Line(date(2011, month, 5), f"{country}{month}", f"Of {country}", country, country, country)
        for country in ("France", "Italy")
        for month in (1, 2, 9)
    ]
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()


def page(script: str) -> None:
    import runpy
    from pathlib import Path

    import pages

    runpy.run_path(str(Path(pages.__file__).parent / script))


def opened(script: str, **parameters: str | list[str]) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120, args=(script,))
    app.query_params |= parameters
    return app.run()


def told(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


@pytest.mark.usefixtures("_firm")
@pytest.mark.parametrize("title", SLICED)
def test_a_cut_that_names_no_member_is_told_and_dropped(title: str) -> None:
    app = opened(SLICED[title], where=["country=Frnce", "channel=Web"])
    assert not app.exception
    assert "There is no country &#x27;Frnce&#x27;" in told(app)
    assert "Did you mean &#x27;France&#x27;" in told(app)
    assert title in told(app)
    assert 'data-state="refused"' in told(app)
    assert app.button(key="chip-0-channel")
    drop = app.button(key="unknown-cut-0-action")
    assert drop.label == "Take away country=Frnce"
    drop.click().run()
    assert not app.exception
    assert app.query_params["where"] == "channel=Web"


@pytest.mark.usefixtures("_firm")
def test_kpis_drop_the_member_alone() -> None:
    app = opened("value/kpis_page.py", level="country", member="Frnce", period="2011-02", kpi="revenue")
    assert not app.exception
    assert "There is no country &#x27;Frnce&#x27;" in told(app)
    assert app.selectbox(key="kpis-grain").value == "month"
    app.button(key="bad-kpis-action").click().run()
    assert not app.exception
    assert dict(app.query_params) == {"period": "2011-02", "kpi": "revenue"}


@pytest.mark.usefixtures("_firm")
def test_overview_drops_a_period_that_there_is_not() -> None:
    app = opened("overview/overview_page.py", period="Last yer")
    assert not app.exception
    assert "There is no period &#x27;Last yer&#x27;" in told(app)
    assert app.selectbox(key="overview-period")
    app.button(key="bad-period-action").click().run()
    assert not app.exception
    assert "overview-ready" in told(app)


@pytest.mark.usefixtures("_firm")
@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ("cuntry=France", "level 'cuntry'"),
        ("country in set Nobody's", "set"),
        ("customer by revnue > 5", "measure 'revnue'"),
        ("year=2050x", "2050x"),
        ("day=2011-02-30..2011-03-01", "2011-02-30"),
        ("country=France|Italy|Spain", "country 'Spain'"),
    ],
)
def test_whatever_a_cut_names_that_there_is_not(cut: str, said: str) -> None:
    known = (
        parse_cut("country=France"),
        parse_cut("day=last 3 months"),
        parse_cut("customer by revenue > 5"),
    )
    assert unknown_cuts(session.cube(), known) == {}
    (error,) = unknown_cuts(session.cube(), (*known, parse_cut(cut))).values()
    assert said in error.problem
