"""The page Virtual warehouse: its address, what it answers of a tiny district, and where nothing can be told."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data.errors import BadRequest
from mining.__main__ import main
from pages.collaborate import virtual_warehouse_words as words
from pages.collaborate.found_virtual_warehouse import found_loss, found_product, found_warehouse
from pages.collaborate.virtual_warehouse_view import VirtualWarehouseView, parse_virtual_warehouse
from pages.ui import session
from tests.district_firm import LAST, write_district
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, write_tiny

PAGE = "collaborate/virtual_warehouse_page.py"
BY = LAST + timedelta(10)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path.resolve() / "w.duckdb"
    write_district(found)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return found


def test_the_address_holds_the_view() -> None:
    view = VirtualWarehouseView("Cup", 60, date(2025, 7, 10), "Alba", 4, 7, 28, 90)
    assert parse_virtual_warehouse(view.to_parameters()) == view
    assert VirtualWarehouseView().to_parameters() == {}
    assert parse_virtual_warehouse({}) == VirtualWarehouseView()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("pieces", "0", "0 pieces cannot be delivered"),
        ("pieces", "-4", "-4 pieces cannot be delivered"),
        ("pieces", "99999999999", "from 1 to 1,000,000,000"),
        ("pieces", "many", "is no whole number"),
        ("by", "soon", "is no day"),
        ("weeks", "0", "from 1 to 104"),
        ("idle", "400", "from 1 to 365"),
        ("prodcut", "Cup", "product"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_virtual_warehouse({name: [value]})
    assert said in str(caught.value)


@pytest.mark.usefixtures("path")
def test_the_page_answers_of_a_tiny_district() -> None:
    app = opened(PAGE, product="Cup", pieces="60", by=BY.isoformat(), without="Alba", weeks="4", idle="56")
    assert not app.exception
    said = told(app)
    assert "As of 30 Jun 2025" in said
    assert "2 of 4 products that anybody supplies have one source alone" in said
    assert "1 count of less than nothing: taken as none free." in said
    assert "1 order received before being made: left out of lead times." in said
    assert "1 open order without a day on which anybody can expect it: not promised." in said
    assert "Surest: all from Alba: 77% (50% to 92%) on time by 10 Jul 2025; it costs 240.00" in said
    assert "cheapest: 40 from Bora + 20 from Alba for 160.00, 62% (" in said
    assert "late independently of each other" in said
    assert "Few orders tell of Bora (5)" in said or "Few orders tell of Bora (6)" in said
    assert "It lasts 55 days at 2.0 a day" in said
    assert "In 1 case what lies there did not leave for 56 days: 50 pieces. 50 of them sell elsewhere" in said
    assert "Without Alba, 1 product would have no source: 30.00 of revenue" in said
    assert 'data-state="found"' in said
    app.number_input(key="delivery-pieces").set_value(500).run()
    assert app.query_params["pieces"] == "500"
    said = told(app)
    assert "All partners together have 110 of 500 pieces free: 390 are missing." in said
    assert "On order and expected by 10 Jul 2025: 18." in said


@pytest.mark.usefixtures("path")
def test_what_cannot_be_told_is_a_sentence() -> None:
    for parameters, said in (
        ({"product": "Cpu"}, "There is no product &#x27;Cpu&#x27;. Did you mean &#x27;Cup&#x27;"),
        ({"by": "2025-06-01"}, "2025-06-01 is past"),
        ({"pieces": "0"}, "0 pieces cannot be delivered"),
        ({"without": "Cima"}, "Nothing hangs on this partner"),
        ({"product": "Pot"}, "Delivered it within the year, but tells no stock: Bora."),
    ):
        app = opened(PAGE, **parameters)
        assert not app.exception
        assert said in told(app), said


def test_a_firm_without_stock_is_told_what_to_load(path: Path) -> None:
    path.unlink()
    write_tiny(path, [Line()])
    app = opened(PAGE)
    assert not app.exception
    assert "Load counts of stock" in told(app)


def of_few() -> None:
    import runpy
    from pathlib import Path

    import pages
    from data.access.acting import Acting, acting_as
    from data.access.policy import Policy

    with acting_as(Acting("maria", Policy(person="maria", smallest=5), "browser")):
        runpy.run_path(str(Path(pages.__file__).parent / "collaborate/virtual_warehouse_page.py"))


@pytest.mark.usefixtures("path")
def test_from_whom_small_counts_are_withheld_are_customers_as_well() -> None:
    app = AppTest.from_function(of_few, default_timeout=120).run()
    assert not app.exception
    assert "Single customers are withheld from you." in [each.value for each in app.caption]
    found = found_warehouse(VirtualWarehouseView(without="Alba"))
    loss = found_loss(VirtualWarehouseView(without="Alba"), found)
    assert loss is not None
    customers = next(each for each in words.loss_tiles(loss, "", 5) if each.id == "customers")
    assert customers.value == words.ABSENT
    assert next(each for each in words.loss_tiles(loss, "", 0) if each.id == "customers").value == "2"


def test_the_command_tells_the_same(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    begin = ["virtual-warehouse", "--warehouse", str(path), "--weeks", "4"]
    view = VirtualWarehouseView("Cup", 60, BY, "Alba", weeks=4)
    found = found_warehouse(view)
    assert main([*begin, "--by", BY.isoformat()]) == 0
    rows = pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    assert rows["promise"].to_list() == found.products["promise"].to_list()
    asked = [*begin, "--product", "Cup", "--pieces", "60", "--by", BY.isoformat(), "--format", "json"]
    assert main(asked) == 0
    told_ = json.loads(capfdbinary.readouterr().out)
    product = found_product(view, found)
    assert product is not None
    assert product.options.surest is not None
    assert told_["surest_chance"] == pytest.approx(product.options.surest.chance)
    assert len(told_["rows"]) == len(product.options.plans) == told_["plans"]
    assert main([*begin, "--without", "Alba", "--format", "json"]) == 0
    told_ = json.loads(capfdbinary.readouterr().out)
    assert (told_["sole_revenue"], told_["customers_of_sole_sourced"]) == (30.0, 2)
    for more in (
        ["--product", "Cpu"], ["--product", "Cup", "--pieces", "0"], ["--by", "2025-06-01"], ["--without", "Cima"],
        ["--product", "Cup", "--without", "Alba"], ["--where", "country=France"],
    ):  # fmt: skip
        assert main([*begin, *more]) == 2
