"""The page Portal links and its command: whom a link is for, shown once, ended at once; who asks for their data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data import environment
from data.__main__ import main
from data.access.deed import Deed
from data.access.policy import Policy
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import PARTNER_SUGGESTION, SourceNumber, Values
from data.people import portal_links
from data.portal import portal_snapshot, privacy_requests
from data.portal.acting_at_portal import acting_at_portal
from data.portal.own_rows import own_rows
from data.store.warehouse import Warehouse
from pages.ui import acting_person, session
from pages.web.portal import portal_answers
from tests.pages.test_unknown_cuts import opened
from tests.portal_firm import ALBA, ANNA, PortalBrowser, link_for, place_of_links, portal_firm, served

PAGE = "collaborate/portal_links_page.py"
TOKEN = re.compile(r"/portal/open/([A-Za-z0-9_-]{86})")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = portal_firm(tmp_path.resolve() / "w.duckdb")
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv(environment.USER, "maria")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    monkeypatch.setattr(portal_answers, "REFUSED_SECONDS", 0.0)
    session.renewed()
    yield path
    portal_snapshot._opened.clear()


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def ask_to_be_forgotten(path: Path) -> None:
    warehouse = Warehouse(path)
    link = link_for(path, "customer", ANNA)[0]
    rows = own_rows(warehouse, link)
    assert rows is not None
    with acting_at_portal():
        privacy_requests.ask_for(rows, "erasure")
    portal_links.revoke(place_of_links(path), link.id)


def test_a_link_is_shown_once_and_ended(path: Path) -> None:
    ask_to_be_forgotten(path)
    app = opened(PAGE)
    press(app, "Make the link")
    assert "No customer is called" in html(app)
    app.text_input[0].set_value("K100")
    press(app, "Make the link")
    (token,) = TOKEN.findall(app.code[0].value)
    assert "Anna Bellini" in html(app)
    browser = PortalBrowser(served())
    assert browser.open(token).status_code == 303
    app.run()
    assert not app.code
    assert token not in str(app.main)
    assert "1 open now, 1 ended or expired." in html(app)
    press(app, "End the link")
    assert "opens nothing any more" in html(app)
    assert browser.ask("/portal").status_code == 404
    app.text_area[0].set_value("Done on Monday.")
    press(app, "Tell the customer")
    (request,) = privacy_requests.privacy_requests(operational_store.ready(path))
    assert request.answer == "Done on Monday."
    assert "Nobody waits for an answer." in html(app)


def test_whom_counts_of_few_are_withheld_from_sees_partners_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_for(path, "customer", ANNA)
    link_for(path, "partner", ALBA)
    said: Values = {
        "partner": SourceNumber(*ALBA),
        "about": "proposal",
        "number": "/W-1",
        "verdict": "accept",
        "note": "Gladly",
    }
    statement_log.say(operational_store.ready(path), PARTNER_SUGGESTION, said)
    ask_to_be_forgotten(path)
    few = Policy("maria", smallest=5, deeds=frozenset([Deed.PARTNER]))
    monkeypatch.setattr(acting_person, "open_policy", lambda _: few)
    app = opened(PAGE)
    assert "Alba Mill" in str(app.main)
    assert "Gladly" in html(app)
    assert not any(word in str(app.main) for word in ("Anna", "K100"))
    monkeypatch.setattr(acting_person, "open_policy", lambda _: replace(few, deeds=frozenset()))
    app = opened(PAGE)
    assert not [each.label for each in app.button if each.label in ("Make the link", "End the link")]


def test_the_command_makes_lists_and_ends(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (
        "javascript:alert(1)",
        "ftp://crm.example.com",
        "https://crm.example.com/?a=1",
        "https://[x",
    ):
        with pytest.raises(SystemExit):
            main(["portal", "link", "partner", "Alba", "--at", wrong])
        assert "is no address" in capsys.readouterr().err
    assert main(["portal", "link", "partner", "Alba", "--at", "https://crm.example.com/"]) == 0
    told = capsys.readouterr()
    (token,) = TOKEN.findall(told.out)
    assert told.out.startswith("https://crm.example.com/portal/open/")
    assert main(["portal", "list"]) == 0
    assert token not in (listed := capsys.readouterr().out)
    assert "Alba Mill" in listed
    (link,) = portal_links.listed(place_of_links(path))
    assert main(["portal", "revoke", link.id]) == 0
    assert main(["portal", "revoke", link.id]) != 0
    assert "ended already" in capsys.readouterr().err
    for wrong in (
        ["link", "partner", "K100"],
        ["link", "customer", "K9"],
        ["link", "partner", "Alba", "--days", "0"],
    ):
        assert main(["portal", *wrong]) != 0
    assert main(["portal", "revoke", "nothing"]) != 0
