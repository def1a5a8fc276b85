"""What comes back from the provider of sign-in: Streamlit's own routes of `st.login` ask and check, and of what they
find a session of ours is made.

Streamlit would have the browser keep all claims and tokens in cookies, for 30 days; with many groups they are too large
to be sent. Here they never get there: the person and their groups stay on the server.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette import starlette_auth_routes
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from data import environment
from data.errors import BadInput, NotAllowed
from data.people import audit_log, sessions
from data.people.audit_event import AuditEvent
from data.store.event_log import NAME
from pages.ui.sign_in_ways import CALLBACK, SignInProvider
from pages.web.sign_in_pages import NEXT, away_to, keep, onward, sign_in_page, to_sign_in

LOGIN = "/auth/login"
LONGEST_NAME = 200
_why: ContextVar[list[str]] = ContextVar("why_the_provider_was_refused")

log = logging.getLogger(NAME)


class WhyRefused(logging.Filter):
    """Hears why Streamlit refuses an answer of the provider, and keeps tracebacks out of its log."""

    def filter(self, record: logging.LogRecord) -> bool:
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            _why.get([]).append(why_of(fault))
            record.msg, record.args = f"{record.getMessage()} ({type(fault).__name__})", ()
            record.exc_info = record.exc_text = None
        return True


def why_of(fault: BaseException) -> str:
    """The word of sign_in_pages.WHY for what Authlib found wrong."""
    from httpx2 import HTTPError  # only where a provider is set up is this there already
    from joserfc.errors import ExpiredTokenError, InvalidClaimError

    if isinstance(fault, HTTPError):
        return "away"
    is_ahead = isinstance(fault, InvalidClaimError) and fault.claim in ("iat", "nbf")
    return "late" if is_ahead or isinstance(fault, ExpiredTokenError) else "refused"


logging.getLogger(starlette_auth_routes.__name__).addFilter(WhyRefused())


class ProviderAnswers:
    """Passes a browser on to the provider, and makes a session of what it brings back."""

    def __init__(self, app: ASGIApp, provider: SignInProvider) -> None:
        self.app = app
        self.provider = provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        why: list[str] = []
        _why.set(why)
        headers = await _headers_of(self.app, scope, receive)
        if scope["path"] == CALLBACK:
            answer = await run_in_threadpool(self._signed_in, request, headers, why)
        else:
            answer = _on_the_way(headers, why)
        for cookie in headers.getlist("set-cookie"):
            if not cookie.startswith(USER_COOKIE_NAME):
                answer.headers.append("set-cookie", cookie)
        await answer(scope, receive, send)

    def _signed_in(self, request: Request, headers: Headers, why: list[str]) -> Response:
        claims = claims_in(headers)
        reason = refusal_of(claims, self.provider) if claims else next(iter(why), "refused")
        place = environment.warehouse()
        if not reason and sessions.spent(place, request.query_params.get("state", "")):
            reason = "refused"
        if reason:
            log.warning("sign-in: an answer of the provider was refused: %s", reason)
            audit_log.note(AuditEvent.REFUSED, detail=f"provider_{reason}", person=audit_log.NOBODY)
            return to_sign_in(reason)
        try:
            token = sessions.begin(place, person_of(claims), groups_of(claims))
        except (NotAllowed, BadInput) as error:
            audit_log.note(AuditEvent.REFUSED, person_of(claims), "no_role", person=audit_log.NOBODY)
            return sign_in_page(str(error), status=HTTPStatus.FORBIDDEN)
        answer = away_to(onward(request.cookies.get(NEXT, "/")))
        answer.delete_cookie(NEXT, path="/")
        return keep(answer, token, secure=self.provider.back.startswith("https:"))


def _on_the_way(headers: Headers, why: list[str]) -> Response:
    place = headers.get("location", "")
    return away_to(place) if place.startswith(("https://", "http://")) and not why else to_sign_in("away")


def claims_in(headers: Headers) -> dict[str, Any]:
    """What Streamlit found out of who signs in, and would have the browser keep; nothing where it refused."""
    cookies: SimpleCookie = SimpleCookie()
    for each in headers.getlist("set-cookie"):
        cookies.load(each)

    def signed(name: str) -> bytes | None:
        return (
            decode_signed_value(get_cookie_secret(), name, cookies[name].value) if name in cookies else None
        )

    found = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    return dict(json.loads(found)) if found else {}


def refusal_of(claims: Mapping[str, Any], provider: SignInProvider) -> str:
    """Why nobody signs in by these claims, empty where somebody does.

    Authlib takes a token for another application where that one names us as the party it was given to (`azp`).
    """
    meant_for = claims.get("aud")
    if provider.client not in (meant_for if isinstance(meant_for, list) else [meant_for]):
        return "refused"
    is_unsure = environment.person_claim() == "email" and claims.get("email_verified") in (False, "false")
    return "nobody" if is_unsure or not person_of(claims) else ""


def person_of(claims: Mapping[str, Any]) -> str:
    """What the person is called here; empty where the provider does not say."""
    name = environment.person_claim()
    said = claims.get(name)
    person = said.strip() if isinstance(said, str) else ""
    is_name = person.isprintable() and len(person) <= LONGEST_NAME
    return (person.casefold() if name == "email" else person) if is_name else ""


def groups_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups that the provider names, for a policies file to map to roles."""
    said = claims.get("groups")
    named = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    return tuple(sorted({each for each in named if isinstance(each, str)}))


async def _headers_of(app: ASGIApp, scope: Scope, receive: Receive) -> Headers:
    """The headers of an answer, of which nothing is sent."""
    kept: list[tuple[bytes, bytes]] = []

    async def heard(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept.extend(message.get("headers", []))

    await app(scope, receive, heard)
    return Headers(raw=kept)
