"""Launches Clientela: `streamlit run app.py`. The pages start at `pages/_router.py`; here is what surrounds them.

Layers of middleware: compression, headers that keep a browser from running or embedding what is not ours, a plain page
for what goes wrong, one for whoever sends too much along, the guard against pages of other origins, the mark of each
browser, how much one person may ask for, the door of the portal, the gate that asks who is signed in, files that are
closed to all browsers but one, a plain page for addresses that there are not, one for those that Streamlit would cut
short, a header that names what pages are drawn by, and Streamlit's own scripts, compressed once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime.state.query_params import CLIENT_STATE_QUERY_STRING_MAX_FIELDS as MOST_PARAMETERS
from streamlit.runtime.state.query_params import CLIENT_STATE_QUERY_STRING_MAX_LENGTH as MOST_CHARACTERS
from streamlit.runtime.state.query_params import sanitize_query_string

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from data import environment  # noqa: E402
from data.errors import ClientelaError  # noqa: E402
from pages import early_imports  # noqa: E402
from pages.ui.menu import MENU  # noqa: E402
from pages.ui.page_states import show_error  # noqa: E402
from pages.ui.sign_in_ways import CALLBACK, checked_ways  # noqa: E402
from pages.web.browser_mark import BrowserMarks  # noqa: E402
from pages.web.component_modules import COMPONENT_MODULES  # noqa: E402
from pages.web.early_scripts import EarlyScripts  # noqa: E402
from pages.web.exposure import Exposure  # noqa: E402
from pages.web.gate import Gate, person_asking  # noqa: E402
from pages.web.guard import Guard  # noqa: E402
from pages.web.limits import Limits  # noqa: E402
from pages.web.own_files import OwnFiles  # noqa: E402
from pages.web.plain_errors import PlainErrors  # noqa: E402
from pages.web.portal.portal_door import PortalDoor  # noqa: E402
from pages.web.provider_answers import LOGIN  # noqa: E402
from pages.web.refusals import refused  # noqa: E402
from pages.web.remembered_theme import remember_theme  # noqa: E402
from pages.web.security_headers import SecurityHeaders  # noqa: E402
from pages.web.short_headers import ShortHeaders, read_long_lines  # noqa: E402
from pages.web.sign_in_pages import SIGN_IN_ROUTES  # noqa: E402
from pages.web.static_assets import StaticAssets  # noqa: E402

CLOSED = ("/_stcore/metrics",)  # what only developers ask Streamlit for


class KnownPages:
    """Answers a document's address that no page has with a plain 404; Streamlit would show a dialog."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        of_sign_in = (LOGIN, CALLBACK, *(route.path for route in SIGN_IN_ROUTES))
        self.paths = {*(f"/{entry.path}" for entry in MENU), *of_sign_in}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["path"].endswith(CLOSED) or self._is_strange(scope)):
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


try:
    EXPOSURE = Exposure.read(os.environ, checked_ways())
    EXPOSURE.check(st.get_option("server.address"))
    for each in environment.LIMITS:
        environment.limit(each)
except ClientelaError as error:
    sys.exit(str(error))

MIDDLEWARE = (
    Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
    Middleware(SecurityHeaders),
    Middleware(PlainErrors),
    Middleware(ShortHeaders),
    Middleware(Guard, exposure=EXPOSURE),
    Middleware(BrowserMarks),
    Middleware(Limits, person=person_asking),
    Middleware(PortalDoor),
    Middleware(Gate),
    Middleware(OwnFiles),
    Middleware(KnownPages),
    Middleware(WholeAddresses),
    Middleware(EarlyScripts),
    Middleware(StaticAssets),
)

ROUTES = (COMPONENT_MODULES, *SIGN_IN_ROUTES)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """From the start of the server to its end."""
    early_imports.begin()
    remember_theme()
    read_long_lines()
    yield


app = st.App(
    "pages/_router.py", lifespan=lifespan, routes=ROUTES, middleware=MIDDLEWARE, on_script_error=show_error
)
