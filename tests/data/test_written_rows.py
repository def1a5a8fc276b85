"""What people wrote becomes rows of the warehouse with the next publication, once, and goes where that goes."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.__main__ import main
from data.access.deed import Deed
from data.errors import WarehouseError
from data.export import plain_tables
from data.operational import operational_store, saved_views, statement_log
from data.operational.operational_store import place, ready
from data.operational.statement_kinds import IDENTITY_DECISION, Field, Rows, SourceNumber, StatementKind
from data.operational.statement_rows import derive, take_in
from data.operational_extension import TAKEN_IN
from data.privacy import erasure
from data.privacy.rights import access, forget
from data.quality.integrity import examine
from data.recovery.backup import backup, restore
from data.recovery.earlier_states import go_back, undo_load
from data.review import customer_records, identity_decisions
from data.review.decided_pairs import decisions
from data.store import extension, publication, warehouse_id
from data.store.warehouse import Warehouse, writing
from tests.data.busy_warehouse import somebody_writes
from tests.data.small import ANNA, add_load, fill, small_warehouse

REMARK = StatementKind(
    "remark", (Field("about", "customer"), Field("text"), Field("stars", "whole", is_optional=True)),
    rows=Rows("remark"), needs=Deed.WRITE,
)  # fmt: skip
ROWS = "SELECT about, text, stars, held_until IS NULL FROM remark ORDER BY said_at"
OF_ANNA, OF_BRUNO = SourceNumber("crm", "K100"), SourceNumber("crm", "K200")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_warehouse(tmp_path_factory.mktemp("made") / "w.duckdb")


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small warehouse that takes remarks in as well."""
    take = partial(take_in, kinds={**TAKEN_IN, REMARK: derive})
    monkeypatch.setitem(extension._TAKEN_IN, "operational", take)
    monkeypatch.setattr(erasure, "KINDS", (*TAKEN_IN, REMARK))
    shutil.copy(made, tmp_path / "w.duckdb")
    return tmp_path / "w.duckdb"


def remark(path: Path, about: SourceNumber, text: str, stars: int | None = None) -> str:
    return statement_log.say(ready(path), REMARK, {"about": about, "text": text, "stars": stars}, "me")


def rows(path: Path, sql: str = ROWS, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    warehouse = Warehouse(path)
    try:
        return warehouse.rows(sql, values)
    finally:
        warehouse.close()


def publish(path: Path) -> None:
    with publication.publishing(path, "anything") as connection:
        extension.take_in(connection, path)


def test_they_are_in_the_next_publication_and_only_once(path: Path) -> None:
    first = remark(path, OF_ANNA, "nice", 5)
    remark(path, OF_BRUNO, "late")
    assert not any(name == "remark" for (name,) in rows(path, "SHOW TABLES"))
    publish(path)
    assert rows(path) == [(1, "nice", 5, True), (3, "late", None, True)]
    assert rows(path, "SELECT DISTINCT said_by FROM remark") == [("me",)]
    publish(path)
    assert len(rows(path)) == 2
    statement_log.take_back(ready(path), first)
    remark(path, OF_BRUNO, "later", 1)
    publish(path)
    assert rows(path) == [(1, "nice", 5, False), (3, "late", None, True), (3, "later", 1, True)]


def test_what_the_warehouse_has_nothing_of_does_not_wait_for_it(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remark(path, OF_ANNA, "nice")
    publish(path)
    id = saved_views.save(ready(path), "Italy", "where=country%3DItaly", "private", "me")
    warehouse = Warehouse(path)
    assert [each.doubt for each in examine(warehouse) if "in the warehouse" in each.name] == [""]
    warehouse.close()
    before = rows(path, "FROM taken_in")
    with writing(path) as connection:
        assert not take_in(connection, path, {REMARK: derive})
    assert rows(path, "FROM taken_in") == before
    assert main(["written", "--warehouse", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["kind"], each["published"]) for each in told] == [("remark", "yes"), ("saved_view", "–")]
    statement = told[1]["id"]
    assert main(["take-back", statement, "--warehouse", str(path)]) == 0
    assert saved_views.find(ready(path), id, "me") is None


def test_a_write_that_fails_leaves_them_for_the_next(path: Path) -> None:
    remark(path, OF_ANNA, "nice")
    with pytest.raises(RuntimeError, match="half-way"), writing(path) as connection:
        take_in(connection, path, {REMARK: derive})
        raise RuntimeError("half-way")
    publish(path)
    assert rows(path) == [(1, "nice", None, True)]


def test_those_about_somebody_who_is_not_known_yet_wait(path: Path) -> None:
    remark(path, SourceNumber("crm", "K900"), "who")
    remark(path, OF_ANNA, "nice")
    publish(path)
    assert rows(path) == [(1, "nice", None, True)]
    assert rows(path, "SELECT waiting FROM taken_in") == [(1,)]
    with writing(path) as connection:
        connection.execute("INSERT INTO customer_identity VALUES (9, 'crm', 'K900', 2)")
    assert sorted(rows(path)) == [(1, "nice", None, True), (9, "who", None, True)]
    assert rows(path, "SELECT waiting FROM taken_in") == [(0,)]


def test_going_back_takes_nothing_that_was_written(path: Path) -> None:
    remark(path, OF_ANNA, "before")
    add_load(path, 2)
    remark(path, OF_ANNA, "after")
    identity_decisions.decide(path, 1, 3, "apart", "me")
    undone = undo_load(path)
    assert undone.deeds == (), "decisions stay"
    assert rows(path, "SELECT count(*) FROM sale") == [(12,)]
    assert rows(path, "SELECT verdict FROM decision WHERE undone_at IS NULL") == [("apart",)]
    assert [text for _, text, *_ in rows(path)] == ["before", "after"], (
        "also of a snapshot that knew of nothing"
    )


def test_another_warehouse_at_the_place_has_nothing_of_it(path: Path, made: Path) -> None:
    remark(path, OF_ANNA, "nice")
    publish(path)
    path.unlink()
    with writing(path) as connection:
        fill(connection)
    assert not any(name == "remark" for (name,) in rows(path, "SHOW TABLES"))
    assert statement_log.history(ready(path)) == ()


def test_a_warehouse_of_an_earlier_release_is_told_apart_from_its_first_statement_on(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("DELETE FROM setting WHERE name = ?", [warehouse_id.SETTING])
    assert statement_log.history(operational_store.of(Warehouse(path))) == ()
    remark(path, OF_ANNA, "nice")
    publish(path)
    go_back(path, 2)
    assert rows(path, "SELECT count(*) FROM setting WHERE name = ?", (warehouse_id.SETTING,)) == [(1,)]
    assert rows(path) == [(1, "nice", None, True)]


def test_rows_stay_where_the_store_is_lost(path: Path) -> None:
    for text in ("one", "two"):
        remark(path, OF_ANNA, text)
    publish(path)
    place(path).unlink()
    remark(path, OF_ANNA, "three")
    publish(path)
    assert [text for _, text, *_ in rows(path)] == ["one", "two", "three"]


def test_a_backup_brings_them_along_and_back(path: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    backed_up = tmp_path / "b" / "b.duckdb"
    place(backed_up).write_bytes(b"of a backup before")
    backup(path, backed_up)
    assert not place(backed_up).exists(), "nothing was written yet"
    first = remark(path, OF_ANNA, "published")
    publish(path)
    remark(path, OF_BRUNO, "not yet")
    backup(path, backed_up)
    assert sorted(each.name for each in backed_up.parent.iterdir()) == [
        "b.duckdb",
        "b.duckdb.operational.sqlite",
    ]
    assert place(backed_up).stat().st_mode & 0o777 == 0o600
    remark(path, OF_ANNA, "since")
    statement_log.take_back(ready(path), first)
    restore(path, backed_up)
    publish(path)
    assert [(text, holds) for _, text, _, holds in rows(path)] == [
        ("published", False), ("not yet", True), ("since", True),
    ]  # fmt: skip
    elsewhere = tmp_path / "elsewhere" / "w.duckdb"
    restore(elsewhere, backed_up)
    publish(elsewhere)
    assert [(text, holds) for _, text, _, holds in rows(elsewhere)] == [
        ("published", True),
        ("not yet", True),
    ]
    path.write_bytes(b"torn")
    restore(path, backed_up)
    publish(path)
    assert len(rows(path)) == 3, "what was written since the backup stays, also where the warehouse is torn"


def test_a_damaged_backup_changes_nothing(path: Path, tmp_path: Path) -> None:
    remark(path, OF_ANNA, "nice")
    backup(path, tmp_path / "b.duckdb")
    place(tmp_path / "b.duckdb").write_bytes(b"torn" * 2000)
    before = path.read_bytes()
    with pytest.raises(WarehouseError, match="damaged"):
        restore(path, tmp_path / "b.duckdb")
    assert path.read_bytes() == before


def in_bytes(folder: Path, *traces: str) -> set[str]:
    files = [each for each in folder.rglob("*") if each.is_file()]
    return {each.name for each in files for trace in traces if trace.encode() in each.read_bytes()}


def test_a_person_is_told_what_was_written_and_forgotten_in_it(path: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    remark(path, OF_ANNA, "wants a blue cup")
    remark(path, OF_BRUNO, f"a neighbour of {ANNA[0].upper()}")
    remark(path, OF_BRUNO, "likes tea")
    publish(path)
    remark(path, SourceNumber("shop", "S77-7"), "not published yet")
    remark(path, OF_BRUNO, f"asked for {ANNA[3]}")
    backup(path, tmp_path / "b" / "b.duckdb")
    held = access(Warehouse(path), "K100")["written"]
    assert [json.loads(each)["text"] for each in held["said"]] == [
        "wants a blue cup", f"a neighbour of {ANNA[0].upper()}", "not published yet", f"asked for {ANNA[3]}",
    ]  # fmt: skip
    assert held.columns == ["kind", "said_at", "said"]
    traces = ("blue cup", ANNA[0].upper(), "S77-7", "not published", ANNA[3])
    told = forget(path, "K100").told
    assert "4 things that people wrote held the person, and no longer do." in told
    assert in_bytes(tmp_path, *traces) == {"b.duckdb", "b.duckdb.operational.sqlite"}
    publish(path)
    assert rows(path) == [(1, "erased", None, True), (3, "erased", None, True), (3, "likes tea", None, True),
                          (3, "erased", None, True)]  # fmt: skip
    place(path).unlink()
    restore(path, tmp_path / "b" / "b.duckdb")
    assert len(statement_log.history(ready(path))) == 5, (
        "the store was lost, and comes back without the person"
    )
    assert in_bytes(tmp_path, *traces) == {"b.duckdb", "b.duckdb.operational.sqlite"}


def test_it_is_exported_as_a_table(path: Path, tmp_path: Path) -> None:
    remark(path, SourceNumber("crm", "anna@posta.example"), "free text of anna@posta.example")
    pair = {"one": OF_ANNA, "other": OF_BRUNO, "verdict": "apart"}
    statement_log.say(ready(path), IDENTITY_DECISION, pair, "me")
    for kind, personal in (("parquet", True), ("csv", False)):
        manifest = plain_tables.export(Warehouse(path), tmp_path / kind, kind, personal)  # type: ignore[arg-type]
        read = pl.read_parquet if kind == "parquet" else pl.read_csv
        frame = read(tmp_path / kind / f"statement.{kind}")
        assert manifest["tables"]["statement"]["rows"] == frame.height == 2
        assert "apart" in frame["said"][1], "what is chosen is no free text"
        assert ("anna@posta" in "".join(frame["said"])) == personal


def test_a_check_says_what_waits_and_what_is_damaged(path: Path) -> None:
    remark(path, OF_ANNA, "nice")
    told = [str(each) for each in examine(Warehouse(path)) if "people wrote" in each.name]
    assert told[0] == "ok    what people wrote can be read"
    assert told[1].endswith("is in the warehouse: 1 may not be so, the next publication brings it")
    publish(path)
    assert not any("people wrote" in each.name and each.found for each in examine(Warehouse(path)))
    place(path).write_bytes(b"torn" * 2000)
    [wrong] = [each for each in examine(Warehouse(path)) if not each.is_sound]
    assert "Put it back from a backup" in str(wrong)


def test_the_command_lists_it_and_takes_it_back(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identity_decisions.decide(path, 3, 4, "apart", "me")
    there = ["--warehouse", str(path)]
    assert main(["written", "--json", *there]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["by"], told["state"], told["published"]) == (
        "identity_decision",
        "me",
        "holds",
        "yes",
    )
    assert main(["take-back", told["id"][:8], "--by", "you", *there]) == 0
    assert rows(path, "SELECT count(*) FROM decision WHERE undone_at IS NULL") == [(0,)]
    assert main(["take-back", "nothing", *there]) == 2
    assert main(["written", *there]) == 0
    said = capsys.readouterr()
    assert "over" in said.out
    assert "names 0 statements" in said.err


def doubt(path: Path) -> None:
    """Anna and Bruno may be one."""
    with writing(path) as connection:
        connection.execute("INSERT INTO match VALUES (1, 3, 0.8, '{}', 'doubtful')")


def standing(path: Path) -> list[tuple[Any, ...]]:
    """What a page shows of decisions: pairs that hold."""
    frame = decisions(Warehouse(path))
    return frame.filter(pl.col("undone_at").is_null()).select("one", "other", "verdict", "decided_by").rows()


def are_one(path: Path, *identities: int) -> bool:
    """Whether these numbers stand for one customer."""
    held = "SELECT count(DISTINCT customer_code) FROM customer_identity WHERE list_contains(?, identity_key)"
    return rows(path, held, (list(identities),)) == [(1,)]


def test_a_decision_is_seen_at_once_while_somebody_else_writes(path: Path) -> None:
    doubt(path)
    assert len(customer_records.doubtful(Warehouse(path))) == 1
    with somebody_writes(path):
        assert not identity_decisions.decide(path, 3, 1, "together", "me"), "saved, and not published yet"
        assert standing(path) == [(1, 3, "together", "me")]
        assert customer_records.doubtful(Warehouse(path)) == []
        assert not are_one(path, 1, 3)
    add_load(path, 2)
    assert are_one(path, 1, 3)
    assert standing(path) == [(1, 3, "together", "me")]
    with somebody_writes(path):
        assert not identity_decisions.undo(path, 1, 3)
        assert standing(path) == []
    add_load(path, 3)
    assert not are_one(path, 1, 3)
    assert not [each for each in examine(Warehouse(path)) if not each.is_sound]


def test_a_decision_outlives_going_back(path: Path) -> None:
    identity_decisions.decide(path, 1, 3, "together", "me")
    go_back(path, 1)
    assert are_one(path, 1, 3)
    assert standing(path) == [(1, 3, "together", "me")]
    identity_decisions.undo(path, 1, 3)
    go_back(path, 2)
    assert not are_one(path, 1, 3)
    assert standing(path) == []


def test_decisions_of_an_earlier_release_are_brought_over_once(path: Path) -> None:
    old = "INSERT INTO decision VALUES (4, 5, 'apart', TIMESTAMP '2025-01-01', 'her', NULL)"
    with writing(path) as connection:
        connection.execute("DELETE FROM setting WHERE name = ?", [warehouse_id.SETTING])
        connection.execute(
            "INSERT INTO decision VALUES (1, 3, 'together', '2024-01-01', 'him', '2024-02-01')"
        )
        connection.execute(old)
    place(path).unlink(missing_ok=True)
    assert standing(path) == [(4, 5, "apart", "her")], "as the warehouse alone tells"
    identity_decisions.undo(path, 4, 5, "me")
    publish(path)
    said = [(each.said_by, bool(each.takes_back)) for each in statement_log.history(ready(path))]
    assert said == [("him", False), ("him", True), ("her", False), ("me", True)]
    found = decisions(Warehouse(path)).select("one", "other", "verdict", "decided_by").rows()
    assert found == [(4, 5, "apart", "her"), (1, 3, "together", "him")]
    assert rows(path, "SELECT count(*), count(DISTINCT statement), count(undone_at) FROM decision") == [
        (2, 2, 2)
    ]
    place(path).unlink()
    identity_decisions.decide(path, 4, 5, "apart", "me")
    assert rows(path, "SELECT count(*), count(DISTINCT statement), count(undone_at) FROM decision") == [
        (3, 3, 2)
    ]


def test_a_contradiction_is_refused_before_it_is_published(path: Path) -> None:
    with somebody_writes(path):
        identity_decisions.decide(path, 3, 4, "together", "me")
        identity_decisions.decide(path, 4, 5, "together", "you")
        with pytest.raises(identity_decisions.Contradiction, match="customers K200 of crm and K400 of crm"):
            identity_decisions.decide(path, 3, 5, "apart", "me")
    assert [row[:3] for row in standing(path)] == [(4, 5, "together"), (3, 4, "together")]
    publish(path)
    assert are_one(path, 3, 4, 5)
