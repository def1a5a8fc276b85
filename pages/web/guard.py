"""Turns away what pages of other origins ask, before Streamlit sees it.

Streamlit would ask an outside address for its own at each handshake of another origin, and wait for it where all
sessions are served. What passes here names one host in Host and Origin, so that Streamlit never asks.
"""

from __future__ import annotations

import logging
import os

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data.store.event_log import NAME
from pages.web.exposure import ANYONE, ORIGINS, Exposure
from pages.web.origin import Origin, is_loopback

SCHEMES = {"ws": "http", "wss": "https"}
OUTSIDE = (
    "Nobody has to sign in to this Clientela: it answers on its own machine only. Set up sign-in (docs/sign_in.md), or"
    f" let everybody in with {ANYONE}=yes.\n"
)
ELSEWHERE = (
    "Clientela is not known at this address. Where a reverse proxy serves it here, name it:"
    f" {ORIGINS}=https://crm.example.com\n"
)
FOREIGN = "Only Clientela's own pages may ask this.\n"
TOLD = 50

log = logging.getLogger(NAME)


class Guard:
    """Lets through what comes to an address of ours from a page of ours."""

    def __init__(self, app: ASGIApp, exposure: Exposure | None = None) -> None:
        self.app = app
        self.exposure = Exposure.read(os.environ) if exposure is None else exposure
        self.told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif (words := refusal(scope, self.exposure)) is None:
            await self.app(with_one_host(scope), receive, send)
        else:
            self._tell(scope, words)
            await _refuse(words)(scope, receive, send)

    def _tell(self, scope: Scope, words: str) -> None:
        origin = header(scope, b"origin")
        if words == FOREIGN and origin and origin not in self.told and len(self.told) < TOLD:
            self.told.add(origin)
            log.warning(
                "refused a page of %s; %s names other origins of the dashboard", origin[:100], ORIGINS
            )


def refusal(scope: Scope, exposure: Exposure) -> str | None:
    """Why a request is not answered; None where it is."""
    if not _arrives_inside(scope, exposure):
        return OUTSIDE
    scheme = SCHEMES.get(scope["scheme"], scope["scheme"])
    here = Origin.parse(f"{scheme}://{header(scope, b'host')}")
    if here is None or not exposure.is_reached_at(here.host):
        return ELSEWHERE
    origin = header(scope, b"origin")
    ours = _is_harmless(scope) if origin is None else exposure.trusts(Origin.parse(origin), here)
    return None if ours else FOREIGN


def with_one_host(scope: Scope) -> Scope:
    """The same request to the host that its page stands at: a proxy may have put another in its place."""
    origin = header(scope, b"origin")
    if origin is None:
        return scope
    kept = [pair for pair in scope["headers"] if pair[0] != b"host"]
    return {**scope, "headers": [(b"host", origin.split("://")[1].encode("latin-1")), *kept]}


def header(scope: Scope, name: bytes) -> str | None:
    """A header's value; where it comes twice, both, which no parser takes for one."""
    values = [value.decode("latin-1") for each, value in scope["headers"] if each == name]
    return ", ".join(values) if values else None


def _arrives_inside(scope: Scope, exposure: Exposure) -> bool:
    address, port = scope.get("server") or ("", 0)
    return exposure.is_wide or port is None or is_loopback(address)


def _is_harmless(scope: Scope) -> bool:
    """Browsers name the origin of handshakes and of all that writes; of a read they tell whether it is foreign."""
    if scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD"):
        return False
    return header(scope, b"sec-fetch-site") in (None, "none", "same-origin") or _is_link(scope)


def _is_link(scope: Scope) -> bool:
    return (header(scope, b"sec-fetch-mode"), header(scope, b"sec-fetch-dest")) == ("navigate", "document")


def _refuse(words: str) -> ASGIApp:
    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": words.strip()})
        else:
            await PlainTextResponse(words, status_code=403)(scope, receive, send)

    return refused
