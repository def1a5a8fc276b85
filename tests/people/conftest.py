"""A dashboard behind guard and gate, in this process, whose one page and stream say who looks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

from data.people import accounts
from pages.ui import sign_in_ways
from pages.ui.signed_in import session_of
from pages.web.exposure import Exposure
from pages.web.gate import Gate
from pages.web.guard import Guard
from pages.web.sign_in_pages import SIGN_IN_ROUTES, is_https
from tests.people import oidc_provider
from tests.people.oidc_provider import LocalProvider

HOST = "127.0.0.1:8501"
HERE = f"http://{HOST}"
BACK = f"{HERE}/oauth2callback"
PAGE = {"accept": "text/html", "sec-fetch-dest": "document", "sec-fetch-mode": "navigate"}
TRUSTED = ssl.create_default_context()
NAME, PASSWORD = "maria", "correct horse battery"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No sign-in is set up, salespeople are analysts, and nothing takes long."""
    (tmp_path / "policies.toml").write_text('[groups.sales]\nroles = ["analyst"]\n', encoding="utf-8")
    monkeypatch.setattr(ssl, "create_default_context", lambda *_args, **_how: TRUSTED)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "w.duckdb"))
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(1, 8, 1))
    accounts._nobodys.cache_clear()
    monkeypatch.setattr(sign_in_ways, "_on", False)
    sign_in_ways.provider.cache_clear()
    yield
    sign_in_ways.provider.cache_clear()
    accounts._nobodys.cache_clear()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The warehouse that people are kept beside."""
    return tmp_path / "w.duckdb"


@pytest.fixture(scope="session")
def _provider() -> Iterator[LocalProvider]:
    with oidc_provider.running() as found:
        yield found


@pytest.fixture
def provider(_provider: LocalProvider, tmp_path: Path) -> Iterator[LocalProvider]:
    """A provider that is set up as docs/sign_in.md says, and forges nothing yet."""
    file = tmp_path / "secrets.toml"
    file.write_text(oidc_provider.secrets_file(_provider, BACK), encoding="utf-8")
    said = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(file)])
    secrets_singleton._reset()
    yield _provider
    _provider.restore()
    config.set_option("secrets.files", said)
    secrets_singleton._reset()


async def _page(request: Request) -> Response:
    session = session_of(request.cookies, is_https(request))
    return PlainTextResponse(f"{session.person} {','.join(session.groups)}" if session else "anybody")


def dashboard(exposure: Exposure | None = None) -> Starlette:
    """Guard, gate, Streamlit's own routes of st.login, and a page at every other address."""
    return Starlette(
        routes=[
            *SIGN_IN_ROUTES,
            *create_auth_routes(""),
            Route("/{rest:path}", _page, methods=["GET", "PUT"]),
        ],
        middleware=[
            Middleware(Guard, exposure=exposure or Exposure()),
            Middleware(Gate),
            Middleware(SessionMiddleware, secret_key="s" * 32, session_cookie="_streamlit_session"),
        ],
    )


@dataclass
class Tab:
    """A browser that asks one request after the other, and keeps cookies."""

    app: Any
    cookies: httpx2.Cookies

    def ask(self, path: str, method: str = "GET", **how: Any) -> httpx2.Response:
        headers = {**(PAGE if method == "GET" else {"origin": HERE}), **how.pop("headers", {})}
        return asyncio.run(self._ask(path, method, headers, **how))

    async def _ask(self, path: str, method: str, headers: dict[str, str], **how: Any) -> httpx2.Response:
        through = httpx2.ASGITransport(app=self.app, client=("127.0.0.1", 5000))
        async with httpx2.AsyncClient(transport=through, base_url=HERE, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=headers, **how)
            self.cookies = client.cookies
            return answer

    def fill_in(self, name: str = NAME, password: str = PASSWORD, onward: str = "/") -> httpx2.Response:
        return self.ask("/sign-in", "POST", data={"name": name, "password": password, "next": onward})

    def to_provider(self) -> str:
        """Begin to sign in by the provider; the address that it sends the browser back to."""
        asked = self.ask(self.ask("/sign-in/provider").headers["location"]).headers["location"]
        told = httpx2.get(asked).headers["location"]
        return f"{urlsplit(told).path}?{urlsplit(told).query}"

    def come_back(self) -> httpx2.Response:
        return self.ask(self.to_provider())

    def sees(self) -> str:
        """What the page says, or where the browser is sent."""
        answer = self.ask("/explore")
        return answer.headers.get("location", "") or answer.text


@pytest.fixture
def tab() -> Tab:
    return Tab(dashboard(), httpx2.Cookies())
