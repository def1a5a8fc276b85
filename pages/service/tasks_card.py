"""Tasks: what is to be done by when, overdue ones first; done or dropped with a press, and undone with another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from urllib.parse import quote

import streamlit as st

from data.access.deed import Deed
from data.operational.operational_store import OperationalStore
from data.service import service_tasks
from data.service.case_list import CasePerson
from data.service.service_tasks import DONE, DROPPED, LONGEST, ServiceTask
from pages.explore.written_deeds import Standing, as_seen
from pages.service import case_words as words
from pages.service.service_deeds import once, said, turn
from pages.ui.allowed_deeds import may
from pages.ui.controls import as_plain
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text

Listed = Sequence[tuple[ServiceTask, CasePerson | None]]
MOST = 50


def tasks_card(listed: Listed, today: date, who: str, people: Sequence[str]) -> None:
    """A line a task; a form for another."""
    with card("tasks"):
        late = sum(each.due < today for each, _ in listed)
        now = sum(each.due == today for each, _ in listed)
        section("Tasks", f"{words.SENTENCES['tasks']} {_counted(len(listed), now, late)}")
        if not listed:
            st.html(f'<p class="clientela-quiet" data-testid="no-tasks">{words.NOTHING["tasks"]}</p>')
        for each, person in listed[:MOST]:
            task_line(each, person, today)
        if len(listed) > MOST:
            st.caption(f"{count_text(len(listed) - MOST, 'later task is', 'later tasks are')} not listed.")
        if may(Deed.SERVE):
            _new(who, people, today)


def _counted(every: int, now: int, late: int) -> str:
    return f"{count_text(every, 'task')}: {now} due today, {late} overdue." if every else ""


def task_line(task: ServiceTask, person: CasePerson | None, today: date) -> None:
    """What is to be done, for whom, by when and by whom; done or dropped with a press."""
    due = words.due_words(task.due, today)
    due = due if task.due < today else f"due {due}"
    tone = "red" if task.due < today else "orange" if task.due == today else "gray"
    name = as_plain(words.task_for(task, person))
    whom = (
        f" for [{name}](customer?who={quote(person.id, safe='')})"
        if person
        else f" for {name}"
        if name
        else ""
    )
    of_case = f" :gray[{as_plain(task.case.name)}]" if task.case else ""
    with st.container(horizontal=True, vertical_alignment="center", key=f"task-{task.id}"):
        st.markdown(
            f"{as_plain(task.what)}{whom}{of_case}  \n:{tone}[{as_plain(due)}] :gray[{as_plain(task.assignee)}]"
        )
        if may(Deed.SERVE):
            st.space("stretch")
            st.button(
                "Done", key=f"done-{task.id}", icon=":material/check:", on_click=partial(_end, task, DONE)
            )
            st.button("Drop", key=f"drop-{task.id}", type="tertiary", on_click=partial(_end, task, DROPPED),
                      help="It is not to be done any more; this can be undone")  # fmt: skip


def _end(task: ServiceTask, state: str) -> None:
    def deed(store: OperationalStore, by: str, on: Standing) -> str:
        return service_tasks.change_task(store, replace(task, state=state), by, on)

    said(f"Saved: “{task.what[:60]}” is {state}.", deed, service_tasks.take_back, as_seen(task.said))


def _new(who: str, people: Sequence[str], today: date) -> None:
    at = turn("task")
    with (
        st.expander("A new task", icon=":material/add_task:", key="task-new"),
        st.form(f"task-{at}", border=False),
    ):
        task_fields(f"task-{at}", who, people, today)
        st.form_submit_button("Save the task", type="primary", key=f"task-{at}-save",
                              on_click=lambda: once("task", at, lambda: add(f"task-{at}")))  # fmt: skip


def task_fields(key: str, who: str, people: Sequence[str], today: date) -> None:
    """What is to be done, by when, by whom."""
    st.text_input("What is to be done", key=f"{key}-what", max_chars=LONGEST)
    with st.container(horizontal=True, gap="small"):
        st.date_input("By when", today, key=f"{key}-due", width=180)
        st.selectbox(
            "Who does it", people, index=people.index(who), key=f"{key}-assignee", accept_new_options=True
        )


def add(key: str, task: ServiceTask | None = None) -> bool:
    """Say the task that the fields of `key` tell; `task` is whom it is for."""
    typed = st.session_state
    new = replace(
        task or ServiceTask("", typed[f"{key}-due"], ""),
        what=typed[f"{key}-what"],
        due=typed[f"{key}-due"],
        assignee=typed[f"{key}-assignee"] or "",
    )

    def deed(store: OperationalStore, by: str, on: Standing) -> str:
        return service_tasks.add_task(store, new, by).said

    return said("Saved: the task stands under Cases, Tasks.", deed, service_tasks.take_back)
