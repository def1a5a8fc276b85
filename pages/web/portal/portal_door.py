"""The door of the portal: everything at and below /portal is answered behind it, and nothing of it reaches the
dashboard.

What answers is imported with the first who comes: it needs large libraries, and the server starts without them.
"""

from __future__ import annotations

from importlib import import_module

from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from pages import early_imports

PORTAL = "/portal"
ANSWERS = "pages.web.portal.portal_answers"


class PortalDoor:
    """Stands before the gate: the portal has a key of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.answers: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path != PORTAL and not path.startswith(f"{PORTAL}/"):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            if self.answers is None:
                made = await to_thread.run_sync(_answers)
                self.answers = self.answers or made
            await self.answers(scope, receive, send)


def _answers() -> ASGIApp:
    early_imports.wait()
    found: ASGIApp = import_module(ANSWERS).PortalAnswers()
    return found
