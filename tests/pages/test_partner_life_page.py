"""The page Partner life cycle: its address, where partners stand, a partner opened and recorded, and bad addresses."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data.collaborate.partner_agreements import agreements
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.__main__ import main
from pages.collaborate import partner_life_words as words
from pages.collaborate.found_partner_life import found_partner_life
from pages.collaborate.partner_life_view import PartnerLifeView, parse_partner_life
from pages.ui import session
from tests.pages.test_unknown_cuts import opened
from tests.partner_firm import partner_firm
from tests.tiny import Line, tiny_warehouse

PAGE = "collaborate/partner_life_page.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return partner_firm(tmp_path_factory.mktemp("partner-life"))


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path.resolve() / "w.duckdb"
    shutil.copy(made, path)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return path


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


@pytest.mark.parametrize("view", [PartnerLifeView(), PartnerLifeView("Dyer", 0, "F2")])
def test_the_address_holds_the_view(view: PartnerLifeView) -> None:
    assert parse_partner_life(view.to_parameters()) == view


def test_where_partners_stand(path: Path) -> None:
    found = found_partner_life(PartnerLifeView(months=0))
    assert words.main_fact(found) == (
        "3 partners on 31 Dec 2024: 1 in Recruit, 1 in Optimise, 1 in Renew. 1 agreement to be renewed or over."
    )
    assert words.cautions(found) == [
        "Events in words that the life cycle does not know change no stage: “danced” (1)."
    ]
    assert found.book["closing"].sum() == 3
    dyers = found_partner_life(PartnerLifeView("Dyer"))
    assert dyers.partners["partner"].to_list() == ["F2", "F3"]
    app = opened(PAGE)
    assert "3 partners on 31 Dec 2024" in html(app)
    assert 'data-state="found"' in html(app)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ({"months": ["7"]}, "months="),
        ({"typ": ["x"]}, "typ"),
        ({"type": ["Weavr"]}, "Weavr"),
        ({"partner": ["F9"]}, "no such"),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(
    path: Path, address: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        found_partner_life(parse_partner_life(address))


def test_what_is_agreed_is_recorded_on_the_page_and_kept(path: Path) -> None:
    app = opened(PAGE, partner="F3")
    assert "in Recruit since 1 Mar 2024" in html(app)
    key = "partner-record-3-0"
    app.selectbox(key=f"{key}-event").set_value("renewed")
    app.date_input(key=f"{key}-on").set_value(date(2024, 12, 1))
    app.date_input(key=f"{key}-until").set_value(date(2025, 2, 1))
    app.text_area(key=f"{key}-note").set_value("<b>two years</b>")
    app.button(key=f"{key}-save").click().run()
    warehouse = Warehouse(path)
    (held,) = agreements(warehouse)
    warehouse.close()
    assert (held.event, held.until, held.note, held.by) == (
        "renewed",
        date(2025, 2, 1),
        "<b>two years</b>",
        "ann",
    )
    assert held.scorecard is not None
    assert {each["id"] for each in held.scorecard["partners"]} == {"F1", "F2"}
    assert "&lt;b&gt;two years" in html(app)
    assert "<b>two years" not in html(app)


def test_without_partners_it_says_what_to_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    session.renewed()
    assert "No partner is known yet" in html(opened(PAGE))


def test_the_command_tells_what_the_page_tells(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["partner-life", "--format", "json", "--warehouse", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["stage"]: row["standing"] for row in told["rows"] if row["standing"]} == {
        "Recruit": 1, "Optimise": 1, "Renew": 1,
    }  # fmt: skip
    assert [row["partner"] for row in told["renewals"]] == ["F1", "F2"]
