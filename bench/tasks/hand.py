"""A hand on mouse and keyboard, which counts what it does and knows how long the screen took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from playwright.sync_api import Locator, Page

from tests.browser.conftest import settled

# Card, Moran & Newell, "The keystroke-level model for user performance time with interactive systems", CACM 23 (1980),
# table 2: pointing, a click (button down and up), a key of an average skilled typist, and a decision.
POINTING, CLICK, KEY, DECISION = 1.1, 0.2, 0.2, 1.35


@dataclass
class Hand:
    """What one task took: clicks, keys pressed, and the seconds for which the screen was waited for."""

    page: Page
    clicks: int = 0
    keys: int = 0
    decisions: int = 0
    screen_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """What a practised person needs, by the keystroke-level model, and the screen's own time."""
        pressed = self.clicks * (POINTING + CLICK) + self.keys * KEY
        return pressed + self.decisions * DECISION + self.screen_seconds

    def click(self, target: Locator) -> None:
        """Decide, point, click, and wait until the page has run."""
        self.clicks += 1
        self._waited(target.click)

    def click_at(self, target: Locator, x: int, y: int) -> None:
        """Click a place within what is drawn on a canvas."""
        self.clicks += 1
        self._waited(lambda: target.click(position={"x": x, "y": y}))

    def choose(self, target: Locator, option: str) -> None:
        """Open a select box of the browser's own and choose."""
        self.clicks += 2
        self._waited(lambda: target.select_option(label=option))

    def type(self, target: Locator, text: str) -> None:
        """Decide and type a word into a field that has the focus."""
        self.keys += len(text)
        self._waited(lambda: target.press_sequentially(text))

    def press(self, key: str) -> None:
        """A key for itself."""
        self.keys += 1
        self._waited(lambda: self.page.keyboard.press(key))

    def sees(self, target: Locator) -> None:
        """Wait for what was asked for."""
        started = perf_counter()
        target.first.wait_for(state="attached", timeout=30_000)
        settled(self.page)
        self.screen_seconds += perf_counter() - started

    def _waited(self, deed: Callable[[], object]) -> None:
        self.decisions += 1
        started = perf_counter()
        deed()
        settled(self.page)
        self.screen_seconds += perf_counter() - started
