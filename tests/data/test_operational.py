"""What people write: saved when it is said, seen at once by others, folded as a plain list says, gone with a person."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, WarehouseError
from data.operational import operational_store, statement_erasure
from data.operational.operational_store import OperationalStore
from data.operational.statement_erasure import ForgottenSubject, own_numbers
from data.operational.statement_kinds import Field, SourceNumber, StatementKind, read, written
from data.operational.statement_log import current, held_until, history, say, since, take_back, writing
from data.store import sqlite_file, write_moments
from tests.data.killed_saying import STEPS

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CLIENTELA_KILLS", "21"))
TARGET = StatementKind(
    "target", (Field("measure"), Field("worth", "whole")), key=("measure",), needs=Deed.WRITE
)
REMARK = StatementKind(
    "remark",
    (Field("about", "customer"), Field("text"), Field("day", "day", is_optional=True)),
    needs=Deed.WRITE,
)
ANNA = SourceNumber("crm", "K100")


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / "w.duckdb.operational.sqlite", "a warehouse")


def python(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process that runs a program, its arguments as words."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(by: subprocess.Popen[str]) -> str:
    out, _ = by.communicate(timeout=120)
    assert by.returncode == 0
    return out


Says = st.tuples(st.sampled_from("ab"), st.integers(0, 9))
Deeds = st.tuples(st.lists(Says, min_size=2, max_size=5), st.lists(Says | st.integers(0, 5), max_size=6))


@settings(max_examples=12)
@given(Deeds)
def test_what_holds_is_what_a_plain_list_says(deeds: tuple[list[Any], list[Any]]) -> None:
    """A pair says something, a number takes back what was said as the so-manyth."""
    said: list[tuple[str, str, int]] = []
    gone: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        store = OperationalStore(Path(folder) / "s", "a warehouse")
        for deed in (*deeds[0], *deeds[1]):
            if isinstance(deed, tuple):
                said.append((say(store, TARGET, {"measure": deed[0], "worth": deed[1]}), *deed))
            elif deed < len(said) and said[deed][0] not in gone:
                take_back(store, said[deed][0])
                gone.add(said[deed][0])
        last = {measure: (id, measure, worth) for id, measure, worth in said if id not in gone}
        found = [(each.id, each.told["measure"], each.told["worth"]) for each in current(store, TARGET)]
        assert sorted(found) == sorted(last.values())
        everything = history(store)
        assert [each.id for each in everything if not each.takes_back] == [id for id, *_ in said]
        assert {each.takes_back for each in everything if each.takes_back} == gone
        for at in (0, len(everything) // 2):
            assert since(store, everything[at].seq if everything else 0) == everything[at + 1 :]


def test_what_takes_the_place_of_another_gives_it_back(store: OperationalStore) -> None:
    ids = [say(store, TARGET, {"measure": "revenue", "worth": worth}, "me") for worth in (1, 2, 3)]
    ended = held_until(history(store), TARGET)
    assert list(ended) == ids[:2]
    take_back(store, ids[2], "you")
    assert [each.values(TARGET)["worth"] for each in current(store, TARGET)] == [2]
    assert [(each.said_by, each.takes_back) for each in history(store)][-1] == ("you", ids[2])


def test_values_come_back_as_they_were() -> None:
    every = StatementKind(
        "every",
        (Field("text"), Field("whole", "whole"), Field("number", "number"), Field("day", "day"),
         Field("moment", "moment"), Field("cup", "product"), Field("way", among=("a", "b")),
         Field("none", is_optional=True)), needs=Deed.WRITE,
    )  # fmt: skip
    values = {
        "text": "ciò “che” \n 'è'", "whole": 3, "number": Decimal("1.10"), "day": date(2026, 1, 2),
        "moment": datetime(2026, 1, 2, 3, 4, 5, 6), "cup": SourceNumber("erp", "P1"), "way": "a",
    }  # fmt: skip
    assert read(every, json.loads(json.dumps(written(every, values)))) == values | {"none": None}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"about": ANNA, "text": 3}, "3 is no text"),
        ({"about": ANNA, "text": "x", "day": datetime(2026, 1, 1)}, "is no day"),
        ({"about": ANNA, "text": "x", "txet": "y"}, "has no txet. Did you mean 'text'"),
        ({"about": ("crm", "K100"), "text": "x"}, "is no customer"),
        ({"text": "x"}, "needs its about"),
    ],
)
def test_what_is_not_declared_is_not_said(store: OperationalStore, values: Any, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        say(store, REMARK, values)
    assert history(store) == ()


def test_what_cannot_be_taken_back(store: OperationalStore) -> None:
    counter = take_back(store, say(store, TARGET, {"measure": "revenue", "worth": 1}))
    id = history(store)[0].id
    for wrong, why in (("nothing", "no such"), (id, "already"), (counter, "no such")):
        with pytest.raises(BadRequest, match=why):
            take_back(store, wrong)
    assert len(history(store)) == 2


def test_several_are_said_together_or_not_at_all(store: OperationalStore) -> None:
    with pytest.raises(RuntimeError, match="half-way"), writing(store) as log:
        log.say(TARGET, {"measure": "revenue", "worth": 1})
        raise RuntimeError("half-way")
    assert history(store) == ()


def test_who_says_it(store: OperationalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.USER, "the keeper")
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    say(store, TARGET, {"measure": "revenue", "worth": 1}, "somebody")
    monkeypatch.setenv(environment.USER, "")
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    assert [each.said_by for each in history(store)][:2] == ["the keeper", "somebody"]
    assert history(store)[2].said_by
    assert abs((datetime.now(UTC).replace(tzinfo=None) - history(store)[2].said_at).total_seconds()) < 600


def test_others_of_another_warehouse_are_not_meant(store: OperationalStore) -> None:
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    assert history(OperationalStore(store.file, "another")) == ()


def test_only_its_owner_reads_it(store: OperationalStore) -> None:
    before = os.umask(0)
    try:
        with writing(store) as log:
            log.say(TARGET, {"measure": "revenue", "worth": 1})
            open_files = {each.name: each.stat().st_mode & 0o777 for each in store.file.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(open_files) == {store.file.name, f"{store.file.name}-wal", f"{store.file.name}-shm"}
    assert set(open_files.values()) == {0o600}


SAYS = """
import sys; from pathlib import Path; from tests.data.test_operational import *
store = OperationalStore(Path(sys.argv[1]), "a warehouse")
for number in range(25):
    id = say(store, TARGET, {"measure": f"{sys.argv[2]} {number}", "worth": number}, sys.argv[2])
    if number % 2:
        take_back(store, id)
"""
READS = """
import sys; from pathlib import Path; from tests.data.test_operational import *
store = OperationalStore(Path(sys.argv[1]), "a warehouse")
for line in iter(sys.stdin.readline, ""):
    print(len(history(store)), flush=True)
"""


def test_two_processes_write_at_once(store: OperationalStore) -> None:
    both = [python(SAYS, store.file, name) for name in ("one", "other")]
    assert [told(each) for each in both] == ["", ""]
    said = [(each.said_by, each.told["worth"]) for each in history(store) if not each.takes_back]
    assert sorted(said) == sorted((name, worth) for name in ("one", "other") for worth in range(25))
    for name in ("one", "other"):
        assert [worth for by, worth in said if by == name] == list(range(25)), "each in its order"
    assert len(current(store, TARGET)) == 2 * 13
    assert [each.name for each in store.file.parent.glob("*.operational*")] == [store.file.name]


def test_another_process_sees_it_at_once(store: OperationalStore) -> None:
    with python(READS, store.file) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for expected in range(3):
            reader.stdin.write("\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == f"{expected}\n"
            say(store, TARGET, {"measure": "revenue", "worth": expected})
    assert reader.returncode == 0


def test_people_who_write_are_killed_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    killing = [sys.executable, "-m", "tests.data.killed_saying", str(tmp_path), str(KILLS)]
    done = subprocess.run(killing, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sound"] == 0, done.stderr
    assert sum(found["at steps"].values()) + found["at any moment"] == KILLS
    assert min(found["at steps"].values()) >= KILLS // 3 // len(STEPS)
    assert found["left"] == ["saved", "w.duckdb", "w.duckdb.lock", "w.duckdb.operational.sqlite"]


def test_who_looks_while_another_makes_the_store_takes_it_for_ours(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other begins once this one has read whose the file is, and has some time before it reads what it holds."""
    one, others = sqlite_file.one_number, []

    def slow(connection: sqlite3.Connection, sql: str) -> int:
        found = one(connection, sql)
        if "application_id" in sql and not others:
            others.append(Thread(target=say, args=(store, TARGET, {"measure": "revenue", "worth": 1})))
            others[0].start()
            others[0].join(0.5)
        return found

    monkeypatch.setattr(sqlite_file, "one_number", slow)
    say(store, TARGET, {"measure": "margin", "worth": 2})
    others[0].join()
    assert len(current(store, TARGET)) == 2


def spoil_head(file: Path) -> None:
    file.write_bytes(b"no store at all" * 500)


def spoil_page(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096 : 4096 * 4] = os.urandom(4096 * 3)
    file.write_bytes(data)


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 4096 * 2])


def of_another_program(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE bookmark (url)")
    connection.close()


def of_a_later_release(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (spoil_head, "damaged or no such file"),
        (spoil_page, "damaged or no such file"),
        (cut_off, "damaged or no such file"),
        (of_another_program, "of another program"),
        (of_a_later_release, "later release"),
    ],
)
def test_what_is_no_store_is_refused_in_words(
    store: OperationalStore, spoil: Callable[[Path], None], why: str
) -> None:
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    spoil(store.file)
    before = store.file.read_bytes()
    with pytest.raises(WarehouseError, match=why):
        operational_store.check_whole(store.file)
    if spoil is not spoil_page:  # of which the head is read first
        with pytest.raises(WarehouseError, match=why):
            say(store, TARGET, {"measure": "revenue", "worth": 2})
    assert store.file.read_bytes() == before


def test_a_store_in_use_is_said(store: OperationalStore) -> None:
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    waiting = write_moments.WAIT_SECONDS.set(0.05)
    try:
        with operational_store.writing(store.file), pytest.raises(WarehouseError, match="in use"):
            say(store, TARGET, {"measure": "revenue", "worth": 2})
    finally:
        write_moments.WAIT_SECONDS.reset(waiting)
    assert len(history(store)) == 1


def test_a_folder_that_nobody_may_write_to_is_said(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="cannot be written"):
        say(OperationalStore(tmp_path / "none" / "s", "w"), TARGET, {"measure": "revenue", "worth": 1})


def test_where_nobody_may_write_it_is_read(store: OperationalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert len(history(store)) == 1
    with pytest.raises(WarehouseError, match="cannot be written"):
        say(store, TARGET, {"measure": "revenue", "worth": 1})


def test_statements_are_never_changed(store: OperationalStore) -> None:
    say(store, TARGET, {"measure": "revenue", "worth": 1})
    for sql in ("DELETE FROM statement", "UPDATE statement SET said_by = 'nobody'"):
        with (
            pytest.raises(sqlite3.IntegrityError, match="never"),
            operational_store.writing(store.file) as log,
        ):
            log.execute(sql)


def test_an_earlier_store_is_brought_up_to_date(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, TARGET, {"measure": "revenue", "worth": 1}, "me")
    later = (operational_store.CREATED, ("ALTER TABLE statement ADD COLUMN note TEXT DEFAULT 'none'",))
    with monkeypatch.context() as patch:
        broken = (later[0], (*later[1], "nonsense"))
        patch.setattr(operational_store, "KIND", replace(operational_store.KIND, upgrades=broken))
        with pytest.raises(sqlite3.OperationalError):
            history(store)
    assert [each.said_by for each in history(store)] == ["me"], "whole or not at all"
    monkeypatch.setattr(operational_store, "KIND", replace(operational_store.KIND, upgrades=later))
    say(store, TARGET, {"measure": "revenue", "worth": 2}, "you")
    assert [each.said_by for each in history(store)] == ["me", "you"]
    with operational_store.writing(store.file) as log:
        assert log.execute("SELECT DISTINCT note FROM statement").fetchall() == [("none",)]


def bytes_of(store: OperationalStore) -> bytes:
    return b"".join(each.read_bytes() for each in store.file.parent.iterdir())


def test_not_a_byte_of_a_person_stays(store: OperationalStore) -> None:
    """Short and long texts, so that some fill pages of their own; what was said of others stays."""
    bruno = SourceNumber("crm", "K200")
    for number in range(40):
        say(
            store,
            REMARK,
            {"about": ANNA, "text": f"hers {number} " + "a secret of hers " * (number * 20)},
            "me",
        )
    say(store, REMARK, {"about": bruno, "text": "Met ANNA Bellini, at noon"}, "me")
    say(store, REMARK, {"about": bruno, "text": "Annabel has K1000 cups"}, "me")
    anna = ForgottenSubject(own_numbers([ANNA]), re.compile(r"(?i)\banna bellini\b"))
    assert len(statement_erasure.about(store, anna)) == 41
    assert b"secret of hers" in bytes_of(store)
    say(OperationalStore(store.file, "another"), REMARK, {"about": ANNA, "text": "a secret"}, "me")
    assert statement_erasure.erase(store.file, anna) == 42
    left = bytes_of(store)
    for trace in (b"secret", b"hers", b'K100"', b"ANNA", b"Bellini"):
        assert trace not in left, trace
    found = history(store)
    assert [each.said_by for each in found] == ["me"] * 42
    assert [each.values(REMARK)["about"] for each in found] == [None] * 40 + [bruno] * 2
    assert [each.told["text"] for each in found][38:] == ["erased"] * 3 + ["Annabel has K1000 cups"]
    assert statement_erasure.erase(store.file, anna) == 0


def test_a_person_is_erased_while_others_read(store: OperationalStore) -> None:
    say(store, REMARK, {"about": ANNA, "text": "a secret"}, "me")
    anna = ForgottenSubject(own_numbers([ANNA]), re.compile("$^"))
    waiting = write_moments.WAIT_SECONDS.set(0.05)
    try:
        with operational_store.reading(store.file) as connection:
            assert connection is not None
            connection.execute("SELECT count(*) FROM statement").fetchall()
            with pytest.raises(WarehouseError, match="in use"):
                statement_erasure.erase(store.file, anna)
        statement_erasure.erase(store.file, anna)
    finally:
        write_moments.WAIT_SECONDS.reset(waiting)
    assert b"secret" not in bytes_of(store)
