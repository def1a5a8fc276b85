"""Nine tasks of three people in Chromium, in clicks, keys and seconds: today, and before Explore was made anew."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench import firms
from bench.table import Value, table
from bench.tasks import before, kept_board, today
from bench.tasks.hand import Hand
from bench.tasks.task import Task
from data import environment
from tests.browser.conftest import BROWSERS, FLAGS, LOOK, settled
from tests.serving import serving

HEADS = ("Who", "What", "Clicks", "Keys", "Screen s", "Person s")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench tasks`."""
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the firm (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many (%(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )
    parser.add_argument(
        "--before",
        metavar="URL",
        help="a dashboard of commit 6cda65c, with a firm of its own, to do them in too",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Do every task by hand, print what each took, and return it."""
    firm = firms.firm(args.folder, args.lines).resolve()
    kept_board.keep_board(firm, environment.who())
    found: dict[str, Any] = {}
    with sync_playwright() as play:
        path = next(path for path in map(shutil.which, BROWSERS) if path)
        chromium = play.chromium.launch(executable_path=path, args=FLAGS)
        if args.before:
            found["before"] = _done(chromium, args.before, before.TASKS, args.rounds)
        for url in serving("app.py", {"CLIENTELA_WAREHOUSE": str(firm)}):
            found["today"] = _done(chromium, url, today.TASKS, args.rounds)
        chromium.close()
    for when, rows in found.items():
        print(f"\n{when.capitalize()}, medians of {args.rounds}\n")
        print(table(HEADS, rows))
    return found


def _done(chromium: Browser, url: str, tasks: Sequence[Task], rounds: int) -> list[list[Value]]:
    return [[task.person, task.words, *_took(chromium, url, task, rounds)] for task in tasks]


def _took(chromium: Browser, url: str, task: Task, rounds: int) -> list[Value]:
    if task.steps is None:
        return ["not possible", "", "", ""]
    hands = [_by_hand(chromium, url, task) for _ in range(rounds)]
    screen, person = (median(getattr(each, name) for each in hands) for name in ("screen_seconds", "seconds"))
    return [hands[0].clicks, hands[0].keys, round(screen, 1), round(person, 1)]


def _by_hand(chromium: Browser, url: str, task: Task) -> Hand:
    context = chromium.new_context(**LOOK)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("[data-testid=overview-ready]", state="attached")
    hand = Hand(settled(page))
    if task.steps:
        task.steps(hand)
    context.close()
    return hand
