"""The headers of every answer, cookies as they leave us, marks of browsers, and what is told when something breaks."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from pages.web.browser_mark import ASKER, COOKIE, BrowserMarks, asker
from pages.web.plain_errors import PlainErrors
from pages.web.security_headers import HEADERS, SecurityHeaders, content_security_policy
from tests.serving import ROOT

MARK = "0123456789abcdef" * 2
XSRF = (b"set-cookie", b"_streamlit_xsrf=2|a|b|1; Path=/; SameSite=Lax")


def through(
    layer: type,
    path: str = "/",
    scheme: str = "http",
    answer: tuple[tuple[bytes, bytes], ...] = (),
    **headers: str,
) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The headers that a layer sends, and the scope that reaches what lies behind it."""
    reached: dict[str, Any] = {}
    sent: list[dict[str, Any]] = []

    async def behind(scope: Any, _receive: Any, send: Any) -> None:
        reached.update(scope)
        await send({"type": "http.response.start", "status": 200, "headers": list(answer)})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "scheme": scheme, "headers": named}
    asyncio.run(layer(behind)(scope, None, send))
    return [(name.decode(), value.decode()) for name, value in sent[0]["headers"]], reached


def test_only_scripts_of_ours_run() -> None:
    policy = dict(each.split(" ", 1) for each in content_security_policy("<script>a()</script>").split("; "))
    assert re.fullmatch(r"'self' blob: 'sha256-[\w+/]{43}='", policy["script-src"])
    closed = ("object-src", "base-uri", "frame-ancestors")
    assert {policy[each] for each in closed} == {"'none'"}
    assert {policy[each] for each in ("default-src", "connect-src", "form-action")} == {"'self'"}


def test_every_answer_has_them_once_and_opens_to_nobody() -> None:
    loose = (
        (b"X-Frame-Options", b"ALLOWALL"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"Server", b"made by us 1.2.3"),
        (b"content-type", b"text/html"),
    )
    headers, _ = through(SecurityHeaders, answer=loose)
    assert len(headers) == len(dict(headers)) == len(HEADERS) + 2
    assert dict(headers)["x-frame-options"] == "DENY"
    assert not {"server", "access-control-allow-origin"} & set(dict(headers))


@pytest.mark.parametrize("path", ["/", "/customer", "/media/f.csv", "/_stcore/health", "/sign-in"])
def test_what_is_personal_is_not_kept(path: str) -> None:
    headers, _ = through(SecurityHeaders, path, answer=((b"cache-control", b"public, max-age=3600"),))
    assert [value for name, value in headers if name == "cache-control"] == ["no-store"]


@pytest.mark.parametrize("path", ["/static/js/a.js", "/app/static/mark.svg", "/component-modules/a.js"])
def test_what_is_the_same_for_all_is_kept(path: str) -> None:
    headers, _ = through(SecurityHeaders, path, answer=((b"cache-control", b"public, immutable"),))
    assert ("cache-control", "public, immutable") in headers


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_behind_https_nothing_travels_in_the_open(scheme: str) -> None:
    headers, _ = through(SecurityHeaders, scheme=scheme, answer=(XSRF, (b"set-cookie", b"a=b; Secure")))
    cookies = [value for name, value in headers if name == "set-cookie"]
    transport = dict(headers).get("strict-transport-security")
    if scheme == "https":
        assert [each.count("Secure") for each in cookies] == [1, 1]
        assert transport == "max-age=31536000; includeSubDomains"
    else:
        assert cookies == [XSRF[1].decode(), "a=b; Secure"]
        assert transport is None


def test_a_browser_gets_one_mark_that_no_script_reads() -> None:
    page = ((b"content-type", b"text/html; charset=utf-8"),)
    ((_, cookie),) = [each for each in through(BrowserMarks, answer=page)[0] if each[0] == "set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[0-9a-f]{{32}}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", cookie)
    again = dict(through(BrowserMarks, answer=page)[0])["set-cookie"]
    assert again != cookie
    kept, _ = through(BrowserMarks, answer=page, cookie=f"{COOKIE}={MARK}")
    script, _ = through(BrowserMarks, "/static/js/a.js", answer=((b"content-type", b"text/javascript"),))
    assert "set-cookie" not in {**dict(kept), **dict(script)}
    assert "set-cookie" in dict(through(BrowserMarks, "/_stcore/health")[0])
    assert "set-cookie" in dict(through(BrowserMarks, answer=page, cookie=f"{COOKIE}=mine")[0])


def test_a_browser_is_told_from_another_by_all_its_cookies() -> None:
    def told(cookie: str, **headers: str) -> str:
        return asker(through(BrowserMarks, cookie=cookie, **headers)[1])  # type: ignore[arg-type]

    marked = f"{COOKIE}={MARK}"
    digests = [
        told(marked),
        told(f"{marked}; clientela-session=maria"),
        told(f"{marked}; __Host-clientela-session=maria"),
        told(f"{marked}; clientela-session=anna"),
        told(f"{COOKIE}={MARK[::-1]}"),
    ]
    assert len(set(digests)) == 5
    assert told(f"other=1; {marked}") == digests[0]
    assert [told(each) for each in ("", "clientela-session=maria", f"{COOKIE}={MARK}0")] == ["", "", ""]
    assert told(marked, **{ASKER.decode(): digests[1]}) == digests[0]


def test_behind_https_no_neighbour_puts_another_mark_in_its_place() -> None:
    headers, _ = through(BrowserMarks, "/_stcore/health", "https")
    assert re.fullmatch(r"__Host-clientela-browser=\w{32}; Path=/; .*; Secure", dict(headers)["set-cookie"])
    secure = f"__Host-{COOKIE}={MARK}"
    _, planted = through(BrowserMarks, scheme="https", cookie=f"{COOKIE}={MARK}")
    _, both = through(BrowserMarks, scheme="https", cookie=f"{secure}; {COOKIE}={MARK[::-1]}")
    _, alone = through(BrowserMarks, scheme="https", cookie=secure)
    assert (asker(planted), asker(both)) == ("", asker(alone))
    assert asker(alone)


def test_streamlit_knows_whose_a_session_is() -> None:
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert f'trustedUserHeaders = {{ "{ASKER.decode()}" = "asker" }}' in config


@pytest.mark.parametrize("begun", [False, True])
def test_a_route_that_breaks_tells_a_reference_and_no_more(
    begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[dict[str, Any]] = []

    async def breaks(_scope: Any, _receive: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("maria@example.com is in /srv/secret")

    async def send(message: Any) -> None:
        sent.append(message)

    run = PlainErrors(breaks)({"type": "http"}, None, send)  # type: ignore[arg-type]
    if begun:
        with pytest.raises(ValueError, match="maria"):
            asyncio.run(run)
        return
    asyncio.run(run)
    page = sent[1]["body"].decode()
    reference = re.search(r"noted under ([0-9a-f]{8})", page)
    assert (sent[0]["status"], reference is not None) == (500, True)
    assert not any(each in page for each in ("maria", "secret", "ValueError", "Traceback"))
    assert reference
    assert f"error {reference[1]}" in caplog.text
