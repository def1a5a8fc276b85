"""What changed of a fact is seen whoever changed it, and additions are told from changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.model.canonical_tables import CUSTOMER
from data.recovery.earlier_states import go_back
from data.store import changed_days, publication
from data.store.changed_days import Partitions, Touched
from data.store.warehouse import writing
from tests.data.small import small_warehouse
from tests.data.test_index import Spy
from tests.made_once import folder_once
from tests.tiny import Line, tiny_warehouse

FIRST = (date(2011, 1, 1) - date(1970, 1, 1)).days


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two lines on each of two days, all of batch 1, seen and noted."""
    return folder_once(tmp_path, noted) / "w.duckdb"


def noted(folder: Path) -> None:
    lines = [Line(day=date(2011, 1, 1 + at // 2), order=f"o{at}", revenue=f"{at}.50") for at in range(4)]
    tiny_warehouse(folder / "w.duckdb", lines).close()
    with writing(folder / "w.duckdb") as connection:
        seen = Partitions(connection)
        assert seen.touched("sale").added == (FIRST, FIRST + 1)
        seen.note("sale")


def after(path: Path, sql: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    with writing(path) as connection:
        connection.execute(sql)
        found = Partitions(connection).touched("sale")
        return found.added, found.changed


def test_nothing_happened(path: Path) -> None:
    assert after(path, "SELECT 1") == ((), ())


def test_lines_of_a_later_batch_are_added(path: Path) -> None:
    sql = f"INSERT INTO sale SELECT * REPLACE (2 AS batch) FROM sale WHERE day_key = {FIRST}"
    assert after(path, sql) == ((FIRST,), ())


def test_the_same_line_twice_in_the_same_batch_is_a_change(path: Path) -> None:
    assert after(path, f"INSERT INTO sale FROM sale WHERE day_key = {FIRST}") == ((), (FIRST,))


@pytest.mark.parametrize(
    "what", ["revenue = revenue + 1", "customer_key = 2", "is_return = true", "cost = NULL", "order_key = 9"]
)
def test_whatever_a_cube_reads_is_a_change(path: Path, what: str) -> None:
    assert after(path, f"UPDATE sale SET {what} WHERE day_key = {FIRST + 1}") == ((), (FIRST + 1,))


def test_what_no_cube_reads_is_none(path: Path) -> None:
    assert after(path, "UPDATE sale SET record_key = 7, modified_at = '2011-01-01'") == ((), ())


def test_lines_taken_away_are_a_change(path: Path) -> None:
    assert after(path, f"DELETE FROM sale WHERE day_key = {FIRST}") == ((), (FIRST,))


def test_lines_exchanged_within_a_day_are_a_change(path: Path) -> None:
    sql = f"UPDATE sale SET revenue = CASE revenue WHEN 0.5 THEN 1.5 ELSE 0.5 END, units = 1 WHERE day_key = {FIRST}"
    swapped = after(path, sql)
    assert swapped == ((), (FIRST,))


def test_a_fact_that_is_forgotten_is_new_and_not_looked_at_twice(path: Path) -> None:
    with writing(path) as connection:
        spy = Spy(connection)
        seen = Partitions(spy)
        assert not seen.touched("sale")
        seen.forget("sale")
        assert seen.touched("sale") == Touched((FIRST, FIRST + 1), (), -1)
        seen.note("sale")
        assert not seen.touched("sale")
        assert spy.count("CREATE OR REPLACE TEMP TABLE print_of_sale") == 1
        assert not Partitions(connection).touched("sale")


def test_a_null_elsewhere_and_values_exchanged_between_columns_are_changes(path: Path) -> None:
    for sql in ("units = NULL, cost = 1", "units = 1, cost = NULL", "customer_key = 7, customer_code = 8",
                "customer_key = 8, customer_code = 7"):  # fmt: skip
        with writing(path) as connection:
            connection.execute(f"UPDATE sale SET {sql} WHERE day_key = {FIRST}")
            seen = Partitions(connection)
            assert seen.touched("sale").changed == (FIRST,)
            seen.note("sale")


@pytest.mark.parametrize(
    ("sql", "shares"),
    [
        ("SELECT 1", ()),
        ("UPDATE customer SET city = 'Siena'", ()),
        ("UPDATE customer SET name = 'Other' WHERE customer_code = 2", (0,)),
        ("UPDATE customer SET id = 'other' WHERE customer_code = 3000", (2,)),
        ("UPDATE customer SET customer_code = 1500 WHERE customer_code = 3000", (1, 2)),
        ("DELETE FROM customer WHERE customer_code = 3000", (2,)),
        ("UPDATE customer SET name = CASE customer_code WHEN 1 THEN 'Bruno Conti' ELSE 'Anna Bellini' END"
         " WHERE customer_code < 3", (0,)),
    ],
)  # fmt: skip
def test_shares_of_a_dimension_in_which_ids_or_names_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str, shares: tuple[int, ...]
) -> None:
    monkeypatch.setattr(changed_days, "MANY", 0)
    with writing(small_warehouse(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            "INSERT INTO customer SELECT * REPLACE (3000 AS customer_key, 3000 AS customer_code, 'K3000' AS id)"
            " FROM customer WHERE customer_code = 1"
        )
        assert Partitions(connection).shares(CUSTOMER) == (2,)
        connection.execute(sql)
        assert Partitions(connection).shares(CUSTOMER) == shares
        assert Partitions(connection).shares(CUSTOMER) == ()


def test_of_few_members_nothing_is_kept(tmp_path: Path) -> None:
    with writing(small_warehouse(tmp_path / "w.duckdb")) as connection:
        assert Partitions(connection).shares(CUSTOMER) is None
        assert not connection.execute("FROM duckdb_tables() WHERE schema_name = 'rollup'").fetchall()


@pytest.mark.parametrize(
    ("sql", "new"),
    [
        ("SELECT 1", True),
        ("INSERT INTO sale SELECT * REPLACE (2 AS batch) FROM sale", True),
        ("UPDATE sale SET modified_at = '2011-01-01'", True),
        ("UPDATE sale SET units = units", False),
        ("DELETE FROM sale WHERE order_key = 1", False),
        ("ALTER TABLE sale ADD COLUMN till VARCHAR DEFAULT 'one'", False),
        ("DELETE FROM rollup.printed", False),
    ],
)
def test_only_new_rows_are_read_where_the_engine_knows_of_nothing_else(
    path: Path, sql: str, new: bool
) -> None:
    with writing(path) as connection:
        connection.execute(sql)
        spy = Spy(connection)
        seen = Partitions(spy)
        seen.touched("sale")
        assert ("rowid >=" in next(each for each in spy.asked if "print_of_sale AS" in each)) == new


def test_what_another_publication_did_without_looking_is_seen(path: Path) -> None:
    with publication.publishing(path, "behind its back") as connection:
        connection.execute(f"UPDATE sale SET revenue = 7 WHERE day_key = {FIRST}")
    assert after(path, "SELECT 1") == ((), (FIRST,))


def test_what_was_gone_back_from_is_looked_at_whole(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("INSERT INTO sale SELECT * REPLACE (2 AS batch) FROM sale")
        seen = Partitions(connection)
        seen.touched("sale")
        seen.note("sale")
    go_back(path, 2)
    with writing(path) as connection:
        spy = Spy(connection)
        assert not Partitions(spy).touched("sale")
        assert spy.count("CREATE OR REPLACE TEMP TABLE print_of_sale") == 1
        assert not any("rowid >=" in each for each in spy.asked if "print_of_sale AS" in each)


def test_additions_are_told_from_changes(path: Path) -> None:
    for sql, only in (("INSERT INTO sale SELECT * REPLACE (2 AS batch) FROM sale", True),
                      ("UPDATE sale SET units = units + 1", False)):  # fmt: skip
        with writing(path) as connection:
            seen = Partitions(connection)
            assert not seen.only_additions
            connection.execute(sql)
            seen.touched("sale")
            seen.note("sale")
            assert seen.only_additions == only
            seen.made_anew()
            assert not seen.only_additions
