"""Files of one browser are closed to all others: what it may take away, and what it brings.

Streamlit names a file by a hash of what it holds and gives it to whoever asks for that name; here each name is noted
with the browsers that it was made for, and is unknown to the rest. An upload goes into a session of the browser that
sends it, and a file that is made when its button is pressed is made for the session that shows the button. (That no
other browser resumes a session is Streamlit's part: `server.trustedUserHeaders`.)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.web.browser_mark import ASKER, asker

MEDIA = re.compile("(?!/static/|/app/static/).*?/media/(.+)")
UPLOAD = re.compile("/_stcore/upload_file/([^/]+)/")
NONE = "There is no such file here.\n"
_connected: ContextVar[str] = ContextVar("connected", default="")


class FileOwners:
    """Which browsers each file was made for, noted as Streamlit keeps and forgets its files."""

    def __init__(self) -> None:
        self._owners: dict[str, set[str]] = {}
        self._watched: MediaFileManager | None = None

    def watch(self, manager: MediaFileManager) -> None:
        """From now on note who owns the files that `manager` keeps."""
        if manager is self._watched:
            return
        self._watched = manager
        storage: Any = manager._storage
        load, delete, execute = storage.load_and_get_id, storage.delete_file, manager.execute_deferred

        def load_and_get_id(*given: Any, **named: Any) -> str:
            file: str = load(*given, **named)
            self._owners.setdefault(file, set()).add(asking())
            return file

        def delete_file(file: str) -> None:
            self._owners.pop(file, None)
            delete(file)

        def execute_deferred(file: str) -> str:
            button = manager._deferred_callables.get(file)
            if button is not None and not is_own(button["session_id"], asking()):
                raise MediaFileStorageError("This button is of another browser.")
            return execute(file)

        storage.load_and_get_id, storage.delete_file = load_and_get_id, delete_file
        manager.execute_deferred = execute_deferred  # type: ignore[method-assign, assignment]

    def may_read(self, file: str, who: str) -> bool:
        """Whether the file of that address, with or without its ending, was made for that browser."""
        return bool(who) and who in self._owners.get(os.path.splitext(file)[0], ())  # noqa: PTH122


class OwnFiles:
    """Answers 404 for files and uploads of other browsers, as for those that there are not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.owners = FileOwners()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and runtime.exists():
            self.owners.watch(runtime.get_instance().media_file_mgr)
        if scope["type"] == "http" and not self._may_ask(scope["path"], asker(scope)):
            await PlainTextResponse(NONE, status_code=404)(scope, receive, send)
            return
        with _connecting(asker(scope) if scope["type"] == "websocket" else ""):
            await self.app(scope, receive, send)

    def _may_ask(self, path: str, who: str) -> bool:
        if file := MEDIA.match(path):
            return self.owners.may_read(file[1], who)
        if upload := UPLOAD.search(path):
            return is_own(upload[1], who)
        return True


@contextmanager
def _connecting(who: str) -> Iterator[None]:
    token = _connected.set(who)
    try:
        yield
    finally:
        _connected.reset(token)


def asking() -> str:
    """The browser for which this runs: that of the connection, or of the page whose script it is."""
    if _connected.get():
        return _connected.get()
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return st.context.headers.get(ASKER.decode()) or ""


def is_own(session: str, who: str) -> bool:
    """Whether a session that is connected belongs to that browser."""
    client = runtime.get_instance().get_client(session) if runtime.exists() else None
    if client is None or client.client_context is None or not who:
        return False
    return (ASKER.decode(), who) in client.client_context.headers
