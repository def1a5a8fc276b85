"""The page Cases and the card that records: queues, deeds, two who close one case, what is typed and refused."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data import environment
from data.access.deed import Deed
from data.access.policy import Policy
from data.errors import BadRequest
from data.operational import operational_store
from data.operational.statement_kinds import SourceNumber
from data.service import recorded_contacts, service_tasks
from data.service.case_course import CLOSED, OPENED, CaseEvent
from data.service.case_deeds import add_event, now, open_case
from data.service.case_list import FrontOffice, front_office
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import CaseNumber, ServiceCase
from data.service.service_tasks import ServiceTask
from data.store.warehouse import Warehouse
from pages.service import case_words as words
from pages.service.cases_view import DUE, MINE, QUEUES, UNASSIGNED, WAITING, CasesView, parse_cases
from pages.ui import acting_person, session
from tests.data.test_front_office_rows import firm
from tests.pages.test_unknown_cuts import opened

PAGE = "service/cases_page.py"
ANNA = SourceNumber("crm", "K100")
NOW = datetime(2026, 3, 4, 12)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return firm(tmp_path_factory.mktemp("cases") / "w.duckdb")


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path.resolve() / "w.duckdb"
    shutil.copy(made, path)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv(environment.USER, "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return path


def office(path: Path) -> FrontOffice:
    warehouse = Warehouse(path)
    try:
        return front_office(warehouse)
    finally:
        warehouse.close()


def card(code: int) -> None:
    from pages.service.record_card import record_card
    from pages.ui import session

    session.renewed()
    record_card(code)


def recording(code: int = 1) -> AppTest:
    app = AppTest.from_function(card, default_timeout=60, args=(code,)).run()
    for each in app.get("button_group"):
        each.set_value("A contact")
    return app.run()


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


def field(app: AppTest, kind: str, label: str):  # type: ignore[no-untyped-def]
    return next(each for each in app.get(kind) if each.label == label)


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def test_the_address_holds_the_view() -> None:
    for view in (
        CasesView(),
        CasesView("mine", page=3),
        CasesView("due", "TK1", "callcentre"),
        CasesView(case="W-1"),
    ):
        assert parse_cases(view.to_parameters()) == view
    for wrong, why in (
        ({"queue": ["mien"]}, "Did you mean 'mine'"),
        ({"page": ["0"]}, "is no page"),
        ({"x": ["1"]}, "means nothing"),
    ):
        with pytest.raises(BadRequest, match=why):
            parse_cases(wrong)


def case(id: str, days: int, **more: object) -> ServiceCase:
    opening = CaseEvent(OPENED, NOW - timedelta(days=days), topic="Late", **more)  # type: ignore[arg-type]
    return ServiceCase(CaseNumber("", id), (opening,))


def test_queues_hold_what_they_say_the_most_urgent_first() -> None:
    today = NOW.date()
    cases = (
        case("old", 9), case("mine", 3, assignee="ann", priority="low"), case("due", 2, due=today),
        case("late", 1, due=date(2026, 3, 1), assignee="ann"), case("urgent", 0, priority="urgent"),
    )  # fmt: skip
    desk = FrontOffice(cases, (), (), {})
    found = {each: [one.case.id for one in words.in_queue(desk, each, "ann", today)] for each in QUEUES}
    assert found["open"] == ["urgent", "late", "due", "old", "mine"]
    assert (found[MINE], found[UNASSIGNED], found[DUE]) == (
        ["late", "mine"],
        ["urgent", "due", "old"],
        ["late", "due"],
    )
    assert found[WAITING] == found["open"]
    assert words.queue_name(desk, DUE, "ann", today) == "Due 2"
    assert words.main_fact(cases[3], NOW, today) == (
        "Open for 1 day, ann looks after it, it is 3 days late. The customer has waited 1 day for an answer."
    )
    assert words.shown_page(cases, 9, 2) == (cases[4:], 3)


def test_a_case_is_opened_from_a_queue_assigned_and_closed(path: Path) -> None:
    app = opened(PAGE)
    assert not app.exception
    assert 'data-open="2"' in html(app)
    assert "TK1 Invoice" in html(app)
    app = opened(PAGE, case="TK1", source="small")
    assert "nobody looks after it" in html(app)
    field(app, "selectbox", "To whom").set_value("ann")
    press(app, "Assign it")
    assert "Saved: assigned." in html(app)
    assert "ann looks after it" in html(app)
    field(app, "selectbox", "Outcome").set_value("Refunded")
    press(app, "Close the case")
    assert "Closed on" in html(app)
    (closed,) = [each for each in office(path).cases if each.case.id == "TK1"]
    assert (closed.state.outcome, closed.state.closed_by) == ("Refunded", "ann")
    press(app, "Undo")
    assert "Taken back" in html(app)
    assert len(office(path).open_cases) == 2


def test_of_two_who_close_it_the_second_sees_both_and_chooses(path: Path) -> None:
    store = operational_store.ready(path)
    mine = open_case(store, ANNA, CaseEvent(OPENED, now(), topic="Late"), "ann").case
    app = opened(PAGE, case=mine.id)
    (seen,) = [each for each in office(path).cases if each.case == mine]
    add_event(store, seen, CaseEvent(CLOSED, now(), outcome="Replaced"), "bob")
    field(app, "selectbox", "Outcome").set_value("Refunded")
    press(app, "Close the case")
    assert "bob changed Case" in html(app)
    assert "closed: Replaced" in html(app)
    assert "closed: Refunded" in html(app)
    press(app, "Put mine in its place")
    (now_is,) = [each for each in office(path).cases if each.case == mine]
    assert (now_is.state.outcome, now_is.state.closed_by) == ("Refunded", "ann")


def test_a_contact_is_recorded_with_its_promise_and_seen_at_once(path: Path) -> None:
    app = recording()
    field(app, "selectbox", "Outcome").set_value("Refunded")
    field(app, "text_input", "Promised to the customer").set_value("A copy")
    field(app, "date_input", "To be kept by (makes a task)").set_value(date(2026, 3, 9))
    field(app, "selectbox", "Satisfaction, 0 to 10").set_value("9")
    field(app, "selectbox", "About the case").set_value(CaseNumber("small", "TK1"))
    press(app, "Save the contact")
    assert "Saved: the contact is recorded. The promise is a task." in html(app)
    assert field(app, "text_input", "Promised to the customer").value == "", "an empty form for the next"
    found = office(path)
    assert [(each.outcome, each.satisfaction, each.by) for each in found.contacts] == [("Refunded", 9, "ann")]
    assert [(task.what, person.name) for task, person in found.tasks if person] == [
        ("A copy", "Anna Bellini")
    ]
    assert next(each for each in found.cases if each.case.id == "TK1").course[-1].event == "contact in"
    press(app, "Undo")
    assert (office(path).contacts, office(path).tasks) == ((), ())


def test_what_cannot_be_stays_typed(path: Path) -> None:
    app = recording()
    app.get("button_group")[0].set_value("A case").run()
    field(app, "text_area", "Note").set_value("it never came")
    press(app, "Open the case")
    assert "The case has no subject" in html(app)
    assert field(app, "text_area", "Note").value == "it never came"
    field(app, "selectbox", "Subject").set_value("Invoice")
    press(app, "Open the case")
    (mine,) = [each for each in office(path).open_cases if not each.case.source]
    assert (mine.state.topic, mine.called, mine.course[0].note) == (
        "Invoice",
        "Anna Bellini",
        "it never came",
    )


def test_tasks_are_listed_and_done(path: Path) -> None:
    service_tasks.add_task(
        operational_store.ready(path), ServiceTask("Send a copy", date(2026, 3, 1), "ann", ANNA)
    )
    app = opened(PAGE, queue="tasks")
    assert "1 task: 0 due today, 1 overdue." in html(app)
    press(app, "Done")
    assert office(path).tasks == ()
    assert "“Send a copy” is done" in html(app)


def test_who_may_not_serve_reads_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        acting_person.acting,
        "acting",
        lambda: acting_person.Acting("ann", Policy("ann", deeds=frozenset({Deed.WRITE})), "browser"),
    )
    assert recording().get("form") == []
    assert not any(each.label == "Close the case" for each in opened(PAGE, case="TK1", source="small").button)


def test_an_address_of_no_case_says_what_to_do(path: Path) -> None:
    app = opened(PAGE, case="TK9")
    assert "There is no case" in html(app)
    assert recorded_contacts.contacts(operational_store.ready(path)) == ()
    assert "There is no queue" in html(opened(PAGE, queue="hers"))


def test_what_was_sought_gives_way_to_the_queue_that_is_chosen(path: Path) -> None:
    app = opened(PAGE)
    app.text_input(key="cases-find").set_value("<b>TK</b>").run()
    assert "No case is numbered “&lt;b&gt;TK&lt;/b&gt;”." in html(app)
    app.get("button_group")[0].set_value(MINE).run()
    assert app.text_input(key="cases-find").value == ""
    assert "No open case is yours." in html(app)


def things(code: int) -> None:
    from pages.service.open_things_card import open_things_card
    from pages.service.service_deeds import told
    from pages.ui import session

    session.renewed()
    told("record")
    open_things_card(code)


def test_what_is_open_for_a_customer_and_what_was_recorded_is_taken_back(path: Path) -> None:
    store = operational_store.ready(path)
    recorded_contacts.record(store, RecordedContact(ANNA, "visit", now(), "out", note="kind"), "ann")
    mine = open_case(store, ANNA, CaseEvent(OPENED, now(), topic="Late"), "ann").case
    app = AppTest.from_function(things, default_timeout=60, args=(1,)).run()
    assert "2 open cases, 0 tasks." in html(app)
    assert any("Visit to the customer" in each.value for each in app.markdown)
    press(app, "Take back")
    assert office(path).contacts == ()
    assert "Nothing is open" in html(AppTest.from_function(things, default_timeout=60, args=(2,)).run())
    app = opened(PAGE, case=mine.id)
    press(app, "Take it back")
    assert "There is no case" in html(app)
    assert [each.case.id for each in office(path).open_cases] == ["TK1", "TK3"]
