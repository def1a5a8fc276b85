"""The audit: every deed is sealed, whatever is changed, taken out or cut off shows, and nobody is copied into it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.__main__ import main
from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policy import Policy
from data.errors import BadInput, BadRequest, WarehouseError
from data.operational import operational_store, statement_log
from data.people import (
    accounts,
    audit_anchor,
    audit_chain,
    audit_cube,
    audit_erasure,
    audit_log,
    audit_store,
    sessions,
)
from data.people.audit_chain import KnownHead
from data.people.audit_cube import TOTAL, AuditQuestion
from data.people.audit_event import AuditEvent, AuditSubject, customer, thing, words
from data.people.audit_log import because, note
from data.people.audit_reading import AuditFilter, read_audit
from data.people.audit_store import ChainHead
from data.people.export_note import exporting
from data.store.warehouse import writing
from tests.data.test_operational import TARGET

ROOT = Path(__file__).parents[2]
EVERYTHING = AuditFilter()


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A warehouse's place with nine entries beside it."""
    at = tmp_path / "w.duckdb"
    for number in ("K100", "K200", "K100"):
        note(AuditEvent.SAW_CUSTOMER, customer(number), person="ann", at=at)
    note(AuditEvent.SEARCHED, words("Anna  Bellini"), person="ann", at=at)
    with because("a letter of 3 May"):
        note(AuditEvent.EXPORTED, thing("campaign", "c-1"), "contacts", amount=40, person="bob", at=at)
    for number in range(4):
        note(AuditEvent.CHANGED, thing("publication", number), "publication", person="bob", at=at)
    return at


def file_of(at: Path) -> Path:
    return audit_store.place(at)


def bytes_beside(at: Path) -> bytes:
    return b"".join(each.read_bytes() for each in at.parent.iterdir())


def test_who_did_what_is_there_in_order_and_nobody_else_reads_it(noted: Path) -> None:
    found = read_audit(noted, EVERYTHING)
    assert found["number"].to_list() == list(range(1, 10))
    assert found["event"].to_list() == [*["saw_customer"] * 3, "searched", "exported", *["changed"] * 4]
    assert found["person"].to_list() == [*["ann"] * 4, *["bob"] * 5]
    seen = found["subject"].to_list()
    assert seen[0] == seen[2] != seen[1]
    assert found["amount"][3] == len("anna bellini")
    assert (found["amount"][4], found["reason"][4]) == (40, "a letter of 3 May")
    assert audit_chain.verify(file_of(noted)).sentence.startswith("Chain verified to entry 9:")
    assert {each.stat().st_mode & 0o777 for each in noted.parent.iterdir()} == {0o600}


def test_no_customer_and_no_word_is_copied_into_it(noted: Path) -> None:
    told = bytes_beside(noted)
    assert not [each for each in (b"K100", b"K200", b"Anna", b"anna", b"Bellini") if each in told]


def test_a_plain_subject_is_taken_for_words(tmp_path: Path) -> None:
    at = tmp_path / "w.duckdb"
    note(AuditEvent.REFUSED, "Anna.Bellini@posta.example", "wrong_password", at=at)
    assert read_audit(at, EVERYTHING).select("kind", "amount").rows() == [("words", 26)]
    assert b"ellini" not in bytes_beside(at)


def test_only_closed_words_and_made_up_ids_are_written() -> None:
    with pytest.raises(ValueError, match="closed word"):
        note(AuditEvent.CHANGED, detail="Anna Bellini was changed")
    with pytest.raises(ValueError, match="letters"):
        thing("customer", "anna@posta.example")
    with pytest.raises(ValueError, match="kind"):
        AuditSubject("Anna Bellini", "x")


def run(at: Path, *statements: str) -> None:
    """What somebody does who can write the file, and takes the triggers away first."""
    with sqlite3.connect(file_of(at), isolation_level=None) as connection:
        for name in ("entries_never_change", "entries_go_by_purge"):
            connection.execute(f"DROP TRIGGER {name}")
        for each in statements:
            connection.execute(each)
    connection.close()


COPY = "INSERT INTO entry SELECT {}, moment, person, roles, place, event, detail, kind, subject, amount, reason, policy, {} FROM entry WHERE number = {}"  # noqa: E501


@pytest.mark.parametrize(
    ("forgery", "broken_at", "said"),
    [
        ("UPDATE entry SET person = 'eve' WHERE number = 4", 4, "not as it was written"),
        ("UPDATE entry SET moment = '2020-01-01T00:00:00.000' WHERE number = 1", 1, "not as it was written"),
        ("UPDATE entry SET seal = (SELECT seal FROM entry WHERE number = 2) WHERE number = 3", 3, "written"),
        ("DELETE FROM entry WHERE number = 6", 6, "Entry 6 is missing"),
        ("DELETE FROM entry WHERE number < 3", 1, "Entries 1 to 2 are gone, and no purge"),
        ("DELETE FROM entry WHERE number > 7", 8, "Entries 8 to 9 are gone at the end: its head"),
        ("DELETE FROM entry", 1, "Entries 1 to 9 are gone at the end"),
        (COPY.format(10, "seal", 9), 10, "Entry 10 is not as it was written"),
        ("UPDATE reason SET words = 'nothing'", 5, "reason of entry 5"),
    ],
)
def test_the_first_broken_entry_is_told(noted: Path, forgery: str, broken_at: int, said: str) -> None:
    run(noted, forgery)
    found = audit_chain.verify(file_of(noted))
    assert found.broken_at == broken_at
    assert said in found.sentence


def test_a_sealed_entry_of_another_history_does_not_fit(
    noted: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A copy goes another way: its tenth entry has a seal of the same key, and stands in the place of ours."""
    copy = tmp_path_factory.mktemp("copy") / noted.name
    for each in noted.parent.iterdir():
        shutil.copy(each, copy.parent)
    note(AuditEvent.CHANGED, detail="other", person="ann", at=noted)
    note(AuditEvent.CHANGED, detail="other", person="ann", at=noted)
    note(AuditEvent.CHANGED, detail="other", person="bob", at=copy)
    run(
        noted,
        "DELETE FROM entry WHERE number = 10",
        f"ATTACH '{file_of(copy)}' AS copy",
        "INSERT INTO entry SELECT * FROM copy.entry WHERE number = 10",
    )
    assert audit_chain.verify(file_of(noted)).broken_at == 11


def test_whoever_waits_may_read_the_newest_alone(noted: Path) -> None:
    found = audit_chain.verify(file_of(noted), newest=3)
    assert (found.first, found.entries, found.head.number) == (7, 3, 9)
    assert found.sentence == "Chain verified from entry 7 to 9, the newest; a command reads all."
    assert not audit_chain.verify(file_of(noted), newest=9).is_part
    run(noted, "UPDATE entry SET person = 'eve' WHERE number IN (4, 8)")
    assert audit_chain.verify(file_of(noted), newest=3).broken_at == 8
    assert audit_chain.verify(file_of(noted)).broken_at == 4


def test_a_purge_that_was_forged_without_the_key_shows(noted: Path) -> None:
    seal = "(SELECT seal FROM entry WHERE number = 2)"
    run(
        noted,
        f"INSERT INTO entry VALUES (10, 'now', 'eve', '', '', 'purged', 'verified', 'seal', {seal}, 2, '', '', 'x')",
        "DELETE FROM entry WHERE number < 3",
    )
    found = audit_chain.verify(file_of(noted))
    assert (found.broken_at, found.is_sound) == (10, False)


def test_it_cannot_be_changed_in_passing(noted: Path) -> None:
    for sql in ("UPDATE entry SET person = 'eve'", "DELETE FROM entry WHERE number = 9"):
        with (
            pytest.raises(sqlite3.IntegrityError, match="audit"),
            audit_store.writing(file_of(noted)) as connection,
        ):
            connection.execute(sql)


def lose_head(at: Path) -> None:
    audit_store.beside(file_of(at), audit_store.HEAD_ENDING).unlink()


def test_what_is_cut_off_with_the_head_is_missed_by_what_others_know(noted: Path) -> None:
    known = audit_chain.verify(file_of(noted)).head
    lose_head(noted)
    run(noted, "DELETE FROM entry WHERE number > 7")
    assert audit_chain.verify(file_of(noted)).is_sound, "nothing here can tell"
    found = audit_chain.verify(file_of(noted), [KnownHead(known, "what was written down")])
    assert found.sentence == "Entries 8 to 9 are gone at the end: what was written down knows of them."
    note(AuditEvent.CHANGED, detail="other", at=noted)
    note(AuditEvent.CHANGED, detail="other", at=noted)
    found = audit_chain.verify(file_of(noted), [KnownHead(known, "what was written down")])
    assert found.sentence == "Entry 9 is not the one that what was written down knows."


def test_a_file_that_is_lost_is_no_new_beginning(noted: Path) -> None:
    file_of(noted).unlink()
    assert audit_chain.verify(file_of(noted)).problem == "The audit is gone: its head knows of 9 entries."
    note(AuditEvent.CHANGED, detail="other", at=noted)
    found = audit_chain.verify(file_of(noted))
    assert found.sentence == "Entries 1 to 9 are gone, and no purge tells of them."


def test_without_its_key_nothing_is_written(noted: Path) -> None:
    audit_store.beside(file_of(noted), audit_store.KEY_ENDING).unlink()
    with pytest.raises(WarehouseError, match="key of the audit"):
        exporting("answer", at=noted)
    with pytest.raises(WarehouseError, match="key of the audit"):
        audit_chain.verify(file_of(noted))


def test_publications_are_noted_first_and_keep_how_far_the_audit_was(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with writing(path, "made"):
        pass
    last = read_audit(path, AuditFilter(event="changed")).rows(named=True)[-1]
    assert (last["kind"], last["subject"], last["detail"]) == ("publication", "1", "publication")
    lose_head(path)
    run(path, "DELETE FROM entry")
    assert audit_anchor.verified(path).problem.endswith("are gone at the end: the warehouse knows of them.")


def test_what_cannot_be_noted_is_not_published(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    file_of(path).write_bytes(b"no audit at all" * 500)
    with pytest.raises(WarehouseError, match="damaged"), writing(path, "made"):
        pass
    assert not path.exists()


def test_a_statement_is_in_the_audit_by_its_id(tmp_path: Path) -> None:
    store = operational_store.OperationalStore(operational_store.place(tmp_path / "w.duckdb"), "a warehouse")
    id = statement_log.say(store, TARGET, {"measure": "revenue", "worth": 1}, "Anna")
    statement_log.take_back(store, id)
    found = read_audit(tmp_path / "w.duckdb", EVERYTHING)
    assert found.select("event", "detail", "kind", "amount").unique().rows() == [
        ("changed", "target", "statement", 1)
    ]
    assert found["subject"][0] == id
    assert found.height == 2


def aged(at: Path, days: int, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """Entries of so many days ago."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - timedelta(days=days)

    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "datetime", Then)
        for number in range(many):
            note(
                AuditEvent.EXPORTED,
                customer(f"old {number}"),
                "answer",
                reason=f"{days} days {number}",
                at=at,
            )


def test_what_is_purged_leaves_a_chain_that_can_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = tmp_path / "w.duckdb"
    aged(at, 800, monkeypatch, 3)
    aged(at, 731, monkeypatch, 2)
    aged(at, 729, monkeypatch, 2)
    note(AuditEvent.CHANGED, detail="other", at=at)
    assert audit_chain.overdue(at, 730) == 5
    assert audit_chain.purge(at, 730) == audit_chain.Purged(5, 5)
    found = read_audit(at, EVERYTHING)
    assert found["number"].to_list() == [6, 7, 8, 9]
    assert (
        found.rows(named=True)[-1] | {"event": "purged", "amount": 5, "detail": "verified"}
        == found.rows(named=True)[-1]
    )
    assert audit_chain.verify(file_of(at)).sentence.endswith("Entries 1 to 5 were purged, as an entry says.")
    assert b"800 days 0" not in bytes_beside(at)
    assert audit_chain.overdue(at, 730) == 0
    assert audit_chain.purge(at, 730) == audit_chain.Purged(0, 0)
    run(at, "DELETE FROM entry WHERE number = 6")
    assert audit_chain.verify(file_of(at)).broken_at == 1
    assert audit_chain.purge(at, 1) == audit_chain.Purged(1, 7), "the chain may be broken: it is said so"
    assert read_audit(at, AuditFilter(event="purged"))["detail"].to_list() == ["verified", "unverified"]
    assert audit_chain.verify(file_of(at)).is_sound


def test_a_person_who_is_erased_cannot_be_found_in_it_and_the_chain_holds(noted: Path) -> None:
    before = read_audit(noted, EVERYTHING)
    for subject, many in ((customer("K100"), 2), (words("anna bellini"), 1), (customer("K999"), 0)):
        assert read_audit(noted, AuditFilter(subject=subject)).height == many
    note(AuditEvent.EXPORTED, detail="answer", reason="Anna Bellini asked", at=noted)
    assert audit_erasure.unlink(noted, ["K100", "S77"], re.compile("Anna Bellini")) == 3
    for subject, many in ((customer("K100"), 0), (words("anna bellini"), 0), (customer("K200"), 1)):
        assert read_audit(noted, AuditFilter(subject=subject)).height == many
    assert_frame_equal(read_audit(noted, EVERYTHING).head(9), before)
    assert read_audit(noted, EVERYTHING)["reason"].to_list()[-1] == "(erased)"
    assert b"Anna Bellini asked" not in bytes_beside(noted)
    assert audit_chain.verify(file_of(noted)).is_sound
    note(AuditEvent.SAW_CUSTOMER, customer("K100"), at=noted)
    seen = read_audit(noted, EVERYTHING)["subject"].to_list()
    assert seen[-1] not in seen[:-1], "whoever comes under the number again is somebody else"


NOTES = """
import os, sys, time
from pathlib import Path
from data.people import audit_log
from data.people.audit_event import AuditEvent, customer, thing
at = Path(sys.argv[1])
for number in range(20):
    audit_log.note(AuditEvent.EXPORTED, thing("file", number), "answer", at=at)
    audit_log.note(AuditEvent.SAW_CUSTOMER, customer(f"K{number}"), at=at)
audit_log.note(AuditEvent.SAW_CUSTOMER, customer("the last"), at=at)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
"""


def test_processes_write_one_chain_and_one_that_is_killed_loses_no_export(tmp_path: Path) -> None:
    at = tmp_path / "w.duckdb"
    both = [
        subprocess.Popen([sys.executable, "-c", NOTES, str(at), end], cwd=ROOT)
        for end in ("kill", "end", "end")
    ]
    assert [each.wait() for each in both] == [-9, 0, 0]
    found = read_audit(at, EVERYTHING)
    assert (found["event"] == "exported").sum() == 60
    assert 2 * 21 <= (found["event"] == "saw_customer").sum() <= 3 * 21
    assert audit_chain.verify(file_of(at)).is_sound


def test_what_is_only_looked_at_is_written_soon_without_anybody_waiting(tmp_path: Path) -> None:
    at = tmp_path / "w.duckdb"
    note(AuditEvent.SAW_CUSTOMER, customer("K100"), at=at)
    wait_until(lambda: audit_chain.verify(file_of(at)).entries == 1)


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(100):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("not within five seconds")


def test_where_no_folder_is_left_nothing_is_made(tmp_path: Path) -> None:
    at = tmp_path / "gone" / "w.duckdb"
    note(AuditEvent.SAW_CUSTOMER, customer("K100"), at=at)
    audit_log.flush()
    assert not at.parent.exists()


def by_hand(found: pl.DataFrame, rows: str, columns: str) -> dict[tuple[str, str], int]:
    """Customers seen, counted the slow way, totals anew."""
    counted: dict[tuple[str, str], set[str]] = {}
    for each in found.rows(named=True):
        if each["event"] == "saw_customer":
            for row in (each[rows], TOTAL):
                for column in (each[columns], TOTAL):
                    counted.setdefault((row, column), set()).add(each["subject"])
    return {key: len(value) for key, value in counted.items()}


def test_the_cube_counts_persons_and_customers_anew_in_totals(noted: Path) -> None:
    for person, number in (("bob", "K100"), ("bob", "K300"), ("ann", "K300")):
        note(AuditEvent.SAW_CUSTOMER, customer(number), person=person, at=noted)
    found = read_audit(noted, EVERYTHING)
    counted = audit_cube.cells(found, AuditQuestion("customers", "person", "place"))
    told = {(row, column): value for row, column, value in counted.rows() if value}
    assert told == by_hand(found, "person", "place")
    assert told[TOTAL, TOTAL] == 3, "not 3 + 2"
    table = audit_cube.table(
        audit_cube.cells(found, AuditQuestion("events", "event", "person")),
        AuditQuestion("events", "event", "person"),
    )
    assert table.columns == ["Event", "bob", "ann", TOTAL]
    assert table.rows()[0] == ("Saw a customer", 2, 4, 6)
    assert table.rows()[-1] == (TOTAL, 7, 5, 12)
    exported = audit_cube.cells(found, AuditQuestion("rows", "day"))
    assert exported["value"].to_list() == [40, 40]


def test_days_of_the_cube_are_those_of_a_zone(tmp_path: Path) -> None:
    late = pl.DataFrame({"moment": [datetime(2026, 3, 1, 23, 30, tzinfo=UTC)], "event": ["asked"]})
    found = [
        audit_cube.cells(late, AuditQuestion("events", "day"), zone)["row"][0]
        for zone in ("UTC", "Europe/Rome")
    ]
    assert found == ["2026-03-01", "2026-03-02"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: AuditQuestion("event"), "Did you mean 'events'"),
        (lambda: AuditQuestion("events", "persn"), "Did you mean 'person'"),
        (lambda: AuditQuestion("events", "day", "day"), "same level"),
        (lambda: AuditFilter(event="export"), "Did you mean 'exported'"),
        (lambda: audit_chain.parse_head("12"), "NUMBER:SEAL"),
    ],
)
def test_what_cannot_be_asked_is_said(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises((BadRequest, BadInput), match=said):
        wrong()


def test_the_commands_show_check_and_purge(
    noted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*arguments: str) -> str:
        code = main(["audit", *arguments, "--warehouse", str(noted)])
        out, err = capsys.readouterr()
        return f"{code} {out}{err}"

    assert told("verify").startswith("0 Chain verified to entry 9:")
    assert "Head 9:" in told("verify")
    assert '"reason": "a letter of 3 May"' in told("show", "--event", "exported", "--format", "json")
    last = read_audit(noted, EVERYTHING).rows(named=True)[-1]
    assert (last["event"], last["detail"], last["amount"]) == ("exported", "audit", 1), (
        "its own export is in it"
    )
    assert told("show", "--customer", "K100", "--format", "csv").count("saw_customer") == 2
    assert told("show", "--words", "ANNA bellini", "--reason", "a complaint").count("searched") == 1
    assert read_audit(noted, EVERYTHING)["reason"].to_list()[-1] == "a complaint"
    assert "Did you mean 'exported'" in told("show", "--event", "exportd")
    assert told("purge") == "0 No entry is older than 730 days.\n"
    monkeypatch.setenv("CLIENTELA_AUDIT_DAYS", "0")
    assert "CLIENTELA_AUDIT_DAYS is '0'" in told("purge")
    monkeypatch.delenv("CLIENTELA_AUDIT_DAYS")
    head = ChainHead(7, read_seal(noted, 7))
    assert told("verify", "--head", f"{head.number}:{head.seal}").startswith("0 ")
    assert told("verify", "--head", f"8:{head.seal}").startswith(
        "1 Entry 8 is not the one that what was written"
    )
    run(noted, "UPDATE entry SET person = 'eve' WHERE number = 4")
    assert told("verify").startswith("1 Entry 4 is not as it was written")


def test_a_command_that_is_not_allowed_is_told_and_noted(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with acting_as(Acting("maria", Policy("maria", ("service",), deeds=frozenset({Deed.WRITE})))):
        assert main(["audit", "show", "--warehouse", str(noted)]) == 2
    assert "maria may not read who saw and did what" in capsys.readouterr().err
    last = read_audit(noted, EVERYTHING).rows(named=True)[-1]
    assert (last["event"], last["detail"], last["person"], last["roles"]) == (
        "refused",
        "command",
        "maria",
        "service",
    )


def test_accounts_and_sessions_are_noted_and_no_password_is(tmp_path: Path) -> None:
    at, password = tmp_path / "w.duckdb", "four quite plain words"
    made = accounts.add(at, "maria@example.com", password)
    token = sessions.begin(at, made.name, (), made.roles, made.changed_at)
    sessions.end(at, token)
    found = read_audit(at, EVERYTHING)
    assert found.select("event", "detail", "subject").rows() == [
        ("administered", "account_added", "maria@example.com"),
        ("signed_in", "account", ""),
        ("signed_out", "left", ""),
    ]  # fmt: skip
    assert found["person"].to_list()[1:] == ["maria@example.com"] * 2
    assert found["place"].to_list()[1:] == ["browser"] * 2
    assert password.encode() not in bytes_beside(at)


def read_seal(at: Path, number: int) -> str:
    with audit_store.reading(file_of(at)) as connection:
        assert connection is not None
        return str(connection.execute("SELECT seal FROM entry WHERE number = ?", [number]).fetchone()[0])
