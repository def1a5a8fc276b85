"""The page Demand: its address, what it draws and says of a small firm, and where nothing can be told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.query import parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from mining.pricing.answer_rule import RuleBase
from mining.pricing.named_prices import PriceUnit
from mining.pricing.price_sensitivity import Crossing, FallingCurves, SensitivityTerms
from pages.collaborate import demand_words as words
from pages.collaborate.demand_view import DemandView, parse_demand, prices_of
from pages.collaborate.found_demand import found_answers, found_demand, found_groups, offered_products
from pages.ui import session
from pages.ui.figures import Quantity, price_curves
from pages.ui.style.theme import LIGHT
from tests.pages.test_unknown_cuts import opened, told
from tests.pricing_firm import pricing_firm
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

PAGE = "collaborate/demand_page.py"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path.resolve() / "w.duckdb"
    pricing_firm(found).close()
    return shown(found, monkeypatch)


def shown(found: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return found


def test_the_address_holds_the_view() -> None:
    limits = SensitivityTerms(FallingCurves.FROM, Crossing.MEAN, True)
    view = DemandView(
        (parse_cut("country=Italy"),), "Cup", PriceUnit.OF_ASKED, 0.9, 12.5, 100.0, (5.0, 50.25), 7.5, "country",
        RuleBase.ASKED, limits,
    )  # fmt: skip
    assert parse_demand(view.to_parameters()) == view
    assert DemandView().to_parameters() == {}
    assert parse_demand({}) == DemandView()
    assert parse_demand({"cost": ["0"], "slip": ["0"]}).to_parameters() == {"cost": ["0"], "slip": ["0"]}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("shading", "0", "from 0.01 to 1"),
        ("shading", "x", "from 0.01 to 1"),
        ("cost", "-1", "from 0 to"),
        ("cost", "nan", "from 0 to"),
        ("unit", "askd", "Did you mean 'asked'"),
        ("base", "costs", "Did you mean 'cost'"),
        ("falling", "ovr", "Did you mean 'over'"),
        ("at", "5,0", "above 0"),
        ("at", ",".join(map(str, range(1, 30))), "Take up to 20"),
        ("price", "5", "price"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_demand({name: [value]})
    assert said in str(caught.value)


def test_prices_are_read_as_people_write_them() -> None:
    assert prices_of(" 150; 50,100 , 50") == (50, 100, 150)
    assert prices_of("") == ()


@pytest.mark.usefixtures("path")
def test_the_page_tells_of_a_small_firm() -> None:
    app = opened(PAGE, at="20", by="country")
    assert not app.exception
    said = told(app)
    assert "Of 30 persons who named a price, half named 16 or more. 19 earns most over a cost of 8" in said
    assert "A lower bound: bids are shaded" in said
    assert "suspected slip of the decimal point: 1" in said
    assert "21 of 30 answers accepted (70%)" in said
    assert "9 persons find it neither too cheap nor too expensive from 45 to 100" in said
    assert "1 more named limits that do not rise" in said
    assert "10 persons were asked." in said
    assert "At most: as many as named more (23 persons): ask 20" in said
    assert 'data-state="found"' in said
    assert 'data-people="30"' in said
    app.text_input(key="demand-at").set_value("12, 6").run()
    assert app.query_params["at"] == "6,12"
    app.text_input(key="demand-at").set_value("12, six").run()
    assert "&#x27;six&#x27; is not a price" in told(app)
    assert app.query_params["at"] == "6,12"
    app.selectbox(key="demand-product").set_value("all").run()
    assert not app.exception
    assert "Surveys are told of one product" in told(app)


@pytest.mark.usefixtures("path")
def test_what_cannot_be_told_is_a_sentence() -> None:
    for parameters, said in (
        ({"product": "Cap"}, "Did you mean &#x27;Cup&#x27;"),
        ({"where": "country=Frnce"}, "Did you mean &#x27;France&#x27;"),
        ({"cost": "31"}, "no price earns anything"),
        ({"slip": "0.01"}, "No named price is left to count"),
        ({"unit": "money", "product": "all"}, "Prices of 2 products are counted as if they were one"),
    ):
        app = opened(PAGE, **parameters)
        assert not app.exception
        assert said in told(app)


def test_where_nobody_named_a_price_the_page_says_what_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_warehouse(tmp_path.resolve() / "w.duckdb", [Line()]).close()
    shown(tmp_path.resolve() / "w.duckdb", monkeypatch)
    said = told(opened(PAGE))
    assert "Nobody has named a price here" in said
    assert "offered_price" in said
    asked = {
        "day": date(2011, 1, 1),
        "customer": "Ann",
        "product": "Cup",
        "asked_price": 5,
        "would_buy": True,
    }
    with_facts(tmp_path.resolve() / "w.duckdb", price_survey=[asked]).close()
    session.renewed()
    app = opened(PAGE)
    assert not app.exception
    assert "No named price is left to count" in told(app)
    assert "1 person was asked. 5 earns most of the prices asked" in told(app)


def withheld() -> None:
    import runpy
    from pathlib import Path

    import pages
    from data.access.acting import Acting, acting_as
    from data.access.policy import Policy

    with acting_as(Acting("maria", Policy(person="maria", smallest=5), "browser")):
        runpy.run_path(str(Path(pages.__file__).parent / "collaborate/demand_page.py"))


@pytest.mark.usefixtures("path")
def test_from_whom_small_counts_are_withheld_are_prices_as_well() -> None:
    app = AppTest.from_function(withheld, default_timeout=120).run()
    assert not app.exception
    assert "Small counts are withheld from you" in told(app)


@pytest.mark.usefixtures("path")
def test_a_changed_set_gives_no_kept_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    store = operational_store.of(session.renewed())
    id = member_sets.save(store, "Mine", "country", ["Italy"], PRIVATE, "ann")
    view = DemandView((parse_cut(f"country in set {id}"),), by="country")

    def counts() -> tuple[int, int, int]:
        cup = offered_products(view).chosen("Cup")
        assert cup
        code = int(str(cup["code"]))
        found = found_demand(view, code)
        return int(str(cup["people"])), found.named.people, found_groups(view, code, found).height

    assert counts() == (15, 15, 1)
    member_sets.add(store, id, ["France"], "ann")
    assert counts() == (30, 30, 2)


@pytest.mark.usefixtures("path")
def test_judged_answers_and_their_base_are_the_views() -> None:
    found = found_demand(DemandView(product="Cup"), 1)
    answers = found_answers(DemandView(product="Cup"), 1, found)
    assert (answers.base, answers.of_asked) == (RuleBase.COST, True)
    assert "too few to choose a rule" in answers.why_not_judged
    asked = found_answers(DemandView(product="Cup", base=RuleBase.ASKED), 1, found)
    assert asked.base is RuleBase.ASKED


@pytest.mark.usefixtures("path")
def test_the_curve_is_drawn_as_it_is_told() -> None:
    found = found_demand(DemandView(product="Cup"), 1)
    lines = words.demand_lines(found.curve)
    price = Quantity("Price", "money", "EUR")
    figure = price_curves(
        lines, LIGHT, x=price, y=Quantity("Would buy", "percent"), marks=[(19.0, "<b>19</b>")], span=(18, 21),
        shape="vh",
    ).to_dict()  # fmt: skip
    low, drawn = figure["data"][1], figure["data"][2]
    assert drawn["x"] == lines["price"].to_list()
    assert drawn["line"]["shape"] == "vh", "a share holds up to its own price"
    assert drawn["y"][0] == 1
    assert min(low["y"]) >= 0
    assert figure["layout"]["annotations"][0]["text"] == "&lt;b&gt;19&lt;/b&gt;"
    assert price_curves(lines.clear(), LIGHT, x=price, y=price).to_dict()["data"] == []
