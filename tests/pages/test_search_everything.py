"""The search: what a text means, what the browser may send, where each entry leads, and the keys that are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cubes.ask.answer import ask
from data import environment
from data.access.deed import Deed
from data.operational import boards, operational_store, statement_kinds, statement_log
from data.operational.statement_kinds import Field, StatementKind
from data.store.warehouse import Warehouse, writing
from pages.explore.explore_view import parse_view
from pages.ui import explore_links
from pages.ui.search_everything.found_entries import FoundEntry, best, payload
from pages.ui.search_everything.kept_views import kept_views
from pages.ui.search_everything.search_everything import PageAddress, TypedText, parse_address, parse_typed
from pages.ui.search_everything.search_sources import found
from pages.ui.search_everything.shortcuts import SHORTCUTS, sheet
from tests.tiny import Line, tiny_warehouse

DOCS = Path(__file__).parents[2] / "docs" / "shortcuts.md"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    path = tmp_path_factory.mktemp("firm").resolve() / "w.duckdb"
    lines = [
        Line(order="a", customer="Zoë Rossi", country="Italy", city="Prato", product="Roses"),
        Line(order="b", customer="Zoom Ltd", country="France", city="Lyon", product="Cup"),
    ]
    tiny_warehouse(path, lines).close()
    with writing(path) as connection:
        connection.execute("INSERT INTO customer_identity VALUES (1, 'crm', 'K100', 1), (2, 'erp', 'K10', 2)")
    return Warehouse(path)


def labels(firm: Warehouse, text: str) -> dict[str, list[str]]:
    return {name: [each.label for each in those] for name, those in found(firm, text).items() if those}


def test_best_first_and_at_most_so_many() -> None:
    names = ("No Revenue", "Irrevenue", "Revenue", "Other", "Révenue per")
    entries = [FoundEntry(each, "", "", words="of revenue" if each == "Other" else "") for each in names]
    found = [each.label for each in best(entries, "  REVENUE ")]
    assert found == ["Revenue", "Révenue per", "No Revenue", "Irrevenue", "Other"]
    assert [each.label for each in best(entries, "revenue", 2)] == found[:2]
    assert best(entries, "") == best(entries, "  ") == []


def test_a_text_finds_each_kind(firm: Warehouse) -> None:
    assert labels(firm, "explo")["Pages"] == ["Explore"]
    assert labels(firm, "billed")["Measures"][0] == "Revenue"  # by its sentence
    assert labels(firm, "count")["Levels"] == ["Country"]
    assert labels(firm, "prat")["Members"] == ["Prato"]


def test_customers_are_found_by_name_and_number_and_never_by_one_letter(firm: Warehouse) -> None:
    assert labels(firm, "zoe") == {"Customers": ["Zoë Rossi"]}
    assert labels(firm, "k10")["Customers"] == ["Zoom Ltd", "Zoë Rossi"]
    assert not {"Customers", "Members"} & labels(firm, "z").keys()
    assert not labels(firm, "% OR 1=1").get("Customers")
    assert labels(firm, "zoe rosi")["Customers"] == ["Zoë Rossi"]


def test_every_link_opens_what_it_names(firm: Warehouse) -> None:
    for text in ("re", "co", "pr", "ro", "li", "20"):
        for group, entries in found(firm, text).items():
            for entry in entries:
                address = explore_links.address(entry.path, entry.parameters)
                there = parse_address(address)
                assert there, address
                assert there.parameters == dict(entry.parameters)
                empty = entry.parameters.get("cube") == ["stages"]  # a stage may be without anybody
                if entry.path == explore_links.PATH and not empty:
                    assert ask(firm, parse_view(there.parameters).query).frame.height, (group, address)


def test_a_member_opens_by_its_next_finer_level_and_a_leaf_by_another_dimension(firm: Warehouse) -> None:
    country = explore_links.of_member("country", "Italy", firm.profile)
    assert (country["rows"], country["where"]) == (["region"], ["country=Italy"])
    leaf = explore_links.of_member("product", "Roses", firm.profile)
    assert leaf["rows"] == ["country"]


@pytest.mark.parametrize(
    "raw", [None, "rev", {}, {"text": "rev"}, {"text": 1, "at": 1}, {"text": "rev", "at": True},
            {"text": "  ", "at": 1}, {"text": ["rev"], "at": 1}],
)  # fmt: skip
def test_what_was_not_typed_is_nothing(raw: Any) -> None:
    assert parse_typed(raw) is None


def test_what_was_typed_is_cut_short() -> None:
    assert parse_typed({"text": "x" * 500, "at": 3, "more": 1}) == TypedText("x" * 100, 3)


@pytest.mark.parametrize(
    "raw", [None, 7, "nowhere", "//evil.example/explore", "https://evil.example/explore", "http://[explore",
            "javascript:alert(1)", "javascript:explore", "//evil.example", "../etc/passwd",
            f"explore?{'a' * 9_000}"],
)  # fmt: skip
def test_only_pages_of_the_menu_are_gone_to(raw: Any) -> None:
    assert parse_address(raw) is None


def test_addresses_are_read() -> None:
    assert parse_address("./") == PageAddress("overview/overview_page.py", {})
    told = parse_address("customer?who=K%20100")
    assert told == PageAddress("service/customer_page.py", {"who": ["K 100"]})


def test_the_browser_gets_texts_of_the_groups_that_hold_any() -> None:
    sent = payload({"Pages": [FoundEntry("Data", "Manage", "data")], "Kept": []})
    assert sent == [{"name": "Pages", "entries": [["Data", "Manage", "data"]]}]


def test_what_was_kept_is_found_where_the_store_knows_it(
    firm: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_views(firm) == []
    texts = ("view", "name", "address", "audience", "state")
    kind = StatementKind("saved_view", tuple(map(Field, texts)), key=("view",), needs=Deed.WRITE)
    monkeypatch.setattr(statement_kinds, "KINDS", (kind,))
    store = operational_store.ready(firm.path)
    for name, audience, state, who in (
        ("Mine", "private", "kept", environment.who()),
        ("Theirs", "private", "kept", "somebody else"),
        ("Shared", "shared", "kept", "somebody else"),
        ("Gone", "shared", "deleted", "somebody else"),
    ):
        values = {"view": name, "name": name, "address": "measures=revenue&rows=city", "audience": audience}
        statement_log.say(store, kind, {**values, "state": state}, who)
    found = kept_views(Warehouse(firm.path))
    assert [each.label for each in found] == ["Shared", "Mine"]
    link = urlsplit(explore_links.address(found[0].path, found[0].parameters))
    assert (link.path, parse_qs(link.query)["rows"]) == ("explore", ["city"])


def test_boards_are_found_by_those_who_see_them_and_lead_to_their_page(firm: Warehouse) -> None:
    store, me = operational_store.ready(firm.path), environment.who()
    mine = boards.create(store, "Monday meeting", boards.PRIVATE, me)
    boards.create(store, "Monday of others", boards.PRIVATE, "somebody else")
    shared = boards.create(store, "Monday for all", boards.SHARED, "somebody else")
    boards.delete(store, boards.create(store, "Monday gone", boards.PRIVATE, me), me)
    kept = found(Warehouse(firm.path), "monday")["Kept"]
    assert {each.parameters["board"][0] for each in kept} == {mine, shared}
    assert {parse_address(explore_links.address(each.path, each.parameters)).script for each in kept} == {  # type: ignore[union-attr]
        "overview/boards_page.py"
    }


def test_the_docs_tell_every_shortcut() -> None:
    told = DOCS.read_text(encoding="utf-8")
    for where, shortcuts in SHORTCUTS.items():
        assert f"## {where}" in told
        assert where in sheet()
        for each in shortcuts:
            keys = " or ".join(f"`{key}`" for key in each.keys)
            assert f"| {keys} | {each.deed} |" in told
