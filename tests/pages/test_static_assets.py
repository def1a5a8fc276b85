"""Streamlit's own scripts: compressed once and the same, and what pages are drawn by is named with the page."""

from __future__ import annotations

import asyncio
import gzip
import re
from typing import Any

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from pages.ui.pivot import pivot_table
from pages.web import early_scripts, static_assets
from pages.web.early_scripts import EarlyScripts
from pages.web.static_assets import FILES, SHELL, StaticAssets

BELOW = "answered below"
SCRIPT = next(address for address in FILES if "/js/index." in address)


def asked(path: str, answer: Response | None = None, **changes: Any) -> tuple[dict[str, str], bytes]:
    """Headers and body of what both layers answer at `path`, with `answer` below them."""
    heard: list[dict[str, Any]] = []

    async def below(scope: Scope, receive: Receive, send: Send) -> None:
        await (answer or PlainTextResponse(BELOW))(scope, receive, send)

    async def send(message: Any) -> None:
        heard.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"accept-encoding", b"br, gzip")]}
    asyncio.run(EarlyScripts(StaticAssets(below))(scope | changes, receive, send))
    headers = {name.decode(): value.decode() for name, value in heard[0]["headers"]}
    return headers, b"".join(each.get("body", b"") for each in heard[1:])


def test_a_script_is_compressed_once_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    headers, body = asked(SCRIPT)
    assert gzip.decompress(body) == FILES[SCRIPT].read_bytes()
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    monkeypatch.setattr(gzip, "compress", lambda *_, **__: pytest.fail("anew"))
    assert asked(f"/firm{SCRIPT}", root_path="/firm")[1] == body


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (SCRIPT, {"headers": []}),
        (SCRIPT, {"headers": [(b"accept-encoding", b"gzip"), (b"range", b"bytes=0-9")]}),
        (SCRIPT, {"method": "HEAD"}),
        ("/static/js/none.js", {}),
        ("/static/js/../../index.html", {}),
        ("/index.html", {}),
    ],
)
def test_anything_else_is_answered_below(path: str, changes: dict[str, Any]) -> None:
    assert asked(path, **changes)[1] == BELOW.encode()


def test_a_page_names_scripts_that_there_are_and_that_it_does_not_name_itself() -> None:
    assert pivot_table  # is declared
    headers, _ = asked("/explore", HTMLResponse("<p>"))
    named = re.findall(r"<\./([^>]+)>; rel=modulepreload", headers["link"])
    ours = [each for each in named if each.startswith("component-modules/clientela_pivot-")]
    shell = [each for each in named if each.startswith("static/")]
    assert len(ours) == 1
    assert len(shell) > len(early_scripts.DRAWS), "what they import comes too"
    assert all(f"/{each}" in static_assets.FILES for each in shell)
    front = (SHELL / "index.html").read_text(encoding="utf-8")
    assert not [each for each in shell if each in front]
    assert "link" not in asked("/explore", PlainTextResponse("no page"))[0]
