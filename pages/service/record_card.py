"""Recording on a customer's page: a contact and what came of it, a task, or a case that is opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import BadRequest
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME, LONGEST_TEXT
from data.operational.statement_kinds import CONTACT_KINDS, PRIORITIES, SourceNumber
from data.operational.statement_rows import publish_now
from data.service import case_deeds, recorded_contacts
from data.service.case_course import OPENED, CaseEvent
from data.service.case_list import front_office
from data.service.recorded_contacts import RecordedContact
from data.service.said_consents import WITHDRAWN, SaidConsent
from data.service.service_case import CaseNumber, ServiceCase
from data.service.service_choices import ServiceChoices, known_people, number_to_speak_of, service_choices
from data.service.service_tasks import ServiceTask
from data.store.publication import CONSENTS_SAID
from pages.explore.written_deeds import Standing
from pages.service import case_words as words
from pages.service import service_deeds, tasks_card
from pages.service.case_ways import POINTS
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.local_time import today, zone_name
from pages.ui.page_states import card, section

CONTACT, TASK, CASE = WHAT = ("A contact", "A task", "A case")
DIRECTIONS = {"in": "The customer came to us", "out": "We went to the customer"}
SENTENCE = "Seen here and in the queues at once; in the cubes with the next publication."
CONSENT_SAID = (
    "The consent is withdrawn: campaigns leave the customer out once that is published, which is tried now."
)
NO_CASE = CaseNumber("", "")


@for_deed(Deed.SERVE)
def record_card(code: int) -> None:
    """Draw the card of a customer (code): nothing for whom may not serve."""
    store = session.warehouse()
    with card("record"):
        section("Record", SENTENCE)
        try:
            number = number_to_speak_of(store, code)
        except BadRequest as error:
            st.html(
                f'<p class="clientela-quiet" data-testid="not-recorded">{error.problem} {error.remedy}</p>'
            )
            return
        service_deeds.told("record")
        what = st.segmented_control("What to record", WHAT, key=f"record-what-{code}", default=CONTACT, required=True,
                                    label_visibility="collapsed")  # fmt: skip
        choices, who = service_choices(store), environment.who()
        office = front_office(store)
        people = known_people(store, office, who)
        name = f"record-{what}-{code}"
        at = turn(name)
        key = f"{name}-{at}"
        with st.form(key, border=False):
            save, label = _fields(what, key, code, number, choices, people)
            st.form_submit_button(
                label, type="primary", key=f"{key}-save", on_click=lambda: once(name, at, save)
            )


def _fields(
    what: str, key: str, code: int, number: SourceNumber, choices: ServiceChoices, people: Sequence[str]
) -> tuple[partial[bool], str]:
    """Draw the fields; what saves them, and what the button is called."""
    if what == TASK:
        tasks_card.task_fields(key, environment.who(), people, today())
        return partial(tasks_card.add, key, ServiceTask("", today(), "", number)), "Save the task"
    if what == CASE:
        _case_fields(key, choices, people)
        return partial(_open_case, key, number), "Open the case"
    cases = [each for each in front_office(session.warehouse()).open_cases if each.customer == code]
    _contact_fields(key, choices, cases)
    return partial(_record, key, number, people), "Save the contact"


def _contact_fields(key: str, choices: ServiceChoices, cases: Sequence[ServiceCase]) -> None:
    now: datetime = st.session_state.setdefault(f"{key}-begun", _local_now())
    with st.container(horizontal=True, gap="small"):
        st.selectbox("Kind", CONTACT_KINDS, key=f"{key}-kind", format_func=str.capitalize, width=150)
        st.selectbox(
            "Who began",
            list(DIRECTIONS),
            key=f"{key}-direction",
            format_func=DIRECTIONS.__getitem__,
            width=230,
        )
        st.date_input("Day", now.date(), key=f"{key}-day", max_value=now.date(), width=150)
        st.time_input(
            "Time", now.time().replace(second=0, microsecond=0), key=f"{key}-time", step=60, width=130
        )
        st.selectbox(
            "Channel", choices.channels, index=None, key=f"{key}-channel", placeholder="Not told", width=190
        )
    with st.container(horizontal=True, gap="small"):
        _chosen("Subject", f"{key}-topic", choices.topics)
        _chosen("Outcome", f"{key}-outcome", choices.outcomes)
        st.selectbox("Satisfaction, 0 to 10", POINTS, key=f"{key}-points", width=190)
    names = {NO_CASE: "None", **{each.case: _case_name(each) for each in cases}}
    if cases:
        st.selectbox("About the case", list(names), key=f"{key}-case", format_func=names.__getitem__)
    st.text_area("Note", key=f"{key}-note", max_chars=LONGEST_TEXT, height=80)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input("Promised to the customer", key=f"{key}-promise", max_chars=LONGEST_NAME * 3)
        st.date_input("To be kept by (makes a task)", None, key=f"{key}-by", width=230)
    with st.container(horizontal=True, gap="small"):
        st.text_input(
            "What the customer refuses, such as calls or offers",
            key=f"{key}-refusal",
            max_chars=LONGEST_NAME * 3,
        )
        st.multiselect("Takes back the consent to be reached by", choices.channels, key=f"{key}-withdrawn",
                       placeholder="None: no consent changes")  # fmt: skip
        st.selectbox("For", ("", *choices.purposes), key=f"{key}-purpose", width=190,
                     format_func=lambda each: each.capitalize() or "Every purpose")  # fmt: skip


def _chosen(label: str, key: str, known: Sequence[str]) -> None:
    st.selectbox(label, known, index=None, key=key, accept_new_options=True, placeholder="Choose or write")


def _case_name(each: ServiceCase) -> str:
    return f"{each.case.id} {each.state.topic}".strip()


def _case_fields(key: str, choices: ServiceChoices, people: Sequence[str]) -> None:
    _chosen("Subject", f"{key}-topic", choices.topics)
    with st.container(horizontal=True, gap="small"):
        st.selectbox("Priority", PRIORITIES, index=PRIORITIES.index("normal"), key=f"{key}-priority",
                     format_func=str.capitalize, width=150)  # fmt: skip
        st.selectbox("Who looks after it", people, index=None, key=f"{key}-assignee", accept_new_options=True,
                     placeholder="Nobody yet")  # fmt: skip
        st.date_input("Due", None, key=f"{key}-due", width=180, help=_usual_words())
    st.text_area("Note", key=f"{key}-note", max_chars=LONGEST_TEXT, height=80)


def _usual_words() -> str:
    told = ", ".join(f"{name} {words.age_words(days)}" for name, days in case_deeds.DUE_AFTER.items())
    return f"Without a day: {told}."


def _local_now() -> datetime:
    return datetime.now(ZoneInfo(zone_name()))


def _moment(day: date, at: time) -> datetime:
    """The moment (UTC) of a day and time on the clock of whoever looks; of this minute, now."""
    told = datetime.combine(day, at, ZoneInfo(zone_name())).astimezone(UTC).replace(tzinfo=None)
    now = case_deeds.now()
    return now if now - timedelta(minutes=1) <= told <= now + timedelta(minutes=1) else told


def _record(key: str, number: SourceNumber, people: Sequence[str]) -> bool:
    typed = st.session_state
    case = typed.get(f"{key}-case", NO_CASE)
    points = typed[f"{key}-points"]
    contact = RecordedContact(
        number,
        typed[f"{key}-kind"],
        _moment(typed[f"{key}-day"], typed[f"{key}-time"]),
        typed[f"{key}-direction"],
        typed[f"{key}-channel"] or "",
        typed[f"{key}-topic"] or "",
        typed[f"{key}-outcome"] or "",
        None if points == POINTS[0] else int(points),
        typed[f"{key}-promise"],
        typed[f"{key}-refusal"],
        typed[f"{key}-note"],
        case if case.id else None,
    )
    by, promise = typed[f"{key}-by"], typed[f"{key}-promise"].strip()
    keeping = ServiceTask(promise, by, people[0], number, contact.case) if by and promise else None

    consents = [
        SaidConsent(number, channel, contact.at, WITHDRAWN, typed[f"{key}-purpose"])
        for channel in typed[f"{key}-withdrawn"]
    ]

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        return recorded_contacts.record(store, contact, who, keeping, consents)

    more = " The promise is a task." if keeping else ""
    withdrawn = f" {CONSENT_SAID}" if consents else ""
    take_back = _taken_back_with_consents if consents else recorded_contacts.take_back
    if not said(f"Saved: the contact is recorded.{more}{withdrawn}", deed, take_back):
        return False
    if consents:
        publish_now(environment.warehouse().resolve(), CONSENTS_SAID)
    return True


def _taken_back_with_consents(store: OperationalStore, statement: str, who: str) -> None:
    recorded_contacts.take_back(store, statement, who)
    publish_now(environment.warehouse().resolve(), CONSENTS_SAID)


def _open_case(key: str, number: SourceNumber) -> bool:
    typed = st.session_state
    priority = typed[f"{key}-priority"]
    opening = CaseEvent(
        OPENED,
        case_deeds.now(),
        topic=typed[f"{key}-topic"] or "",
        priority=priority,
        assignee=typed[f"{key}-assignee"] or "",
        due=typed[f"{key}-due"] or case_deeds.usual_due(priority, today()),
        note=typed[f"{key}-note"],
    )

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        return case_deeds.open_case(store, number, opening, who).said

    return said("Saved: the case is open, and stands under Cases.", deed, case_deeds.take_back)
