"""Long work: its turn in the queue, its progress, its end when somebody stops it, and that nobody seeks it twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.errors import BadRequest
from pages.ui import session, sought_work
from pages.ui.sought_result import MOST_WAITING, QUEUE, WORKERS, Progress, SoughtResult, StoppedWork
from pages.ui.sought_work import asked_work, forget_work
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(autouse=True)
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, [Line(date(2011, 1, 5), "o")]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    answer_cache.shared.cache_clear()
    session.renewed()
    yield
    forget_work()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Until it is set nothing that waits at it goes on."""
    gate = threading.Event()
    yield gate
    gate.set()


def held_by(gate: threading.Event) -> SoughtResult[int]:
    return SoughtResult[int]("held").begin(lambda done: int(gate.wait(20)))


def test_who_comes_later_waits_is_told_so_and_has_a_turn(gate: threading.Event) -> None:
    held = [held_by(gate) for _ in range(WORKERS)]
    later = [SoughtResult[int]("later").begin(lambda done, at=at: at) for at in range(2)]
    assert [each.before for each in (*held, *later)] == [0] * WORKERS + [WORKERS, WORKERS + 1]
    assert QUEUE.under_way() == (*held, *later)
    gate.set()
    assert [each.found(lambda done: None) for each in later] == [0, 1]


def test_what_waits_is_stopped_at_once_and_the_next_moves_up(gate: threading.Event) -> None:
    held = [held_by(gate) for _ in range(WORKERS)]
    first, second = (SoughtResult[int]("later").begin(lambda done: 1) for _ in range(2))
    first.stop()
    assert second.before == WORKERS
    with pytest.raises(StoppedWork):
        first.found(lambda done: None)
    gate.set()
    assert [each.found(lambda done: None) for each in held] == [1] * WORKERS


def test_what_is_sought_ends_at_its_next_step(gate: threading.Event) -> None:
    steps: list[float] = []

    def work(done: Progress) -> None:
        done(0.5)
        gate.wait(20)
        try:
            done(0.6)
            steps.append(0.6)
        except Exception:  # miners answer for what is wrong with a question: stopping is none of that
            steps.append(0.0)

    sought = SoughtResult[None]("work").begin(work)
    while sought.done < 0.5:
        gate.wait(0.01)
    sought.stop()
    gate.set()
    sought.future.exception(20)
    assert not steps
    assert sought.is_stopped
    assert QUEUE.under_way() == ()


def test_too_many_are_refused_in_words(gate: threading.Event) -> None:
    for _ in range(WORKERS + MOST_WAITING):
        held_by(gate)
    with pytest.raises(BadRequest, match="wait already"):
        held_by(gate)


def test_the_same_question_of_the_same_data_and_code_is_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []

    def ask(parameters: object = ("a", 1)) -> int:
        def work(done: Progress) -> int:
            sought.append(session.warehouse().version)
            return len(sought)

        return asked_work("kind", parameters, work).found()

    assert [ask(), ask(), ask(("a", 2)), ask(("a", "1"))] == [1, 1, 2, 3]
    monkeypatch.setattr(sought_work, "code_version", lambda: "another")
    assert ask() == 4


def test_a_refusal_is_kept_and_what_went_wrong_is_not() -> None:
    raised: list[Exception] = []

    def ask(error: Exception) -> None:
        def work(done: Progress) -> None:
            raised.append(error)
            raise error

        with pytest.raises(type(error)):
            asked_work("kind", str(error), work).found()

    for _ in range(2):
        ask(BadRequest("No.", "Ask otherwise."))
        ask(MemoryError("room"))
    assert len(raised) == 3


def test_of_a_kind_the_last_are_kept() -> None:
    sought: list[int] = []

    def ask(at: int) -> None:
        asked_work("kind", at, lambda done: sought.append(at), most=2).found()

    for at in (1, 2, 3, 2, 1):
        ask(at)
    assert sought == [1, 2, 3, 1]


def page() -> None:
    import streamlit as st

    from pages.ui.sought_work import asked_work, await_work
    from tests.pages import test_sought_work

    found = await_work(asked_work("kind", "page", test_sought_work.shown), "Looking …")
    st.html(f"<p>found {found}</p>")


gates = [threading.Event()]


def shown(done: Progress) -> str:
    done(0.3)
    gates[0].wait(20)
    done(0.6)
    return "it"


def test_a_page_is_not_held_up_and_a_person_stops_what_they_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves finds it still sought; who stopped it is told so until they start it again."""
    gates[0] = threading.Event()
    monkeypatch.setattr(sought_work, "A_MOMENT", 0)
    app = AppTest.from_function(page, default_timeout=20).run()
    assert "found None" in drawn(app)
    running = asked_work("kind", "page", shown).sought()
    app.run()
    assert asked_work("kind", "page", shown).sought() is running
    press(app, "Cancel")
    assert running.is_stopped
    assert "stopped before it was found" in drawn(app)
    gates[0].set()
    running.future.exception(20)
    app.run()
    assert "stopped before it was found" in drawn(app), "it is not begun again by itself"
    monkeypatch.setattr(sought_work, "A_MOMENT", 20)
    press(app, "Start again")
    assert "found it" in drawn(app)


def test_others_are_not_told_that_somebody_stopped_it(monkeypatch: pytest.MonkeyPatch) -> None:
    gates[0].set()
    app = AppTest.from_function(page, default_timeout=20)
    app.session_state[sought_work.STOPPED] = asked_work("kind", "page", shown).key
    assert "stopped before it was found" in drawn(app.run())
    assert "found it" in drawn(AppTest.from_function(page, default_timeout=20).run())


def test_what_goes_wrong_is_told_once_and_not_sought_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[int] = []

    def fail(done: Progress) -> str:
        sought.append(1)
        gates[0].wait(20)
        raise MemoryError("no room")

    gates[0] = threading.Event()
    monkeypatch.setattr(f"{__name__}.shown", fail)
    monkeypatch.setattr(sought_work, "A_MOMENT", 0)
    monkeypatch.setattr(sought_work, "wait", lambda *_: None)
    app = AppTest.from_function(page, default_timeout=20).run()
    key = asked_work("kind", "page", fail).key
    running = sought_work._kept[key]
    gates[0].set()
    running.future.exception(20)
    app.session_state[sought_work.GONE_WRONG] = (key, running)  # as the look after it has it
    app.run()
    assert len(app.exception) == 1
    assert len(sought) == 1


def drawn(app: AppTest) -> str:
    return " ".join(str(each.proto) for each in app.get("html"))


def press(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()
