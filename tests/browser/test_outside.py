"""A page elsewhere that tries to get in, and a dashboard that was started without its guard."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import settled
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


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A page of another port of this machine."""
    (tmp_path / "index.html").write_text("<title>elsewhere</title>", encoding="utf-8")
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_page_elsewhere_gets_nothing(browser: Browser, base_url: str, elsewhere: str) -> None:
    tab = browser.new_page()
    tab.goto(elsewhere)
    assert tab.evaluate(ATTACK, base_url) == {
        "stream": False,
        "health": "refused",
        "upload": "refused",
        "font": "refused",
        "image": False,
    }
    tab.set_content(f'<a href="{base_url}/explore">a link</a>')
    tab.get_by_role("link").click()
    settled(tab)
    tab.wait_for_url(f"{base_url}/explore*")
    tab.close()


def test_started_without_its_launcher_nothing_is_shown(page: Page, warehouse: Path) -> None:
    for url in serving("pages/_router.py", {"CLIENTELA_WAREHOUSE": str(warehouse)}):
        page.goto(f"{url}/explore")
        expect(page.get_by_text("Start Clientela with streamlit run app.py.")).to_be_visible()
        expect(page.get_by_role("link", name="Explore")).to_have_count(0)
        page.goto("about:blank")
