"""The page Service insight: its address, what it draws and says of a small firm, and where nothing can be told."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import polars as pl
import pytest
import streamlit

from cubes.ask import answer_cache
from cubes.query import parse_cut
from data.errors import BadRequest
from mining.__main__ import main
from mining.service.bad_contacts import BadContact
from mining.service.matched_moments import MomentMatching
from pages.service.found_insight import found_after, found_costs, found_insight
from pages.service.insight_view import InsightView, parse_insight
from pages.ui import session
from pages.ui.figures import Quantity, break_even
from pages.ui.style.theme import LIGHT
from tests.insight_firm import day, insight_firm
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse

PAGE = "service/insight_page.py"
CALLS = f"day={day(400)}..{day(499)}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("insight").resolve() / "w.duckdb"
    insight_firm(found).close()
    return found


@pytest.fixture
def path(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shows(made, monkeypatch)
    return made


def shows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()


def test_the_address_holds_the_view() -> None:
    view = InsightView(
        (parse_cut("country=Italy"),), (("minute", 1.5), ("visit", 0.0)), "revenue", "country", BadContact.WAITED, 60,
        30, "customers", MomentMatching.EXACT,
    )  # fmt: skip
    assert parse_insight(view.to_parameters()) == view
    assert InsightView().to_parameters() == {}
    assert parse_insight({}) == InsightView()
    assert view.prices.minute == 1.5
    assert view.prices.contacts["visit"] == 0
    assert view.prices.contacts["call"] == InsightView().prices.contacts["call"]
    assert view.priced("minute", None).stated == (("visit", 0.0),)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("minute", "-1", "from 0 to 100000"),
        ("case", "nan", "from 0 to 100000"),
        ("bad", "wated", "Did you mean 'waited'"),
        ("days", "²", "1 to 730"),
        ("waited", "0", "1 to 86400"),
        ("beside", "all", "contacts"),
        ("match", "exac", "Did you mean 'exact'"),
        ("brings", "profit", "margin"),
        ("minutes", "7", "minute"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_insight({name: [value]})
    assert said in str(caught.value)


@pytest.mark.usefixtures("path")
def test_the_page_tells_of_a_small_firm() -> None:
    app = opened(PAGE, where=CALLS, bad="unhappy", days="60")
    assert not app.exception
    said = told(app)
    assert "48 contacts for" in said
    assert "Assumed, nobody stated them: a minute of handling" in said
    assert "what the contact caused" in said
    pairs = re.search(r"(\d+) pairs of 24 customers with such a contact", said)
    assert pairs
    assert f"{int(pairs[1]) * 60:,} days at risk on each side" in said
    assert "points of percent fewer beyond chance" in said
    assert "E-value is defined as the minimum strength" in said
    assert 'data-state="found"' in said
    app.number_input(key="insight-price-minute").set_value(2.0).run()
    assert app.query_params["minute"] == "2"
    assert "Stated: a minute of handling" in told(app)


@pytest.mark.usefixtures("path")
def test_numbers_of_the_page_by_hand() -> None:
    view = InsightView((parse_cut(CALLS),), (("minute", 3.0), ("call", 1.0)), by="country", days=60)
    found = found_insight(view)
    assert found.by_subject.select("subject", "contacts").rows() == [("Bill", 32)]
    assert found.by_channel["contacts"].to_list() == [48]
    costs = found_costs(view, found)
    assert costs.brings == "margin"
    assert costs.served.filter(pl.col("contacts") > 0)["cost"].unique().to_list() == [
        31.0
    ]  # ten minutes and a call
    groups = dict(costs.groups.select("group", "customers").iter_rows())
    assert groups == {"France": 36, "Italy": 12}
    after = found_after(view, found).after
    assert after
    row = after.effects.row(by_predicate=pl.col("outcome") == "bought", named=True)
    assert (row["after"], row["others"]) == pytest.approx((0.0, 1.0))
    assert after.cause.ratio is None


@pytest.mark.usefixtures("path")
def test_what_cannot_be_told_is_a_sentence() -> None:
    for parameters, words in (
        ({"where": f"day={day(0)}..{day(10)}"}, "In this period no contact is known"),
        ({"where": [CALLS, "country=Spain"]}, "No contact here"),
        ({"where": CALLS, "bad": "reopened"}, "too few to tell"),
        ({"where": CALLS, "brings": "value"}, "No value of customers is saved yet"),
        ({"where": CALLS, "by": "contry"}, "Did you mean"),
        ({"days": "0"}, "no number of days"),
    ):
        app = opened(PAGE, **parameters)
        assert not app.exception
        assert words in told(app)


def test_a_firm_without_contacts_is_told_what_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path.resolve() / "bare.duckdb"
    tiny_warehouse(bare, [Line()]).close()
    shows(bare, monkeypatch)
    app = opened(PAGE)
    assert not app.exception
    assert "Load calls or tickets" in told(app)


def test_the_command_finds_what_the_page_finds(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["service", "--warehouse", str(path), "--where", CALLS, "--bad", "unhappy", "--days", "60"]
    assert main([*arguments, "--minute", "3", "--cost", "call=1", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    view = InsightView((parse_cut(CALLS),), (("minute", 3.0), ("call", 1.0)), bad=BadContact.UNHAPPY, days=60)
    costs = found_costs(view, found_insight(view))
    assert answer["cost_in_all"] == pytest.approx(costs.served["cost"].sum())
    assert answer["pairs"] >= 20
    assert main([*arguments, "--table", "after"]) == 0
    after = pl.read_csv(io.StringIO(capsys.readouterr().out))
    found = found_after(view, found_insight(view)).after
    assert found
    assert after["difference"].to_list() == pytest.approx(found.effects["difference"].to_list())
    with pytest.raises(SystemExit):
        main([*arguments, "--cost", "fax=1"])
    assert "is no kind of contact" in capsys.readouterr().err


def test_who_costs_more_has_another_sign() -> None:
    frame = pl.DataFrame({"x": [100.0, 5.0, -3.0, None], "y": [10.0, 50.0, 2.0, 1.0]})
    figure = break_even(frame, LIGHT, x=Quantity("Margin"), y=Quantity("Cost"))
    below, above, line = figure.data
    assert (list(below.x), list(below.y)) == ([100.0], [10.0])
    assert (list(above.x), list(above.y)) == ([5.0, 1.0], [50.0, 2.0])  # what is below 1 stands at the edge
    assert below.marker.symbol != above.marker.symbol
    assert list(line.x) == list(line.y)
    assert not break_even(frame.clear(), LIGHT, x=Quantity("Margin"), y=Quantity("Cost")).data
