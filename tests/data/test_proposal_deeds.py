"""What people say of proposals: durable at once, seen by every process, undone exactly, refused in sentences."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import operational_extension
from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.collaborate import proposal_deeds as deeds
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.collaborate.proposal_course import ProposalNumber
from data.collaborate.proposal_deeds import NewProposal
from data.errors import BadRequest, ChangedMeanwhile, NotAllowed
from data.operational import operational_store
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import SourceNumber
from data.privacy.rights import forget
from data.store.warehouse import Warehouse, writing
from tests.data.small import fill
from tests.data.test_front_office_rows import asked, publish
from tests.made_once import made_once

operational_extension.register()
ANNA, BRUNO, MARIA, LILLE = (SourceNumber("crm", f"K{each}00") for each in (1, 2, 3, 4))
ALIAS = SourceNumber("shop", "S77-7")  # Anna again
CUP, SHADE = ProposalNumber("small", "p1"), ProposalNumber("small", "p2")
NOBODY = SourceNumber("crm", "K999")
PROPOSALS = """SELECT number, title, status, decided_on IS NOT NULL, reason, product_code, customer_code
FROM proposal JOIN batch USING (batch) WHERE origin = 'service' ORDER BY number"""
OWN_VOTES = """SELECT proposal_number, customer_code, customer_key FROM vote JOIN batch USING (batch)
WHERE origin = 'service' ORDER BY 1, 2"""
OWN_TESTS = """SELECT proposal_number, version, customer_code, product_code, score::INTEGER, would_pay
FROM prototype_test JOIN batch USING (batch) WHERE origin = 'service' ORDER BY 1, 2, 3"""


def make(path: Path) -> None:
    with writing(path, "load small") as connection:
        fill(connection)
        connection.execute(
            """INSERT INTO proposal BY NAME SELECT 19760 AS day_key, 3 AS customer_key, 3 AS customer_code,
                4 AS identity_key, 2 AS product_key, 2 AS product_code, 0 AS partner_key, 0 AS partner_code,
                'p2' AS number, 'A warmer lamp' AS title, 'open' AS status, 7 AS supports, 1 AS batch,
                2 AS row_in_source"""
        )
        rows = (
            ("p1", 2, 3, 19800),
            ("p2", 2, 3, 19700),
            ("p2", 3, 4, 19770),
            ("p2", 0, 0, 19770),
            ("p9", 3, 4, 19770),
        )
        for row, (number, code, identity, day) in enumerate(rows, 10):
            connection.execute(
                """INSERT INTO vote BY NAME
                SELECT ? AS day_key, ? AS customer_key, ? AS customer_code, ? AS identity_key,
                    ? AS number, ? AS proposal_number, 1 AS weight, 1 AS batch, ? AS row_in_source""",
                [day, code, code, identity, f"v{row}", number, row],
            )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two proposals of a source with their votes: one early, one of nobody, one on nothing."""
    path = tmp_path / "w.duckdb"
    made_once(path, "small firm with proposals", lambda: make(path))
    return path


@pytest.fixture
def warehouse(path: Path) -> Warehouse:
    return Warehouse(path)


def seen(path: Path) -> ProposalBoard:
    """The board as another process sees it."""
    warehouse = Warehouse(path)
    try:
        return proposal_board(warehouse)
    finally:
        warehouse.close()


def told(board: ProposalBoard) -> dict[str, tuple[Any, ...]]:
    return {
        number.id: (each.persons, each.own_persons, each.status, each.members)
        for number, each in board.proposals.items()
    }


def said(deed: Callable[[], Any]) -> str:
    with pytest.raises(BadRequest) as refused:
        deed()
    return str(refused.value)


def test_what_a_source_tells_is_told_with_what_is_odd(path: Path) -> None:
    board = seen(path)
    lamp = board.proposals[SHADE]
    assert (board.proposals[CUP].persons, lamp.persons, lamp.told_supports, board.strays) == (1, 2, 7, 1)
    assert [each.split(";")[0] for each in lamp.odd] == [
        "1 votes are dated before it was made",
        "1 votes are of nobody who is known",
    ]


def test_a_proposal_is_recorded_supported_and_decided_and_becomes_rows_once(
    path: Path, warehouse: Warehouse
) -> None:
    title = "<script>alert(1)</script> cup"
    number = deeds.record_proposal(warehouse, NewProposal(title, "red", ANNA, "P1", "Prato"), "ann").number
    vote = deeds.support(warehouse, number, BRUNO, who="ann")
    deeds.support(warehouse, number, MARIA, who="ann")
    deeds.support(warehouse, CUP, ANNA, who="ann")
    deeds.change_status(warehouse, number, "planned", "soon", "ann")
    deeds.add_prototype(warehouse, number, "1", "A red cup", date(2026, 1, 1), "ann")
    deeds.record_feedback(warehouse, number, "1", BRUNO, 3, who="ann")
    deeds.record_feedback(warehouse, number, "1", BRUNO, 4, Decimal("12.5"), "nice", "ann")
    deeds.comment(warehouse, number, "The mill can.", who="ann")
    each = seen(path).proposals[number]
    assert (each.title, each.text, each.place, each.product, each.persons, each.status) == (
        title, "red", "Prato", "Cup", 2, "planned")  # fmt: skip
    assert [one.score for one in each.tests] == [4]
    publish(path)
    publish(path)
    rows = [
        [(number.id, title, "planned", True, "soon", 1, 1)],
        [(number.id, 2, 2), (number.id, 3, 3), ("p1", 1, 1)],
        [(number.id, "1", 2, 1, 4, Decimal("12.5000"))],
    ]
    rows[1].sort()
    assert asked(path, PROPOSALS, OWN_VOTES, OWN_TESTS) == rows
    assert seen(path).proposals[number] == each
    deeds.take_back(operational_store.ready(path), vote, "ann")
    deeds.withdraw_support(warehouse, CUP, BRUNO, "ann")  # which a source told
    assert (seen(path).proposals[number].persons, seen(path).proposals[CUP].persons) == (1, 1)
    publish(path)
    assert asked(path, OWN_VOTES) == [[row for row in rows[1] if row[1] != 2]]


def test_a_person_of_two_numbers_has_one_voice_whichever_speaks(path: Path, warehouse: Warehouse) -> None:
    deeds.support(warehouse, CUP, ANNA)
    assert "already" in said(lambda: deeds.support(warehouse, CUP, SourceNumber("shop", "S77-7")))
    deeds.withdraw_support(warehouse, CUP, SourceNumber("shop", "S77-7"))
    before = seen(path).proposals[CUP].persons
    deeds.support(warehouse, CUP, ANNA)
    assert seen(path).proposals[CUP].persons == before + 1


def test_merging_then_unmerging_is_as_if_nothing_had_been(path: Path, warehouse: Warehouse) -> None:
    before = told(seen(path))
    link = deeds.merge(warehouse, CUP, SHADE, "Both are blue.", "ann")
    board = seen(path)
    cup, lamp = board.proposals[CUP], board.proposals[SHADE]
    assert (lamp.persons, lamp.own_persons, lamp.members, cup.persons) == (2, 2, (CUP,), 1)
    assert cup.merge
    assert (cup.merge.into, cup.merge.by, cup.merge.reason) == (SHADE, "ann", "Both are blue.")
    assert board.supporters(SHADE) == {2, 3}
    assert [each.number for each in board.standing] == [SHADE]
    deeds.take_back(operational_store.ready(path), link, "ann")
    assert told(seen(path)) == before


DOING = st.lists(
    st.tuples(
        st.sampled_from(["support", "withdraw", "status", "merge"]), st.integers(0, 2), st.integers(0, 3)
    ),
    max_size=8,
)


@given(DOING, st.permutations([0, 1, 2]))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_unmerging_restores_whatever_was_said_before_and_since(
    tmp_path_factory: pytest.TempPathFactory, doing: list[tuple[str, int, int]], order: list[int]
) -> None:
    """Two stores hear the same; one merges in between and takes that back: they come to the same."""
    states = []
    for merges in (True, False):
        path = tmp_path_factory.mktemp("unmerge") / "w.duckdb"
        made_once(path, "small firm with proposals", lambda path=path: make(path))
        warehouse = Warehouse(path)
        half = len(doing) // 2
        for each in doing[:half]:
            quietly(warehouse, each)
        numbers = [CUP, SHADE]
        link = ""
        if merges and numbers[order[0] % 2] not in seen(path).roots:
            one, other = numbers[order[0] % 2], numbers[1 - order[0] % 2]
            with_refusal: list[str] = []
            try:
                link = deeds.merge(warehouse, one, other, "the same", "ann")
            except BadRequest as error:
                with_refusal.append(str(error))
        votes = [each for each in doing[half:] if each[0] in ("support", "withdraw")]
        for each in votes:
            quietly(warehouse, each)
        if link:
            deeds.take_back(operational_store.ready(path), link, "ann")
        states.append(told(seen(path)))
        warehouse.close()
    assert states[0] == states[1]


def quietly(warehouse: Warehouse, each: tuple[str, int, int]) -> None:
    """Do it, where it can be."""
    what, proposal, person = each
    number, customer = (CUP, SHADE)[proposal % 2], (ANNA, BRUNO, MARIA, ALIAS)[person]
    ways: dict[str, Callable[[], Any]] = {
        "support": lambda: deeds.support(warehouse, number, customer, who="ann"),
        "withdraw": lambda: deeds.withdraw_support(warehouse, number, customer, "ann"),
        "status": lambda: deeds.change_status(
            warehouse, number, ("planned", "done", "new")[proposal], "", "ann"
        ),
        "merge": lambda: deeds.merge(warehouse, number, (SHADE, CUP)[proposal % 2], "the same", "ann"),
    }
    try:
        ways[what]()
    except BadRequest:
        return


def test_one_person_behind_two_numbers_counts_once(path: Path, warehouse: Warehouse) -> None:
    deeds.support(warehouse, CUP, ANNA, who="ann")
    assert "supports p1 already. Each person counts once." in said(
        lambda: deeds.support(warehouse, CUP, ALIAS)
    )
    deeds.support(warehouse, SHADE, ALIAS, who="ann")
    deeds.merge(warehouse, CUP, SHADE, "the same", "ann")
    assert seen(path).proposals[SHADE].persons == 3  # Anna, Bruno and Maria, who cast five votes


def test_bad_input_is_refused_in_a_sentence(warehouse: Warehouse) -> None:
    number = deeds.record_proposal(warehouse, NewProposal("A cup", customer=ANNA), "ann").number
    yesterday, tomorrow = (datetime.now() + timedelta(days=days) for days in (-2, 2))
    strange = ProposalNumber("", "W-000000")
    for deed, words in (
        (lambda: deeds.support(warehouse, CUP, BRUNO), "Bruno Conti supports p1 already"),
        (lambda: deeds.support(warehouse, number, BRUNO, yesterday), "nobody supported it before"),
        (lambda: deeds.support(warehouse, number, BRUNO, tomorrow), "still to come"),
        (lambda: deeds.support(warehouse, number, NOBODY), "No customer is known as 'K999'"),
        (lambda: deeds.support(warehouse, strange, BRUNO), "There is no proposal 'W-000000'"),
        (lambda: deeds.withdraw_support(warehouse, number, BRUNO), "Bruno Conti does not support"),
        (lambda: deeds.merge(warehouse, number, number, "same"), "into itself"),
        (lambda: deeds.merge(warehouse, number, CUP, ""), "merged with a reason"),
        (lambda: deeds.merge(warehouse, number, strange, "same"), "There is no proposal"),
        (lambda: deeds.change_status(warehouse, number, "declined"), "declined with a reason"),
        (lambda: deeds.change_status(warehouse, number, "new"), "is new already"),
        (lambda: deeds.change_status(warehouse, number, "shelved"), "status cannot be 'shelved'"),
        (lambda: deeds.record_proposal(warehouse, NewProposal(" ")), "has no title"),
        (lambda: deeds.record_proposal(warehouse, NewProposal("x" * 81)), "title has 81 letters. Write 80 at most"),
        (lambda: deeds.record_proposal(warehouse, NewProposal("x", "y" * 10_485_760)),
         "That text has 10,485,760 letters. Write 10,000 at most."),
        (lambda: deeds.record_proposal(warehouse, NewProposal("x", customer=NOBODY)), "No customer is known"),
        (lambda: deeds.record_feedback(warehouse, number, "1", BRUNO, 3), "has no version '1'"),
        (lambda: deeds.record_feedback(warehouse, number, "1", BRUNO, 6), "6 is no score"),
        (lambda: deeds.record_feedback(warehouse, number, "1", BRUNO, 3, Decimal(-1)), "-1 is no price"),
        (lambda: deeds.add_prototype(warehouse, number, "", "x", date(2026, 1, 1)), "has no version"),
        (lambda: deeds.comment(warehouse, number, " "), "nothing written"),
    ):  # fmt: skip
        assert words in said(deed)
    assert seen(warehouse.path).proposals[number].persons == 0


def test_spam_by_one_author_is_told(path: Path, warehouse: Warehouse) -> None:
    for at in range(5):
        deeds.record_proposal(warehouse, NewProposal(f"Buy {at}", customer=MARIA), "ann")
    assert seen(path).told_of_author(3) == "One author made 6 of 7 proposals."
    assert seen(path).told_of_author(1) == ""


def test_what_stands_on_something_keeps_it(path: Path, warehouse: Warehouse) -> None:
    store = operational_store.ready(path)
    number, statement = deeds.record_proposal(warehouse, NewProposal("A cup", customer=ANNA), "ann")
    vote = deeds.support(warehouse, number, BRUNO, who="ann")
    assert "1 things were said" in said(lambda: deeds.take_back(store, statement))
    deeds.take_back(store, vote, "ann")
    version = deeds.add_prototype(warehouse, CUP, "1", "x", date(2026, 1, 1), "ann")
    assert "is there already" in said(lambda: deeds.add_prototype(warehouse, CUP, "1", "y", date(2026, 1, 1)))
    deeds.record_feedback(warehouse, CUP, "1", BRUNO, 2, who="ann")
    assert "1 customers said" in said(lambda: deeds.take_back(store, version))
    publish(path)
    assert [row[0] for row in asked(path, PROPOSALS)[0]] == [number.id]
    deeds.take_back(store, statement, "ann")
    assert number not in seen(path).proposals, "though its row is there still"
    publish(path)
    assert number not in seen(path).proposals
    assert asked(path, PROPOSALS) == [[]]


def test_two_people_who_decide_otherwise_meet(path: Path, warehouse: Warehouse) -> None:
    shown = StandingOn.of(*seen(path).proposals[CUP].statements)
    deeds.change_status(warehouse, CUP, "planned", "", "ann", shown)
    with pytest.raises(ChangedMeanwhile) as overtaken:
        deeds.change_status(warehouse, CUP, "declined", "Too dear.", "ugo", shown)
    assert {(each.part, each.theirs, each.mine) for each in overtaken.value.changes} >= {
        ("status", "planned", "declined")
    }
    deeds.change_status(warehouse, CUP, "declined", "Too dear.", "ugo", overtaken.value.standing_on)
    cup = seen(path).proposals[CUP]
    assert [(each.status, each.by) for each in cup.course[1:]] == [("planned", "ann"), ("declined", "ugo")]
    deeds.merge(warehouse, CUP, SHADE, "same", "ann", shown)
    number = deeds.record_proposal(warehouse, NewProposal("A cup", customer=ANNA), "ann").number
    with pytest.raises(ChangedMeanwhile):
        deeds.merge(warehouse, CUP, number, "no, this", "ugo", shown)
    assert "merged into p2" in said(lambda: deeds.change_status(warehouse, CUP, "done"))


def test_however_many_press_at_once_one_support_is_said(path: Path) -> None:
    def press(_: int) -> bool:
        warehouse = Warehouse(path)
        try:
            deeds.support(warehouse, CUP, MARIA, who="ann")
        except BadRequest:
            return False
        finally:
            warehouse.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(press, range(6))) == 1
    assert seen(path).proposals[CUP].persons == 2


def test_a_person_who_is_forgotten_is_in_no_statement_and_their_support_still_counts(
    path: Path, warehouse: Warehouse
) -> None:
    number = deeds.record_proposal(
        warehouse, NewProposal("Anna Bellini wants a cup", "mine", ANNA), "ann"
    ).number
    deeds.support(warehouse, number, BRUNO, who="ann")
    deeds.support(warehouse, SHADE, ANNA, who="ann")
    publish(path)
    before = told(seen(path))
    forget(path, "K100")
    store = operational_store.ready(path).file.read_bytes()
    assert b"Bellini" not in store
    assert b"K100" not in store
    publish(path)
    board = seen(path)
    assert told(board) == before
    assert (board.proposals[number].title, board.proposals[number].text) == (
        "",
        "",
    )  # and repeats no other such
    assert "No customer is known" in said(lambda: deeds.support(Warehouse(path), CUP, ANNA))


def test_each_sees_what_their_policy_shows(path: Path, warehouse: Warehouse) -> None:
    lille = deeds.record_proposal(warehouse, NewProposal("From Lille", "secret", LILLE), "ann").number
    deeds.support(warehouse, CUP, LILLE, who="ann")
    deeds.change_status(warehouse, CUP, "declined", "Maria Rossi did not want it.", "ann")
    italy = warehouse.under(Policy(rows=(RowCut("country", ("Italy",)),)))
    board = proposal_board(italy)
    assert lille not in board.proposals
    assert board.proposals[CUP].persons == 1
    masked = warehouse.under(Policy(masked=frozenset(["customer.name", "proposal.text", "proposal.reason"])))
    shown: CustomerProposal = proposal_board(masked).proposals[lille]
    assert shown.author
    assert (shown.author.name, shown.text) == ("K400", "")
    assert proposal_board(masked).proposals[CUP].now.reason == ""
    reader = Policy(person="eva", roles=("service",), deeds=frozenset([Deed.SERVE]))
    with acting_as(Acting("eva", reader)), pytest.raises(NotAllowed, match="becomes of proposals"):
        deeds.support(warehouse, SHADE, ANNA)
    assert proposal_board(warehouse).proposals[SHADE].persons == 2
