"""The page Proposals: its address, board and list, deeds on one of them, what is like a text, what is not rendered."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data import environment
from data.access.deed import Deed
from data.access.policy import Policy
from data.collaborate import proposal_deeds as deeds
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.collaborate.proposal_course import ProposalNumber, StatusStep
from data.collaborate.proposal_deeds import NewProposal
from data.collaborate.proposal_supports import VOTES
from data.errors import BadRequest
from data.store.warehouse import Warehouse, writing
from pages.collaborate import proposal_words as words
from pages.collaborate.named_customer import customer_named
from pages.collaborate.proposal_box import proposal_box
from pages.collaborate.proposal_ways import numbered
from pages.collaborate.proposals_view import ProposalsView, parse_proposals
from pages.collaborate.similar_now import SimilarProposal, similar_now, similar_to
from pages.ui import acting_person, session
from tests.data.test_proposal_deeds import ANNA, CUP, MARIA, SHADE, make
from tests.made_once import made_once
from tests.pages.test_cases_page import field, html, press
from tests.pages.test_unknown_cuts import opened

PAGE = "collaborate/proposals_page.py"
DAY = datetime(2026, 3, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proposals") / "w.duckdb"
    made_once(path, "small firm with proposals", lambda: make(path))
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path.resolve() / "w.duckdb"
    shutil.copy(made, path)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv(environment.USER, "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return path


def board(path: Path) -> ProposalBoard:
    warehouse = Warehouse(path)
    try:
        return proposal_board(warehouse)
    finally:
        warehouse.close()


def test_the_address_holds_the_view() -> None:
    for view in (
        ProposalsView(),
        ProposalsView("list", "blue cup", "done", "category:Kitchen", "it", "Prato", "newest", page=3),
        ProposalsView(proposal="PR1", source="shop"),
        ProposalsView(proposal="W-ABCDEF"),
        ProposalsView(new=True),
    ):
        assert parse_proposals(view.to_parameters()) == view
    for wrong, why in (
        ({"look": ["lst"]}, "Did you mean 'list'"),
        ({"status": ["don"]}, "Did you mean 'done'"),
        ({"page": ["0"]}, "is no page"),
        ({"new": ["no"]}, "can only be yes"),
        ({"x": ["1"]}, "means nothing"),
    ):
        with pytest.raises(BadRequest, match=why):
            parse_proposals(wrong)


def proposal(id: str, days: int = 0, status: str = "new", **more: object) -> CustomerProposal:
    at = DAY + timedelta(days=days)
    steps = (StatusStep(status, at),)
    return CustomerProposal(ProposalNumber("shop", id), at, f"Title {id}", steps=steps, **more)  # type: ignore[arg-type]


def a_board(*every: CustomerProposal) -> ProposalBoard:
    return ProposalBoard({each.number: each for each in every}, pl.DataFrame(schema=VOTES))


def test_filters_and_orders_find_what_they_say() -> None:
    every = a_board(
        proposal("a", 1, persons=2, category="Kitchen", product="Cup", product_id="P1", place="Prato"),
        proposal("b", 2, "done", persons=9, told_text="<p>Más árboles</p>", told_language="es"),
        proposal("c", 3, told_supports=5.0),
    )

    def found(**filters: str) -> str:
        return "".join(each.number.id for each in words.shown_ones(ProposalsView(**filters), every))  # type: ignore[arg-type]

    assert (found(), found(order="newest"), found(order="oldest")) == ("bca", "cba", "abc")
    assert (found(text="ARBOLES mas"), found(text="cup"), found(text="p>")) == ("b", "a", "")
    assert (found(ware="category:Kitchen"), found(ware="product:P1"), found(place="Prato")) == ("a", "a", "a")
    assert (found(language="es"), found(language="unsure"), found(status="done")) == ("b", "ca", "b")
    assert words.statuses_shown(every.standing)[-1] == "declined"
    assert words.supports_told(every.standing[2]) == "5 supports told by the source"


def test_a_script_in_a_title_is_text_on_the_board_and_in_the_list(path: Path) -> None:
    number = deeds.record_proposal(
        Warehouse(path), NewProposal("<script>x()</script> cup", "<b>bold</b>", ANNA), "ann"
    ).number
    for look in ({}, {"look": "list"}, {"proposal": number.id}):
        app = opened(PAGE, **look)
        assert not app.exception
        assert "&lt;script&gt;x()&lt;/script&gt; cup" in html(app)
        assert "<script>x" not in html(app)
    assert "&lt;b&gt;bold&lt;/b&gt;" in html(app)
    assert 'data-state="refused"' in html(opened(PAGE, status="don"))


def test_a_proposal_is_decided_supported_and_merged_each_with_its_undo(path: Path) -> None:
    app = opened(PAGE, proposal="p1", source="small")
    assert 'data-persons="1"' in html(app)
    field(app, "selectbox", "Status").set_value("declined")
    press(app, "Save the status")
    assert "declined with a reason" in html(app)
    field(app, "text_area", "Reason").set_value("No mill makes it.")
    press(app, "Save the status")
    assert "No mill makes it." in html(app)
    assert board(path).proposals[CUP].status == "declined"
    press(app, "Undo")
    assert board(path).proposals[CUP].status == "new"
    field(app, "text_input", "Customer, by number, name, e-mail or phone").set_value("Rossi")
    press(app, "Save")
    assert "Several may be meant" in html(app)
    field(app, "text_input", "Customer, by number, name, e-mail or phone").set_value("K300")
    press(app, "Save")
    assert 'data-persons="2"' in html(app)
    field(app, "selectbox", "Into which it is merged, the likeliest first").set_value(SHADE)
    field(app, "text_area", "Why they say the same").set_value("Both are blue.")
    press(app, "Merge it")
    assert "Merged into p2 by ann" in html(app)
    assert board(path).proposals[SHADE].persons == 2, "Bruno and Maria, who support both"
    press(app, "Unmerge")
    assert board(path).proposals[CUP].merge is None
    assert (numbered(Warehouse(path), SHADE), numbered(Warehouse(path), " P2 ")) == (SHADE, SHADE)
    with pytest.raises(BadRequest, match="'p77' is the number of 0 proposals"):
        numbered(Warehouse(path), "p77")


def test_prototypes_are_tried_and_a_done_proposal_tells_its_sales(path: Path) -> None:
    warehouse = Warehouse(path)
    deeds.add_prototype(warehouse, CUP, "1", "A blue cup", date(2026, 1, 1), "ann")
    deeds.change_status(warehouse, CUP, "done", "", "ann")
    deeds.comment(warehouse, CUP, "<i>well done</i>", MARIA, "ann")
    app = opened(PAGE, proposal="p1", source="small")
    assert "Nobody has said yet" in html(app)
    field(app, "selectbox", "Score").set_value(4)
    [each for each in app.text_input if each.label.startswith("Customer")][-1].set_value("K200")
    press(app, "Save the feedback")
    assert not app.exception
    assert [(each.person, each.score) for each in board(path).proposals[CUP].tests] == [(2, 4.0)]
    assert "&lt;i&gt;well done&lt;/i&gt;" in html(app)
    assert "Sales are known of fewer than 7 days" in html(app)
    assert any(each.label == "Make an audience" for each in app.button)


def test_what_is_like_a_text_shows_while_it_is_typed(path: Path) -> None:
    number = deeds.record_proposal(
        Warehouse(path), NewProposal("a blue CÚP!", "", ANNA, place="Prato"), "ann"
    ).number
    told = proposal_box.answer("A blue cup", 7)
    assert (told["at"], told["exact"]) == (7, True)
    assert told["said"].startswith("2 proposals with this very title")
    assert {line[1] for line in told["found"]} == {"A blue cup", "a blue CÚP!"}
    found = similar_now("A blue cup", board(path))
    assert {each.number for each in found} == {CUP, number}
    assert number in {each.number for each in similar_to(board(path).proposals[CUP], board(path))}
    assert proposal_box.answer("A", 8)["found"] == ()
    assert proposal_box.said_of(()) == "Nothing like it is here."
    for raw in (None, "x", {"text": 1, "at": 1}, {"text": "a", "at": True}):
        assert proposal_box.parse_title(raw) is None
    assert proposal_box.parse_title({"text": "x" * 999, "at": 1}) == ("x" * 80, 1)
    elsewhere = SimilarProposal(CUP, 0.83, place="Prato", is_elsewhere=True)
    assert (elsewhere.words, elsewhere.place_words) == ("83% alike", "Prato (another place)")


def test_a_customer_is_named_plainly_or_asked_for(path: Path) -> None:
    warehouse = session.warehouse()
    assert customer_named(warehouse, " k200 ").id == "K200"
    for text, why in (
        ("Rossi", "Several may be meant"),
        ("Nobody At All", "No customer is known"),
        (" ", "is named"),
    ):
        with pytest.raises(BadRequest, match=why):
            customer_named(warehouse, text)


def test_who_may_not_decide_reads_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = acting_person.Acting("ann", Policy("ann", deeds=frozenset({Deed.WRITE})), "browser")
    monkeypatch.setattr(acting_person.acting, "acting", lambda: reader)
    app: AppTest = opened(PAGE, proposal="p1", source="small")
    assert not app.exception
    assert [each.label for each in app.button if each.label in ("Save the status", "Unmerge")] == []
    assert not any(each.label == "Record a proposal" for each in opened(PAGE).button)
    assert "There is no proposal" in html(opened(PAGE, proposal="p9"))


def test_sales_of_what_was_done_are_told_on_either_side_of_that_day(path: Path) -> None:
    with writing(path, "more") as connection:
        connection.execute(
            """INSERT INTO proposal BY NAME SELECT 19690 AS day_key, 3 AS customer_key, 3 AS customer_code,
                4 AS identity_key, 2 AS product_key, 2 AS product_code, 0 AS partner_key, 0 AS partner_code,
                'p3' AS number, 'A lamp' AS title, 'done' AS status, DATE '1970-01-01' + 19705 AS decided_on,
                1 AS batch, 3 AS row_in_source"""
        )
    session.renewed()
    ((before, after),) = session.warehouse().rows(
        """SELECT sum(revenue) FILTER (day_key BETWEEN 19698 AND 19704),
            sum(revenue) FILTER (day_key BETWEEN 19706 AND 19712)
        FROM sale WHERE product_code = 2"""
    )
    assert (before, after) == (60, 360)  # rows 2 and 4; 6, 8, 10 and 12
    app = opened(PAGE, proposal="p3", source="small")
    assert not app.exception
    assert "Observed, not caused" in html(app)
    assert "€60" in html(app)
    assert "€360" in html(app)
    assert "+500.0%" in html(app)
