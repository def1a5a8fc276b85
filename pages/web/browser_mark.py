"""Each browser is given a mark, a random cookie: what was made for one browser is answered to no other.

Behind this layer a request carries `x-clientela-asker`, a digest of the cookies that tell one browser, and who is
signed in there, from another. Streamlit keeps the headers of a session's handshake, so that pages and routes compare
the two; what a browser itself sends under that name is thrown away.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE, SECURE_COOKIE = "clientela-browser", "__Host-clientela-browser"
SESSIONS = ("clientela-session", "__Host-clientela-session")
ASKER = b"x-clientela-asker"
MARK = re.compile("[0-9a-f]{32}")
A_YEAR = 365 * 24 * 60 * 60


class BrowserMarks:
    """Marks browsers, and tells what lies behind which of them asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        kept = [pair for pair in scope["headers"] if pair[0] != ASKER]
        who = _digest(cookies_of(scope), _cookie(scope))
        told = {**scope, "headers": [*kept, (ASKER, who.encode())]}
        if who or scope["type"] != "http":
            await self.app(told, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _begins(scope, message):
                MutableHeaders(scope=message).append("set-cookie", _new_mark(_cookie(scope)))
            await send(message)

        await self.app(told, receive, sent)


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request."""
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    return cookie_parser("; ".join(lines))


def asker(scope: Scope) -> str:
    """Which browser asks, as it stands behind `BrowserMarks`; empty for one without a mark, which owns nothing."""
    return next((value.decode() for name, value in scope["headers"] if name == ASKER), "")


def _cookie(scope: Scope) -> str:
    """What the mark is called: behind https no page of a neighbouring name can put one in its place."""
    return SECURE_COOKIE if scope["scheme"] in ("https", "wss") else COOKIE


def _digest(cookies: dict[str, str], cookie: str) -> str:
    """Empty without a mark; no two browsers or persons have the same."""
    if not MARK.fullmatch(cookies.get(cookie, "")):
        return ""
    return sha256("\n".join(cookies.get(each, "") for each in (cookie, *SESSIONS)).encode()).hexdigest()


def _begins(scope: Scope, message: Message) -> bool:
    """Whether a browser begins with this answer: a page, or what it asks before it connects anew."""
    kind = MutableHeaders(scope=message).get("content-type", "")
    return kind.startswith("text/html") or bool(scope["path"].endswith("/_stcore/health"))


def _new_mark(cookie: str) -> str:
    secure = "; Secure" if cookie == SECURE_COOKIE else ""
    return f"{cookie}={secrets.token_hex(16)}; Path=/; Max-Age={A_YEAR}; HttpOnly; SameSite=Lax{secure}"
