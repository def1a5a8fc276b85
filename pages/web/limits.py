"""How much one person may ask for, so that nobody takes the processors from the others.

Requests over the limit are answered 429 with a sentence and when to ask again. What a page sends over its connection
is not refused but waits for its turn: no click is lost, and the page tells why it was slow (`own_connection.py`).
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Hashable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data import environment
from pages.ui.own_connection import HEADER, OwnConnection, connections
from pages.web.back_messages import cost
from pages.web.browser_mark import asker
from pages.web.origin import is_loopback
from pages.web.plain_errors import AnsweredInstead
from pages.web.security_headers import is_for_anyone
from pages.web.token_bucket import TokenBuckets

AT_ONCE_SECONDS = 12  # of the long run's rate, that may be asked for at once
AN_HOUR, A_QUARTER = 3600, 900
PATIENCE_SECONDS = 30.0  # for a browser that is silent in the middle of what it sends
SMALL_BODY, MB = 64 << 10, 1 << 20
WRITES = ("PUT", "POST", "PATCH", "DELETE")
UPLOAD = re.compile("/_stcore/upload_file/")
OFTEN = "You asked more often than one person may. Ask again in {} seconds; others are not disturbed.\n"
UPLOADED = "You have brought more files than one person may within the hour. Bring this one in {} seconds.\n"
OPENED = "You have too many pages of Clientela open. Close some.\n"
NO_LENGTH = "Say with Content-Length how much is sent.\n"
LARGE = "What was sent is too large: at most {:,} KB.\n"
SLOW = f"Nothing came for {PATIENCE_SECONDS:.0f} seconds.\n"


class Limits:
    """Counts what each person asks for; `person` tells who is signed in, and nothing where nobody is."""

    def __init__(self, app: ASGIApp, person: Callable[[Scope], str] = lambda _: "") -> None:
        self.app = app
        self.person = person
        self.runs = _buckets(environment.limit(environment.RUNS), AT_ONCE_SECONDS)
        self.requests = _buckets(environment.limit(environment.REQUESTS), AT_ONCE_SECONDS)
        self.uploads = _buckets(environment.limit(environment.UPLOADS) / AN_HOUR, A_QUARTER)
        self.upload_mb = _buckets(environment.limit(environment.UPLOAD_MB) / AN_HOUR, A_QUARTER)
        self.most_pages = environment.limit(environment.OPEN_PAGES)
        self.pages: Counter[Hashable] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif scope["type"] != "http" or is_for_anyone(scope):
            await self.app(scope, receive, send)
        elif refused := self._refusal(scope):
            await refused(scope, receive, send)
        else:
            await self.app(scope, _impatient(receive), send)

    def whose(self, scope: Scope) -> Hashable:
        """Who is counted: the person; else the address; on this machine, where proxies and tunnels end, the browser.

        None for programs of this machine that keep no cookies.
        """
        if person := self.person(scope):
            return "person", person
        host = (scope.get("client") or ("", 0))[0]
        if host and not is_loopback(host):
            return "address", host
        return ("browser", who) if (who := asker(scope)) else None

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        whose, now = self.whose(scope), time.monotonic()
        if wait := self.requests.of(whose, now).take(1, now):
            return _later(OFTEN, wait)
        if scope["method"] not in WRITES:
            return None
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers:
            return PlainTextResponse(NO_LENGTH, 411)
        length = int(headers.get("content-length") or 0)
        if not UPLOAD.search(scope["path"]):
            return PlainTextResponse(LARGE.format(SMALL_BODY >> 10), 413) if length > SMALL_BODY else None
        if scope["method"] == "DELETE":
            return None
        wait = self.uploads.of(whose, now).take(1, now) or self.upload_mb.of(whose, now).take(
            length / MB, now
        )
        return _later(UPLOADED, wait) if wait else None

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        whose = self.whose(scope)
        if whose is not None and self.most_pages and self.pages[whose] >= 2 * self.most_pages:
            await _later(OPENED, PATIENCE_SECONDS)(scope, receive, send)
            return
        own, name = OwnConnection(self.most_pages), secrets.token_hex(8)
        own.is_one_too_many = whose is not None and 0 < self.most_pages <= self.pages[whose]
        headers = [pair for pair in scope["headers"] if pair[0] != HEADER.encode()]
        connections[name] = own
        self.pages[whose] += 1
        try:
            told = {**scope, "headers": [*headers, (HEADER.encode(), name.encode())]}
            await self.app(told, self._paced(receive, whose or name, own), send)
        finally:
            del connections[name]
            self.pages[whose] -= 1
            if not self.pages[whose]:
                del self.pages[whose]

    def _paced(self, receive: Receive, whose: Hashable, own: OwnConnection) -> Receive:
        """What comes over a connection, each in its turn; uvicorn reads no further meanwhile."""

        async def next_message() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                dear = cost(message.get("bytes") or b"")
                if dear is None:
                    continue
                now = time.monotonic()
                wait = self.runs.of(whose, now).owe(dear, now)
                own.note_wait(wait, now)
                if wait:
                    await asyncio.sleep(wait)
                return message

        return next_message


def _buckets(rate: float, at_once: float) -> TokenBuckets:
    """Buckets that fill at that rate, a second; a rate of 0 sets no limit."""
    return TokenBuckets(rate, max(1.0, rate * at_once)) if rate else TokenBuckets(1.0, math.inf)


def _later(sentence: str, wait: float) -> PlainTextResponse:
    seconds = math.ceil(wait)
    return PlainTextResponse(sentence.format(seconds), 429, {"retry-after": str(seconds)})


def _impatient(receive: Receive) -> Receive:
    """What a browser sends, as long as it sends. Errors: AnsweredInstead where it began, and went silent."""
    is_whole = False

    async def next_part() -> Message:
        nonlocal is_whole
        if is_whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), PATIENCE_SECONDS)
        except TimeoutError as error:
            raise AnsweredInstead(PlainTextResponse(SLOW, 408)) from error
        is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return next_part
