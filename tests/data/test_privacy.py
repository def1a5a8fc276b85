"""A customer's rights: told everything, forgotten for good, and no total changes."""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.catalogue import load as cube_of
from cubes.query import Query
from data.errors import BadInput, BadRequest
from data.load import load, read_mapping
from data.load.record.source_numbers import SALT, erased_hash
from data.model.canonical_tables import CAMPAIGN, PARTNER
from data.operational import notes, saved_views
from data.operational.notes import NotePlace
from data.operational.operational_store import ready
from data.people import audit_anchor, audit_event, audit_log
from data.people.audit_event import AuditEvent
from data.people.audit_reading import AuditFilter, read_audit
from data.privacy.forgotten import forgotten_subjects
from data.privacy.person import Person, find, pattern
from data.privacy.rights import Erasure, access, forget, tell
from data.quality.integrity import examine
from data.recovery.backup import backup, restore
from data.recovery.earlier_states import go_back
from data.review.customer_records import number_of
from data.store.publication import folder, kept
from data.store.warehouse import Warehouse, save_attribute, writing
from tests.data.ended_half_way import ended, forgetting
from tests.data.small import ANNA, add_load, small_warehouse
from tests.made_once import folder_once

SIGNS = (
    *ANNA[:1],
    "Bellini",
    "BELLINI",
    ANNA[3],
    "anna.bellini",
    ANNA[4],
    "1234567",
    "S77-7",
    "Via Verdi",
    "live alone",
)


@pytest.fixture(scope="module")
def twice_loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("twice_loaded")
    small_warehouse(folder / "w.duckdb")
    add_load(folder / "w.duckdb", 2)
    return folder


@pytest.fixture
def path(tmp_path: Path, twice_loaded: Path) -> Path:
    shutil.copytree(twice_loaded, tmp_path, dirs_exist_ok=True)
    return tmp_path / "w.duckdb"


@dataclass(frozen=True)
class Forgotten:
    """A warehouse as it was before K100 was forgotten, as it is since, and what was told; neither is written to."""

    before: Path
    path: Path
    erasure: Erasure

    def copied(self, folder: Path) -> Path:
        shutil.copytree(self.path.parent, folder, dirs_exist_ok=True)
        return folder / "w.duckdb"


@pytest.fixture(scope="module")
def forgotten(twice_loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Forgotten:
    before, after = (tmp_path_factory.mktemp("forgotten") / name / "w.duckdb" for name in ("before", "after"))
    shutil.copytree(twice_loaded, before.parent)
    keen = {"K100": "Anna Bellini is keen", "K200": "no", "K300": "no"}
    save_attribute(before, "customer", "keen", "Keen", keen)
    (before.parent / "w.duckdb.before").write_bytes(before.read_bytes())
    (folder(before) / "9.own.duckdb").write_bytes(b"cannot be read, and might hold anybody")
    audit_log.note(AuditEvent.SAW_CUSTOMER, audit_event.customer("K100"), at=before)
    audit_log.flush()
    shutil.copytree(before.parent, after.parent)
    return Forgotten(before, after, forget(after, "K100", "the keeper"))


def rows(path: Path, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    warehouse = Warehouse(path)
    try:
        return warehouse.rows(sql, values)
    finally:
        warehouse.close()


def every_measure(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every measure at every level, without the names of members."""
    warehouse = Warehouse(path)
    cube = cube_of("sales", warehouse.profile)
    measures = tuple(each.name for each in cube.measures)
    found = {"": sorted(ask(warehouse, Query(measures)).frame.select(measures).rows(), key=str)}
    elsewhere = {PARTNER.name, CAMPAIGN.name, *PARTNER.descriptors, *CAMPAIGN.descriptors}
    for level in (each for each in cube.levels if each.name not in elsewhere):
        frame = ask(warehouse, Query(measures, rows=(level.name,))).frame
        found[level.name] = sorted(frame.select(measures).rows(), key=str)
    warehouse.close()
    return found


def in_bytes(place: Path) -> dict[str, list[str]]:
    """The signs of the person in the bytes of each file at `place`."""
    held = {each.name: each.read_bytes() for each in place.rglob("*") if each.is_file()}
    found = {name: [sign for sign in SIGNS if sign.encode() in data] for name, data in held.items()}
    return {name: signs for name, signs in found.items() if signs}


def test_no_trace_of_the_person_stays(forgotten: Forgotten) -> None:
    path, erasure = forgotten.path, forgotten.erasure
    assert set(in_bytes(forgotten.before.parent)) == {"w.duckdb", "1.duckdb", "2.duckdb", "w.duckdb.before"}
    assert erasure.id == "erased-1"
    assert read_audit(path, AuditFilter(subject=audit_event.customer("K100"))).is_empty()
    assert audit_anchor.verified(path).is_sound
    assert any("who saw the person" in each for each in erasure.told)
    assert in_bytes(path.parent) == {}
    files = (each.name for each in path.parent.rglob("*") if each.is_file())
    left = sorted(name for name in files if ".audit." not in name)
    assert left == ["w.duckdb", "w.duckdb.lock"]
    assert kept(path) == {}
    assert any("1.duckdb, 2.duckdb" in each for each in erasure.told)
    assert any("Backups" in each for each in erasure.told)
    assert not rows(path, "FROM customer_identity WHERE id IN ('K100', 'S77-7')")


def test_notes_and_saved_views_of_the_person_go(path: Path) -> None:
    store = ready(path)
    place = NotePlace("sales", "revenue", frozenset(("customer=K100",)))
    warehouse = Warehouse(path)
    number = number_of(warehouse, find(warehouse.rows, "K100").id)
    warehouse.close()
    notes.write(store, place, "Pays late", "me", number)
    saved_views.save(store, "One buyer", "where=customer%3DK100&measures=revenue", "private", "me")
    forget(path, "K100", "the keeper")
    held = store.file.read_bytes()
    assert not [sign for sign in (b"Pays late", b"K100", b"S77-7") if sign in held]
    assert [each.name for each in saved_views.saved_views(store, "me") if each.is_erased] == ["One buyer"]
    (coming,) = forgotten_subjects(Warehouse(path), (Person(1, "17", ((1, "crm", "17"),), ("Anna",)),))
    assert coming.is_meant("where=customer%3D17&rows=country"), "nor do they come back with a copy"
    assert not coming.is_meant("where=customer%3D170&rows=country")


def test_no_total_changes(forgotten: Forgotten) -> None:
    counts = "SELECT count(*), count(DISTINCT customer_code), count(DISTINCT identity_key) FROM {}"
    tables = (
        "sale",
        "interaction",
        "proposal",
        "rejected",
        "customer",
        "customer_record",
        "customer_identity",
    )
    before, after = (
        (
            every_measure(path),
            [rows(path, f"SELECT count(*) FROM {table}") for table in tables],
            [rows(path, counts.format(fact)) for fact in ("sale", "interaction", "proposal")],
        )
        for path in (forgotten.before, forgotten.path)
    )
    assert len(before[0]) > 15
    assert after == before
    assert [str(each) for each in examine(Warehouse(forgotten.path)) if not each.is_sound] == []


def test_others_keep_what_is_theirs(forgotten: Forgotten) -> None:
    path = forgotten.path
    for theirs in ("customer_record WHERE identity_key > 2", "customer WHERE customer_code > 1"):
        sql = f"SELECT * FROM {theirs} ORDER BY ALL"
        assert rows(path, sql) == rows(forgotten.before, sql) != []
    assert rows(path, "SELECT raw FROM rejected ORDER BY row_in_source") == [
        ("{}",),
        ('{"customer":"K200"}',),
    ]
    topics = rows(path, "SELECT topic FROM interaction ORDER BY number")
    assert topics == [("late",), ("late",), ("erased",)]


def test_namesakes_are_told_and_stay(path: Path) -> None:
    erasure = forget(path, "K300")
    assert any(
        each.startswith("2 other customers have the same name, e-mail or phone") for each in erasure.told
    )
    assert rows(path, "SELECT name FROM customer WHERE id = 'K400'") == [("Maria Rossi",)]
    assert rows(path, "SELECT DISTINCT name FROM customer WHERE customer_code = 3") == [("erased-1",)]


def test_what_still_names_the_person_is_told(path: Path, forgotten: Forgotten) -> None:
    with writing(path) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'Monday' AS about, 'call Anna Bellini back' AS said")
    assert "The person is still named in: note.said." in forget(path, "K100").told
    assert not any("still named" in each for each in forgotten.erasure.told)


def test_what_was_done_is_recorded_without_naming_anybody(forgotten: Forgotten, tmp_path: Path) -> None:
    path = forgotten.copied(tmp_path)
    [(deed, subject, by, told)] = rows(path, "SELECT deed, subject, done_by, told FROM privacy")
    assert (deed, subject, by) == ("erased", "erased-1", "the keeper")
    assert "K100" not in told
    assert rows(path, "SELECT deed FROM publication ORDER BY number DESC LIMIT 1") == [("erased a customer",)]
    [(salt,)] = rows(path, "SELECT value FROM setting WHERE name = ?", (SALT,))
    expected = {(erased_hash(salt, "crm", "K100"), 1), (erased_hash(salt, "shop", "S77-7"), 2)}
    hashes = "SELECT hash, identity_key FROM erased WHERE dimension = 'customer'"
    assert set(rows(path, hashes)) == expected, "so that nobody comes back"
    forget(path, "K200")
    assert rows(path, "SELECT value FROM setting WHERE name = ?", (SALT,)) == [(salt,)]
    assert expected < set(rows(path, hashes))
    assert rows(path, "SELECT subject FROM privacy ORDER BY subject") == [("erased-1",), ("erased-2",)]
    with pytest.raises(BadRequest, match="no customer 'K100'"):
        forget(path, "K100")
    with pytest.raises(BadRequest, match="forgotten already"):
        forget(path, "erased-1")
    with pytest.raises(BadRequest, match="no customer"):
        forget(path, "(unknown)")


def test_an_interrupted_erasure_changes_nothing_and_can_be_done_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="half-way"):
        patch.setattr("data.store.duckdb_engine.os.replace", _fails)
        forget(path, "K100")
    assert path.read_bytes() == before
    forget(path, "K100")
    assert in_bytes(path.parent) == {}


def _fails(*_: object) -> None:
    raise RuntimeError("half-way")


def test_whoever_was_forgotten_stays_so_in_what_comes_back(
    path: Path, tmp_path: Path, forgotten: Forgotten
) -> None:
    (tmp_path / "elsewhere").mkdir()
    backup(path, tmp_path / "elsewhere" / "b.duckdb")
    shutil.rmtree(folder(path))
    forgotten.copied(tmp_path)
    restore(path, tmp_path / "elsewhere" / "b.duckdb")
    assert set(in_bytes(tmp_path)) == {"b.duckdb"}
    assert rows(path, "SELECT count(*) FROM erased") == [(2,)]
    assert [row[1:4] for row in rows(path, "FROM privacy")] == [("erased", "erased-1", "the keeper")]
    assert rows(path, "SELECT id, name FROM customer WHERE customer_code = 1") == [("erased-1", "erased-1")]


def test_whoever_is_not_known_yet_keeps_an_empty_place(path: Path) -> None:
    add = "INSERT INTO customer_identity VALUES (6, 'crm', 'K600', 5)"
    with writing(path) as connection:
        connection.execute(add)
        connection.execute(
            """INSERT INTO customer BY NAME SELECT * REPLACE (5 AS customer_key, 5 AS customer_code, 'K600' AS id,
            'Zeno Neri' AS name) FROM customer WHERE customer_key = 2"""
        )
    forget(path, "K600")
    assert sorted(kept(path)) == [1, 2], "none of them holds the person"
    with writing(path) as connection:
        connection.execute("INSERT INTO customer_identity VALUES (7, 'crm', 'K700', 2)")
    go_back(path, 2)
    [(hash, key)] = rows(path, "SELECT hash, identity_key FROM erased")
    [(salt,)] = rows(path, "SELECT value FROM setting WHERE name = ?", (SALT,))
    assert hash == erased_hash(salt, "crm", "K600")
    assert rows(path, "SELECT name, city FROM customer JOIN customer_identity USING (customer_code)"
                " WHERE identity_key = ?", (key,)) == [(f"erased-{key}", "(unknown)")]  # fmt: skip
    assert [str(each) for each in examine(Warehouse(path)) if not each.is_sound] == []


def test_a_customer_is_told_everything(path: Path) -> None:
    held = access(Warehouse(path), "K100")
    assert held["numbers"].rows() == [("crm", "K100"), ("shop", "S77-7")]
    assert (
        held["order_lines"].height
        == rows(path, "SELECT count(*) FROM sale WHERE customer_code = 1")[0][0]
        == 6
    )
    assert held["interaction"]["topic"].to_list() == ["late", "said that Anna Bellini moved to her sister's"]
    assert held["proposal"]["title"].to_list() == ["A blue cup"]
    assert held["rejected_rows"].height == 1
    fields = {
        field: (value, source)
        for field, value, source in held["fields"].select("field", "value", "source").rows()
    }
    assert fields["email"] == (ANNA[3], "shop/customers")
    assert fields["city"] == ("Florence", "shop/customers")
    assert not any("Maria" in str(frame.rows()) for frame in held.values())
    with pytest.raises(BadRequest, match="no customer"):
        access(Warehouse(path), "K900")


def test_the_field_that_counts_is_the_most_trusted_then_the_latest(path: Path) -> None:
    with writing(path) as connection:
        connection.execute(
            "UPDATE customer_record SET trust = 20, city = 'Pisa', email = NULL WHERE identity_key = 1"
        )
    fields = access(Warehouse(path), "K100")["fields"]
    assert fields.filter(field="city").select("value", "source").row(0) == ("Pisa", "crm/customers")
    assert fields.filter(field="email").select("value", "source").row(0) == (ANNA[3], "shop/customers")


def test_it_is_handed_over_as_tables_in_a_zip(path: Path, tmp_path: Path) -> None:
    tell(path, "K100", tmp_path / "anna.zip", "the keeper")
    with zipfile.ZipFile(tmp_path / "anna.zip") as file:
        assert "about.json" in file.namelist()
        assert pl.read_csv(io.BytesIO(file.read("numbers.csv"))).height == 2
    assert [row[1:4] for row in rows(path, "FROM privacy")] == [("exported", "customer 1", "the keeper")]
    with pytest.raises(BadInput, match="cannot be written"):
        tell(path, "K100", tmp_path / "none" / "anna.zip")
    with pytest.raises(BadRequest, match="no customer"):
        tell(path, "K900", tmp_path / "nobody.zip")


def test_patterns_mean_texts_as_they_stand() -> None:
    odd = 'A.(b)* "c" [d]\\e\'s $^ é—ø'
    found = pattern([odd, "Bo"])
    said = duckdb.connect().execute(
        "SELECT unnest(?::VARCHAR[]) AS t, regexp_matches(t, ?)",
        [
            [
                f"x {odd.upper()} y",
                "bo",
                "Bob",
                "-BO-",
                "nothing",
                '{"n": "A.(b)* \\"c\\" [d]\\\\e\'s $^ é—ø"}',
            ],
            found,
        ],
    )
    assert [one for _, one in said.fetchall()] == [True, True, False, True, False, True]
    assert duckdb.connect().execute("SELECT regexp_matches('any', ?)", [pattern([])]).fetchall() == [(False,)]


MAPPING = """
source = "crm"
[customers]
file = "customers*.csv"
key = ["customer"]
[customers.columns]
customer = "id"
customer_name = "name"
city = "town"
email = "mail"
phone = "phone"
[order_lines]
file = "lines*.csv"
key = ["order"]
[order_lines.columns]
date = "day"
order = "order"
customer = "who"
revenue = "amount"
"""


def loaded(folder: Path, mapping: str = MAPPING) -> Path:
    (folder / "crm.toml").write_text(mapping)
    load(read_mapping(folder / "crm.toml"), folder / "w.duckdb", folder)
    return folder / "w.duckdb"


def test_a_later_load_of_the_same_number_brings_nobody_back(tmp_path: Path) -> None:
    (tmp_path / "customers1.csv").write_text(f"id,name,town,mail,phone\nK100,{ANNA[0]},Florence,{ANNA[3]},{ANNA[4]}\n"
                                             "K200,Bruno,Siena,bruno@posta.example,1\n")  # fmt: skip
    (tmp_path / "lines1.csv").write_text("day,order,who,amount\n2024-01-05,o1,K100,5\n2024-01-06,o2,K200,7\n")
    path = loaded(tmp_path)
    assert [str(each) for each in examine(Warehouse(path)) if not each.is_sound] == []
    erasure = forget(path, "K100")
    for old in tmp_path.glob("*.csv"):
        old.unlink()
    (tmp_path / "customers2.csv").write_text(
        f"id,name,town,mail,phone\nK100,{ANNA[0]},Pisa,{ANNA[3]},{ANNA[4]}\n"
    )
    (tmp_path / "lines2.csv").write_text("day,order,who,amount\n2024-02-05,o3,K100,11\n")
    loaded(tmp_path)
    for given in tmp_path.glob("*.csv"):
        given.unlink()
    assert in_bytes(tmp_path) == {}
    sums = rows(
        path,
        "SELECT id, sum(revenue)::INTEGER FROM sale JOIN customer USING (customer_key) GROUP BY id ORDER BY id",
    )
    assert sums == [("K200", 7), (erasure.id, 16)]
    assert rows(path, "SELECT count(*) FROM customer_identity") == [(2,)]
    assert [str(each) for each in examine(Warehouse(path)) if not each.is_sound] == []


@pytest.mark.parametrize("step", ["in transaction", "written anew", "before publishing", "published"])
def test_forgetting_ended_at_any_moment_can_be_done_again(path: Path, step: str) -> None:
    assert ended(forgetting, path, step)
    known = rows(path, "SELECT count(*) FROM customer WHERE id = 'K100'")[0][0]
    assert known == (0 if step == "published" else 1)
    if known:
        forget(path, "K100")
    assert in_bytes(path.parent) == {}


def test_a_customer_is_found_by_the_number_as_links_hold_it(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("UPDATE customer SET id = 'A/1 x' WHERE customer_code = 1")
        connection.execute("UPDATE customer SET id = 'A%2F1 y' WHERE customer_code = 2")
        connection.execute("UPDATE customer SET id = 'A/1 y' WHERE customer_code = 3")
    warehouse = Warehouse(path)
    found = {id: find(warehouse.rows, id) for id in ("A/1 x", "A%2F1 x", "A%2F1 y", "A/1 y")}
    warehouse.close()
    assert {id: (person.code, person.id) for id, person in found.items()} == {
        "A/1 x": (1, "A/1 x"),
        "A%2F1 x": (1, "A/1 x"),
        "A%2F1 y": (2, "A%2F1 y"),
        "A/1 y": (3, "A/1 y"),
    }
    forget(path, "A%2F1 x")
    assert not rows(path, "FROM customer_identity WHERE id = 'K100'")


SHORT_NUMBERS = """
source = "erp"
[customers]
file = "customers.csv"
[customers.columns]
customer = "Nr"
customer_name = "Name"
email = "Mail"
phone = "Phone"
[order_lines]
file = "lines.csv"
[order_lines.columns]
order = "Order"
date = "Day"
customer = "Customer"
quantity = "Pieces"
revenue = "Amount"
[calls]
file = "calls.csv"
key = ["number"]
[calls.columns]
number = "No"
date = "Day"
customer = "Customer"
note = "Note"
status = "State"
satisfaction = "Stars"
"""


@pytest.fixture
def erp(tmp_path: Path) -> Path:
    """Customers of one to four digits, and rejected rows in whose amounts and notes these digits stand."""
    return folder_once(tmp_path, short_numbers) / "w.duckdb"


def short_numbers(folder: Path) -> None:
    (folder / "customers.csv").write_text(
        "Nr,Name,Mail,Phone\n1,Open,o@x.example,555\n16,Rosa Abel,rosa@x.example,777\n"
        "158,Uwe Jansen,uwe@x.example,777\n1060,Ines Novak,ines@x.example,777\n"
    )
    (folder / "lines.csv").write_text(
        "Order,Day,Customer,Pieces,Amount\nA,2026-09-01,16,1,10\nB,2026-09-01,1060,2 pcs,98.16\n"
        "C,2026-09-01,1060,3 pcs,158.99\n1,2026-09-01,1060,1 pcs,1.00\nD,2026-09-01,0016,4 pcs,1\n"
        "E,2026-09-01,1,x,16\n"
    )
    (folder / "calls.csv").write_text(
        "No,Day,Customer,Note,State,Stars\n1,2026-09-01,1060,waits since 16 days,open,5\n"
        "2,2026-09-01,1060,Rosa Abel called,open,many\n3,2026-09-01,1060,on 158.,open,5\n"
    )
    loaded(folder, SHORT_NUMBERS)


@pytest.mark.parametrize(
    ("customer", "theirs"),
    [("1", ["E"]), ("16", ["D"]), ("158", []), ("1060", ["1", "2", "B", "C"])],
)
def test_a_rejected_row_is_of_whom_its_customer_column_names(
    erp: Path, customer: str, theirs: list[str]
) -> None:
    raw = access(Warehouse(erp), customer)["rejected_rows"]["raw"].str.json_decode(
        pl.Struct({"Order": pl.String, "No": pl.String})
    )
    assert sorted(row["Order"] or row["No"] for row in raw) == theirs


def test_forgetting_empties_no_row_of_others(erp: Path) -> None:
    with writing(erp) as connection:
        connection.execute("UPDATE quality SET found = '16 of 158 rows, 1 outside'")
    for customer in ("1", "16", "158"):
        forget(erp, customer)
    kept_rows = rows(erp, "SELECT raw FROM rejected WHERE raw LIKE '%1060%' ORDER BY part, row_in_source")
    assert [raw.partition("Pieces")[2] for (raw,) in kept_rows[1:]] == [
        '":"2 pcs","Amount":"98.16"}',
        '":"3 pcs","Amount":"158.99"}',
        '":"1 pcs","Amount":"1.00"}',
    ]
    assert '"Note":"erased"' in kept_rows[0][0]
    assert '"Stars":"many"' in kept_rows[0][0]
    assert rows(erp, "SELECT count(*) FROM rejected WHERE raw = '{}'") == [(2,)]
    assert rows(erp, "SELECT note, status FROM interaction ORDER BY number") == [
        ("waits since 16 days", "open"),
        ("on 158.", "open"),
    ]
    assert rows(erp, "SELECT DISTINCT found FROM quality") == [("16 of 158 rows, 1 outside",)]
