"""Audiences at each publication: who came and left, and that no merge, erasure, undoing or copy of it goes astray."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cubes.analysis import audience_question
from cubes.analysis.audience_question import AudienceQuestion, Joining, OtherAudience, known_customers
from cubes.analysis.make_audience import MadeAudience, make_audience, make_listed_audience
from cubes.query import Query, parse_cut
from data.campaigns import audience_rows
from data.campaigns.audience_standing import AudienceStanding, audience_standing
from data.errors import BadRequest, WarehouseError
from data.operational import audiences, member_sets, operational_store, set_members
from data.operational.audiences import FROZEN, LIVING, Audience
from data.privacy.rights import access, forget
from data.quality.integrity import examine
from data.recovery.backup import backup, restore
from data.recovery.earlier_states import go_back
from data.store import duckdb_engine as engine
from data.store.publication import published
from data.store.warehouse import Warehouse, writing
from tests.data.small import add_load, small_warehouse

EVERYBODY = {"K100", "K200", "K300", "K400"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return small_warehouse(tmp_path / "w.duckdb")


@contextmanager
def opened(path: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(path)
    try:
        yield warehouse
    finally:
        warehouse.close()


def by_revenue(condition: str) -> AudienceQuestion:
    """Over 120 are K100 (390), K300 (130) and K400 (150); the next load brings 130 to K200, who has 110."""
    cut = parse_cut(f"customer by revenue {condition}")
    return audience_question.of(Query(("customers",), cuts=(cut,)))


OVER = by_revenue("> 120")


def make(path: Path, name: str, question: AudienceQuestion = OVER, mode: str = LIVING) -> MadeAudience:
    with opened(path) as warehouse:
        return make_audience(warehouse, name, question, mode, "ann")


def listed(path: Path, name: str, *ids: str) -> MadeAudience:
    with opened(path) as warehouse:
        return make_listed_audience(warehouse, name, "Offers of May", ids, "ann")


def ids(path: Path, made: MadeAudience) -> set[str]:
    with opened(path) as warehouse:
        codes = audience_rows.members(warehouse.arrays, made.audience.id).tolist()
        return {warehouse.rows("SELECT DISTINCT id FROM customer WHERE customer_code = ?", [code])[0][0]
                for code in codes}  # fmt: skip


def course(path: Path, made: MadeAudience) -> list[tuple[int, int, int]]:
    with opened(path) as warehouse:
        found = audience_rows.course(warehouse.rows, made.audience.id)
        assert found["published_at"].null_count() == 0
        return found.select("came", "left", "members").rows()


def kept(path: Path) -> tuple[Audience, ...]:
    with opened(path) as warehouse:
        return audiences.audiences(operational_store.of(warehouse))


def standing(path: Path, made: MadeAudience) -> AudienceStanding:
    with opened(path) as warehouse:
        return audience_standing(warehouse.rows, made.audience)


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with opened(path) as warehouse:
        return warehouse.rows(sql)


def unsound(path: Path) -> list[str]:
    with opened(path) as warehouse:
        return [str(each) for each in examine(warehouse) if not each.is_sound]


def test_a_living_one_follows_and_a_frozen_one_stays(path: Path) -> None:
    living, frozen = make(path, "Over"), make(path, "Then", mode=FROZEN)
    below = make(path, "Below", by_revenue("< 140"))
    assert living.is_published
    assert living.notes == ()
    assert living.audience.counted == len(ids(path, living)) == 3
    assert ids(path, below) == {"K200", "K300"}
    add_load(path, 2)
    assert ids(path, living) == EVERYBODY
    assert ids(path, frozen) == {"K100", "K300", "K400"}
    assert ids(path, below) == {"K300"}
    assert course(path, living) == [(3, 0, 3), (1, 0, 4)]
    assert course(path, frozen) == [(3, 0, 3)]
    assert course(path, below) == [(2, 0, 2), (0, 1, 1)]
    assert unsound(path) == []


def test_a_load_that_changes_nothing_of_it_writes_nothing(path: Path) -> None:
    make(path, "Over")
    held = rows(path, "FROM audience_member ORDER BY ALL")
    with writing(path, "set something"):
        pass
    assert rows(path, "FROM audience_member ORDER BY ALL") == held


def test_one_leans_on_another_and_follows_it(path: Path) -> None:
    over = make(path, "Over")
    rest = make(path, "Rest", audience_question.of(known_customers()).joined(
        Joining.BUT_NOT, OtherAudience(over.audience.id)))  # fmt: skip
    assert ids(path, rest) == {"K200"}
    with pytest.raises(BadRequest, match="Nobody"):
        make(path, "Both", audience_question.of(OtherAudience(over.audience.id)).joined(
            Joining.AND, OtherAudience(rest.audience.id)))  # fmt: skip
    add_load(path, 2)
    assert ids(path, rest) == set()
    deleted = audiences.delete(operational_store.ready(path), over.audience.id, "ann")
    add_load(path, 3)
    (note,) = standing(path, rest).notes
    assert "leans on was deleted" in note
    assert "stay as they were" in note
    audiences.undelete(operational_store.ready(path), deleted, "ann")
    add_load(path, 4)
    assert standing(path, rest).notes == ()
    assert rows(path, "FROM audience_trouble") == []


def test_what_leans_on_itself_is_a_trouble_and_no_load_fails(path: Path) -> None:
    first, second = make(path, "First"), make(path, "Second")
    for each, other in ((first, second), (second, first)):
        question = audience_question.to_text(audience_question.of(OtherAudience(other.audience.id)))
        with writing(path, "by hand") as connection:
            connection.execute(
                "UPDATE audience_said SET question = ? WHERE audience = ?", [question, each.audience.id]
            )
    add_load(path, 2)
    assert "leans on itself" in " ".join(standing(path, first).notes + standing(path, second).notes)
    assert ids(path, first) == {"K100", "K300", "K400"}


def test_a_deleted_one_is_followed_no_more_until_it_is_back(path: Path) -> None:
    over = make(path, "Over")
    store = operational_store.ready(path)
    deleted = audiences.delete(store, over.audience.id, "ann")
    add_load(path, 2)
    assert kept(path) == ()
    assert len(ids(path, over)) == 3
    audiences.undelete(store, deleted, "ann")
    add_load(path, 3)
    assert [each.name for each in kept(path)] == ["Over"]
    assert ids(path, over) == EVERYBODY
    assert course(path, over) == [(3, 0, 3), (1, 0, 4)]


def test_the_merged_count_once_and_who_is_told_apart_stays(path: Path) -> None:
    pair = listed(path, "Pair", "K300", "K400")
    living = make(path, "Over")
    regroup(path, identity=5, code=3)
    together = listed(path, "Together", "K300")
    assert ids(path, pair) == {"K300"}
    assert ids(path, living) == {"K100", "K300"}
    assert "found to be one customer" in " ".join(standing(path, pair).notes)
    regroup(path, identity=5, code=4)
    assert ids(path, pair) == ids(path, together) == {"K300", "K400"}
    assert ids(path, living) == {"K100", "K300", "K400"}
    assert course(path, living)[-1][2] == 3


def regroup(path: Path, identity: int, code: int) -> None:
    """Let the customer behind a number be another one, as the matcher does."""
    with writing(path, "regrouped") as connection:
        connection.execute("UPDATE customer_identity SET customer_code = ? WHERE identity_key = ?", [code, identity])
        connection.execute(
            "UPDATE sale SET customer_code = ?, customer_key = ? WHERE identity_key = ?", [code, code, identity]
        )


def test_whoever_is_erased_is_in_none(path: Path) -> None:
    everybody, one = make(path, "All", audience_question.of(known_customers())), listed(path, "One", "K300", "K100")
    named = make(path, "Maria", audience_question.of(known_customers(parse_cut("customer=K300|K400"))))
    with opened(path) as warehouse:
        told = access(warehouse, "K300")["audiences"]
    assert told["audience"].to_list() == ["All", "Maria", "One"]
    forget(path, "K300")
    assert ids(path, everybody) == {"K100", "K200", "K400"}
    assert ids(path, one) == {"K100"}
    assert rows(path, "SELECT count(*) FROM audience_member WHERE identity_key = 4") == [(0,)]
    add_load(path, 2)
    assert len(ids(path, everybody)) == 3
    (note,) = standing(path, named).notes
    assert "a customer who was erased" in note
    assert "K300" not in str(rows(path, "FROM audience_said"))
    assert unsound(path) == []


def test_going_back_keeps_who_was_found(path: Path) -> None:
    before = published(path)[-1].number
    add_load(path, 2)
    living, frozen = make(path, "Over"), make(path, "Then", mode=FROZEN)
    short = listed(path, "List", "K200", "K300")
    assert ids(path, frozen) == EVERYBODY
    later = published(path)[-1].number
    go_back(path, before)
    assert ids(path, living) == {"K100", "K300", "K400"}
    assert ids(path, frozen) == EVERYBODY
    assert ids(path, short) == {"K200", "K300"}
    go_back(path, later)
    assert ids(path, living) == EVERYBODY
    assert ids(path, short) == {"K200", "K300"}


def test_a_backup_brings_them_back(path: Path, tmp_path: Path) -> None:
    over, short = make(path, "Over"), listed(path, "List", "K200")
    backup(path, tmp_path / "copy.duckdb")
    for file in tmp_path.glob("w.duckdb*"):
        if file.is_file():
            file.unlink()
    restore(path, tmp_path / "copy.duckdb")
    assert {each.name for each in kept(path)} == {"Over", "List"}
    assert ids(path, over) == {"K100", "K300", "K400"}
    assert ids(path, short) == {"K200"}
    add_load(path, 2)
    assert ids(path, over) == EVERYBODY


@contextmanager
def somebody_writes(path: Path) -> Iterator[None]:
    """Meanwhile nobody can publish, and whoever wants to waits but a moment."""
    waiting = engine.WAIT_SECONDS.set(0.01)
    try:
        with engine.only_writer(path):
            yield
    finally:
        engine.WAIT_SECONDS.reset(waiting)


def test_where_somebody_else_writes_the_next_publication_brings_it(path: Path) -> None:
    with somebody_writes(path):
        made = make(path, "Over", mode=FROZEN)
        assert not made.is_published
        assert "next publication" in made.notes[0]
        with pytest.raises(WarehouseError):
            listed(path, "List", "K100")
    assert [each.name for each in kept(path)] == ["Over"]
    add_load(path, 2)
    assert ids(path, made) == EVERYBODY
    (note,) = standing(path, made).notes
    assert note.startswith("3 were counted when it was made, and 4 were written")


def test_it_follows_a_set_of_its_owner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = operational_store.ready(path)
    with opened(path) as warehouse:
        one, two = (set_members.as_held(warehouse, "customer", [each]) for each in ("K100", "K200"))
    set_id = member_sets.save(store, "Mine", "customer", one, member_sets.PRIVATE, "ann")
    made = make(path, "Of a set", audience_question.of(known_customers(parse_cut("customer in set Mine"))))
    member_sets.add(store, set_id, two, "ann")
    member_sets.rename(store, set_id, "Otherwise", "ann")
    add_load(path, 2)
    assert standing(path, made).notes == ()
    assert ids(path, made) == {"K100", "K200"}
    member_sets.delete(store, set_id, "ann")
    add_load(path, 3)
    assert "not there any more" in standing(path, made).notes[0]
    assert ids(path, made) == {"K100", "K200"}


def test_regions_of_an_overlap(path: Path) -> None:
    three = [listed(path, name, *who).audience.id for name, who in
             (("A", ("K100", "K200")), ("B", ("K200", "K300")), ("C", ("K200", "K400")))]  # fmt: skip
    with opened(path) as warehouse:
        found = audience_rows.overlap(warehouse.rows, three)
        assert dict(found.rows()) == {1: 1, 2: 1, 3: 0, 4: 1, 5: 0, 6: 0, 7: 1}
        with pytest.raises(BadRequest, match="Choose 2 to 5"):
            audience_rows.overlap(warehouse.rows, three[:1])


def test_what_no_audience_can_be(path: Path) -> None:
    make(path, "Over")
    with pytest.raises(BadRequest, match="called “Over” already"):
        make(path, "over")
    with pytest.raises(BadRequest, match="Nobody"):
        make(path, "None", by_revenue("> 1000000"))
    with pytest.raises(BadRequest, match="frozen or living"):
        make(path, "Odd", mode="melted")
    with pytest.raises(BadRequest, match="1 of these 2 customers"):
        listed(path, "List", "K100", "K999")
    with pytest.raises(BadRequest, match="Nobody"):
        listed(path, "List")
    assert [each.name for each in kept(path)] == ["Over"]
    assert "everybody: all 4" in make(path, "All", audience_question.of(known_customers())).notes[0]
    assert "of one customer" in listed(path, "One", "K100").notes[0]
