"""People who drill at a dashboard: what is counted, what went wrong, and what they are compared with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench import drilling_people
from bench.drilling_people import DrillingPerson, Rival, ServedRival, code_of
from bench.unseen_browser import PageRun, UnseenBrowser, WentWrong
from data.errors import BadInput


class _Browser:
    """Each run takes 20 ms; every fifth drill leads nowhere."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def open(self, path: str, query: str) -> PageRun:
        self.asked.append(path)
        return PageRun(1.0, None, 1.02)

    async def drill(self, place: int) -> PageRun:
        self.asked.append("drill")
        if self.asked.count("drill") % 5 == 0:
            raise WentWrong("a drill into Rome led nowhere")
        return PageRun(1.0, None, 1.02)


def _served(process: Any = None) -> ServedRival:
    return ServedRival(Rival("two", Path(), 2), process, 0)


def test_a_person_opens_explore_and_drills_three_times_unless_something_goes_wrong() -> None:
    browser, served = _Browser(), _served()
    person = DrillingPerson(cast(UnseenBrowser, browser), served, seed=1, thought_s=0.0)
    while len(browser.asked) < 12:
        asyncio.run(person.go_on(monotonic() + 0.001, counted=True))
    drills = ["drill"] * 3
    assert browser.asked[:10] == [
        "explore",
        *drills,
        "explore",
        "drill",
        "drill",
        "explore",
        "drill",
        "drill",
    ]
    assert set(served.troubles) == {"WentWrong: a drill into Rome led nowhere"}
    assert len(served.drills) + len(served.opened) + len(served.troubles) == len(browser.asked)
    assert served.drills[0] == pytest.approx(20)
    figures = drilling_people._figures(
        ServedRival(served.rival, served.process, 0, [20.0] * 19 + [400.0], [5.0], ["x"], [(0, 500.0)], 0.42)
    )
    assert (figures["p50"], figures["p95"], figures["most"], figures["errors"]) == (20, 20, 400, 1)
    assert figures["CPU a run"] == pytest.approx(20)


def test_memory_that_grows_is_told_by_the_minute() -> None:
    served = _served(SimpleNamespace(pid=1))
    served.memory = [(0, 300.0), (1, 480.0), (2, 500.0), (3, 503.0), (4, 506.0), (5, 509.0)]
    assert served.growth == pytest.approx(3)
    served.memory = served.memory[:2]
    assert served.growth == 0


def test_a_rival_is_one_process_or_several() -> None:
    assert Rival("one", Path()).command(8501)[2:4] == ["streamlit", "run"]
    assert Rival("two", Path(), 2).command(8501)[2:] == [
        "pages.web.several_processes",
        "127.0.0.1",
        "8501",
        "2",
    ]


def test_a_commit_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no commit 0123abcd here\."):
        code_of("0123abcd", tmp_path)
