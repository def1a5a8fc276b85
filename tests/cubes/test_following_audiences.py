"""Audiences at each publication: who came and left, and that no merge, erasure, undoing or copy of it goes astray."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cubes.analysis import audience_question
from cubes.analysis.audience_question import AudienceQuestion, Joining, OtherAudience, known_customers
from cubes.analysis.make_audience import MadeAudience, make_audience, make_listed_audience
from cubes.members.member_names import names_of
from cubes.query import Query, parse_cut
from data.campaigns import audience_rows
from data.campaigns.audience_standing import AudienceStanding, audience_standing
from data.errors import BadRequest, WarehouseError
from data.export.plain_tables import export
from data.operational import audiences, member_sets, operational_store, set_members
from data.operational.audiences import FROZEN, LIVING, Audience
from data.privacy.rights import access, forget
from data.quality.integrity import examine
from data.recovery.backup import backup, restore
from data.recovery.earlier_states import go_back
from data.store import write_moments
from data.store.publication import published
from data.store.warehouse import Warehouse, current_version, writing
from tests.data.busy_warehouse import somebody_writes
from tests.data.small import add_load, small_warehouse

EVERYBODY = {"K100", "K200", "K300", "K400"}


_opened: list[Warehouse] = []


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield small_warehouse(tmp_path / "w.duckdb")
    while _opened:
        _opened.pop().close()


def latest(path: Path) -> Warehouse:
    """The snapshot that is published now, opened once."""
    if not _opened or _opened[-1].version != current_version(path):
        while _opened:
            _opened.pop().close()
        _opened.append(Warehouse(path))
    return _opened[-1]


def by_revenue(condition: str) -> AudienceQuestion:
    """Over 120 are K100 (390), K300 (130) and K400 (150); the next load brings 130 to K200, who has 110."""
    cut = parse_cut(f"customer by revenue {condition}")
    return audience_question.of(Query(("customers",), cuts=(cut,)))


OVER = by_revenue("> 120")


def make(path: Path, name: str, question: AudienceQuestion = OVER, mode: str = LIVING) -> MadeAudience:
    """Say it; the next publication brings it, as it brings others with it."""
    with somebody_writes(path):
        return make_audience(latest(path), name, question, mode, "ann")


def publish(path: Path) -> None:
    with writing(path, "published"):
        pass


def listed(path: Path, name: str, *ids: str) -> MadeAudience:
    return make_listed_audience(latest(path), name, "Offers of May", ids, "ann")


def ids(path: Path, made: MadeAudience) -> set[str]:
    codes = audience_rows.members(latest(path).arrays, made.audience.id)
    assert len(np.unique(codes)) == len(codes)
    return set(names_of(latest(path)).of("customer", codes)[1])


def course(path: Path, made: MadeAudience) -> list[tuple[int, int, int]]:
    found = audience_rows.course(latest(path).rows, made.audience.id)
    assert found["published_at"].null_count() == 0
    return found.select("came", "left", "members").rows()


def kept(path: Path) -> tuple[Audience, ...]:
    return audiences.audiences(operational_store.of(latest(path)))


def standing(path: Path, made: MadeAudience) -> AudienceStanding:
    return audience_standing(latest(path).rows, made.audience)


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    return latest(path).rows(sql)


def unsound(path: Path) -> list[str]:
    return [str(each) for each in examine(latest(path)) if not each.is_sound]


def test_a_living_one_follows_and_a_frozen_one_stays(path: Path) -> None:
    living, frozen = make(path, "Over"), make(path, "Then", mode=FROZEN)
    below = make(path, "Below", by_revenue("< 140"))
    gone = make(path, "Gone")
    publish(path)
    assert living.audience.counted == len(ids(path, living)) == 3
    assert ids(path, below) == {"K200", "K300"}
    held = rows(path, "FROM audience_member ORDER BY ALL")
    deleted = audiences.delete(operational_store.ready(path), gone.audience.id, "ann")
    publish(path)
    assert rows(path, "FROM audience_member ORDER BY ALL") == held
    assert "Gone" not in {each.name for each in kept(path)}
    add_load(path, 2)
    assert ids(path, living) == EVERYBODY
    assert ids(path, frozen) == ids(path, gone) == {"K100", "K300", "K400"}
    assert ids(path, below) == {"K300"}
    assert course(path, living) == [(3, 0, 3), (1, 0, 4)]
    assert course(path, frozen) == [(3, 0, 3)]
    assert course(path, below) == [(2, 0, 2), (0, 1, 1)]
    assert standing(path, living) == AudienceStanding(4, True, ())
    audiences.undelete(operational_store.ready(path), deleted, "ann")
    publish(path)
    assert "Gone" in {each.name for each in kept(path)}
    assert ids(path, gone) == EVERYBODY
    assert unsound(path) == []


def test_one_leans_on_another_and_follows_it(path: Path) -> None:
    over = make(path, "Over")
    publish(path)
    others = OtherAudience(over.audience.id)
    rest = make(path, "Rest", audience_question.of(known_customers()).joined(Joining.BUT_NOT, others))
    assert rest.audience.counted == 1
    add_load(path, 2)
    assert ids(path, rest) == set()
    deleted = audiences.delete(operational_store.ready(path), over.audience.id, "ann")
    publish(path)
    assert "leans on was deleted" in standing(path, rest).notes[0]
    assert "stay as they were" in standing(path, rest).notes[0]
    audiences.undelete(operational_store.ready(path), deleted, "ann")
    publish(path)
    assert rows(path, "FROM audience_trouble") == []


def test_what_leans_on_itself_is_a_trouble_and_no_load_fails(path: Path) -> None:
    first, second = make(path, "First"), make(path, "Second")
    publish(path)
    with writing(path, "by hand") as connection:
        for each, other in ((first, second), (second, first)):
            question = audience_question.to_text(audience_question.of(OtherAudience(other.audience.id)))
            connection.execute(
                "UPDATE audience_said SET question = ? WHERE audience = ?", [question, each.audience.id]
            )
    assert "leans on itself" in " ".join(standing(path, first).notes + standing(path, second).notes)
    assert ids(path, first) == {"K100", "K300", "K400"}


def test_the_merged_count_once_and_who_is_told_apart_stays(path: Path) -> None:
    living = make(path, "Over")
    pair = listed(path, "Pair", "K300", "K400")
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
        connection.execute(
            "UPDATE customer_identity SET customer_code = ? WHERE identity_key = ?", [code, identity]
        )
        connection.execute(
            "UPDATE sale SET customer_code = ?, customer_key = ? WHERE identity_key = ?",
            [code, code, identity],
        )


def test_whoever_is_erased_is_in_none(path: Path, tmp_path: Path) -> None:
    everybody = make(path, "All", audience_question.of(known_customers()))
    named = make(path, "Maria", audience_question.of(known_customers(parse_cut("customer=K300|K400"))))
    one = listed(path, "One", "K300", "K100")
    told = access(latest(path), "K300")["audiences"]
    assert told["audience"].to_list() == ["All", "Maria", "One"]
    export(latest(path), tmp_path / "out", "csv")
    assert "K300" not in (tmp_path / "out/audience_said.csv").read_text()
    forget(path, "K300")
    assert ids(path, everybody) == {"K100", "K200", "K400"}
    assert ids(path, one) == {"K100"}
    assert rows(path, "SELECT count(*) FROM audience_member WHERE identity_key = 4") == [(0,)]
    assert any("a customer who was erased" in note for note in standing(path, named).notes)
    assert "K300" not in str(rows(path, "FROM audience_said"))
    assert unsound(path) == []


def test_going_back_keeps_who_was_found(path: Path) -> None:
    before = published(path)[-1].number
    add_load(path, 2)
    living, frozen = make(path, "Over"), make(path, "Then", mode=FROZEN)
    short = listed(path, "List", "K200", "K300")
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
    assert unsound(path) == []


def test_where_somebody_else_writes_the_next_publication_brings_it(path: Path) -> None:
    made = make(path, "Over", mode=FROZEN)
    assert not made.is_published
    assert "next publication" in made.notes[0]
    with somebody_writes(path), pytest.raises(WarehouseError):
        listed(path, "List", "K100")
    assert [each.name for each in kept(path)] == ["Over"]
    add_load(path, 2)
    assert ids(path, made) == EVERYBODY
    (note,) = standing(path, made).notes
    assert note.startswith("3 were counted when it was made, and 4 were written")


def test_a_list_that_is_not_written_is_not_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operational_store.ready(path)

    def fails(step: str) -> None:
        if step == "statements taken in":
            raise OSError("no room")

    monkeypatch.setattr(write_moments, "step", fails)
    with pytest.raises(OSError, match="no room"):
        listed(path, "List", "K100")
    monkeypatch.undo()
    assert kept(path) == ()
    assert ids(path, listed(path, "List", "K100")) == {"K100"}


def test_it_follows_a_set_of_its_owner(path: Path) -> None:
    store = operational_store.ready(path)
    one, two = (set_members.as_held(latest(path), "customer", [each]) for each in ("K100", "K200"))
    set_id = member_sets.save(store, "Mine", "customer", one, member_sets.PRIVATE, "ann")
    made = make(path, "Of a set", audience_question.of(known_customers(parse_cut("customer in set Mine"))))
    member_sets.add(store, set_id, two, "ann")
    member_sets.rename(store, set_id, "Otherwise", "ann")
    add_load(path, 2)
    assert rows(path, "FROM audience_trouble") == []
    assert ids(path, made) == {"K100", "K200"}
    member_sets.delete(store, set_id, "ann")
    publish(path)
    assert "not there any more" in standing(path, made).notes[0]
    assert ids(path, made) == {"K100", "K200"}


def test_regions_of_an_overlap(path: Path) -> None:
    three = ["a", "b", "c"]
    with writing(path) as connection:
        for id, codes in zip(three, ([1, 2], [2, 3], [2, 4]), strict=True):
            audience_rows.write(connection, id, np.array(codes, np.int32), 2)
    found = audience_rows.overlap(latest(path).rows, three)
    assert dict(found.rows()) == {1: 1, 2: 1, 3: 0, 4: 1, 5: 0, 6: 0, 7: 1}
    with pytest.raises(BadRequest, match="Choose 2 to 5"):
        audience_rows.overlap(latest(path).rows, three[:1])


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
    one = listed(path, "One", "K100")
    assert one.is_published
    assert one.notes == ("It is of one customer: no effect can be measured on one.",)
