"""A running Clientela, a running gallery and a watched Chromium for the browser tests."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("playwright.sync_api")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FloatRect,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from data.store.publication import folder
from pages.ui.menu import GROUPS
from tests import plain_writers
from tests.serving import ROOT, serving

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Opened at /explore, Streamlit's client first asks whether it lies at that base path, and is told 404.
FORGIVEN = re.compile(r"404 .*/[\w-]+/_stcore/(health|host-config)")
SALE_LINES = 60_000
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOK: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "reduced_motion": "reduce",
    "locale": "en-GB",
    "timezone_id": "UTC",
}
LAUNCHER = """
import streamlit as st
from app import MIDDLEWARE, ROUTES
from pages.ui.page_states import show_error
app = st.App("gallery.py", routes=ROUTES, middleware=MIDDLEWARE, on_script_error=show_error)
"""
OF_LONG_MENU = """
import streamlit as st
st.html('<h1 class="clientela-page-title">A page of a long menu</h1><div data-testid="gallery-ready"></div>')
"""

PATIENCE = 40_000
expect.set_options(timeout=PATIENCE)


def settled(page: Page) -> Page:
    """Wait until the page has run, by what it shows; never by the clock."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_selector(
        "[data-testid=stMain] [data-testid=stElementContainer]", state="attached", timeout=60_000
    )
    page.wait_for_function(
        "() => !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')", timeout=60_000
    )
    return page


def comes_to(page: Page, read: Callable[[], object], wanted: object) -> None:
    """What is read from a page is what is wanted, now or a moment later."""
    until = time.monotonic() + PATIENCE / 1000
    while (found := read()) != wanted and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert found == wanted


def asks(page: Page, **wanted: str) -> None:
    """The address asks for this, among others."""
    comes_to(
        page,
        lambda: {each: parameters(page).get(each) for each in wanted},
        {k: [v] for k, v in wanted.items()},
    )


def parameters(page: Page) -> dict[str, list[str]]:
    """What the address asks for."""
    return parse_qs(urlsplit(page.url).query)


def place_of(mark: Locator) -> FloatRect:
    """Where it lies in the window, once it lies still."""
    mark.wait_for(state="attached")
    mark.scroll_into_view_if_needed()
    before, box = None, mark.bounding_box()
    until = time.monotonic() + PATIENCE / 1000
    while (box is None or box != before) and time.monotonic() < until:
        mark.page.wait_for_timeout(50)
        before, box = box, mark.bounding_box()
    assert box
    return box


def click_middle(mark: Locator) -> None:
    """A click of the mouse on a mark's middle: Plotly listens to a drag layer, not to the marks."""
    box = place_of(mark)
    mark.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mark.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def accessible(page: Page, *forgiven: str) -> None:
    """No serious violation, once what opens has opened: text that fades in has too little contrast for a moment."""
    page.wait_for_function(
        """() => document.getAnimations().every(
        each => each.playState !== 'running' || each.effect?.getTiming().iterations === Infinity)"""
    )
    found = Axe().run(page).response["violations"]
    grave = [
        (each["id"], [(node["target"], node["html"][:200]) for node in each["nodes"]][:4])
        for each in found
        if each["impact"] in ("serious", "critical") and each["id"] not in forgiven
    ]
    assert not grave, grave


def fits_a_phone(page: Page) -> None:
    """Made as narrow as a phone, the page is never wider than that."""
    page.set_viewport_size({"width": 400, "height": 800})
    for part in ("html", "[data-testid=stMain]"):
        page.wait_for_function(
            "part => document.querySelector(part).scrollWidth <= 400", arg=part, timeout=20_000
        )


def downloaded(page: Page, button: Locator) -> Path:
    """The file that a button gives; pressed again where the page ran anew and Streamlit forgot what it had offered."""
    for patience in (15_000, 30_000):
        try:
            with page.expect_download(timeout=patience) as found:
                button.click()
            return Path(found.value.path())
        except PlaywrightTimeout:
            settled(page)
    with page.expect_download() as found:
        button.click()
    return Path(found.value.path())


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demonstration firm in a directory of its own."""
    demo = pytest.importorskip("data.demo", reason="the demonstration firm is not there yet")
    path = tmp_path_factory.mktemp("warehouse") / "demo.duckdb"
    with plain_writers.in_use():
        demo.simulate(path, demo.Firm(lines=SALE_LINES, products=400), progress=lambda _share, _words: None)
    return path


@pytest.fixture(scope="session")
def base_url(warehouse: Path) -> Iterator[str]:
    """The address of a running Clientela. What it asks the network for, the kernel tells where strace is found."""
    settings = {"CLIENTELA_WAREHOUSE": str(warehouse)}
    yield from serving("app.py", settings, trace=shutil.which("strace") is not None)


@dataclass(frozen=True)
class ChangingFirm:
    """A running Clientela whose warehouse tests change: each puts there what it begins with."""

    url: str
    path: Path
    inbox: Path

    def put(self, warehouse: Path) -> str:
        """Its address, now with a copy of this warehouse and of the snapshots that are kept of it."""
        shutil.rmtree(folder(self.path), ignore_errors=True)
        if folder(warehouse).exists():
            shutil.copytree(folder(warehouse), folder(self.path))
        fresh = shutil.copy(warehouse, self.path.with_name("fresh.duckdb"))
        os.replace(fresh, self.path)
        return self.url


@pytest.fixture(scope="session")
def changing(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChangingFirm]:
    """A Clientela with an inbox and a limit of 1 MB, whose warehouse tests may change."""
    home = tmp_path_factory.mktemp("changing")
    path, inbox = home / "w.duckdb", home / "inbox"
    inbox.mkdir()
    shutil.copy(warehouse, path)
    settings = {
        "CLIENTELA_WAREHOUSE": str(path),
        "CLIENTELA_FOLDERS": str(inbox),
        "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "1",
    }
    for url in serving("app.py", settings):
        yield ChangingFirm(url, path, inbox)


@pytest.fixture(scope="session")
def gallery_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the gallery: the drawing kit behind the same launcher, with made-up numbers."""
    home = tmp_path_factory.mktemp("gallery")
    shutil.copy(ROOT / "tests" / "browser" / "gallery.py", home)
    shutil.copytree(ROOT / "pages" / "static", home / "static")
    (home / "gallery_app.py").write_text(LAUNCHER, encoding="utf-8")
    for group in GROUPS:
        (home / group.lower()).mkdir()
        (home / group.lower() / "of_long_menu.py").write_text(OF_LONG_MENU, encoding="utf-8")
    yield from serving(str(home / "gallery_app.py"), {})


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """One profile a colour scheme, shared by all tests: what Streamlit serves for ever is fetched once."""
    made: dict[str, BrowserContext] = {
        scheme: browser.new_context(color_scheme=scheme, **LOOK) for scheme in SCHEMES
    }
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def scheme() -> str:
    """The colour scheme of the page; parametrize to see both."""
    return "light"


@pytest.fixture(scope="session")
def tabs(contexts: dict[str, BrowserContext]) -> dict[str, Page]:
    """The tab of each colour scheme that tests go on in."""
    return {}


@pytest.fixture
def page(contexts: dict[str, BrowserContext], tabs: dict[str, Page], scheme: str) -> Iterator[Page]:
    """A page that fails its test on a console error or a request that leaves this machine.

    The tab goes on from test to test: in a fresh one Chromium would compile Streamlit's and Plotly's scripts anew,
    which costs more than most tests do.
    """
    if scheme not in tabs or tabs[scheme].is_closed():
        tabs[scheme] = contexts[scheme].new_page()
    tab = tabs[scheme]
    tab.set_viewport_size(LOOK["viewport"])
    tab.mouse.move(0, 0)
    try:
        yield from watched(tab)
    finally:
        leave(tab)


def leave(tab: Page) -> None:
    """End the session of the page that is shown; its site stays, and what was compiled for it."""
    site = urlsplit(tab.url)
    try:
        if site.scheme == "http":
            tab.goto(f"http://{site.netloc}/_stcore/health")
    except PlaywrightError:
        tab.close()


@pytest.fixture
def own_page(browser: Browser) -> Iterator[Page]:
    """The same in a profile of its own: where a profile had a download, Chromium keeps back one that comes more than
    five seconds after its click, as happens on a busy machine."""
    context = browser.new_context(**LOOK)
    yield from watched(context.new_page())
    context.close()


def watched(tab: Page) -> Iterator[Page]:
    """A tab whose console and requests are heard until its test ends."""
    tab.set_default_timeout(60_000)
    faults: list[str] = []
    heard: dict[str, Any] = {
        "console": lambda message: note_console(faults, message),
        "pageerror": lambda error: faults.append(f"script error: {error}"),
        "request": lambda request: note_request(faults, request),
    }
    for event, note in heard.items():
        tab.on(event, note)  # type: ignore[call-overload]
    yield tab
    for event, note in heard.items():
        tab.remove_listener(event, note)
    assert not faults, faults


def note_console(faults: list[str], message: ConsoleMessage) -> None:
    said = f"{message.text} {message.location.get('url', '')}"
    if message.type == "error" and not FORGIVEN.search(said):
        faults.append(f"console: {said}")


def note_request(faults: list[str], request: Request) -> None:
    address = urlsplit(request.url)
    if address.scheme not in ("data", "blob") and address.hostname not in ("127.0.0.1", "localhost"):
        faults.append(f"leaves this machine: {request.url}")
