"""Refuses at once what comes with more headers than Clientela ever has a browser send.

Left to itself, what reads handshakes gives up on a line of over 8 KB and answers nothing: the page waits for ever.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from websockets import http11

from pages.web.refusals import refused

MOST_BYTES, MOST_HEADERS = 32 << 10, 100
SENTENCE = (
    "The browser sends too much with each request. Delete what it keeps of this address (its cookies), then"
    " try again."
)


def read_long_lines() -> None:
    """Have handshakes read to their end, so that they are answered; only the environment could say so otherwise, and
    before Streamlit starts."""
    http11.MAX_LINE_LENGTH, http11.MAX_NUM_HEADERS = 4 << 20, 10_000


class ShortHeaders:
    """Stands before whatever reads headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope.get("headers", ())
        if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_BYTES:
            page = refused(431, "too-much", "Too much was sent along", SENTENCE)
            await page(scope, receive, send)
            return
        await self.app(scope, receive, send)
