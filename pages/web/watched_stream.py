"""An open stream of a page, which ends when its session does: the tab is sent to the sign-in page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LOOK_SECONDS = 5.0
GONE = {"type": "websocket.disconnect", "code": 1008}


class WatchedStream:
    """What Streamlit hears and says in one stream; `lasts` tells whether its session does, given whether a person did
    something just now."""

    def __init__(self, receive: Receive, send: Send, lasts: Callable[[bool], bool], onward: str) -> None:
        self._receive, self._send, self._lasts, self._onward = receive, send, lasts, onward
        self._next: asyncio.Future[Message] | None = None
        self._is_open = self._is_over = self._has_run = False

    async def receive(self) -> Message:
        """What the browser says next, heard by Streamlit only while the session lasts."""
        while not self._is_over:
            self._next = self._next or asyncio.ensure_future(self._receive())
            done, _ = await asyncio.wait({self._next}, timeout=LOOK_SECONDS)
            message = self._next.result() if done else None
            self._next = None if done else self._next
            if message is not None and message["type"] != "websocket.receive":
                return message
            if not self._lasts(message is not None and self._is_a_deed(message)):
                await self._end()
            elif message is not None:
                return message
        return GONE

    async def send(self, message: Message) -> None:
        """What Streamlit says, which nobody hears once the session is over."""
        if not self._is_over:
            self._is_open = self._is_open or message["type"] == "websocket.accept"
            await self._send(message)

    def leave(self) -> None:
        """Nobody listens any longer."""
        if self._next is not None:
            self._next.cancel()

    def _is_a_deed(self, message: Message) -> bool:
        """Whether a person caused it: not the first run, which a browser asks for whenever it connects anew."""
        runs, by_clock = what_runs(message.get("bytes") or b"")
        is_first, self._has_run = not self._has_run, self._has_run or runs
        return runs and not by_clock and not is_first

    async def _end(self) -> None:
        self._is_over = True
        if self._is_open:
            there = ForwardMsg()
            there.auth_redirect.url = self._onward
            with suppress(RuntimeError, OSError):  # the browser went first
                await self._send({"type": "websocket.send", "bytes": there.SerializeToString()})
                await self._send({"type": "websocket.close", "code": 1008})


def what_runs(said: bytes) -> tuple[bool, bool]:
    """Whether a browser asks for a run, and whether its clock did."""
    message = BackMsg()
    try:
        message.ParseFromString(said)
    except DecodeError:
        return False, False
    return message.WhichOneof("type") == "rerun_script", message.rerun_script.is_auto_rerun
