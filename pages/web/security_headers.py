"""The headers of every HTTP answer: what keeps a browser from running, embedding or keeping what it should not."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.served_component import FOLDER

FRONT = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
FOR_ANYONE = ("/static/", "/app/static/", f"/{FOLDER}/")
A_YEAR = 365 * 24 * 60 * 60


def content_security_policy(front: str) -> str:
    """Only our own scripts, those that Streamlit makes as blobs, and the inline ones of its front page by hash.

    Styles may be inline: Streamlit and Plotly write theirs into the page as they draw.
    """
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
            "base-uri 'none'",
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
        ("x-permitted-cross-domain-policies", "none"),
        (
            "permissions-policy",
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(),"
            " microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(),"
            " usb=(), xr-spatial-tracking=()",
        ),
    )
)
STRICT_TRANSPORT = (b"strict-transport-security", f"max-age={A_YEAR}; includeSubDomains".encode())
NOT_KEPT = (b"cache-control", b"no-store")

OURS = frozenset(name for name, _ in (*HEADERS, STRICT_TRANSPORT))
CORS = b"access-control-"
TELLING = (b"server", b"x-powered-by")


class SecurityHeaders:
    """Puts HEADERS on every HTTP answer, and takes away what would let other origins read it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                message["headers"] = [*_answered(scope, message.get("headers", []))]
            await send(message)

        await self.app(scope, receive, send if scope["type"] == "lifespan" else sent)


def _answered(scope: Scope, headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The headers of an answer: its own that may stay, and ours."""
    secret, personal = scope["scheme"] in ("https", "wss"), not is_for_anyone(scope)
    for name, value in headers:
        name = name.lower()
        if name == b"set-cookie" and secret and b"; secure" not in value.lower():
            yield name, value + b"; Secure"
        elif _stays(name) and not (personal and name == NOT_KEPT[0]):
            yield name, value
    yield from HEADERS
    if secret:
        yield STRICT_TRANSPORT
    if personal:
        yield NOT_KEPT


def _stays(name: bytes) -> bool:
    return name not in OURS and name not in TELLING and not name.startswith(CORS)


def is_for_anyone(scope: Scope) -> bool:
    """Whether an address holds the same for everybody, and nothing of a firm: scripts, styles, fonts."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.startswith(FOR_ANYONE)
