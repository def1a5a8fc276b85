"""Pairs side by side: each verdict is the matcher's own, and so is what it counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.load import Mapping, load
from data.review import customer_records
from data.review.customer_records import Identity, RecordPair
from data.store.warehouse import Warehouse
from pages.manage.customers import resolve_identity
from pages.manage.customers.review_card import compared, likelier
from pages.ui import session
from tests.data.load_files import write
from tests.data.test_resolve import HEADER, PEOPLE
from tests.made_once import folder_once
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse

VERDICT = re.compile(r'<p class="(\w+)" data-field="(\w+)" data-word="(\w+)">.*?<span>(.*?)</span>.*?</p>')
ERP = [
    [
        "1",
        "Bill Harper",
        "bill@harper.example",
        "+44 20 1234567",
        "Main Street 1",
        "London",
        "United Kingdom",
    ],
    ["2", "Rossi Tessuti Srl", "", "0574 123456", "Via Po 5", "Prato", "Italy"],
    ["3", "Zoe <b>Neri</b>", "zoe@neri.example", "", "Via Verdi 9", "Prato", "Italy"],
]
SHOP = [
    ["a", "William Harper", "william@other.example", "020 1234567", "Main St. 1", "London", "United Kingdom"],
    ["b", "ROSSI TESSUTI S.r.l.", "", "+39 0574 123456", "V. Po, 5", "Prato", "Italy"],
    ["c", "Neri <b>Zoe</b>", "zoe@neri.example", "", "", "", "Italy"],
]


def erp_and_shop(folder: Path) -> None:
    for source, rows in (("erp", ERP), ("shop", SHOP)):
        write(folder / f"{source}.csv", rows, HEADER)
        load(Mapping.from_text(PEOPLE.format(source=source, trust=10), folder), folder / "w.duckdb")


@pytest.fixture
def pairs(tmp_path: Path) -> list[tuple[RecordPair, Identity, Identity]]:
    """Three people whom an ERP and a shop write differently, as the matcher found them."""
    store = Warehouse(folder_once(tmp_path, erp_and_shop) / "w.duckdb")
    found = []
    for one, other, chance, text in store.rows(
        "SELECT one, other, probability, evidence FROM match ORDER BY 1"
    ):
        both = customer_records.identities(store, [one, other])
        found.append(
            (RecordPair(one, other, chance, *customer_records._evidence(text)), both[one], both[other])
        )
    store.close()
    return sorted(found, key=lambda each: each[1].id)


def test_each_verdict_is_the_matchers(pairs: list[tuple[RecordPair, Identity, Identity]]) -> None:
    assert len(pairs) == 3
    for pair, one, other in pairs:
        shown = {name: word for _, name, word, _ in VERDICT.findall(compared(pair, one, other))}
        assert len(shown) >= 4
        assert shown.items() <= pair.evidence.items()
        assert {pair.evidence[name] for name in pair.evidence.keys() - shown} <= {"missing"}


def test_short_names_and_legal_forms_are_not_different(
    pairs: list[tuple[RecordPair, Identity, Identity]],
) -> None:
    bill, srl, zoe = ({name: said for _, name, _, said in VERDICT.findall(compared(*each))} for each in pairs)
    assert (bill["given_name"], bill["family_name"], bill["phone"]) == (
        "given name similar", "family name same", "same",
    )  # fmt: skip
    assert bill["address"] == "same"
    assert (srl["legal_form"], srl["family_name"]) == ("legal form same", "family name same")
    assert zoe["given_name"] == "given name same"
    assert "<b>" not in compared(*pairs[2]).replace("&lt;b&gt;", "")


def test_what_counted_is_said_and_speaks_for_or_against() -> None:
    person = Identity(1, "erp", "1", 1, "", None, None, dict.fromkeys(customer_records.FIELDS, "x"))
    words = {"given_name": "similar", "email": "different", "address": "missing", "numbering": "different"}
    counted = {"given_name": 3.6, "email": -2.0, "address": 1.0, "numbering": 0.1}
    html = compared(RecordPair(1, 2, 0.7, words, counted), person, person)
    assert [(how, name, said) for how, name, _, said in VERDICT.findall(html)] == [
        ("for", "given_name", "given name similar"),
        ("for", "address", "street not known"),
        ("against", "email", "different"),
        ("little", "numbering", "different"),
    ]
    assert re.findall("<small>(.*?)</small>", html) == [
        "12 times likelier", "2 times likelier", "4 times less likely", "hardly counts",
    ]  # fmt: skip
    assert likelier(90.0) == "over 1,000 times likelier"


def test_evidence_that_was_not_kept_judges_nothing() -> None:
    person = Identity(1, "erp", "1", 1, "", None, None, dict.fromkeys(customer_records.FIELDS, "x"))
    assert not VERDICT.findall(compared(RecordPair(1, 2, 0.7, {}, {}), person, person))


def test_a_second_key_before_the_page_changed_decides_nothing(
    pairs: list[tuple[RecordPair, Identity, Identity]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "w.duckdb"))
    _, one, other = pairs[0]
    assert "are different people" in resolve_identity.review(one, other, resolve_identity.part)
    with pytest.raises(BadRequest, match="were decided a moment ago"):
        resolve_identity.review(one, other, resolve_identity.merge)
    store = Warehouse(tmp_path / "w.duckdb")
    assert customer_records.decisions(store)["verdict"].to_list() == [customer_records.APART]
    store.close()


def test_a_customer_whom_no_list_describes_has_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_warehouse(tmp_path.resolve() / "w.duckdb", [Line()]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path.resolve() / "w.duckdb"))
    session.renewed()
    page = opened("service/customer_page.py", who="Ann")
    assert not page.exception
    assert "No list tells of this customer" in told(page)
    assert "0 statements of its sources" in told(page)
