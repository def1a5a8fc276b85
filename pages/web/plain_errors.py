"""What goes wrong in a route is noted under a reference and told plainly: no traceback reaches a browser."""

from __future__ import annotations

import logging
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.store.event_log import NAME
from pages.web.refusals import refused

log = logging.getLogger(NAME)


class AnsweredInstead(Exception):
    """Raised where nothing more can be done for a request but to answer it so."""

    def __init__(self, answer: ASGIApp) -> None:
        super().__init__()
        self.answer = answer


class PlainErrors:
    """Answers 500 with a page of ours where what lies behind raises before it has answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except AnsweredInstead as ended:
            if not begun:
                await ended.answer(scope, receive, send)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("error %s", reference)
            if begun:
                raise
            await told(reference)(scope, receive, send)


def told(reference: str) -> ASGIApp:
    """The page that names a reference."""
    sentence = (
        f"It has been noted under {reference}; tell whoever looks after Clientela. Your data is unharmed."
    )
    return refused(500, "error", "Something went wrong", sentence)
