"""Copies that are whole or refused, what is put back, plain tables whose sums agree; and the checks of soundness."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data.errors import BadInput, WarehouseError
from data.export import plain_tables
from data.quality.integrity import checks, examine
from data.recovery import backup as module
from data.recovery.backup import backup, contents_of, restore
from data.recovery.earlier_states import go_back, history, undo_load
from data.store import private_files
from data.store.end_of_write import complete
from data.store.publication import kept
from data.store.warehouse import Warehouse, writing
from tests.data.small import ANNA, add_load, small_warehouse


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return small_warehouse(tmp_path / "w.duckdb")


def lines_in(path: Path) -> int:
    return contents_of(path).lines


def test_a_backup_holds_the_same(path: Path, tmp_path: Path) -> None:
    found = backup(path, tmp_path / "elsewhere.duckdb")
    assert (found.lines, int(found.revenue)) == (12, 780)
    assert contents_of(tmp_path / "elsewhere.duckdb") == contents_of(path)
    add_load(path, 2)
    assert lines_in(tmp_path / "elsewhere.duckdb") == 12
    backup(path, tmp_path / "elsewhere.duckdb")
    assert lines_in(tmp_path / "elsewhere.duckdb") == 13


def test_a_torn_copy_is_no_backup(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = tmp_path / "elsewhere.duckdb"
    backup(path, to)
    before = to.read_bytes()
    plain = module._copy

    def torn(file: object, to: Path) -> str:
        digest = plain(file, to)  # type: ignore[arg-type]
        with to.open("r+b") as copy:
            copy.seek(500_000)
            copy.write(b"torn")
        return digest

    monkeypatch.setattr(module, "_copy", torn)
    add_load(path, 2)
    with pytest.raises(WarehouseError, match="not what was copied"):
        backup(path, to)
    assert to.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_what_is_published_while_it_is_copied_does_not_mix(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = module._copy

    def slow(file: object, to: Path) -> str:
        add_load(path, 2)
        return plain(file, to)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_copy", slow)
    assert backup(path, tmp_path / "b.duckdb").lines == lines_in(tmp_path / "b.duckdb") == 12
    assert lines_in(path) == 13


def test_places_where_no_backup_can_be(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        backup(path, tmp_path)
    with pytest.raises(BadInput, match="the warehouse itself"):
        backup(path, path)
    with pytest.raises(BadInput, match="cannot be written"):
        backup(path, tmp_path / "nowhere" / "b.duckdb")
    with pytest.raises(WarehouseError, match="no warehouse"):
        backup(tmp_path / "none.duckdb", tmp_path / "b.duckdb")


def test_what_was_there_is_kept_when_a_backup_comes_back(path: Path, tmp_path: Path) -> None:
    backup(path, tmp_path / "b.duckdb")
    add_load(path, 2)
    assert restore(path, tmp_path / "b.duckdb").lines == lines_in(path) == 12
    assert lines_in(kept(path)[2]) == 13
    assert history(path)["deed"].to_list() == ["restored b.duckdb", "load small", "load small"]
    go_back(path, 2)
    assert lines_in(path) == 13
    assert undo_load(path, 2).follows == 1


def test_a_backup_mends_a_lost_or_torn_warehouse(path: Path, tmp_path: Path) -> None:
    backup(path, tmp_path / "b.duckdb")
    add_load(path, 2)
    path.write_bytes(b"torn")
    restore(path, tmp_path / "b.duckdb")
    assert lines_in(path) == 12
    path.unlink()
    shutil.rmtree(tmp_path / "w.duckdb.versions")
    restore(path, tmp_path / "b.duckdb")
    assert lines_in(path) == 12


def test_what_is_no_backup_changes_nothing(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    (tmp_path / "b.duckdb").write_bytes(b"something")
    with pytest.raises(WarehouseError, match="not a warehouse"):
        restore(path, tmp_path / "b.duckdb")
    with pytest.raises(BadInput, match="no file"):
        restore(path, tmp_path / "c.duckdb")
    later = small_warehouse(tmp_path / "later.duckdb")
    with writing(later) as connection:
        connection.execute("UPDATE setting SET value = '99' WHERE name = 'schema'")
    with pytest.raises(WarehouseError, match="later release"):
        restore(path, later)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_star_is_written_whole(path: Path, tmp_path: Path, kind: plain_tables.Format) -> None:
    warehouse, folder = Warehouse(path), tmp_path / "star"
    manifest = plain_tables.export(warehouse, folder, kind, personal=True)
    assert json.loads((folder / plain_tables.MANIFEST).read_text()) == manifest
    assert manifest["tables"]["sale"]["rows"] == 12
    assert manifest["tables"]["sale"]["sums"]["revenue"] == "780.0000"
    assert {
        "customer",
        "customer_record",
        "product",
        "time",
        "interaction",
        "rejected",
        "publication",
    } <= set(manifest["tables"])
    read = pl.read_parquet if kind == "parquet" else pl.read_csv
    for table, told in manifest["tables"].items():
        assert read(folder / told["file"]).height == warehouse.rows(f"SELECT count(*) FROM {table}")[0][0]
    assert read(folder / f"customer.{kind}")["name"].to_list()[1] == "Anna Bellini"


def test_persons_stay_at_home_unless_asked_for(path: Path, tmp_path: Path) -> None:
    with writing(path) as connection:
        connection.execute("INSERT INTO setting VALUES ('erasure_salt', 'grains')")
    plain_tables.export(Warehouse(path), tmp_path / "star", "csv")
    texts = "".join(each.read_text() for each in (tmp_path / "star").iterdir())
    for secret in (*ANNA, "BELLINI", "rossi@posta.example", "live alone", "grains"):
        assert secret not in texts
    customers = pl.read_csv(tmp_path / "star" / "customer.csv")
    assert customers.filter(id="K100")["name"].to_list() == ["K100"]
    plain_tables.export(Warehouse(path), tmp_path / "all", "csv", personal=True)
    assert "grains" not in (tmp_path / "all" / "setting.csv").read_text()
    assert "live alone" in (tmp_path / "all" / "proposal.csv").read_text()


def test_numbers_that_are_addresses_stay_at_home(path: Path, tmp_path: Path) -> None:
    with writing(path) as connection:
        connection.execute("UPDATE customer_identity SET id = 'an/na@posta.example' WHERE identity_key = 2")
        connection.execute("UPDATE customer_identity SET id = 'maria@rossi' WHERE identity_key = 4")
        connection.execute("UPDATE customer SET id = 'shop:an/na@posta.example' WHERE customer_code = 1")
        connection.execute("UPDATE customer SET id = 'maria@rossi' WHERE customer_code = 3")
        connection.execute("UPDATE interaction SET number = 'maria@rossi' WHERE number = 'n1'")
        connection.execute("UPDATE customer SET tier = 'an/na@posta.example' WHERE customer_code = 1")
        complete(connection)
    plain_tables.export(Warehouse(path), tmp_path / "star", "csv")
    for file in (tmp_path / "star").iterdir():
        text = file.read_text()
        assert not [sign for sign in ("an/na", "an%2Fna", "posta", "maria") if sign in text], file.name
    told = {each: pl.read_csv(tmp_path / "star" / f"{each}.csv")
            for each in ("customer", "customer_identity", "member", "interaction")}  # fmt: skip
    numbers = dict(told["customer_identity"].select("identity_key", "id").iter_rows())
    assert numbers[1] == "K100"
    assert numbers[2].startswith("made-up-")
    assert numbers[2] != numbers[4]
    customers = dict(told["customer"].select("customer_code", "id").iter_rows())
    assert (customers[1], customers[2], customers[3]) == (f"shop:{numbers[2]}", "K200", numbers[4])
    members = told["member"].filter(level="customer")
    assert dict(members.select("code", "id").iter_rows()) == customers
    assert members["label"].to_list() == members["id"].to_list()
    assert told["customer"]["name"].to_list() == told["customer"]["id"].to_list()
    assert told["customer"].filter(customer_code=1)["tier"].to_list() == [numbers[2]]
    assert numbers[4] in told["interaction"]["number"].to_list()
    plain_tables.export(Warehouse(path), tmp_path / "all", "csv", personal=True)
    assert "maria@rossi" in (tmp_path / "all" / "customer.csv").read_text()


def test_a_star_never_mixes_with_what_is_there(path: Path, tmp_path: Path) -> None:
    (tmp_path / "star").mkdir()
    plain_tables.export(Warehouse(path), tmp_path / "star")
    with pytest.raises(BadInput, match="there already"):
        plain_tables.export(Warehouse(path), tmp_path / "star")
    with pytest.raises(BadInput, match="there already"):
        plain_tables.export(Warehouse(path), path)


def test_a_star_without_room_is_told(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def full(*_: object) -> Iterator[Path]:
        (tmp_path / "sale.csv").symlink_to("/dev/full")
        yield tmp_path

    monkeypatch.setattr(private_files, "folder_for_a_while", full)
    with pytest.raises(WarehouseError, match=r"sale\.csv cannot be written.*No space left"):
        plain_tables.export(Warehouse(path), tmp_path / "star", "csv")


def test_a_sound_warehouse_is_found_sound(path: Path) -> None:
    findings = examine(Warehouse(path))
    assert len(findings) > 100
    assert [str(each) for each in findings if not each.is_sound] == []


BREAKS = {
    "each row of sale points at a version of its customer": "UPDATE sale SET customer_code = 2 WHERE order_key = 1",
    "each row of sale points at a version of its product": "UPDATE sale SET product_key = 9 WHERE order_key = 1",
    "each row of sale points at a version of its channel": "UPDATE sale SET channel_key = 9 WHERE order_key = 1",
    "each row of sale points at a version of its line": "UPDATE sale SET line_key = 9 WHERE order_key = 1",
    "each row of interaction points at a version of its customer":
        "UPDATE interaction SET customer_key = 4 WHERE number = 'n0'",
    "each row of sale names its customer as its source does": "UPDATE sale SET identity_key = 4 WHERE order_key = 1",
    "each row of sale belongs to a batch": "UPDATE sale SET batch = 9 WHERE order_key = 1",
    "versions of customer do not overlap":
        "INSERT INTO customer BY NAME SELECT * REPLACE (99 AS customer_key) FROM customer WHERE customer_key = 1",
    "each customer has one id": """INSERT INTO customer BY NAME SELECT * REPLACE (99 AS customer_key, 'K9' AS id,
        valid_from AS valid_to) FROM customer WHERE customer_key = 1""",
    "each number of customer is known once": "INSERT INTO customer_identity VALUES (9, 'crm', 'K100', 1)",
    "each number of customer has a member": "INSERT INTO customer_identity VALUES (9, 'crm', 'K900', 9)",
    "each record of customer has a number": "DELETE FROM customer_identity WHERE identity_key = 2",
    "totals by day are the grand total": "UPDATE sale SET day_key = 30000 WHERE order_key = 1",
    "totals by city are the grand total": "UPDATE customer SET city_code = 99 WHERE customer_key = 1",
    "totals by customer_kind are the grand total":
        "INSERT INTO member SELECT * FROM member WHERE level = 'customer_kind'",
    "each version of product is a member of category": "DELETE FROM member WHERE level = 'category'",
    "each version of customer is a member of tier": "UPDATE customer SET tier_code = NULL WHERE customer_key = 1",
    "each order line has an order": "DELETE FROM sales_order WHERE order_key = 1",
    "one line stands for each order": "UPDATE sale SET is_order = false WHERE order_key = 1",
    "rows read = loaded + rejected + repeats dropped": "UPDATE delivery SET rows_loaded = 11",
    "as many rejected rows are kept as were counted": "DELETE FROM rejected WHERE row_in_source = 14",
    "no batch holds more order lines than it loaded": "INSERT INTO sale SELECT * FROM sale WHERE order_key = 1",
    "publications are numbered one after another": "INSERT INTO publication FROM publication",
}  # fmt: skip


def test_what_is_unsound_is_found(path: Path) -> None:
    for number, (name, damage) in enumerate(BREAKS.items()):
        hurt = path.with_name(f"hurt{number}.duckdb")
        shutil.copy(path, hurt)
        with duckdb.connect(str(hurt)) as connection:
            connection.execute(damage)
        warehouse = Warehouse(hurt)
        sql = next(each.sql for each in checks(warehouse) if each.name == name)
        assert warehouse.rows(sql)[0][0] > 0, name
        warehouse.close()
