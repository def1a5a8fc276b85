"""Customers of several systems become one, and two again; their facts follow, and no total changes."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadInput, BadRequest
from data.load import Mapping, load
from data.quality.integrity import examine
from data.review.identity_decisions import decide, undo
from data.store.warehouse import Warehouse, save_attribute
from tests.data.load_files import ask, write
from tests.made_once import folder_once

FIRST = ["Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Gina", "Hugo", "Irene", "Lucio"]
LAST = ["Rossi", "Bianchi", "Verdi", "Neri", "Galli", "Conti", "Serra", "Marini", "Costa", "Fontana"]
PEOPLE = """source = "{source}"
[customers]
file = "{source}.csv"
trust = {trust}
[customers.columns]
customer = "Id"
customer_name = "Name"
email = "Mail"
phone = "Phone"
street = "Street"
city = "City"
country = "Country"
"""
HEADER = ["Id", "Name", "Mail", "Phone", "Street", "City", "Country"]
LINES = """source = "{source}"
[order_lines]
file = "{source} lines.csv"
[order_lines.columns]
date = "Day"
order = "Order"
customer = "Id"
revenue = "Amount"
"""


def people(n: int = 100) -> list[list[str]]:
    """Different people, each with a mail, a phone and a street of their own."""
    chance = random.Random(3)
    made = []
    for at in range(n):
        first, last = FIRST[at % 10], LAST[at // 10]
        phone = f"+39055{chance.randrange(10**6, 10**7)}"
        mail, street = f"{first}.{last}{at}@example.org".lower(), f"Via {LAST[(at * 7) % 10]} {at + 1}"
        made.append([f"{at:03d}", f"{first} {last}", mail, phone, street, "Prato", "Italy"])
    return made


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """An ERP that knows everybody, and a shop that knows the first twenty by other numbers; both sell."""
    return folder_once(tmp_path, erp_and_shop)


def erp_and_shop(folder: Path) -> None:
    everybody = people()
    write(folder / "erp.csv", everybody, HEADER)
    shop = [
        [f"w{99 - at}", *row[1:5], "Firenze" if at == 3 else "Prato", "Italy"]
        for at, row in enumerate(everybody[:20])
    ]
    write(folder / "shop.csv", shop, HEADER)
    write(
        folder / "erp lines.csv",
        [["2024-01-05", f"e{at}", f"{at:03d}", "10"] for at in range(30)],
        ["Day", "Order", "Id", "Amount"],
    )
    write(
        folder / "shop lines.csv",
        [["2024-02-05", f"s{at}", f"w{99 - at}", "7"] for at in range(20)],
        ["Day", "Order", "Id", "Amount"],
    )
    for source, trust in (("erp", 20), ("shop", 10)):
        load(Mapping.from_text(LINES.format(source=source), folder), folder / "w.duckdb")
        load(Mapping.from_text(PEOPLE.format(source=source, trust=trust), folder), folder / "w.duckdb")


def customers(folder: Path) -> int:
    return int(ask(folder, "SELECT count(DISTINCT customer_code) FROM sale")[0][0])


def keys(folder: Path, *ids: str) -> list[int]:
    return [ask(folder, f"SELECT identity_key FROM customer_identity WHERE id = '{id}'")[0][0] for id in ids]


def is_sound(folder: Path) -> None:
    store = Warehouse(folder / "w.duckdb")
    failed = [each for each in examine(store) if not each.is_sound]
    store.close()
    assert not failed, failed


def test_two_systems_one_customer(firm: Path) -> None:
    assert customers(firm) == 30, "the twenty of the shop are among the thirty of the ERP"
    both = ask(
        firm,
        """SELECT c.id, c.name, sum(revenue) FROM sale JOIN customer AS c USING (customer_key)
        GROUP BY ALL HAVING count(*) = 2""",
    )
    assert len(both) == 20
    assert {amount for _, _, amount in both} == {Decimal(17)}
    assert all(id.isdigit() for id, _, _ in both), "called by the number of the ERP, which came first"
    assert ask(firm, "SELECT sum(revenue) FROM sale") == [(30 * 10 + 20 * 7,)]
    is_sound(firm)


def test_the_more_trusted_source_says_where_somebody_lives(firm: Path) -> None:
    assert ask(firm, "SELECT DISTINCT city FROM customer WHERE id = '003' AND valid_from < valid_to") == [
        ("Prato",)
    ]


def test_decisions_split_and_merge_and_are_undone(firm: Path) -> None:
    path = firm / "w.duckdb"
    one, other, third = keys(firm, "000", "w99", "050")
    decide(path, one, other, "apart", "me")
    assert customers(firm) == 31
    is_sound(firm)
    assert ask(
        firm,
        "SELECT c.id FROM sale JOIN customer AS c USING (customer_key) WHERE revenue = 7 AND c.id LIKE '%w99'",
    ) == [("shop:w99",)]
    undo(path, other, one)
    assert customers(firm) == 30
    is_sound(firm)
    decide(path, one, third, "together", "me")
    assert ask(firm, "SELECT count(DISTINCT customer_code) FROM customer_identity") == [(99,)]
    undo(path, one, third)
    assert ask(firm, "SELECT count(DISTINCT customer_code) FROM customer_identity") == [(100,)]
    assert [row[0] for row in ask(firm, "SELECT verdict FROM decision WHERE undone_at IS NOT NULL")] == [
        "apart",
        "together",
    ]
    is_sound(firm)


def test_what_cannot_be_decided_is_said(firm: Path) -> None:
    path = firm / "w.duckdb"
    with pytest.raises(BadRequest, match="Choose two"):
        decide(path, 1, 1, "together", "me")
    with pytest.raises(BadRequest, match="not there any more"):
        decide(path, 1, 10_000, "together", "me")
    with pytest.raises(BadRequest, match="Nothing was decided"):
        undo(path, 1, 2)


def test_a_segment_stays_with_whom_it_was_found_for(firm: Path) -> None:
    path = firm / "w.duckdb"
    save_attribute(path, "customer", "segment", "Segment", {"000": "Gold", "050": "Silver"})
    one, other = keys(firm, "000", "w99")
    decide(path, one, other, "apart", "me")
    undo(path, one, other)
    found = "SELECT DISTINCT id, segment FROM customer WHERE segment <> '(unknown)' ORDER BY 1"
    assert ask(firm, found) == [("000", "Gold"), ("050", "Silver")]


def test_lines_that_say_where_a_customer_is_keep_it_when_merged(tmp_path: Path) -> None:
    """What a line says of its customer stays with the line, whoever the customer turns out to be."""
    everybody = people(60)
    write(tmp_path / "erp.csv", everybody, HEADER)
    write(tmp_path / "shop.csv", [[f"w{row[0]}", *row[1:]] for row in everybody[:30]], HEADER)
    said = LINES.format(source="shop") + 'country = "Where"\n'
    rows = [["2024-02-05", "s1", "w005", "7", "Spain"], ["2024-02-06", "s2", "w006", "9", ""]]
    write(tmp_path / "shop lines.csv", rows, ["Day", "Order", "Id", "Amount", "Where"])
    load(Mapping.from_text(said, tmp_path), tmp_path / "w.duckdb")
    for source, trust in (("erp", 20), ("shop", 10)):
        load(Mapping.from_text(PEOPLE.format(source=source, trust=trust), tmp_path), tmp_path / "w.duckdb")
    by_country = (
        "SELECT country, sum(revenue)::INTEGER FROM sale JOIN customer USING (customer_key) GROUP BY 1"
    )
    assert dict(ask(tmp_path, by_country))["Spain"] == 7
    one, other = keys(tmp_path, "005", "w005")
    same = ask(
        tmp_path,
        f"SELECT count(DISTINCT customer_code) FROM customer_identity WHERE identity_key IN ({one}, {other})",
    )
    assert same == [(1,)]
    is_sound(tmp_path)


def test_match_false_leaves_customers_as_they_are(tmp_path: Path) -> None:
    everybody = people(60)
    for source in ("erp", "shop"):
        write(tmp_path / f"{source}.csv", everybody, HEADER)
        text = PEOPLE.format(source=source, trust=10).replace("[customers]", "match = false\n[customers]", 1)
        load(Mapping.from_text(text, tmp_path), tmp_path / "w.duckdb")
    assert ask(tmp_path, "SELECT count(DISTINCT customer_code) FROM customer_identity") == [(120,)]


def test_a_contradiction_names_customers_by_their_numbers(firm: Path) -> None:
    path = firm / "w.duckdb"
    one, other, third = keys(firm, "000", "050", "051")
    decide(path, one, other, "together", "me")
    decide(path, other, third, "together", "me")
    with pytest.raises(
        BadInput, match=r"about customers 0\d\d of erp and 05\d of erp contradicts"
    ) as refused:
        decide(path, one, third, "apart", "me")
    assert "record" not in str(refused.value)
    assert ask(firm, "SELECT count(*) FROM decision WHERE verdict = 'apart'") == [(0,)]


@pytest.mark.parametrize("reverse", [False, True])
def test_two_records_of_one_list_say_the_same_in_any_order(tmp_path: Path, reverse: bool) -> None:
    """One list, one moment, one customer under two numbers: the greater number speaks, not the row that came last."""
    everybody = people()
    twice = [[f"x{row[0]}", row[1].upper(), *row[2:5], "PRATO", "Italy"] for row in everybody[:20]]
    rows = [*everybody, *twice]
    write(tmp_path / "erp.csv", rows[::-1] if reverse else rows, HEADER)
    load(Mapping.from_text(PEOPLE.format(source="erp", trust=1), tmp_path), tmp_path / "w.duckdb")
    warehouse = Warehouse(tmp_path / "w.duckdb")
    cities = warehouse.rows(
        "SELECT city, count(*) FROM customer WHERE customer_code > 0 GROUP BY 1 ORDER BY 1"
    )
    names = warehouse.rows("SELECT count(*) FROM customer WHERE customer_code > 0 AND name = upper(name)")
    warehouse.close()
    assert cities == [("PRATO", 20), ("Prato", 80)]
    assert names == [(20,)]
