"""The page Portfolio: its address, that it adds up to the cube, what is asked once, what is off and what that says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

import pages
from cubes.ask import answer_cache
from cubes.ask.answer import ask
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from data.operational.product_roles import ProductRole, product_roles, set_roles
from data.store.warehouse import Warehouse
from mining.portfolio.pareto_curve import AbcThresholds
from mining.portfolio.product_portfolio import PortfolioThresholds
from pages.discover import portfolio_words
from pages.discover import what_if_words as words
from pages.discover.found_portfolio import FoundPortfolio, found_portfolio
from pages.discover.portfolio_view import ALL, PortfolioView, parse_portfolio
from pages.ui import session
from pages.ui.figures import share_curves
from pages.ui.style.theme import LIGHT
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

PAGE = Path(pages.__file__).parent / "discover" / "portfolio_page.py"
FIRST = date(2023, 1, 10)


def lines() -> list[Line]:
    """Twelve products over two years, one a customer: those of lower numbers sell more; some orders have postage."""
    made = []
    for month in range(24):
        day = FIRST + timedelta(days=30 * month)
        for at in range(12):
            if month % (at // 3 + 1):
                continue
            usual = {
                "day": day,
                "order": f"{month}-{at // 2}",
                "customer": f"C{at}",
                "country": ("Italy", "Spain")[at % 2],
                "product": f"P{at}x{at}",
            }
            made.append(
                Line(**usual, category=f"cat {at % 3}", revenue=f"{200 - 15 * at}.50", cost=f"{90 + at}.00")
            )
        if month % 3 == 0:
            made.append(
                Line(day=day, order=f"{month}-1", customer="C2", product="Postage", revenue="7.00", cost=None)
            )
    back = Line(
        day=FIRST, order="r", customer="C1", product="P1x1", units=-1, revenue="-10.00", is_return=True
    )
    return [*made, back]


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    counts = [{"day": date(2023, 3, 1), "product": "P1x1", "on_hand": 0, "place": "A"},
              {"day": date(2024, 11, 30), "product": "P1x1", "on_hand": 5, "place": "A"}]  # fmt: skip
    with_facts(path, stock=counts).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)  # pages are the router's
    answer_cache.shared.cache_clear()
    return session.renewed()


def page(path: str) -> None:
    import runpy

    runpy.run_path(path)


def opened(address: Mapping[str, Any]) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60, kwargs={"path": str(PAGE)})
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    return " ".join(str(each.proto.body) for kind in ("html", "caption", "warning") for each in app.get(kind))


def by_id(found: FoundPortfolio, id: str) -> dict[str, Any]:
    return found.portfolio.products.row(by_predicate=pl.col("id") == id, named=True)


def test_an_address_holds_the_whole_view() -> None:
    view = PortfolioView(
        (Cut("country", ("France",)),),
        PortfolioThresholds(AbcThresholds(0.7123456789, 0.9), new_days=90),
        "AX",
        "keep",
        off=("P1", "P 2"),
        transfer=0.35,
    )
    assert parse_portfolio(view.to_parameters()) == view
    assert parse_portfolio({}) == PortfolioView()
    assert PortfolioView().to_parameters() == {}


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ({"a": ["0.9"], "b": ["0.8"]}, "A cannot end at 90%"),
        ({"x": ["2"]}, "X cannot end at a variation of 2"),
        ({"new": ["0"]}, "cannot be new for 0 days"),
        ({"new": ["1e99"]}, "cannot be new"),
        ({"a": ["much"]}, "is no number"),
        ({"transfer": ["1.5"]}, "A transfer of 1.5"),
        ({"cell": ["AQ"]}, "There is no cell"),
        ({"verdict": ["kepp"]}, "Did you mean 'keep'"),
        ({"off": [str(at) for at in range(301)]}, "more than can be ticked"),
        ({"wher": ["x"]}, "means nothing here"),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_words(address: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_portfolio(address)


@pytest.mark.parametrize("cuts", [(), (Cut("category", ("cat 1",)),), (Cut("year", ("2024",)),)])
def test_products_add_up_to_the_cube(firm: Warehouse, cuts: tuple[Cut, ...]) -> None:
    found = found_portfolio(PortfolioView(cuts))
    asked = ask(firm, Query(("revenue", "margin", "customers"), ("product",), cuts=cuts)).plain()
    both = found.portfolio.products.join(asked, left_on="id", right_on="product.id", suffix="_asked")
    assert both.height == asked.height == found.portfolio.products.height
    assert both["revenue"].to_list() == pytest.approx(both["revenue_asked"].to_list())
    assert both["buyers"].to_list() == both["customers"].to_list()
    everything = found.without(PortfolioView(cuts, take=ALL))
    assert everything.lost == pytest.approx(ask(firm, Query(("revenue",), cuts=cuts)).frame["revenue"][0])


def test_the_curve_marks_where_classes_end(firm: Warehouse) -> None:
    found = found_portfolio(PortfolioView())
    figure = share_curves(portfolio_words.curves(found), LIGHT, marks=(0.8, 0.95))
    products, marks = figure.data[1], figure.data[-1]
    assert products.x[-1] == 1
    assert products.y[-1] == pytest.approx(1)
    curve = found.portfolio.curve
    needed = (curve.needed(0.8), curve.needed(0.95))
    assert list(marks.text) == [f"{curve.shares[at - 1]:.0%}: {at}" for at in needed]
    cells = portfolio_words.grid(found, "")
    assert cells["value"].sum() == pytest.approx(found.portfolio.products["revenue"].sum())


def test_stock_stands_beside_what_was_sold(firm: Warehouse) -> None:
    found = found_portfolio(PortfolioView())
    assert by_id(found, "P1x1")["on_hand"] == 5
    assert by_id(found, "P1x1")["months_sold_out"] == 1
    assert by_id(found, "P2x2")["on_hand"] is None
    assert found.on_hand(PortfolioView(off=("P1x1", "P2x2"))) == 5
    assert found.on_hand(PortfolioView(off=("P2x2",))) is None


def test_what_is_no_product_is_asked_once(firm: Warehouse) -> None:
    app = opened({})
    assert "Are these products?" in told(app)
    app.button(key="fees-say").click().run()
    assert product_roles(firm) == {"Postage": ProductRole.FEE}
    assert "Are these products?" not in told(app)
    assert "Left out as no products: Postage" in told(app)
    assert 'data-products="12"' in told(app)
    app.button(key="fees-back").click().run()
    assert product_roles(firm) == {"Postage": ProductRole.PRODUCT}
    assert "Are these products?" not in told(app)
    assert 'data-products="13"' in told(app)


def test_products_are_taken_off_and_put_back(firm: Warehouse) -> None:
    set_roles(firm.path, {"Postage": ProductRole.FEE})
    app = opened({"off": ["P0x0", "P3x3"], "transfer": "0.25"})
    found = found_portfolio(parse_portfolio({}))
    sold = by_id(found, "P0x0")["revenue"] + by_id(found, "P3x3")["revenue"]
    lost = found.without(PortfolioView(off=("P0x0", "P3x3"), transfer=0.25))
    assert lost.revenue == pytest.approx(sold)
    assert lost.lost == pytest.approx(0.75 * sold)
    assert 'data-off="2"' in told(app)
    assert words.lost(lost, "", 0.25) in told(app)
    app.button(key="take-all").click().run()
    assert app.query_params["take"] == "all"
    assert 'data-off="12"' in told(app)
    assert "lost whatever is assumed" in told(app)
    app.button(key="take-nothing").click().run()
    assert "Nothing is off, so nothing is lost." in told(app)


def test_a_slice_without_products_is_told_so(firm: Warehouse) -> None:
    assert "Start afresh" in str(opened({"where": "country=Atlantis"}).button)
    assert "No known product was sold" in told(opened({"where": ["year=2023", "day=2023-01-11..2023-01-12"]}))


def test_a_changed_set_gives_no_kept_finding(firm: Warehouse) -> None:
    store = operational_store.of(firm)
    id = member_sets.save(store, "Mine", "country", ["Italy"], PRIVATE, "ann")
    view = PortfolioView((parse_cut(f"country in set {id}"),))
    assert found_portfolio(view).portfolio.products.height == 6
    member_sets.add(store, id, ["Spain"], "ann")
    assert found_portfolio(view).portfolio.products.height == 12
