"""Member sets: kept by name, changed by adding and taking out, shared, deleted and back; erased persons leave them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.export.statement_table import statement_table
from data.operational import member_sets, operational_store, set_members, statement_copies, statement_erasure
from data.operational.member_sets import MOST, PRIVATE, SHARED, MemberSet
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.operational.statement_erasure import ForgottenSubject, own_numbers
from data.operational.statement_kinds import SourceNumber
from data.privacy.access import access
from data.privacy.person import Person
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, write_tiny

ANN = Person(1, "17850", ((1, "crm", "17850"),), ("Ann Smith",))
KEY = (SourceNumber("crm", "17850"), SourceNumber("crm", "1785"), SourceNumber("shop", "17850"))


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def only(store: OperationalStore, who: str = "ann") -> MemberSet:
    (found,) = member_sets.member_sets(store, who)
    return found


def test_members_are_added_taken_out_and_replaced(store: OperationalStore) -> None:
    id = member_sets.save(store, "  Key   accounts", "country", ["Italy", "Spain", "Italy"], PRIVATE, "ann")
    first = only(store)
    assert (first.name, first.level, first.held, first.owner) == (
        "Key accounts",
        "country",
        ("Italy", "Spain"),
        "ann",
    )
    member_sets.add(store, id, ["Spain", "Malta"], "ann")
    member_sets.remove(store, id, ["Italy", "Peru"], "ann")
    member_sets.rename(store, id, "South", "ann")
    assert (only(store).name, only(store).held) == ("South", ("Spain", "Malta"))
    assert only(store).saved_at > first.saved_at
    with pytest.raises(BadRequest, match="changed the set “Key accounts” meanwhile"):
        member_sets.replace_members(store, id, ["Peru"], "ann", StandingOn.of(first.said))
    assert only(store).held == ("Spain", "Malta"), "what another window did is not lost"
    member_sets.replace_members(store, id, ["Peru"], "ann", StandingOn.of(only(store).said))
    assert only(store).held == ("Peru",)
    member_sets.remove(store, id, ["Peru"], "ann")
    assert only(store).held == ()


def test_a_set_is_as_large_as_is_said(store: OperationalStore) -> None:
    many = [str(at) for at in range(MOST)]
    id = member_sets.save(store, "Many", "product", many, PRIVATE, "ann")
    with pytest.raises(BadRequest, match="10,000 members at most, and this one would have 10,001"):
        member_sets.add(store, id, ["one more"], "ann")
    with pytest.raises(BadRequest, match="nobody to save"):
        member_sets.save(store, "None", "product", [], PRIVATE, "ann")
    assert len(only(store).held) == MOST


def test_private_ones_are_not_there_for_others_and_shared_ones_are_their_owners(
    store: OperationalStore,
) -> None:
    id = member_sets.save(store, "South", "country", ["Italy"], PRIVATE, "ann")
    assert member_sets.member_sets(store, "bob") == ()
    with pytest.raises(BadRequest, match="not there any more"):
        member_sets.add(store, id, ["Malta"], "bob")
    member_sets.show_to(store, id, SHARED, "ann")
    assert only(store, "bob").held == ("Italy",)
    for deed in (
        lambda: member_sets.add(store, id, ["Malta"], "bob"),
        lambda: member_sets.delete(store, id, "bob"),
    ):
        with pytest.raises(BadRequest, match="ann’s"):
            deed()


def test_deleted_ones_come_back_unless_the_name_is_taken(store: OperationalStore) -> None:
    id = member_sets.save(store, "South", "country", ["Italy"], PRIVATE, "ann")
    gone = member_sets.delete(store, id, "ann")
    assert member_sets.member_sets(store, "ann") == ()
    member_sets.undelete(store, gone, "ann")
    assert only(store).held == ("Italy",)
    gone = member_sets.delete(store, id, "ann")
    member_sets.save(store, "SOUTH", "city", ["Rome"], PRIVATE, "ann")
    for deed in (
        lambda: member_sets.undelete(store, gone, "ann"),
        lambda: member_sets.save(store, "south", "city", ["Rome"], PRIVATE, "ann"),
    ):
        with pytest.raises(BadRequest, match="already"):
            deed()


def test_a_set_is_meant_by_its_id_or_by_its_name(store: OperationalStore) -> None:
    mine = member_sets.save(store, "South", "country", ["Italy"], PRIVATE, "ann")
    other = member_sets.save(store, "South", "country", ["Malta"], SHARED, "bob")
    cities = member_sets.save(store, "South", "city", ["Rome"], SHARED, "cid")
    seen = member_sets.member_sets(store, "ann")
    for written, level, who, meant in (
        ("SOUTH ", "country", "ann", mine),
        ("South", "city", "ann", cities),
        (other, "country", "ann", other),
        ("South", "country", "dan", other),
    ):
        sets = seen if who == "ann" else member_sets.member_sets(store, who)
        assert member_sets.named(sets, written, level, who).id == meant
    with pytest.raises(BadRequest, match=f"2 sets. Write ({cities}|{other})"):
        member_sets.named(member_sets.member_sets(store, "dan"), "south", "product", "dan")
    with pytest.raises(BadRequest, match="Did you mean 'South'"):
        member_sets.named(seen, "Sout", "country", "ann")
    hidden = member_sets.save(store, "Hidden", "country", ["Peru"], PRIVATE, "bob")
    for gone in (hidden, "0" * 32):
        with pytest.raises(BadRequest, match="not there any more, or nobody shares it"):
            member_sets.named(member_sets.member_sets(store, "ann"), gone, "country", "ann")
    with pytest.raises(BadRequest, match="no set “South”, or not any more"):
        member_sets.named((), "South", "country", "dan")


def test_an_erased_person_leaves_sets_and_nobody_else_does(store: OperationalStore, tmp_path: Path) -> None:
    before = operational_store.place(tmp_path / "copy.duckdb")
    member_sets.save(store, "Ann Smith’s", "customer", KEY, PRIVATE, "ann")
    member_sets.save(store, "Managers", "manager", ["Ann Smith", "Bob Jones"], PRIVATE, "ann")
    member_sets.save(store, "Countries", "country", ["17850"], PRIVATE, "ann")
    only_ann = ForgottenSubject(own_numbers([("crm", "17850")]), ANN.written)
    statement_copies.copy(store.file, before)
    assert statement_erasure.erase(store.file, only_ann) == 2
    countries, managers, key = member_sets.member_sets(store, "ann")
    assert (countries.held, countries.erased) == (("17850",), 0)
    assert (managers.held, managers.members, managers.erased) == ((None, "Bob Jones"), ("Bob Jones",), 1)
    assert (key.name, key.held, key.members) == ("erased", (None, *KEY[1:]), KEY[1:])
    member_sets.rename(store, key.id, "Key", "ann")
    member_sets.add(store, key.id, [SourceNumber("crm", "2")], "ann")
    assert (len(only_of(store, key.id).members), only_of(store, key.id).erased) == (3, 1)
    again = OperationalStore(tmp_path / f"again{operational_store.ENDING}", store.warehouse)
    statement_copies.bring_back(before, again, (only_ann,))
    assert only_of(again, key.id).members == KEY[1:], "not even a backup brings them back"


def only_of(store: OperationalStore, id: str) -> MemberSet:
    return next(each for each in member_sets.member_sets(store, "ann") if each.id == id)


def test_an_export_that_names_nobody_has_no_members(store: OperationalStore) -> None:
    mail = SourceNumber("crm", "ann@firm.example")
    member_sets.save(store, "South", "customer", [mail, "x"], PRIVATE, "ann")
    (said,) = statement_table(store, "salt")["said"].to_list()
    assert "ann@" not in said
    assert json.loads(said)["members"][0]["customer"][0] == "crm"


def test_customers_are_held_by_their_sources_numbers_whoever_is_merged(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    write_tiny(path, [Line(customer="A"), Line(customer="B/1"), Line(customer="C")])
    with writing(path) as connection:
        connection.execute(
            "INSERT INTO customer_identity VALUES (1, 'crm', '1', 1), (2, 'crm', '2', 2), (3, 'shop', '1', 2)"
        )
    warehouse = Warehouse(path)
    held = set_members.as_held(warehouse, "customer", ["B%2F1", "A", "C", "gone"])
    assert held == (SourceNumber("crm", "2"), SourceNumber("crm", "1"), "C", "gone")
    shown = set_members.as_shown(warehouse, "customer", (*held, SourceNumber("shop", "1")))
    assert {member: id for member, (_, id, _) in shown.items()} == {
        held[0]: "B%2F1", held[1]: "A", "C": "C", SourceNumber("shop", "1"): "B%2F1"
    }  # fmt: skip
    assert set_members.as_held(warehouse, "country", ["France"]) == ("France",)
    warehouse.close()
    store = operational_store.ready(path)
    member_sets.save(store, "Key", "customer", held, PRIVATE, "ann")
    warehouse = Warehouse(path)
    written = access(warehouse, "A")["written"]
    assert json.loads(written["said"][0])["members"] == [{"customer": ["crm", "1"]}], (
        "of others nothing is told"
    )
    warehouse.close()


def test_no_pattern_of_nobody_meets_an_empty_place() -> None:
    nobody = ForgottenSubject(own_numbers([]), re.compile("$^"))
    assert not nobody.is_meant([None, "a", {"customer": ["crm", "1"]}])
