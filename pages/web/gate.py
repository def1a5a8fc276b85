"""Lets in nobody who is not signed in, where people sign in: no page, no stream, no file, no upload."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from data import environment
from data.errors import ClientelaError
from data.people import sessions
from data.people.sessions import SignedInSession
from pages.ui.sign_in_ways import CALLBACK, provider, sign_in_is_on
from pages.ui.signed_in import owner_of, session_of
from pages.web.provider_answers import LOGIN, ProviderAnswers
from pages.web.sign_in_pages import SIGN_IN, SIGN_OUT, TO_PROVIDER, is_https, to_sign_in
from pages.web.watched_stream import WatchedStream

STATIC = Path(__file__).resolve().parents[1] / "static"
SHOWN = frozenset(
    f"/app/static/{file.name}" for file in STATIC.iterdir() if file.suffix in (".woff2", ".svg")
)
OPEN = SHOWN | {SIGN_IN, SIGN_OUT, TO_PROVIDER, "/_stcore/health"}
OF_STREAMLIT = "/auth/"
PROTOCOLS = b"sec-websocket-protocol"
SHUT = "You are signed out. Load this page again to sign in.\n"


class Gate:
    """Stands behind the guard and before everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not sign_in_is_on():
            await self.app(scope, receive, send)
            return
        try:
            session = _session(scope)
            asks = self._stream if scope["type"] == "websocket" else self._answer
            await asks(scope, receive, send, session)
        except ClientelaError as error:  # nobody can tell who comes
            await _refuse(scope, receive, send, PlainTextResponse(f"{error}\n", status_code=503))

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, session: SignedInSession | None
    ) -> None:
        path, asked = scope["path"], provider()
        if path in (LOGIN, CALLBACK) and asked:
            await ProviderAnswers(self.app, asked)(scope, receive, send)
        elif path in OPEN:
            await self.app(scope, receive, send)
        elif session is None or path.startswith(OF_STREAMLIT) or path == CALLBACK:
            await _to_the_door(scope)(scope, receive, send)
        else:
            if _is_a_deed(scope):
                sessions.acted(environment.warehouse(), session)
            await self.app(scope, receive, send)

    async def _stream(
        self, scope: Scope, receive: Receive, send: Send, session: SignedInSession | None
    ) -> None:
        if session is None:
            await _refuse(scope, receive, send)
            return

        def lasts(did_something: bool) -> bool:
            try:
                now = _session(scope)
                if now and did_something:
                    sessions.acted(environment.warehouse(), now)
            except ClientelaError:
                return False
            return now is not None and now.token == session.token

        stream = WatchedStream(receive, send, lasts, f"{SIGN_IN}?why=ended")
        try:
            await self.app(in_own_tab(scope, session), stream.receive, stream.send)
        finally:
            stream.leave()


def _session(scope: Scope) -> SignedInSession | None:
    """The session of who sends a request. Errors: WarehouseError."""
    request = HTTPConnection(scope)
    return session_of(request.cookies, is_https(request))


def person_asking(scope: Scope) -> str:
    """Who is signed in where a request comes from; empty where nobody is, or nobody can tell."""
    try:
        session = _session(scope) if sign_in_is_on() else None
    except ClientelaError:
        return ""
    return session.person if session else ""


def in_own_tab(scope: Scope, session: SignedInSession) -> Scope:
    """A handshake that takes up no tab but the session's own: in another's, what they saw would be shown."""
    headers = [
        (name, _without_strange_tab(value, session) if name == PROTOCOLS else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def _without_strange_tab(protocols: bytes, session: SignedInSession) -> bytes:
    first, token, tab = ([*protocols.decode("latin-1").split(","), "", ""])[:3]
    is_own = bool(tab.strip()) and owner_of(tab.strip()) == session.token
    return protocols if is_own else f"{first},{token}".encode("latin-1")


def _is_a_deed(scope: Scope) -> bool:
    """Whether a person caused a request: they opened a page, or sent something."""
    return scope["method"] not in ("GET", "HEAD") or _wants_page(scope)


def _wants_page(scope: Scope) -> bool:
    headers = HTTPConnection(scope).headers
    asked = headers.get("sec-fetch-dest")
    is_page = asked == "document" if asked else "text/html" in headers.get("accept", "")
    return is_page and scope["method"] == "GET"


def _to_the_door(scope: Scope) -> Response:
    if not _wants_page(scope):
        return PlainTextResponse(SHUT, status_code=401, headers={"cache-control": "no-store"})
    query = scope.get("query_string", b"").decode("latin-1")
    path = scope["path"]
    return to_sign_in(next_=f"{path}?{query}" if query else path)


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response | None = None) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": SHUT.strip()})
    elif answer is not None:
        await answer(scope, receive, send)
