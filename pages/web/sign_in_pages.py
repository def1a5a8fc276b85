"""The way in and out: a page with a form, that needs no script, and what it sends."""

from __future__ import annotations

import logging
import math
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlencode, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit.user_info import generate_login_redirect_url

from data import environment
from data.errors import BadInput, NotAllowed
from data.people import accounts, audit_log, sessions, sign_in_tries
from data.people.audit_event import AuditEvent
from data.store.event_log import NAME
from pages.ui.sign_in_ways import CALLBACK, DEFAULT, has_accounts, provider, sign_in_is_on
from pages.ui.signed_in import COOKIE, SECURE_COOKIE, session_of

SIGN_IN, SIGN_OUT, TO_PROVIDER = "/sign-in", "/sign-out", "/sign-in/provider"
NEXT, OUT = "clientela-next", "clientela-out"
PAGE = Path(__file__).resolve().parents[1] / "static" / "sign_in.html"
LARGEST_FORM, MOST_FIELDS, LONGEST_NEXT = 16_384, 8, 3_000
NEXT_SECONDS, OUT_SECONDS = 900, 60
AT_ONCE = CapacityLimiter(2)  # a password takes 64 MiB and a processor: whoever waits for it holds no thread
WRONG = "The name or the password is wrong."
WHY = {
    "out": "You are signed out, in every tab of this browser.",
    "ended": "Your session has ended: nobody did anything here for a while, or what you may do was changed.",
    "away": "The provider of sign-in does not answer. Try again in a moment; if it stays away, tell whoever looks "
    "after Clientela.",
    "late": "What the provider sent is out of date or from a time to come: its clock or that of this machine is wrong. "
    "Tell whoever looks after Clientela.",
    "refused": "What the provider sent was not accepted: it was not meant for Clientela, or was used before. Sign in "
    "again.",
    "nobody": "The provider does not say who you are: it gives no address or name that it vouches for. Tell whoever "
    "looks after Clientela.",
}

log = logging.getLogger(NAME)


def sign_in_page(why: str = "", name: str = "", onward: str = "/", status: int = 200) -> Response:
    """The form, the way to the provider, or both; `why` is what is said above."""
    asked = provider()
    form = FORM.substitute(name=escape(name), onward=escape(onward)) if has_accounts() else ""
    way = WAY.substitute(path=TO_PROVIDER, host=escape(asked.host)) if asked else ""
    between = "<p class=or>or</p>" if form and way else ""
    told = f"<p class=why role=alert>{escape(why)}</p>" if why else ""
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(
        why=told, form=form, between=between, way=way
    )
    return HTMLResponse(page, status_code=status, headers={"cache-control": "no-store"})


FORM = Template("""<form method="post" action="/sign-in"><input type="hidden" name="next" value="$onward">
<label for="name">Name</label>
<input id="name" name="name" value="$name" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form>""")
WAY = Template('<a class="way" href="$path">Sign in with $host</a>')


def onward(address: str) -> str:
    """A page of ours to go on at, whatever was asked for; never one elsewhere.

    >>> onward("/explore?rows=country"), onward("//evil.example"), onward("https://evil.example/")
    ('/explore?rows=country', '/', '/')
    """
    strange = not address.startswith("/") or address.startswith("//") or len(address) > LONGEST_NEXT
    if strange or not address.isascii() or not address.isprintable() or "\\" in address:
        return "/"
    path = urlsplit(address).path
    return (
        "/"
        if "//" in path or path.startswith((SIGN_IN, SIGN_OUT, CALLBACK, "/auth/", "/_stcore/"))
        else address
    )


def to_sign_in(why: str = "", next_: str = "") -> Response:
    """Send a browser to the sign-in page."""
    named = {name: value for name, value in (("why", why), ("next", next_)) if value not in ("", "/")}
    return away_to(f"{SIGN_IN}?{urlencode(named)}" if named else SIGN_IN)


def away_to(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER, headers={"cache-control": "no-store"})


def keep(response: Response, token: str, secure: bool) -> Response:
    """Have the browser hold a token: no script reads it, and no page elsewhere sends it along but by a link."""
    _forget(response)
    response.delete_cookie(OUT, path="/")
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, token, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _forget(response: Response) -> None:
    for name in (COOKIE, SECURE_COOKIE):
        response.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="lax")


def is_https(request: HTTPConnection) -> bool:
    """Whether the browser reached us so: a proxy that ends TLS may not say, but a browser's own word does."""
    return request.url.scheme in ("https", "wss") or request.headers.get("origin", "").startswith("https://")


async def _ask(request: Request) -> Response:
    why = request.query_params.get("why", "")
    why = "out" if why == "ended" and OUT in request.cookies else why  # of another tab of this browser
    came_from = "" if why == "out" else _came_from(request)  # whoever comes next need not know where one was
    goes_to = onward(request.query_params.get("next", "") or came_from)
    if not sign_in_is_on() or session_of(request.cookies, is_https(request)):
        return away_to(goes_to)
    page = sign_in_page(WHY.get(why, ""), onward=goes_to)
    if provider():
        page.set_cookie(
            NEXT, goes_to, NEXT_SECONDS, path="/", httponly=True, samesite="lax", secure=is_https(request)
        )
    return page


def _came_from(request: Request) -> str:
    """The page of ours that sent the browser here, as where its session ended."""
    page = urlsplit(request.headers.get("referer", ""))
    is_ours = page.netloc == request.headers.get("host")
    return f"{page.path}?{page.query}" if is_ours and page.query else page.path if is_ours else ""


async def _answer(request: Request) -> Response:
    said = await _form(request)
    name, password, goes_to = said.get("name", ""), said.get("password", ""), onward(said.get("next", ""))
    if not sign_in_is_on():
        return away_to(goes_to)
    address = request.client.host if request.client else ""
    wait = await run_in_threadpool(sign_in_tries.tried, environment.warehouse(), name, address)
    if wait:
        await run_in_threadpool(_note_refusal, "too_many_tries", name)
        return _too_many(wait, name, goes_to)
    try:
        token = await to_thread.run_sync(_opened, name, password, address, limiter=AT_ONCE)
    except (NotAllowed, BadInput) as error:
        await run_in_threadpool(_note_refusal, "no_role", name)
        return sign_in_page(str(error), name, goes_to, HTTPStatus.FORBIDDEN)
    if token is None:
        return sign_in_page(WRONG, name, goes_to, HTTPStatus.UNAUTHORIZED)
    _end(request)
    return keep(away_to(goes_to), token, is_https(request))


def _opened(name: str, password: str, address: str) -> str | None:
    """The token of a new session where the password is right."""
    place = environment.warehouse()
    account = accounts.checked(place, name, password)
    if account is None:
        log.warning("sign-in: a wrong name or password")
        _note_refusal("wrong_password", name)
        return None
    sign_in_tries.succeeded(place, name, address)
    return sessions.begin(place, account.name, (), account.roles, account.changed_at)


def _note_refusal(why: str, name: str) -> None:
    """Whoever tried; the name that they gave, which may be anything, is not written."""
    audit_log.note(AuditEvent.REFUSED, name, why, person=audit_log.NOBODY)


def _too_many(wait: float, name: str, goes_to: str) -> Response:
    seconds = math.ceil(wait)
    words = f"Too many tries. Try again in {seconds} second{'s' * (seconds > 1)}."
    page = sign_in_page(words, name, goes_to, HTTPStatus.TOO_MANY_REQUESTS)
    page.headers["retry-after"] = str(seconds)
    return page


async def _form(request: Request) -> dict[str, str]:
    """What a form says, each field once; nothing where it is larger than ours can be, or has more fields."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


async def _leave(request: Request) -> Response:
    if request.method != "POST":  # a link signs nobody out
        return to_sign_in()
    _end(request)
    left = to_sign_in("out") if sign_in_is_on() else away_to("/")
    _forget(left)
    left.set_cookie(
        OUT, "yes", OUT_SECONDS, path="/", httponly=True, samesite="lax", secure=is_https(request)
    )
    return left


def _end(request: Request) -> None:
    for name in (COOKIE, SECURE_COOKIE):
        if token := request.cookies.get(name):
            sessions.end(environment.warehouse(), token)


async def _to_provider(_request: Request) -> Response:
    return away_to(generate_login_redirect_url(DEFAULT)) if provider() else to_sign_in()


SIGN_IN_ROUTES = (
    Route(SIGN_IN, _ask, methods=["GET"]),
    Route(SIGN_IN, _answer, methods=["POST"]),
    Route(SIGN_OUT, _leave, methods=["GET", "POST"]),
    Route(TO_PROVIDER, _to_provider, methods=["GET"]),
)
