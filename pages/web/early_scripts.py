"""Scripts that a page asks for once its first figures come, named with the page itself, so that they come beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.served_component import FOLDER, served_files
from pages.web.sign_in_pages import SIGN_IN
from pages.web.static_assets import SHELL

SCRIPTS = SHELL / "static" / "js"
DRAWS = ("BidiComponent", "Html")
HEAD = 4096
IMPORTED = re.compile(r'from"\./([^"]+\.js)"')


class EarlyScripts:
    """Puts a header on each page that names what its charts, tables and components are drawn by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", preloads())
            await send(message)

        is_page = scope["type"] == "http" and scope["path"] != SIGN_IN  # nobody draws there
        await self.app(scope, receive, sent if is_page else send)


def preloads() -> str:
    """The header's value; addresses are relative to the page's, as those in it are."""
    files = [
        *(f"static/js/{name}" for name in shell_scripts()),
        *(f"{FOLDER}/{name}" for name in served_files()),
    ]
    return ", ".join(f"<./{file}>; rel=modulepreload; crossorigin" for file in files)


@cache
def shell_scripts() -> tuple[str, ...]:
    """Streamlit's scripts that draw, with those that they import and its front page does not name."""
    front = (SHELL / "index.html").read_text(encoding="utf-8")
    found: dict[str, None] = {}
    waiting = [path.name for name in DRAWS for path in SCRIPTS.glob(f"{name}.*.js")]
    while waiting:
        name = waiting.pop(0)
        if name not in found and name not in front:
            found[name] = None
            waiting += _imported(name)
    return tuple(found)


def _imported(name: str) -> Iterator[str]:
    """What a script imports: bundles say so at their beginning."""
    with (SCRIPTS / name).open(encoding="utf-8") as script:
        yield from IMPORTED.findall(script.read(HEAD))
