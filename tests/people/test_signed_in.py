"""Who looks is known in a page's run, in a fragment and in what a click calls; nobody is once the session has ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.people import accounts, sessions
from pages.ui import signed_in as looks
from tests.people.conftest import NAME, PASSWORD


def page() -> None:
    import streamlit as st

    from data.errors import ClientelaError
    from pages.ui.signed_in import signed_in

    def told(where: str) -> str:
        try:
            found = signed_in()
        except ClientelaError as error:
            return f"{where}: {error}"
        return f"{where}: {found.person} {found.groups} {found.roles}"

    def clicked() -> None:
        st.session_state["clicked"] = told("click")

    @st.fragment
    def part() -> None:
        st.text(told("fragment"))
        st.button("Click", on_click=clicked)

    st.text(told("page"))
    part()
    st.text(st.session_state.get("clicked", "click: none"))


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The cookies that the browser sends."""
    sent: dict[str, str] = {}
    session_of = looks.session_of
    monkeypatch.setattr(looks, "session_of", lambda *_: session_of(sent, https=False))
    monkeypatch.setattr(looks, "_owners", looks.OrderedDict())
    return sent


def shown(running: AppTest) -> list[str]:
    return [each.value.split(": ", 1)[1] for each in running.text]


def test_nobody_is_asked_where_sign_in_is_off(browser: dict[str, str]) -> None:
    running = AppTest.from_function(page).run()
    running.button[0].click().run()
    assert shown(running) == [" () ()"] * 3


def test_who_looks_is_known_wherever_a_page_runs(place: Path, browser: dict[str, str]) -> None:
    accounts.add(place, NAME, PASSWORD, ["analyst"])
    account = accounts.checked(place, NAME, PASSWORD)
    assert account
    token = sessions.begin(place, NAME, (), account.roles, account.changed_at)
    browser["clientela-session"] = token
    running = AppTest.from_function(page).run()
    running.button[0].click().run()
    assert shown(running) == ["maria () ('analyst', 'administrator')"] * 3
    sessions.end(place, token)
    running.button[0].click().run()
    assert shown(running) == ["You are signed out. Load this page again to sign in."] * 3


def test_what_one_person_left_in_a_tab_is_not_anothers(place: Path, browser: dict[str, str]) -> None:
    accounts.add(place, NAME, PASSWORD)
    browser["clientela-session"] = sessions.begin(place, NAME, ("sales",))
    running = AppTest.from_function(page).run()
    assert shown(running)[0] == "maria ('sales',) ()"
    browser["clientela-session"] = sessions.begin(place, "anna", ("sales",))
    running.run()
    assert shown(running)[0] == "You are signed out. Load this page again to sign in."
