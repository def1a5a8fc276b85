"""Who is who: pairs that wait, what counts of a customer and whose word it is, who is found by what."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.load.mappings import kept_mappings
from data.load.mappings.mapping import Mapping
from data.review import customer_records
from data.review.customer_records import APART, TOGETHER
from data.review.decided_pairs import decisions
from data.store.warehouse import Warehouse, writing

BEGAN = datetime(2024, 1, 1)
# identity_key, numbering, number, customer_code
NUMBERS = [
    (1, "erp", "17", 1),
    (2, "crm", "x1", 1),
    (3, "crm", "x2", 2),
    (4, "shop", "a@b.it", 3),
    (5, "shop", "x1", 4),
]
# identity_key, stream, trust, day, name, email, phone, city
SAID: list[tuple[Any, ...]] = [
    (1, "erp/customers", 10, 1, "Anna Rossi", "anna@mail.it", None, "Roma"),
    (1, "erp/customers", 10, 5, "Anna Bianchi", None, None, "Milano"),
    (1, "erp/order_lines", 0, 9, None, None, None, "Napoli"),
    (2, "crm/customers", 20, 2, "ROSSI Anna", None, "+39 06 123-4567", None),
    (3, "crm/customers", 20, 3, "Zoë Müller", "zoe@mail.de", None, None),
]


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "w.duckdb"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("records") / "w.duckdb"
    with writing(found, "made") as connection:
        for row in NUMBERS:
            connection.execute("INSERT INTO customer_identity VALUES (?, ?, ?, ?)", list(row))
        for key, stream, trust, day, *texts in SAID:
            moment = BEGAN + timedelta(days=day)
            connection.execute(
                "INSERT INTO customer_record (identity_key, stream, trust, valid_from, seen_until, deleted, held, hash,"
                " batch, row_in_source, name, email, phone, city)"
                " VALUES (?, ?, ?, ?, ?, false, [], 1, 1, 1, ?, ?, ?, ?)",
                [key, stream, trust, moment, moment, *texts],
            )
        for code, number, name in (
            (1, "17", "Anna Rossi"),
            (2, "crm:x2", "Zoë Müller"),
            (3, "shop:a@b.it", "Ben"),
        ):
            connection.execute(
                "INSERT INTO customer (customer_key, customer_code, id, name, valid_from, valid_to, country, region,"
                " city, customer_kind) VALUES (?, ?, ?, ?, ?, '9999-12-31', '', '', '', '')",
                [code, code, number, name, BEGAN],
            )
    return found


def change(path: Path, sql: str, *values: Any) -> Warehouse:
    with writing(path, "changed") as connection:
        connection.execute(sql, list(values))
    return Warehouse(path)


def test_each_field_is_of_the_most_trusted_then_the_latest(path: Path) -> None:
    found = customer_records.golden(Warehouse(path), 1)
    assert found.select("field", "value", "stream", "number").rows() == [
        ("name", "ROSSI Anna", "crm/customers", "crm x1"),
        ("email", "anna@mail.it", "erp/customers", "erp 17"),
        ("phone", "+39 06 123-4567", "crm/customers", "crm x1"),
        ("city", "Milano", "erp/customers", "erp 17"),
    ]


def test_what_was_deleted_does_not_count(path: Path) -> None:
    store = change(path, "UPDATE customer_record SET deleted = true WHERE identity_key = 2")
    assert customer_records.golden(store, 1)["value"][0] == "Anna Bianchi"


def test_everything_said_is_history(path: Path) -> None:
    said = customer_records.statements(Warehouse(path), 1)
    assert said["stream"].to_list() == ["erp/order_lines", "erp/customers", "crm/customers", "erp/customers"]


def test_a_number_is_told_with_what_was_bought_under_it(path: Path) -> None:
    line = "19000, 1, 1, 1, 0, 0, 0, 0, 0, 0, 7, 1, 12.5, 1, false, true, 1, 1, NULL, NULL, NULL"
    bought = f"INSERT INTO sale VALUES ({line})"
    found = customer_records.identities(change(path, bought), [1, 4, 99])
    assert set(found) == {1, 4}
    assert (found[1].called, found[1].orders, found[1].revenue) == ("erp 17", 1, 12.5)
    assert found[1].fields["city"] == "Milano"
    assert found[1].streams == "erp/customers, erp/order_lines"
    assert (found[4].called, found[4].orders, found[4].fields["name"]) == ("shop a@b.it", 0, None)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("17", ["17"]),
        ("anna", ["17"]),
        ("BIANCHI", ["17"]),
        ("zoe mu", ["crm:x2"]),
        ("zoe@", ["crm:x2"]),
        ("06 1234567", ["17"]),
        ("crm:x2", ["crm:x2"]),
        ("a@b.it", ["shop:a@b.it"]),
        ("z", []),
        ("12", []),
        ("%", []),
        ("'; DROP TABLE customer --", []),
    ],
)
def test_a_customer_is_found_by_any_sign(path: Path, text: str, ids: list[str]) -> None:
    assert customer_records.search(Warehouse(path), text)["id"].to_list() == ids


def test_a_number_that_several_have_names_nobody(path: Path) -> None:
    store = Warehouse(path)
    assert [customer_records.code_of(store, each) for each in ("17", "x2", "x1", "nobody")] == [
        1,
        2,
        None,
        None,
    ]


def test_decided_or_joined_pairs_wait_no_more(path: Path) -> None:
    with writing(path, "matched") as connection:
        for one, other, probability in ((1, 3, 0.6), (4, 3, 0.8), (1, 2, 0.9), (4, 5, 0.7)):
            connection.execute(
                "INSERT INTO match VALUES (?, ?, ?, ?, 'doubtful')", [one, other, probability, "{}"]
            )
        connection.execute("INSERT INTO match VALUES (1, 4, 0.99, '{}', 'sure')")
        connection.execute("INSERT INTO decision VALUES (5, 4, ?, ?, 'me', NULL)", [APART, BEGAN])
        connection.execute("INSERT INTO decision VALUES (1, 3, ?, ?, 'me', ?)", [TOGETHER, BEGAN, BEGAN])
    store = Warehouse(path)
    assert [(each.one, each.other) for each in customer_records.doubtful(store)] == [(4, 3), (1, 3)]
    told = decisions(store).select("one_number", "other_number", "verdict").rows()
    assert told == [("erp 17", "crm x2", "together"), ("shop x1", "shop a@b.it", "apart")]


def test_evidence_that_cannot_be_read_is_none(path: Path) -> None:
    store = change(
        path,
        "INSERT INTO match VALUES (1, 3, 0.6, 'torn', 'doubtful'), (1, 4, 0.5, '{\"name\": \"same\"}', 'doubtful')",
    )
    assert [each.evidence for each in customer_records.doubtful(store)] == [{}, {"name": "same"}]


def test_the_mapping_of_a_part_is_kept_until_it_is_loaded_otherwise(path: Path, tmp_path: Path) -> None:
    lines = (
        'source = "erp"\n[order_lines]\nfile = "l.csv"\n[order_lines.columns]\ndate = "D"\nrevenue = "R"\n'
    )
    people = 'source = "erp"\n[customers]\nfile = "c.csv"\n[customers.columns]\ncustomer = "N"\n'
    with writing(path, "loaded") as connection:
        for text in (lines, people):
            kept_mappings.keep(connection, Mapping.from_text(text, tmp_path))
    store = Warehouse(path)
    assert kept_mappings.kept(store, "erp", "order_lines") == Mapping.from_text(lines, tmp_path)
    assert kept_mappings.kept(store, "erp", "customers") == Mapping.from_text(people, tmp_path)
    assert kept_mappings.kept(store, "crm", "customers") is None
    with writing(path, "mended") as connection:
        connection.execute("INSERT INTO batch VALUES (1, 'erp', ?, ?, 'mended')", [BEGAN, BEGAN])
        kept_mappings.keep(connection, Mapping.from_text(people.replace("c.csv", "mended.csv"), tmp_path))
    assert kept_mappings.kept(Warehouse(path), "erp", "customers") == Mapping.from_text(people, tmp_path)
    store = change(
        path,
        'UPDATE setting SET value = \'{"folder": ".", "toml": "source = "}\' WHERE name LIKE \'mapping%\'',
    )
    assert kept_mappings.kept(store, "erp", "customers") is None
