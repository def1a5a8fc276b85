"""Launches Clientela: `streamlit run app.py`. The pages start at `pages/_router.py`; here is what surrounds them.

Seven layers of middleware: compression, headers that keep a browser from running or embedding what is not ours, the
guard against pages of other origins, a plain page for addresses that there are not, one for those that Streamlit
would cut short, a header that names what pages are drawn by, and Streamlit's own scripts, compressed once.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.state.query_params import CLIENT_STATE_QUERY_STRING_MAX_FIELDS as MOST_PARAMETERS
from streamlit.runtime.state.query_params import CLIENT_STATE_QUERY_STRING_MAX_LENGTH as MOST_CHARACTERS
from streamlit.runtime.state.query_params import sanitize_query_string

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from data.errors import ClientelaError  # noqa: E402
from pages import early_imports  # noqa: E402
from pages.ui.menu import MENU  # noqa: E402
from pages.ui.page_states import show_error  # noqa: E402
from pages.web.component_modules import COMPONENT_MODULES  # noqa: E402
from pages.web.early_scripts import EarlyScripts  # noqa: E402
from pages.web.exposure import Exposure  # noqa: E402
from pages.web.guard import Guard  # noqa: E402
from pages.web.remembered_theme import remember_theme  # noqa: E402
from pages.web.static_assets import StaticAssets  # noqa: E402

FRONT = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def content_security_policy(front: str) -> str:
    """Only our own scripts, those that Streamlit makes as blobs, and the inline ones of its front page by hash."""
    hashes = [
        base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in INLINE.findall(front)
    ]
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {allowed}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in (
        ("content-security-policy", content_security_policy(FRONT)),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    )
)


OURS = frozenset(name for name, _ in HEADERS)
CORS = b"access-control-"


class SecurityHeaders:
    """Puts HEADERS on every HTTP answer, and takes away what would let other origins read it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*filter(self._stays, message.get("headers", [])), *HEADERS]
            await send(message)

        await self.app(scope, receive, sent if scope["type"] == "http" else send)

    @staticmethod
    def _stays(pair: tuple[bytes, bytes]) -> bool:
        name = pair[0].lower()
        return name not in OURS and not name.startswith(CORS)


def refused(status: int, state: str, title: str, sentence: str) -> HTMLResponse:
    """A plain page that says why there is no other."""
    page = Template((ROOT / "pages" / "static" / "refused.html").read_text(encoding="utf-8"))
    return HTMLResponse(page.substitute(state=state, title=title, sentence=sentence), status_code=status)


class KnownPages:
    """Answers a document's address that no page has with a plain 404; Streamlit would show a dialog."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.paths = {f"/{entry.path}" for entry in MENU}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_strange(scope):
            sentence = "The address may be mistyped, or the page may have moved."
            page = refused(404, "not-found", "There is no such page", sentence)
            await page(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_strange(self, scope: Scope) -> bool:
        wants_page = any(
            name == b"sec-fetch-dest" and value == b"document" for name, value in scope["headers"]
        )
        path = scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/") or "/"
        ours = path in self.paths or path.startswith(
            ("/_stcore/", "/app/static/", "/media/", "/static/", "/component/")
        )
        return wants_page and scope["method"] == "GET" and not ours


class WholeAddresses:
    """Refuses addresses of more parameters than Streamlit reads: it would show the page as if there were none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get("query_string", b"").decode("latin-1")
        if scope["type"] == "http" and asked and not sanitize_query_string(asked):
            sentence = (
                f"It has {asked.count('&') + 1:,} parameters of {len(asked):,} characters, and at most "
                f"{MOST_PARAMETERS:,} of {MOST_CHARACTERS:,} are read. Name several members in one: "
                "where=country=France|Italy."
            )
            page = refused(414, "too-long", "The address is too long", sentence)
            await page(scope, receive, send)
            return
        await self.app(scope, receive, send)


MIDDLEWARE = (
    Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
    Middleware(SecurityHeaders),
    Middleware(Guard),
    Middleware(KnownPages),
    Middleware(WholeAddresses),
    Middleware(EarlyScripts),
    Middleware(StaticAssets),
)

ROUTES = (COMPONENT_MODULES,)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """From the start of the server to its end."""
    early_imports.begin()
    remember_theme()
    yield


app = st.App(
    "pages/_router.py", lifespan=lifespan, routes=ROUTES, middleware=MIDDLEWARE, on_script_error=show_error
)

try:
    Exposure.read(os.environ).check(st.get_option("server.address"))
except ClientelaError as error:
    sys.exit(str(error))
