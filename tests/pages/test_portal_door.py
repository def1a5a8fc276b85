"""The door of the portal: a link opens what is its member's and nothing else, whoever forges, swaps or replays."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import secrets
import sqlite3
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from data.access.acting import Acting, acting_as
from data.access.policies import BUILT_IN_ALONE
from data.errors import BadRequest, NotAllowed
from data.operational import operational_store, statement_log
from data.operational.operational_store import OperationalStore
from data.people import audit_log, portal_links, portal_store
from data.people.portal_links import PortalLink, PortalPlace
from data.people.portal_token import LinkToken, signed, subject_print
from data.portal import portal_snapshot
from data.portal.own_rows import own_rows
from data.privacy.rights import access, forget
from data.store.warehouse import Warehouse
from pages.ui import sign_in_ways
from pages.web.exposure import Exposure
from pages.web.portal import portal_answers, portal_words
from pages.web.portal.portal_door import PortalDoor
from tests.portal_firm import (
    ALBA,
    ANNA,
    BRENTA,
    BRUNO,
    PortalBrowser,
    link_for,
    place_of_links,
    portal_firm,
    served,
)

ROOT = Path(__file__).parents[2]
LETTERS = string.ascii_letters + string.digits + "-_"


@dataclass
class PortalWorld:
    """Everybody's links and open browsers, and how much was written when all was ready."""

    path: Path
    place: PortalPlace
    app: Any
    anna: tuple[PortalLink, str]
    anna_at: PortalBrowser
    bruno_at: PortalBrowser
    alba_at: PortalBrowser
    brenta_at: PortalBrowser
    bruno: tuple[PortalLink, str]
    used_up: str
    expired: str
    revoked: str
    revoked_cookie: str
    left_cookie: str
    spent_form: str
    run: Callable[[Any], Any]
    store: OperationalStore
    written: int = 0

    def stranger(self, cookie: str = "") -> PortalBrowser:
        browser = PortalBrowser(self.app, run=self.run)
        if cookie:
            browser.cookies.set("clientela-portal", cookie, domain="127.0.0.1", path="/portal")
        return browser

    def statements(self) -> int:
        return len(statement_log.history(self.store))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalWorld]:
    path = portal_firm(tmp_path_factory.mktemp("portal") / "w.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELA_WAREHOUSE", str(path))
        patch.setenv("CLIENTELA_REQUESTS_A_SECOND", "0")
        patch.setattr(portal_answers, "REFUSED_SECONDS", 0.0)
        patch.setattr(portal_answers, "WRONG_A_MINUTE", 10_000)
        portal_snapshot._opened.clear()
        with asyncio.Runner() as runner:
            yield _made(path, runner.run)
        portal_snapshot._opened.clear()


def _made(path: Path, run: Callable[[Any], Any]) -> PortalWorld:
    app, place = served(), place_of_links(path)
    browsers = [PortalBrowser(app, run=run) for _ in range(4)]
    links = [link_for(path, "customer", each) for each in (ANNA, BRUNO)]
    links += [link_for(path, "partner", each) for each in (ALBA, BRENTA)]
    for browser, (_, token) in zip(browsers, links, strict=True):
        assert browser.open(token).status_code == 303
    used_up, expired, revoked, left = (link_for(path, "customer", ANNA, openings=1) for _ in range(4))
    PortalBrowser(app, run=run).open(used_up[1])
    ended, gone = PortalBrowser(app, run=run), PortalBrowser(app, run=run)
    ended.open(revoked[1])
    revoked_cookie = ended.held
    portal_links.revoke(place, revoked[0].id)
    gone.open(left[1])
    left_cookie = gone.held
    gone.ask("/portal/leave", "POST", data={"form": gone_form(gone)})
    spent = browsers[0].form("/portal/data")
    for what in ("data", "data"):
        browsers[0].ask("/portal/data", "POST", data={"form": spent, "deed": "ask-for", "what": what})
    anna, bruno, alba, brenta = browsers
    made = PortalWorld(
        path, place, app, links[0], anna, bruno, alba, brenta, links[1], used_up[1], _expire(path, place, expired),
        revoked[1], revoked_cookie, left_cookie, spent, run, operational_store.ready(path),
    )  # fmt: skip
    made.written = made.statements()
    return made


def gone_form(browser: PortalBrowser) -> str:
    return browser.ask("/portal").text.split('name="form" value="')[1].split('"')[0]


def _expire(path: Path, place: PortalPlace, made: tuple[PortalLink, str]) -> str:
    """The token of a link whose time is over."""
    link, _ = made
    until = int(time.time()) - 1
    with sqlite3.connect(portal_store.place(path)) as rows:
        rows.execute("UPDATE link SET until = ? WHERE id = ?", [until, link.id])
    key = portal_store.key_of(path)
    return signed(
        key, place.warehouse, LinkToken(link.id, until, subject_print(key, link.kind, *link.member))
    )


def other(letter: str, nth: int) -> str:
    """Another letter of those that tokens have."""
    return LETTERS[(LETTERS.index(letter) + 1 + nth) % len(LETTERS)]


def flipped(text: str, at: int, by: int = 0) -> str:
    return text[:at] + other(text[at], by) + text[at + 1 :]


def opened(world: PortalWorld, token: str, nth: int) -> httpx2.Response:
    """By reading its page or by its button."""
    return world.stranger().ask(f"/portal/open/{token}") if nth % 2 else world.stranger().open(token)


# Each family gives the answers to one forgery; the second number is how many of its kind there are.
def flipped_token(world: PortalWorld, nth: int) -> httpx2.Response:
    token = world.anna[1]
    return opened(world, flipped(token, nth % len(token), nth // len(token)), nth)


def cut_or_longer_token(world: PortalWorld, nth: int) -> httpx2.Response:
    token = world.anna[1]
    text = (token[:nth], token + "A" * (nth + 1), token[nth:] + token[:nth] if nth else "", "%00" + token[3:])
    return opened(world, text[nth % 4] or "x", nth // 4)


def signed_by_another_key(world: PortalWorld, nth: int) -> httpx2.Response:
    link = world.anna[0]
    key = (secrets.token_bytes(32), b"", bytes(32), world.place.warehouse.encode())[nth % 4]
    own = portal_store.key_of(world.path)
    token = LinkToken(link.id, link.until, subject_print(own, link.kind, *link.member))
    return opened(world, signed(key, world.place.warehouse, token), nth // 4)


def signed_for_another_warehouse(world: PortalWorld, nth: int) -> httpx2.Response:
    link, key = world.anna[0], portal_store.key_of(world.path)
    token = LinkToken(link.id, link.until, subject_print(key, link.kind, *link.member))
    return opened(world, signed(key, secrets.token_hex(8), token), nth)


def signed_with_other_content(world: PortalWorld, nth: int) -> httpx2.Response:
    """Even by whoever had the key: the store must know the link so."""
    link, key = world.anna[0], portal_store.key_of(world.path)
    own = subject_print(key, link.kind, *link.member)
    told = (
        LinkToken(link.id, link.until, subject_print(key, "customer", *BRUNO)),
        LinkToken(link.id, link.until, subject_print(key, "partner", *ANNA)),
        LinkToken(link.id, link.until + 86_400 * (nth + 1), own),
        LinkToken(secrets.token_hex(16), link.until, own),
        LinkToken(world.bruno[0].id, world.bruno[0].until, own),
        LinkToken(link.id, 2**64 - 1, own),
    )
    return opened(world, signed(key, world.place.warehouse, told[nth % len(told)]), nth // len(told))


def expired_link(world: PortalWorld, nth: int) -> httpx2.Response:
    return opened(world, world.expired, nth)


def revoked_link(world: PortalWorld, nth: int) -> httpx2.Response:
    return opened(world, world.revoked, nth)


def used_up_link(world: PortalWorld, nth: int) -> httpx2.Response:
    return world.stranger().open(world.used_up)


def halves_of_two_links(world: PortalWorld, nth: int) -> httpx2.Response:
    one, two = (base64.urlsafe_b64decode(token + "==") for _, token in (world.anna, world.bruno))
    at = 1 + nth % 62
    mixed = base64.urlsafe_b64encode(one[:at] + two[at:]).rstrip(b"=").decode()
    return opened(world, mixed, nth)


def forged_cookie(world: PortalWorld, nth: int) -> httpx2.Response:
    held = world.anna_at.held
    return world.stranger(flipped(held, nth % len(held), nth // len(held))).ask("/portal/data")


def strange_cookie(world: PortalWorld, nth: int) -> httpx2.Response:
    link = world.anna[0]
    cookies = (
        world.anna[1], link.id, hashlib.sha256(world.anna_at.held.encode()).hexdigest(), world.revoked_cookie,
        world.left_cookie, "' OR 1=1 --", "%", "x" * 4000, secrets.token_urlsafe(32), "None", world.anna_at.held + "=",
        world.anna_at.held[:-1], world.anna_at.held.swapcase(),
    )  # fmt: skip
    return world.stranger(cookies[nth % len(cookies)]).ask(("/portal", "/portal/consents")[nth // 13 % 2])


def page_of_the_other_kind(world: PortalWorld, nth: int) -> httpx2.Response:
    asked = (
        (world.anna_at, "orders"), (world.anna_at, "stock"), (world.alba_at, "consents"), (world.alba_at, "data"),
        (world.alba_at, "proposals"), (world.alba_at, "prices"), (world.anna_at, "questions"),
    )  # fmt: skip
    browser, page = asked[nth % len(asked)]
    return browser.ask(f"/portal/{page}", ("GET", "HEAD")[nth // len(asked) % 2])


def strange_address(world: PortalWorld, nth: int) -> httpx2.Response:
    paths = (
        "/portal/", "/portal/open", "/portal/open/", "/portal/data/", "/portal//data", "/portal/data/K200",
        "/portal/K200", "/portal/..%2fexplore", "/portal/%2e%2e/explore", "/portal/data%00", "/portal/DATA",
        "/portal/leave", "/portal/_stcore/health", "/portal/media/x.csv", "/portal/_stcore/upload_file/a/b",
        "/portal/static/index.html", "/portal/explore", "/portal/data;who=K200", "/portal/orders/Brenta",
    )  # fmt: skip
    browser = world.anna_at if nth % 2 else world.alba_at
    return browser.ask(paths[nth % len(paths)])


def read_instead_of_sent(world: PortalWorld, nth: int) -> httpx2.Response:
    method = ("PUT", "DELETE", "PATCH", "OPTIONS")[nth % 4]
    browser, page = (world.anna_at, "data") if nth // 4 % 2 else (world.alba_at, "stock")
    fields = {"form": browser.form(f"/portal/{page}"), "deed": "ask-for", "what": "erasure"}
    return browser.ask(f"/portal/{page}", method, data=fields)


def form_of_another(world: PortalWorld, nth: int) -> httpx2.Response:
    """A form of Bruno's, of another page, of another browser, forged or without what it carries, sent as Anna."""
    own = world.anna_at.form("/portal/data")
    again = PortalBrowser(world.app, run=world.run)
    again.cookies = world.bruno_at.cookies
    carried = (
        again.form("/portal/data"), world.anna_at.form("/portal/consents"), "", ".", own.split(".")[0], own + "0",
        own.upper(), f"{secrets.token_hex(16)}.{own.split('.')[1]}", world.alba_at.form("/portal/stock"), "'; DROP--",
        flipped(own, len(own) - 1 - nth % 60).replace("-", "0"),
    )  # fmt: skip
    fields = {"form": carried[nth % len(carried)], "deed": "ask-for", "what": "erasure"}
    return world.anna_at.ask("/portal/data", "POST", data=fields)


def deed_that_is_none(world: PortalWorld, nth: int) -> httpx2.Response:
    deed = ("", "tell-stock", "revoke", "ask_for", "__class__", "say-consent", "ask-for\n", "ASK-FOR")[
        nth % 8
    ]
    return world.anna_at.send("/portal/data", deed=deed, what="erasure")


def strange_body(world: PortalWorld, nth: int) -> httpx2.Response:
    form = world.anna_at.form("/portal/data")
    whole = f"form={form}&deed=ask-for&what=erasure"
    bodies: tuple[dict[str, Any], ...] = (
        {"json": {"form": form, "deed": "ask-for", "what": "erasure"}},
        {"content": f"{whole}&form={form}".encode()},
        {"content": whole.encode() + b"&x=%" + b"\xff"},
        {"files": {"form": ("x", form.encode()), "deed": ("y", b"ask-for")}},
        {"content": ("&".join(f"f{at}=1" for at in range(40)) + "&" + whole).encode()},
    )
    return world.anna_at.ask("/portal/data", "POST", **bodies[nth % len(bodies)])


def of_anothers_page(world: PortalWorld, nth: int) -> httpx2.Response:
    """Bruno's browser and form with what is Anna's, and the other way round: addresses and numbers say nothing."""
    names = ("customer", "who", "id", "code", "member", "link", "partner", "number")
    asked = f"{names[nth % len(names)]}={('K100', 'crm', '1', 'Alba')[nth // len(names) % 4]}"
    answer = world.bruno_at.ask(f"/portal/orders?{asked}&kind=partner")
    own = world.bruno_at.ask(f"/portal/data?{asked}").text
    assert "Anna" not in own
    assert "Bruno Conti" in own
    return answer


FAMILIES: dict[Callable[[PortalWorld, int], httpx2.Response], int] = {
    flipped_token: 150, cut_or_longer_token: 20, signed_by_another_key: 12, signed_for_another_warehouse: 6,
    signed_with_other_content: 18, expired_link: 4, revoked_link: 4, used_up_link: 4, halves_of_two_links: 62,
    forged_cookie: 86, strange_cookie: 26, page_of_the_other_kind: 14, strange_address: 40, read_instead_of_sent: 8,
    form_of_another: 33, deed_that_is_none: 8, strange_body: 5,
    of_anothers_page: 32,
}  # fmt: skip
FORGERIES = [(family, nth) for family, many in FAMILIES.items() for nth in range(many)]


def test_there_are_five_hundred() -> None:
    assert len(FORGERIES) >= 500


@pytest.mark.parametrize(
    ("forge", "nth"), FORGERIES, ids=[f"{each.__name__}-{nth}" for each, nth in FORGERIES]
)
def test_what_is_forged_expired_swapped_or_replayed_reaches_nothing(
    world: PortalWorld, forge: Callable[[PortalWorld, int], httpx2.Response], nth: int
) -> None:
    answer = forge(world, nth)
    assert answer.status_code == 404
    if answer.request.method != "HEAD":
        assert portal_words.REFUSED in answer.text
        assert answer.text == bytes(portal_answers.refusal().body).decode()
    assert "clientela-portal" not in str(answer.headers.get_list("set-cookie"))
    assert world.statements() == world.written


def test_a_link_is_exchanged_for_a_cookie_that_the_portal_alone_gets(world: PortalWorld) -> None:
    _, token = link_for(world.path, "customer", ANNA, openings=1)
    browser = world.stranger()
    asked = browser.ask(f"/portal/open/{token}")
    assert asked.status_code == 200
    assert "set-cookie" not in str(asked.headers).replace("clientela-browser", "") or not browser.held
    assert "<script" not in asked.text
    assert "script-src 'self'" in asked.headers["content-security-policy"]
    assert (asked.headers["cache-control"], asked.headers["x-robots-tag"]) == (
        "no-store",
        "noindex, nofollow",
    )
    assert '<meta name="referrer" content="strict-origin">' in asked.text
    answer = browser.open(token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if "portal" in each]
    assert {"HttpOnly", "SameSite=strict", "Path=/portal"} <= set(cookie.split("; "))
    page = browser.ask("/portal")
    assert "Anna Bellini" in page.text
    assert token not in page.text
    again = browser.open(token)  # the same browser comes by its mail again
    assert (again.status_code, browser.ask("/portal").status_code) == (303, 200)
    assert world.stranger().open(token).status_code == 404


def test_over_https_the_cookie_is_another(world: PortalWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = portal_answers.keep(portal_answers.away_to("/portal"), "x", 60, secure=True)
    assert answer.headers["set-cookie"].startswith("__Secure-clientela-portal=x;")
    assert "Secure" in answer.headers["set-cookie"]


def test_neither_tokens_nor_cookies_lie_anywhere(
    world: PortalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, token = link_for(world.path, "customer", ANNA)
    browser = world.stranger()
    browser.open(token)
    browser.ask("/portal/consents")
    world.stranger().ask(f"/portal/open/{flipped(token, 5)}")
    audit_log.flush()
    held = b"".join(each.read_bytes() for each in world.path.parent.glob("w.duckdb*") if each.is_file())
    assert len(held) > 10_000
    for secret in (token, browser.held, base64.urlsafe_b64decode(token + "==")[-32:].hex()):
        assert secret.encode() not in held
        assert not [each for each in caplog.records if secret in each.getMessage() and each.name != "httpx2"]
    assert portal_store.place(world.path).stat().st_mode & 0o077 == 0
    assert world.path.with_name("w.duckdb.portal.key").stat().st_mode & 0o077 == 0


def test_all_refusals_take_one_time(world: PortalWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_answers, "REFUSED_SECONDS", 0.08)
    for token in (flipped(world.anna[1], 3), world.expired, world.revoked, world.used_up, "x"):
        started = time.monotonic()
        assert world.stranger().open(token).status_code == 404
        assert time.monotonic() - started >= 0.08


def test_wrong_links_slow_down_an_address_and_nobody_else(
    world: PortalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_answers, "WRONG_A_MINUTE", 100)
    app = served()
    here, there = (PortalBrowser(app, address=each, run=world.run) for each in ("192.0.2.7", "192.0.2.8"))
    monkeypatch.setattr(Exposure, "is_wide", property(lambda _: True))
    stands = SimpleNamespace(monotonic=lambda: 1000.0, time=time.time, gmtime=time.gmtime)
    monkeypatch.setattr(portal_answers, "time", stands)
    answers = [here.ask(f"/portal/open/x{nth}").status_code for nth in range(103)]
    assert answers == [404] * 100 + [429] * 3
    slow = here.ask(f"/portal/open/{world.anna[1]}")
    assert (slow.status_code, int(slow.headers["retry-after"]) >= 1) == (429, True)
    assert there.ask(f"/portal/open/{world.anna[1]}").status_code == 200


def test_what_is_sent_is_limited_in_size_and_often(
    world: PortalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"form": world.anna_at.form("/portal/data"), "deed": "ask-for", "what": "x" * 65_536}
    assert world.anna_at.ask("/portal/data", "POST", data=large).status_code == 413
    alone = PortalBrowser(PortalDoor(world.app), run=world.run)
    answer = alone.ask("/portal/data", "POST", data=large)
    assert (answer.status_code, portal_words.TOO_LARGE in answer.text) == (413, True)
    monkeypatch.setattr(portal_answers, "SENT_AN_HOUR", 2)
    few = PortalBrowser(served(), run=world.run)
    few.open(link_for(world.path, "partner", BRENTA)[1])
    typed = {"deed": "tell-stock", "product": "P-Alba", "day": "x"}
    told = [few.send("/portal/stock", **typed, pieces=str(7 + at)) for at in range(3)]
    assert [each.status_code for each in told] == [422, 422, 429]
    assert 'value="9"' in told[2].text  # what was typed is there


def test_a_form_sent_twice_is_done_once(world: PortalWorld) -> None:
    before = world.statements()
    fields = {
        "form": world.alba_at.form("/portal/stock"),
        "deed": "tell-stock",
        "product": "P-Alba",
        "pieces": "1",
    }
    fields["day"] = time.strftime("%Y-%m-%d")
    answers = [world.alba_at.ask("/portal/stock", "POST", data=fields) for _ in range(2)]
    assert [each.headers["location"].partition("=")[2] for each in answers] == ["stock-told", "sent-already"]
    assert world.statements() == before + 1
    spent = {"form": world.spent_form, "deed": "ask-for", "what": "erasure"}
    assert world.anna_at.ask("/portal/data", "POST", data=spent).headers["location"].endswith("sent-already")
    assert world.statements() == before + 1


def test_a_revoked_link_ends_in_every_browser_and_the_audit_knows(world: PortalWorld) -> None:
    link, token = link_for(world.path, "partner", ALBA)
    browser = world.stranger()
    browser.open(token)
    assert browser.ask("/portal").status_code == 200
    portal_links.revoke(world.place, link.id)
    assert browser.ask("/portal").status_code == 404
    assert world.stranger().open(token).status_code == 404
    with pytest.raises(BadRequest, match="ended already"):
        portal_links.revoke(world.place, link.id)
    audit_log.flush()
    with sqlite3.connect(world.path.with_name("w.duckdb.audit.sqlite")) as rows:
        told = rows.execute("SELECT person, event, detail FROM entry WHERE subject = ?", [link.id]).fetchall()
        refused = rows.execute(
            "SELECT 1 FROM entry WHERE event = 'refused' AND detail = 'portal_link'"
        ).fetchall()
    assert [(person == "portal", *rest) for person, *rest in told][:3] == [
        (False, "changed", "portal_link_made_for_partner"),
        (True, "signed_in", "portal"),
        (False, "changed", "portal_link_revoked"),
    ]
    assert refused


def test_links_are_made_by_whom_a_role_lets(world: PortalWorld) -> None:
    with acting_as(Acting("maria", BUILT_IN_ALONE.of("maria", roles=["marketing"]))):
        with pytest.raises(NotAllowed, match="give out portal links"):
            link_for(world.path, "customer", ANNA)
        with pytest.raises(NotAllowed):
            portal_links.revoke(world.place, world.anna[0].id)
    for days, openings in ((0, 1), (366, 1), (1, 0), (1, 21)):
        with pytest.raises(BadRequest):
            link_for(world.path, "customer", ANNA, openings, days)


def test_the_portal_reads_nothing_that_is_not_bound_to_its_member(world: PortalWorld) -> None:
    rows = own_rows(portal_snapshot.portal_snapshot(), world.anna[0])
    assert rows is not None
    for sql in (
        "SELECT * FROM customer", "SELECT * FROM sale WHERE customer_code = 2",
        "SELECT * FROM sale WHERE customer_code = $10", "SELECT * FROM lead_time WHERE partner_code = $1",
        "SELECT 1 FROM sale, stock WHERE customer_code = $1 AND partner_code = $1",
    ):  # fmt: skip
        with pytest.raises(ValueError, match="not bound"):
            rows.ask(sql)


def test_rows_are_read_through_the_one_way_alone() -> None:
    """What is not of the member: names of products and channels, and the district's orders, which name nobody."""
    allowed = {
        "own_rows.py": 2, "own_offers.py": 1, "partner_orders.py": 1, "own_consents.py": 4, "link_subjects.py": 2,
    }  # fmt: skip
    found: dict[str, int] = {}
    for each in [*(ROOT / "data/portal").glob("*.py"), *(ROOT / "pages/web/portal").glob("*.py")]:
        many = len(re.findall(r"warehouse\.(?:rows|frame|arrays)\b", each.read_text("utf-8")))
        found |= {each.name: many} if many and each.name != "form_values.py" else {}
    assert found == allowed


def test_where_people_sign_in_the_portal_has_its_own_key(
    world: PortalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_ways, "_on", True)
    stranger = world.stranger()
    assert stranger.ask("/explore").headers["location"].startswith("/sign-in")
    assert stranger.ask("/portal-links").headers["location"].startswith("/sign-in")
    assert stranger.ask("/portal/explore").status_code == 404
    assert world.anna_at.ask("/portal").status_code == 200
    assert world.anna_at.ask("/explore").headers["location"].startswith("/sign-in")


def test_a_form_from_elsewhere_is_not_taken(world: PortalWorld) -> None:
    form = world.anna_at.form("/portal/data")
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        fields = {"form": form, "deed": "ask-for", "what": "erasure"}
        answer = world.anna_at.ask("/portal/data", "POST", data=fields, headers={"origin": origin})
        assert answer.status_code == 403
    assert world.run(_handshake(world)) == ["websocket.close"]


async def _handshake(world: PortalWorld) -> list[str]:
    """What is answered to a stream below the portal."""
    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/portal/_stcore/stream", "headers": []}
    await PortalDoor(world.app)(scope, lambda: None, send)  # type: ignore[arg-type, return-value]
    return sent


def test_whoever_is_forgotten_is_shut_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = portal_firm(tmp_path / "w.duckdb")
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setattr(portal_answers, "REFUSED_SECONDS", 0.0)
    browser, other = PortalBrowser(served()), PortalBrowser(served())
    token = link_for(path, "customer", ANNA)[1]
    browser.open(token)
    other.open(link_for(path, "customer", BRUNO)[1])
    browser.send("/portal/data", deed="ask-for", what="erasure")
    warehouse = Warehouse(path)
    assert access(warehouse, "K100")["portal_links"].height == 1
    warehouse.close()
    erased = forget(path, "K100")
    assert any("links to the portal" in each for each in erased.told)
    assert browser.ask("/portal").status_code == 404
    assert PortalBrowser(served()).open(token).status_code == 404
    assert other.ask("/portal").status_code == 200
    assert b"K100" not in portal_store.place(path).read_bytes()
    portal_snapshot._opened.clear()
