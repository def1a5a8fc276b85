"""What the portal answers: links exchanged for a cookie, pages, forms; whoever has no right to it, one page after one
time.

A link's token is given up here: a button exchanges it for a cookie that no script reads and no other site sends along,
and the address goes on without it.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from data.errors import BadRequest, ClientelaError
from data.people import audit_log, portal_links
from data.people.audit_event import AuditEvent
from data.people.portal_links import WHO, portal_place
from data.portal.acting_at_portal import acting_at_portal
from data.portal.own_rows import own_rows
from data.portal.portal_snapshot import portal_snapshot
from data.store.event_log import NAME
from pages.web.portal import portal_words
from pages.web.portal.portal_door import PORTAL
from pages.web.portal.portal_html import portal_page
from pages.web.portal.portal_pages import PAGES, follow
from pages.web.portal.portal_visit import NeedsLook, PortalPage, PortalVisit, Typed
from pages.web.sign_in_pages import is_https
from pages.web.token_bucket import TokenBuckets

OPEN, LEAVE = f"{PORTAL}/open/", f"{PORTAL}/leave"
COOKIE, SECURE_COOKIE = "clientela-portal", "__Secure-clientela-portal"
LARGEST_FORM, MOST_FIELDS = 64 << 10, 24
REFUSED_SECONDS = 0.3  # from asking to being refused, whatever was wrong
WRONG_A_MINUTE, SENT_AN_HOUR = 100, 120
AT_ONCE = CapacityLimiter(4)
READS, WRITES = ("GET", "HEAD"), ("POST",)
Given = TypeVar("Given")

log = logging.getLogger(NAME)


class FormTooLarge(Exception):
    """A form of more than LARGEST_FORM bytes."""


class NotTheirs(Exception):
    """Whoever asks has no right to it, for whatever reason."""


class PortalAnswers:
    """Answers requests at and below PORTAL. Errors never leave it but those that nobody foresaw."""

    def __init__(self) -> None:
        self.tries = TokenBuckets(WRONG_A_MINUTE / 60, WRONG_A_MINUTE)
        self.sent = TokenBuckets(SENT_AN_HOUR / 3600, SENT_AN_HOUR)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answered(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        started = time.monotonic()
        try:
            if request.url.path.startswith(OPEN):
                return await self._open(request)
            return await self._page(request)
        except NotTheirs:
            await anyio.sleep(max(0.0, started + REFUSED_SECONDS - time.monotonic()))
            return refusal()
        except FormTooLarge:
            return sentence(413, portal_words.TOO_LARGE)
        except ClientelaError as error:  # a warehouse that is away or in use; a person here cannot mend it
            log.warning("portal: %s", type(error).__name__)
            return sentence(503, portal_words.AWAY)

    async def _open(self, request: Request) -> Response:
        """The page of a link, and its exchange for a cookie."""
        bucket = self.tries.of(_address(request), time.monotonic())
        if wait := bucket.take(1, time.monotonic()):
            seconds = math.ceil(wait)
            return sentence(429, portal_words.TOO_MANY_LINKS.format(seconds), {"retry-after": str(seconds)})
        token, here = request.url.path.removeprefix(OPEN), _browser(request)
        if request.method in READS:
            link = await _in_thread(lambda: _link_of(token))
            answer: Response = portal_page("open", address=f"{OPEN}{token}", kind=link.kind)
        elif request.method in WRITES:
            browser, seconds = await _in_thread(lambda: _opened(token, here))
            answer = keep(away_to(PORTAL), browser, seconds, is_https(request))
        else:
            raise NotTheirs
        bucket.give_back(1)
        return answer

    async def _page(self, request: Request) -> Response:
        path, browser = request.url.path, _browser(request)
        if request.method not in (*READS, *WRITES):
            raise NotTheirs
        typed = await _form(request) if request.method in WRITES else {}
        visit = await _in_thread(lambda: _visit(browser, path, dict(request.query_params)))
        if request.method in READS:
            return await _in_thread(lambda: _shown(visit))
        if not portal_links.is_own_form(visit.place, browser, path, typed.get("form", "")):
            raise NotTheirs
        if path == LEAVE:
            await _in_thread(lambda: portal_links.leave(visit.place, browser))
            return forget(sentence(200, "The portal is closed in this browser. Your link opens it again."))
        if wait := self.sent.of(visit.link.id, time.monotonic()).take(1, time.monotonic()):
            words = portal_words.TOO_OFTEN.format(math.ceil(wait / 60))
            return await _in_thread(lambda: _shown(visit, words, typed, 429))
        return await _in_thread(lambda: _done(visit, typed))


async def _in_thread(deed: Callable[[], Given]) -> Given:
    """What reads or writes files, done by the portal in a thread of its own few."""

    def done() -> Given:
        with acting_at_portal():
            return deed()

    return await to_thread.run_sync(done, limiter=AT_ONCE)


def _link_of(token: str) -> portal_links.PortalLink:
    """Errors: NotTheirs, noted in the audit, where it opens nothing."""
    snapshot = portal_snapshot()
    link = portal_links.of_token(portal_place(snapshot), token)
    if link is None or own_rows(snapshot, link) is None:
        audit_log.note(AuditEvent.REFUSED, detail="portal_link", person=WHO)
        raise NotTheirs
    return link


def _opened(token: str, here: str) -> tuple[str, int]:
    """What the browser is to hold and for how many seconds; a browser that opened the link already keeps what it
    holds."""
    link, place = _link_of(token), portal_place(portal_snapshot())
    held = portal_links.of_browser(place, here)
    if held is None or held.id != link.id:
        found = portal_links.open_in_browser(place, token)
        if found is None:
            raise NotTheirs
        here = found[1]
    return here, max(1, int(link.until - time.time()))


def _visit(browser: str, path: str, asked: Mapping[str, str]) -> PortalVisit:
    """Errors: NotTheirs where the browser opened no link that lasts, or nothing is there for its member."""
    snapshot = portal_snapshot()
    place = portal_place(snapshot)
    link = portal_links.of_browser(place, browser) if browser else None
    rows = own_rows(snapshot, link) if link else None
    if link is None or rows is None:
        raise NotTheirs
    return PortalVisit(place, link, rows, browser, path, asked)


def _page_at(kind: str, path: str) -> PortalPage | None:
    return next((each for each in PAGES if each.kind == kind and each.address == path), None)


def _shown(
    visit: PortalVisit,
    problem: str = "",
    typed: Typed | None = None,
    status: int = 200,
    alike: tuple[Any, ...] = (),
) -> Response:
    page = _page_at(visit.link.kind, visit.address)
    if page is None:  # of what is only sent
        raise NotTheirs
    own = [each for each in PAGES if each.kind == visit.link.kind]
    done = "" if problem else portal_words.PORTAL_WORDS.get(visit.asked.get("done", ""), "")
    return portal_page(
        page.template,
        status,
        page=page,
        pages=own,
        who=visit.rows.shown_as,
        firm=visit.rows.warehouse.profile.firm,
        until=time.gmtime(visit.link.until),
        form=visit.new_form(),
        leave_form=portal_links.new_form(visit.place, visit.browser, LEAVE),
        done=done,
        problem=problem,
        alike=alike,
        typed=defaultdict(str, typed or {}),
        **page.show(visit),
    )


def _done(visit: PortalVisit, typed: Typed) -> Response:
    """Do what a form says, once, and go on by reading: whoever loads the page again sends nothing again."""
    page = _page_at(visit.link.kind, visit.address)
    deed = page.deeds.get(typed.get("deed", "")) if page else None
    if page is None or deed is None:
        raise NotTheirs
    if not portal_links.first_sent(visit.place, visit.link, typed["form"]):
        return away_to(f"{page.address}?done=sent-already")
    try:
        word = deed(visit, typed)
    except BadRequest as error:
        alike = error.alike if isinstance(error, NeedsLook) else ()
        return _shown(visit, str(error), typed, HTTPStatus.UNPROCESSABLE_ENTITY, alike)
    return away_to(f"{page.address}?done={word}", follow(word, visit.place.path))


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, each once; of one that is none of ours nothing. Errors: FormTooLarge."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise FormTooLarge
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def refusal() -> Response:
    """One answer for all that is refused."""
    return sentence(404, portal_words.ASK_ANEW, title=portal_words.REFUSED)


def sentence(
    status: int, words: str, headers: Mapping[str, str] | None = None, title: str = "Portal"
) -> Response:
    page = portal_page("sentence", status, title=title, words=words)
    page.headers.update(headers or {})
    return page


def away_to(address: str, after: BackgroundTask | None = None) -> Response:
    no_store = {"cache-control": "no-store"}
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, no_store, background=after)


def keep(response: Response, browser: str, seconds: int, secure: bool) -> Response:
    """Have the browser hold what it is known by, for the portal alone."""
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, browser, seconds, path=PORTAL, secure=secure, httponly=True, samesite="strict")
    return response


def forget(response: Response) -> Response:
    for name in (COOKIE, SECURE_COOKIE):
        response.delete_cookie(
            name, path=PORTAL, secure=name == SECURE_COOKIE, httponly=True, samesite="strict"
        )
    return response


def _browser(request: Request) -> str:
    return request.cookies.get(SECURE_COOKIE if is_https(request) else COOKIE, "")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
