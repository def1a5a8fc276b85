"""Every page opened once, and none calls out; a page elsewhere that tries to get in."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.ui.menu import MENU
from tests.browser.conftest import BROWSERS, FLAGS, settled
from tests.serving import serving

ATTACK = """
async (url) => {
  const stream = new WebSocket(url.replace("http", "ws") + "/_stcore/stream", ["streamlit"]);
  const opened = new Promise(tell => { stream.onopen = () => tell(true); stream.onclose = () => tell(false); });
  const read = async (path, options) => {
    try { return (await fetch(url + path, options)).status } catch { return "refused" }
  };
  const image = new Image();
  const shown = new Promise(tell => { image.onload = () => tell(true); image.onerror = () => tell(false); });
  image.src = url + "/app/static/mark.svg";
  return {
    stream: await opened,
    health: await read("/_stcore/health"),
    upload: await read("/_stcore/upload_file/session/file", {method: "PUT", body: "x"}),
    font: await read("/app/static/mark.svg"),
    image: await shown,
  };
}
"""


# Where the kernel is asked, Python is too.
BY = "kernel" if shutil.which("strace") else "python"


@pytest.fixture(scope="module", params=[BY])
def watched(request: pytest.FixtureRequest, warehouse: Path) -> Iterator[str]:
    """A dashboard that fails these tests at their end if it asked for anything beyond this machine."""
    settings = {"CLIENTELA_WAREHOUSE": str(warehouse)}
    yield from serving("app.py", settings, trace=request.param == "kernel")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A page of another port of this machine."""
    (tmp_path / "index.html").write_text("<title>elsewhere</title>", encoding="utf-8")
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_no_page_calls_out(page: Page, watched: str) -> None:
    for entry in MENU:
        page.goto(f"{watched}/{entry.path}")
        settled(page)
        expect(page.locator("[data-state=error]")).to_have_count(0)


def test_a_page_elsewhere_gets_nothing(browser: Browser, watched: str, elsewhere: str) -> None:
    tab = browser.new_page()
    tab.goto(elsewhere)
    assert tab.evaluate(ATTACK, watched) == {
        "stream": False,
        "health": "refused",
        "upload": "refused",
        "font": "refused",
        "image": False,
    }
    tab.set_content(f'<a href="{watched}/explore">a link</a>')
    tab.get_by_role("link").click()
    settled(tab)
    assert tab.url.startswith(f"{watched}/explore")
    tab.close()


@pytest.fixture(scope="module")
def named(warehouse: Path) -> Iterator[str]:
    """A dashboard that people reach at http://crm.example."""
    settings = {"CLIENTELA_WAREHOUSE": str(warehouse), "CLIENTELA_ORIGINS": "http://crm.example"}
    yield from serving("app.py", settings)


@pytest.fixture
def led_astray(browser: Browser, named: str) -> Iterator[Page]:
    """A page of a browser whose name server leads two names here, one of them nobody's."""
    here = urlsplit(named).netloc
    rules = f"--host-resolver-rules=MAP crm.example:80 {here},MAP rebound.example:80 {here}"
    found = next(path for path in map(shutil.which, BROWSERS) if path)
    other = browser.browser_type.launch(executable_path=found, args=[*FLAGS, rules])
    yield other.new_page()
    other.close()


def test_a_name_that_leads_here_is_answered_if_it_is_ours(led_astray: Page) -> None:
    led_astray.goto("http://crm.example/explore")
    settled(led_astray)
    led_astray.goto("http://rebound.example/explore")
    expect(led_astray.get_by_text("Clientela is not known at this address")).to_be_visible()


def test_started_without_its_launcher_nothing_is_shown(page: Page, warehouse: Path) -> None:
    for url in serving("pages/_router.py", {"CLIENTELA_WAREHOUSE": str(warehouse)}):
        page.goto(f"{url}/explore")
        expect(page.get_by_text("Start Clientela with streamlit run app.py.")).to_be_visible()
        expect(page.get_by_role("link", name="Explore")).to_have_count(0)
        page.goto("about:blank")
