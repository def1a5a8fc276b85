"""Audiences as they were said: everybody sees them, their owner changes them, no two have one name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import audiences, operational_store, statement_log
from data.operational.audiences import FROZEN, LIVING, Audience
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import AUDIENCE


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def save(store: OperationalStore, name: str, who: str = "ann") -> Audience:
    return audiences.save(store, name, '[{"audience": "a1"}]', LIVING, "v1", 17, who)


def test_what_was_said_is_read_and_is_as_old_as_it_was_made(store: OperationalStore) -> None:
    made = save(store, "  Lapsed   in spring ")
    later = audiences.save(store, "Other", "[]", FROZEN, "v2", 1, "bob")
    assert (made.name, made.owner, made.counted, made.version) == ("Lapsed in spring", "ann", 17, "v1")
    assert made.is_living
    assert not later.is_living
    audiences.rename(store, made.id, "Lapsed", "ann")
    newest, first = audiences.audiences(store)
    assert newest == later
    assert (first.id, first.name, first.said_at) == (made.id, "Lapsed", made.said_at)


def test_its_owner_alone_changes_it_and_names_are_free_again(store: OperationalStore) -> None:
    made = save(store, "Lapsed")
    for deed in (
        lambda: audiences.rename(store, made.id, "Mine", "bob"),
        lambda: audiences.delete(store, made.id, "bob"),
    ):
        with pytest.raises(BadRequest, match="is ann’s"):
            deed()
    for name in ("LAPSED", " lapsed "):
        with pytest.raises(BadRequest, match="called “Lapsed” already, ann’s"):
            save(store, name, "bob")
        with pytest.raises(BadRequest, match="already"):
            audiences.check_name(store, name)
    statement = audiences.delete(store, made.id, "ann")
    assert audiences.audiences(store) == ()
    with pytest.raises(BadRequest, match="not there any more"):
        audiences.rename(store, made.id, "Other", "ann")
    taken = save(store, "lapsed", "bob")
    with pytest.raises(BadRequest, match="already, bob’s"):
        audiences.undelete(store, statement, "ann")
    audiences.rename(store, taken.id, "Something else", "bob")
    audiences.undelete(store, statement, "ann")
    assert {each.name for each in audiences.audiences(store)} == {"Lapsed", "Something else"}


def test_one_is_found_by_name_or_id(store: OperationalStore) -> None:
    with pytest.raises(BadRequest, match="Make one first"):
        audiences.audience_named(audiences.audiences(store), "Lapsed")
    made = save(store, "Lapsed")
    known = audiences.audiences(store)
    assert audiences.audience_named(known, " lapsed") == audiences.audience_named(known, made.id) == made
    with pytest.raises(BadRequest, match="Did you mean 'Lapsed'"):
        audiences.audience_named(known, "Lapsd")


def test_one_of_two_with_one_name_is_never_taken_for_the_other(store: OperationalStore) -> None:
    made = save(store, "Lapsed")
    twin = replace(made, id="other")
    assert audiences.audience_named([made, twin], "other") == twin
    with pytest.raises(BadRequest, match=f"2 audiences are called “lapsed”.*{made.id} or other"):
        audiences.audience_named([made, twin], "lapsed")


def test_a_name_that_is_taken_meanwhile_does_not_come_back(store: OperationalStore) -> None:
    made = save(store, "Lapsed")
    audiences.rename(store, made.id, "Asleep", "ann")
    save(store, "Lapsed")
    renamed = next(each for each in statement_log.history(store, AUDIENCE) if each.told["name"] == "Asleep")
    with pytest.raises(BadRequest, match="an audience called “Lapsed” already"):
        audiences.undelete(store, renamed.id, "ann")
    assert [each.name for each in audiences.audiences(store)] == ["Lapsed", "Asleep"]
