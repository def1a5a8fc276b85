"""A customer is found by any number, phone, e-mail and spelling; under a policy nobody else, and in no other time."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import polars as pl
import pytest
from rapidfuzz.distance import OSA

from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.review import customer_finder, customer_index
from data.review.customer_index import CustomerIndex
from data.review.name_sounds import latin, sound
from data.review.word_index import BEGINS, SLIPS, WordIndex, slips_allowed
from data.store.warehouse import Warehouse, writing
from tests.data.small import small_warehouse

# One name as it is written in Russian, Italian, English and German files.
SPELLINGS = (
    ("Чайковский", "Ciaikovskij", "Tchaikovsky", "Tschaikowsky"),
    ("Пушкин", "Puškin", "Pushkin", "Puschkin"),
    ("Горбачёв", "Gorbacev", "Gorbachev", "Gorbačëv"),
    ("Джованни", "Giovanni"),
    ("Бьянки", "Bianchi"),
    ("Щербаков", "Ščerbakov", "Shcherbakov"),
    ("Юрий", "Jurij", "Yuri", "Yury"),
)
PHONES = (
    "+39 055 1234567",
    "0039 (0)55-123 45 67",
    "055 1234567",
    "39551234567",
    " 39 055 1234567",
    "551234567",
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "w.duckdb"
    shutil.copy(small_warehouse(path.with_name("small.duckdb")), path)
    with writing(path, "one of another script") as connection:
        connection.execute("UPDATE customer SET name = 'Юлия Чайковская' WHERE id = 'K200'")
        connection.execute("UPDATE customer_record SET name = 'Юлия Чайковская' WHERE identity_key = 3")
    return path


@pytest.fixture(scope="module")
def index(firm: Path) -> CustomerIndex:
    store = Warehouse(firm)
    found = CustomerIndex.of(store)
    store.close()
    return found


def ids(index: CustomerIndex, text: str) -> list[str]:
    return [each.id for each in index.find(text)]


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda each: each[1])
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound(latin(each)) for each in spellings}) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("K100", ["K100"]),
        ("k1", ["K100"]),
        ("S77-7", ["K100"]),  # another source's number
        ("100", ["K100"]),  # without the letters before it
        ("anna.bellini@posta.example", ["K100"]),
        ("ANNA.BEL", ["K100"]),
        ("bellini", ["K100"]),
        ("anna belini", ["K100"]),
        ("Bellini Anna", ["K100"]),
        ("belinni", ["K100"]),
        ("беллини", ["K100"]),
        ("ciaikovskaja", ["K200"]),
        ("Julia", ["K200"]),
        ("maria rossi", ["K300", "K400"]),
        ("rossi@posta.example", ["K200", "K300", "K400"]),
        ("z", []),
        ("bellini rossi", []),
        ("%", []),
        ("'; DROP TABLE customer --", []),
        ("", []),
    ],
)
def test_a_customer_is_found_by_any_sign(index: CustomerIndex, text: str, found: list[str]) -> None:
    assert ids(index, text) == found


@pytest.mark.parametrize("phone", PHONES)
def test_a_phone_is_found_however_it_is_dialled(index: CustomerIndex, phone: str) -> None:
    assert [each.id for each in index.with_phone(phone)] == ["K100"]


def test_a_phone_that_several_have_finds_them_all_and_a_strange_one_nobody(index: CustomerIndex) -> None:
    assert [each.id for each in index.with_phone("+39 06 7654321")] == ["K200", "K300", "K400"]
    assert index.with_phone("+39 06 7654322") == index.with_phone("") == index.with_phone("anna") == []


def test_slips_are_those_that_a_plain_look_at_all_words_finds(index: CustomerIndex) -> None:
    chance = random.Random(3)
    letters = "abcdeimnorst"
    made = {"".join(chance.choices(letters, k=chance.randrange(3, 10))) for _ in range(400)}
    words = WordIndex.of(pl.DataFrame({"code": range(1, len(made) + 1), "name": sorted(made)}), len(made))
    for typed in chance.sample(sorted(made), 40):
        wrong = typed[:1] + typed[2:] + chance.choice(letters)
        near = {each for each in made if OSA.distance(wrong, each) <= slips_allowed(wrong)}
        found = set(words.words.gather(words.meant(wrong, SLIPS, True)).to_list())
        assert found == (near if slips_allowed(wrong) else set())
        begin = {each for each in made if each.startswith(typed[:3])}
        assert set(words.words.gather(words.meant(typed[:3], BEGINS, True)).to_list()) == begin


def test_nobody_is_found_outside_of_ones_rows_or_by_what_is_masked(firm: Path) -> None:
    store = Warehouse(firm)
    lazio = CustomerIndex.of(store.under(Policy(rows=(RowCut("region", ("Lazio",)),))))
    assert ids(lazio, "maria rossi") == ["K300"]
    assert ids(lazio, "K100") == ids(lazio, "bellini") == ids(lazio, "S77") == []
    assert [each.id for each in lazio.with_phone("+39 06 7654321")] == ["K300"]
    masked = CustomerIndex.of(
        store.under(Policy(masked=frozenset(["customer.name", "customer.phone", "customer.email"])))
    )
    assert ids(masked, "bellini") == ids(masked, "anna.bel") == masked.with_phone(PHONES[0]) == []
    assert [(each.id, each.name) for each in masked.find("K100")] == [("K100", "K100")]
    store.close()


def test_until_an_index_is_there_sql_answers(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Warehouse(firm)
    customer_finder.forget()
    monkeypatch.setattr(customer_finder, "MOST_CUSTOMERS", 0)
    assert [each.id for each in customer_finder.find(store, "bellini")] == ["K100"]
    assert customer_finder.find(store, "belinni") == []
    monkeypatch.undo()
    customer_finder.forget()
    assert [each.id for each in customer_finder.find(store, "belinni")] == ["K100"]
    customer_finder.forget()
    store.close()


def test_indexes_have_room_for_so_much_and_the_last_asked_stays(
    firm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_finder.forget()
    monkeypatch.setattr(customer_finder, "MOST_BYTES", 1)
    store = Warehouse(firm)
    other = store.under(Policy(masked=frozenset(["customer.phone"])))
    for each in (store, other):
        customer_finder.prepare(each).result()
        customer_finder.find(each, "anna")
    customer_finder._drop_oldest()
    assert [version for _, version in customer_finder._kept] == [other.version]
    customer_finder.forget()
    store.close()


def test_very_many_of_one_name_are_cut_to_the_shortest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_index, "OF_ONE_WORD", 50)
    words = WordIndex.of(pl.DataFrame({"code": range(1, 301), "name": ["Maria"] * 300}), 300)
    assert len(words.bearers(words.meant("maria", BEGINS, True), 50)) == 50
