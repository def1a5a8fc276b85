"""Notes: everybody reads them, their author deletes them and brings them back, and they go with a customer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import notes, operational_store, statement_erasure
from data.operational.notes import NotePlace
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import SourceNumber
from data.privacy.person import Person

ROOT = Path(__file__).parents[2]
ITALY = NotePlace("sales", "revenue", frozenset(("country=Italy", "day=2011-01-01..2011-12-31")))
ANN = Person(1, "17850", ((1, "crm", "17850"),), ("Ann Smith",))


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


WRITES = """
import sys; from pathlib import Path
from data.operational import notes
from data.operational.operational_store import OperationalStore
notes.write(OperationalStore(Path(sys.argv[1]), "a warehouse"), notes.NotePlace("sales", "units"), "From afar", "bob")
"""


def test_a_note_is_read_by_everybody_as_it_was_written(store: OperationalStore) -> None:
    notes.write(store, ITALY, " Strike <b>in</b> the *port*  \n two weeks ", "ann")
    subprocess.run([sys.executable, "-c", WRITES, str(store.file)], cwd=ROOT, check=True)
    first, second = notes.notes(store)
    assert (first.place, first.text, first.author) == (
        ITALY,
        "Strike <b>in</b> the *port*\n two weeks",
        "ann",
    )
    assert (second.place, second.text, second.author) == (NotePlace("sales", "units"), "From afar", "bob")


def test_a_note_is_deleted_by_its_author_and_comes_back(store: OperationalStore) -> None:
    first = notes.write(store, ITALY, "One", "ann")
    notes.write(store, ITALY, "Two", "bob")
    written_at = notes.notes(store)[0].written_at
    with pytest.raises(BadRequest, match="ann's"):
        notes.delete(store, first, "bob")
    gone = notes.delete(store, first, "ann")
    assert [each.text for each in notes.notes(store)] == ["Two"]
    with pytest.raises(BadRequest, match="not there any more"):
        notes.delete(store, first, "ann")
    notes.undelete(store, gone, "ann")
    assert [(each.text, each.written_at) for each in notes.notes(store)][:1] == [("One", written_at)]
    with pytest.raises(BadRequest):
        notes.undelete(store, gone, "ann")


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * 2001])
def test_what_is_no_note_is_said(store: OperationalStore, text: str) -> None:
    with pytest.raises(BadRequest):
        notes.write(store, ITALY, text, "ann")


def test_notes_on_a_customer_go_with_them(store: OperationalStore) -> None:
    own = NotePlace("sales", "revenue", frozenset(("customer=17850",)))
    for at in range(2):
        notes.write(store, own, f"Pays late, {at}", "ann", SourceNumber("crm", "17850"))
    notes.write(store, ITALY, "Asked by Ann Smith", "ann")
    notes.write(store, ITALY, "Of nobody", "ann", SourceNumber("crm", "1"))
    assert statement_erasure.erase(store.file, ANN.as_subject) == 3
    left = notes.notes(store)
    assert [each.text for each in left if each.place == ITALY] == ["erased", "Of nobody"]
    assert not [each for each in left if "Pays" in each.text or each.place == own]
    assert b"17850" not in store.file.read_bytes()
