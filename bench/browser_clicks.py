"""Clicks as people feel them: from the mouse to the paint in Chromium, beside an empty click in the same run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bench.table import Value, table
from tests.browser.conftest import BROWSERS, FLAGS, settled
from tests.serving import ROOT, serving

EMPTY = """
import streamlit as st
@st.fragment
def body():
    st.session_state.setdefault("clicks", 0)
    st.button("Click", on_click=lambda: st.session_state.update(clicks=st.session_state["clicks"] + 1))
    st.html(f'<p data-testid="floor" data-clicks="{st.session_state["clicks"]}"></p>')
body()
"""
START = (
    "explore?measures=revenue&rows=country&columns=department&compare=year&where=day%3D2025-01-01..2025-12-31"
)
MOST_TIMES_FLOOR, MOST_MESSAGES, MOST_TIMES_EMPTY = 2.5, 20, 2.0
# Resolves with the milliseconds from the press of the mouse to the first frame in which the page says that it is done.
PAINTED = """window.took = new Promise((found, failed) => {
    setTimeout(() => failed("not painted within 30 s"), 30000);
    let pressed = null;
    addEventListener("pointerdown", event => { pressed = event.timeStamp; }, { capture: true, once: true });
    const look = () => {
        if (pressed !== null && (DONE)) requestAnimationFrame(at => found(at - pressed));
        else requestAnimationFrame(look);
    };
    look();
}); 0"""


@dataclass
class Messages:
    """Frames that the server sent over the page's socket."""

    count: int = 0
    bytes: int = 0

    def watch(self, page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", self._got))

    def _got(self, frame: Any) -> None:
        self.count += 1
        self.bytes += len(frame)


@dataclass
class Clicks:
    """What clicks of one kind took, in milliseconds from mouse to paint, and how many messages each brought."""

    milliseconds: list[float] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)

    def row(self, name: str, floor: float) -> list[Value]:
        half = median(self.milliseconds)
        return [name, half, half / floor, median(self.messages), median(self.kilobytes)]


def measured(warehouse: Path, rounds: int) -> dict[str, Any]:
    """Drills in Explore and empty clicks in turn, and how long each page takes to open. Prints them as a table."""
    with _opened(warehouse) as (chromium, explore_url, empty_url):
        drill, floor = Clicks(), Clicks()
        opening: dict[str, list[float]] = {"an empty page": [], "Explore": []}
        for _ in range(rounds):
            with _page(chromium) as (page, messages):
                opening["an empty page"].append(_open(page, empty_url, "[data-testid=floor]"))
                _empty_clicks(page, messages, floor)
            with _page(chromium) as (page, messages):
                opening["Explore"].append(
                    _open(page, f"{explore_url}/{START}", "[data-testid=explore-ready]")
                )
                _drills(page, messages, drill)
    return _told(drill, floor, opening)


@contextmanager
def _opened(warehouse: Path) -> Iterator[tuple[Browser, str, str]]:
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        raise SystemExit("Clicks are measured in Chromium or Chrome: make browser")
    script = ROOT / "var" / "bench" / "empty_page.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(EMPTY, encoding="utf-8")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=FLAGS)
        for explore_url in serving("app.py", {"CLIENTELA_WAREHOUSE": str(warehouse)}):
            for empty_url in serving(str(script), {}):
                yield chromium, explore_url, empty_url
        chromium.close()


@contextmanager
def _page(chromium: Browser) -> Iterator[tuple[Page, Messages]]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page, messages = context.new_page(), Messages()
    messages.watch(page)
    yield page, messages
    context.close()


def _open(page: Page, url: str, marker: str) -> float:
    started = perf_counter()
    page.goto(url)
    page.wait_for_selector(marker, state="attached")
    took = (perf_counter() - started) * 1000
    settled(page)
    return took


def _empty_clicks(page: Page, messages: Messages, clicks: Clicks, count: int = 6) -> None:
    for at in range(1, count + 1):
        done = f"document.querySelector('[data-testid=floor]')?.dataset.clicks === '{at}'"
        button = page.get_by_role("button", name="Click")
        _click(page, messages, clicks, done, button)


def _drills(page: Page, messages: Messages, clicks: Clicks) -> None:
    """Into a country, a region, and back by the browser; only the drills are timed."""
    for level, member in (("region", "Italy"), ("city", "Italy/Tuscany")):
        done = f"document.querySelector('[data-testid=explore-ready]')?.dataset.path.includes('rows={level}')"
        head = page.locator(f"th[data-row-id='{member}'] .name")
        _click(page, messages, clicks, done, head)


def _click(page: Page, messages: Messages, clicks: Clicks, done: str, button: Locator) -> None:
    settled(page)
    before = (messages.count, messages.bytes)
    page.evaluate(PAINTED.replace("DONE", done))
    button.click()
    clicks.milliseconds.append(page.evaluate("window.took"))
    settled(page)
    clicks.messages.append(messages.count - before[0])
    clicks.kilobytes.append((messages.bytes - before[1]) / 1024)


def _told(drill: Clicks, floor: Clicks, opening: dict[str, list[float]]) -> dict[str, Any]:
    least = median(floor.milliseconds)
    rows = [floor.row("an empty click", least), drill.row("a drill", least)]
    print("\nFrom the mouse to the paint, medians\n")
    print(table(["", "ms", "times the floor", "messages", "KB"], rows))
    empty, explore = (median(each) for each in opening.values())
    print(f"\nOpening Explore {explore:.0f} ms, an empty page {empty:.0f} ms: {explore / empty:.1f} times.")
    print(f"Targets: {MOST_TIMES_FLOOR} floors, {MOST_MESSAGES} messages, {MOST_TIMES_EMPTY} empty pages.")
    return {
        "floor_ms": least,
        "drill_ms": median(drill.milliseconds),
        "messages": median(drill.messages),
        "opening_ms": {re.sub(r"\W+", "_", name): median(each) for name, each in opening.items()},
    }
