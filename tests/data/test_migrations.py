"""Warehouses of earlier releases: brought up to date whole or not at all, kept as they were, and going on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cubes.ask.answer import ask
from cubes.query import Query
from data.__main__ import main
from data.errors import WarehouseError
from data.load import load, read_mapping
from data.load.mappings import kept_mappings
from data.model.canonical_tables import CUSTOMER, LEFT_EMPTY, LEVELS, create_statements
from data.privacy import rights
from data.quality.integrity import examine
from data.recovery import backup, earlier_states
from data.store import publication, write_moments
from data.store.migrations import (
    declared_structure,
    missing_parts,
    taken_names,
    up_to_date,
    written_migrations,
)
from data.store.migrations.declared_structure import declared, structure_of
from data.store.older_warehouse import bring_up_to_date, is_older
from data.store.schema_release import SCHEMA, EarlierRelease, asks
from data.store.warehouse import Warehouse, writing
from tests.data.killed import AFTER, ENDED, ends_at, forked
from tests.data.releases import kept_firm
from tests.data.releases.kept_firm import open_kept, releases

KEPT = sorted(releases())
EARLIER = [each for each in KEPT if each < SCHEMA]
LAST = 6  # the publication that the release before this one made last
BY_COUNTRY = {"Italy": 70, "France": 85, "(unknown)": -10}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The firm as the release before this one left it."""
    (tmp_path / "w.duckdb").write_bytes(_before_this())
    return tmp_path / "w.duckdb"


@cache
def _before_this() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return open_kept(EARLIER[-1], Path(folder) / "w.duckdb").read_bytes()


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def revenue(path: Path) -> Decimal:
    found: Decimal = rows(path, "SELECT sum(revenue) FROM sale")[0][0]
    return found


def unsound(path: Path) -> list[str]:
    store = Warehouse(path)
    try:
        return [str(each) for each in examine(store) if not each.is_sound]
    finally:
        store.close()


def answers(path: Path) -> dict[str, Any]:
    """What a few questions are answered, members by their names."""
    store = Warehouse(path)
    try:
        country = ask(store, Query(("revenue",), ("country",))).frame
        fate = ask(store, Query(("customers",), ("fate",))).frame
        calls = ask(store, Query(("interactions",), cube="interactions")).frame
    finally:
        store.close()
    return {
        "country": dict(country.select("country", "revenue").iter_rows()),
        "fate": dict(fate.select("fate", "customers").iter_rows()),
        "calls": calls["interactions"].sum(),
    }


@pytest.mark.parametrize("release", sorted({EARLIER[0], EARLIER[-1]}))
def test_a_firm_of_an_earlier_release_goes_on(release: int, tmp_path: Path) -> None:
    path = open_kept(release, tmp_path / "w.duckdb")
    before = path.read_bytes()
    done = bring_up_to_date(path)
    assert done is not None
    assert done.kept.read_bytes() == before
    assert answers(path) == {"country": BY_COUNTRY, "fate": {"stays": 2, "(unknown)": 1}, "calls": 3}
    kept_firm.write_files(tmp_path)
    till = read_mapping(tmp_path / "till.toml")
    load(till, path, tmp_path / "sales_1.csv")
    assert revenue(path) == 145
    load(till, path, tmp_path / "sales_2.csv")
    assert revenue(path) == 550
    earlier_states.undo_load(path)
    assert revenue(path) == 145
    rights.forget(path, "c2")
    assert (revenue(path), unsound(path), publication.kept(path)) == (145, [], {})
    assert rows(path, "SELECT count(*) FROM interaction WHERE topic LIKE '%Bruno%'") == [(0,)]


@pytest.mark.parametrize("release", KEPT)
def test_what_is_brought_up_to_date_has_what_is_declared(release: int, tmp_path: Path) -> None:
    """Where this fails, a migration is to be written: a column changed its type, or became one that must be filled."""
    path = open_kept(release, tmp_path / "w.duckdb")
    with duckdb.connect(str(path)) as connection:
        up_to_date.bring(connection)
        found = structure_of(asks(connection)).columns
        brought = {name for (name,) in connection.execute("SELECT name FROM attribute").fetchall()}
    for table, columns in declared().columns.items():
        there = {each.name: each for each in found[table]}
        assert [there.get(each.name) for each in columns] == list(columns), table
        more = {each for each in there if each not in {one.name for one in columns} | brought}
        assert table == "time" or {each for each in more if not each.endswith("_code")} == set(), table


def test_todays_schema_is_kept() -> None:
    """Where this fails, raise SCHEMA in `schema_release.py` and run `python -m tests.data.releases.kept_firm`."""
    with duckdb.connect() as connection:
        connection.execute(releases()[SCHEMA].read_text(encoding="utf-8"))
        found = structure_of(asks(connection)).columns
    assert sorted(releases()) == list(range(1, SCHEMA + 1))
    for table, columns in declared().columns.items():
        assert set(columns) <= set(found.get(table, ())), f"{table} is not declared as in {SCHEMA}.sql"


def test_a_firm_of_this_release_is_left_as_it_is(tmp_path: Path) -> None:
    path = open_kept(SCHEMA, tmp_path / "w.duckdb")
    before = path.read_bytes()
    assert bring_up_to_date(path) is None
    assert answers(path)["country"] == BY_COUNTRY
    assert path.read_bytes() == before


def test_what_is_not_up_to_date_is_said_before_it_is_read(path: Path, tmp_path: Path) -> None:
    assert is_older(path)
    with pytest.raises(
        EarlierRelease, match=r"w\.duckdb was made by an earlier release.*data migrate.*loses nothing"
    ):
        Warehouse(path)
    assert not is_older(tmp_path / "nothing.duckdb")
    (tmp_path / "text.duckdb").write_text("no warehouse")
    assert not is_older(tmp_path / "text.duckdb")
    assert bring_up_to_date(tmp_path / "text.duckdb") is None


def test_any_command_brings_it_up_to_date_and_says_where_it_is_kept(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--quiet", "--warehouse", str(path)]) == 0
    said = capsys.readouterr()
    kept = f"w.duckdb.versions/{LAST}.before-schema-{SCHEMA}.duckdb"
    assert "6 order lines" in said.out
    assert "brought up to date; nothing of it is lost" in said.err
    assert f"{kept} (" in said.err
    assert "MB): delete that" in said.err
    assert main(["migrate", "--warehouse", str(path)]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (f"{path} is up to date.\n", "")


def test_what_it_was_stays_until_its_owner_removes_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_KEEP", "0")
    done = bring_up_to_date(path)
    assert done is not None
    for at in range(2):
        with writing(path, f"change {at}"):
            pass
    assert list(publication.kept(path).values()) == [done.kept]
    done.kept.unlink()
    with writing(path, "change"):
        pass
    assert publication.kept(path) == {}


def test_a_kept_snapshot_of_an_earlier_release_comes_back_up_to_date(path: Path) -> None:
    bring_up_to_date(path)
    with writing(path, "emptied") as connection:
        connection.execute("DELETE FROM sale")
    earlier_states.go_back(path, LAST)
    assert answers(path)["country"] == BY_COUNTRY
    assert unsound(path) == []


def test_an_earlier_releases_file_is_kept_whatever_takes_its_place(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    backup.restore(path, path.with_name("w.duckdb"))
    assert [each.name for each in publication.kept(path).values()] == [
        f"{LAST}.before-schema-{SCHEMA}.duckdb"
    ]
    assert [each.read_bytes() for each in publication.kept(path).values()] == [before]


def test_a_backup_of_an_earlier_release_comes_back_up_to_date(path: Path, tmp_path: Path) -> None:
    kept = path.read_bytes()
    home = tmp_path / "home.duckdb"
    assert backup.restore(home, path).revenue == 145
    assert answers(home)["country"] == BY_COUNTRY
    assert path.read_bytes() == kept


def test_whom_an_earlier_release_forgot_stays_forgotten(path: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.duckdb").write_bytes(path.read_bytes())
    bring_up_to_date(path)
    rights.forget(path, "c2")
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE setting SET value = '2' WHERE name = 'schema'")
    backup.restore(path, tmp_path / "backup.duckdb")
    assert rows(path, "SELECT count(*) FROM customer WHERE name LIKE 'Bruno%'") == [(0,)]
    assert revenue(path) == 145


def killed_at(path: Path, step: str) -> None:
    write_moments.step = ends_at(step)
    bring_up_to_date(path)


@pytest.mark.parametrize(
    "step", ["copied", "migrated", "committed", "kept", "before publishing", "published"]
)
def test_ended_at_any_step_it_is_the_one_or_the_other(path: Path, step: str) -> None:
    before = path.read_bytes()
    assert forked(lambda: killed_at(path, step)) == ENDED
    assert is_older(path) == (step not in AFTER)
    assert is_older(path) == (path.read_bytes() == before)
    bring_up_to_date(path)
    assert revenue(path) == 145
    assert [each.read_bytes() for each in publication.kept(path).values()] == [before]
    assert rows(path, "SELECT count(*), max(number) FROM publication") == [(LAST + 1, LAST + 1)]


def test_of_two_that_start_at_once_one_does_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other finds it done once it has the lock."""
    met = iter([True])

    def meanwhile(step: str) -> None:
        if step == "copied" and next(met, False):
            os.replace(other, path)

    other = path.with_name("other.duckdb")
    other.write_bytes(path.read_bytes())
    bring_up_to_date(other)
    monkeypatch.setattr(write_moments, "step", meanwhile)
    assert bring_up_to_date(path) is None
    assert [deed for (deed,) in rows(path, "SELECT deed FROM publication ORDER BY number")][
        -1
    ] == "brought up to date"
    assert len(rows(path, "FROM publication")) == LAST + 1


def test_where_it_cannot_be_done_nothing_is_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def refused(_: object) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr(missing_parts, "add", refused)
    with pytest.raises(RuntimeError, match="half-way"):
        bring_up_to_date(path)
    assert path.read_bytes() == before
    assert publication.kept(path) == {}


def test_a_renamed_column_is_a_migration_that_runs_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(connection: Any) -> None:
        connection.execute("ALTER TABLE interaction RENAME COLUMN topic TO subject")

    steps: dict[int, Callable[[Any], None]] = {EARLIER[-1]: renamed}
    monkeypatch.setattr(written_migrations, "MIGRATIONS", steps)
    bring_up_to_date(path)
    assert rows(path, "SELECT count(subject) FROM interaction") == [(3,)]
    bring_up_to_date(path)
    assert len(rows(path, "FROM publication")) == LAST + 1


def test_a_ticket_of_an_earlier_release_is_its_own_case(tmp_path: Path) -> None:
    path = open_kept(8, tmp_path / "w.duckdb")  # the last that knew no cases
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE delivery SET part = 'tickets' WHERE part = 'calls'")
    bring_up_to_date(path)
    assert rows(path, "SELECT DISTINCT case_id = number, at_second, agent FROM interaction") == [
        (True, None, None)
    ]


def declares(monkeypatch: pytest.MonkeyPatch, *more: str, **columns: str) -> None:
    """Let this release declare more: statements, and columns of tables."""
    every = list(create_statements())
    for table, column in columns.items():
        (at,) = (at for at, each in enumerate(every) if f" {table} (" in each.strip()[:60])
        head, _, tail = every[at].rpartition(")")
        every[at] = f"{head}, {column}){tail}"
    monkeypatch.setattr(declared_structure, "create_statements", lambda: (*every, *more))


def test_what_is_declared_since_is_added_without_a_migration(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(path)
    declares(
        monkeypatch,
        "CREATE TABLE referral (day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, topic VARCHAR)",
        sale="driver_key INTEGER NOT NULL",
        customer="quarter_of_town VARCHAR NOT NULL",
        delivery="was_signed BOOLEAN NOT NULL",
        interaction="weather VARCHAR",
    )
    assert is_older(path)
    with writing(path, "a load"):
        pass
    assert not is_older(path)
    assert rows(path, "FROM referral") == []
    assert rows(path, "SELECT DISTINCT driver_key FROM sale") == [(0,)]
    assert rows(path, "SELECT DISTINCT quarter_of_town FROM customer") == [("(unknown)",)]
    assert rows(path, "SELECT DISTINCT was_signed FROM delivery") == [(False,)]
    assert rows(path, "SELECT DISTINCT weather FROM interaction") == [(None,)]
    with duckdb.connect(str(path)) as connection, pytest.raises(duckdb.ConstraintException):
        connection.execute("UPDATE sale SET driver_key = NULL")


def test_an_attribute_by_the_name_of_a_level_is_that_level(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiered = replace(CUSTOMER, hierarchies=(*CUSTOMER.hierarchies, ("tier", "customer")))
    declares(monkeypatch, customer="tier VARCHAR NOT NULL")
    monkeypatch.setattr(taken_names, "DIMENSION", {"customer": tiered})
    bring_up_to_date(path)
    assert ("tier",) not in rows(path, "SELECT name FROM attribute")
    assert rows(path, "SELECT DISTINCT tier FROM customer ORDER BY 1") == [
        ("(unknown)",),
        ("gold",),
        ("silver",),
    ]


def test_an_attribute_by_the_name_of_anothers_level_goes_by_another_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE described SET dimension = 'customer', texts = ['city', 'tier']")
        connection.execute(LEFT_EMPTY)
        connection.execute("INSERT INTO left_empty VALUES (4, 1, 'customer', 'city tier')")
    monkeypatch.setattr(taken_names, "LEVELS", LEVELS | {"tier"})
    bring_up_to_date(path)
    told = dict(rows(path, "SELECT name, label FROM attribute"))
    assert (told["fate"], told["own_tier"], "tier" in told) == ("Fate", "Tier", False)
    assert rows(path, "SELECT DISTINCT own_tier FROM customer_record ORDER BY 1") == [("gold",), ("silver",)]
    assert rows(path, "SELECT texts FROM described") == [(["city", "own_tier"],)]
    assert rows(path, "SELECT texts FROM left_empty") == [("city own_tier",)]
    store = Warehouse(path)
    tiers = ask(store, Query(("customers",), ("own_tier",))).frame.select("own_tier", "customers")
    assert dict(tiers.iter_rows()) == {"gold": 2, "silver": 1, "(unknown)": 0}
    store.close()


def test_the_first_release_kept_mappings_by_source(tmp_path: Path) -> None:
    path = open_kept(1, tmp_path / "w.duckdb")
    bring_up_to_date(path)
    store = Warehouse(path)
    kept = {f"{each.source}/{each.parts[0].subject}": each for each in kept_mappings.every(store)}
    assert {name: (len(each.parts), each.parts[0].key) for name, each in kept.items()} == {
        "crm/customers": (1, ()),
        "crm/calls": (1, ("number",)),
        "till/order_lines": (1, ("order", "line")),
    }
    assert kept["crm/customers"].parts[0].attributes[0].label == "Tier"
    assert dict(store.rows("SELECT name, value FROM setting WHERE name LIKE 'key:%'")) == {
        "key:crm/calls": "number",
        "key:till/order_lines": "order line",
    }


def test_what_was_made_before_the_first_release_is_told_and_left(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE setting (name VARCHAR PRIMARY KEY, value VARCHAR)")
        connection.execute("CREATE TABLE batch (batch INTEGER, source VARCHAR, mapping_hash VARCHAR)")
    before = path.read_bytes()
    for attempt in (Warehouse, bring_up_to_date):
        with pytest.raises(WarehouseError, match="before the first release"):
            attempt(path)
    assert path.read_bytes() == before
