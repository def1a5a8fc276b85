"""Streamlit's scripts and styles, compressed once a process: its own way compresses each anew for each browser."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.web.component_modules import KEPT

SHELL = Path(st.__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css"}
FILES = {f"/{file.relative_to(SHELL).as_posix()}": file for file in SHELL.rglob("*") if file.suffix in TYPES}


class StaticAssets:
    """Answers for the shell's scripts and styles, whose names hold a hash, where the browser reads gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = _asked(scope)
        if file is None:
            await self.app(scope, receive, send)
            return
        body = await run_in_threadpool(compressed, file)
        headers = KEPT | {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        await Response(body, media_type=TYPES[file.suffix], headers=headers)(scope, receive, send)


def _asked(scope: Scope) -> Path | None:
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    if "gzip" not in headers.get("accept-encoding", "") or "range" in headers:
        return None
    return FILES.get(scope["path"].removeprefix(scope.get("root_path", "")))


@cache
def compressed(file: Path) -> bytes:
    """The file in gzip."""
    return gzip.compress(file.read_bytes(), 6, mtime=0)
