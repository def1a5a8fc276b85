"""Sign-in by a provider of OpenID Connect that runs on this machine, and what forgers would have us believe."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http.cookies import SimpleCookie

import httpx2
import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from data.people import sessions
from pages.web.sign_in_pages import WHY
from tests.people.conftest import Tab, dashboard
from tests.people.oidc_provider import CLIENT, MANY_GROUPS, STRANGE_KEY, LocalProvider

NOW = int(time.time())
HOUR = 3600


def refused(tab: Tab, answer: httpx2.Response, why: str) -> None:
    """The browser is told so in a sentence, and the doors stay shut."""
    assert answer.headers["location"] == f"/sign-in?why={why}"
    assert WHY[why] in tab.ask(answer.headers["location"]).text
    assert tab.sees() == "/sign-in?next=%2Fexplore"


def test_who_the_provider_vouches_for_comes_in(provider: LocalProvider, tab: Tab) -> None:
    assert tab.sees() == "/sign-in?next=%2Fexplore"
    shown = tab.ask("/sign-in?next=/explore?rows=country")
    assert "Sign in with 127.0.0.1" in shown.text
    assert "<form" not in shown.text
    answer = tab.come_back()
    assert answer.headers["location"] == "/explore?rows=country"
    assert tab.sees() == "maria@example.com sales"


def test_of_many_groups_none_is_kept_in_the_browser(provider: LocalProvider, tab: Tab) -> None:
    groups = sorted([*MANY_GROUPS, "sales"])
    provider.claims = {"groups": groups}
    answer = tab.come_back()
    given = sum(len(each) for each in answer.headers.get_list("set-cookie"))
    assert given < 1500
    assert not [name for name in tab.cookies if name.startswith("_streamlit_user")]
    assert tab.sees() == f"maria@example.com {','.join(groups)}"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": NOW - HOUR, "iat": NOW - 2 * HOUR}, "late"),
        ({"exp": NOW + 9 * HOUR, "iat": NOW + 8 * HOUR}, "late"),
        ({"exp": NOW - 7 * HOUR, "iat": NOW - 8 * HOUR}, "late"),
        ({"nbf": NOW + HOUR}, "late"),
        ({"aud": ["another"]}, "refused"),
        ({"aud": "another", "azp": CLIENT}, "refused"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "refused"),
        ({"iss": "https://another.example"}, "refused"),
        ({"nonce": "another"}, "refused"),
        ({"nonce": None, "sub": 5}, "refused"),
        ({"email": None}, "nobody"),
        ({"email": ["maria@example.com"]}, "nobody"),
        ({"email": "a\nb"}, "nobody"),
        ({"email_verified": False}, "nobody"),
    ],
    ids=str,
)
def test_a_forged_token_is_refused(
    provider: LocalProvider, tab: Tab, claims: dict[str, object], why: str
) -> None:
    provider.claims = claims
    refused(tab, tab.come_back(), why)


def test_who_has_no_role_is_told_and_stays_outside(provider: LocalProvider, tab: Tab) -> None:
    provider.claims = {"groups": ["cleaners"]}
    told = tab.come_back()
    assert told.status_code == 403
    assert "maria@example.com has no role here." in told.text
    assert tab.sees() == "/sign-in?next=%2Fexplore"


def test_a_token_that_another_key_signed_is_refused(provider: LocalProvider, tab: Tab) -> None:
    provider.key = STRANGE_KEY
    refused(tab, tab.come_back(), "refused")


def test_an_answer_is_taken_once(provider: LocalProvider, tab: Tab) -> None:
    """Even by one who kept the cookies too, from a provider that takes its codes twice."""
    provider.takes_codes_twice = True
    back, kept = tab.to_provider(), httpx2.Cookies(tab.cookies)
    assert tab.ask(back).headers["location"] == "/"
    for cookies in (httpx2.Cookies(), kept):
        other = Tab(dashboard(), cookies)
        refused(other, other.ask(back), "refused")


def test_an_answer_that_another_browser_asked_for_is_refused(provider: LocalProvider, tab: Tab) -> None:
    back = Tab(dashboard(), httpx2.Cookies()).to_provider()
    refused(tab, tab.ask(back), "refused")
    refused(tab, tab.ask("/oauth2callback?error=access_denied&error_description=no"), "refused")
    refused(tab, tab.ask("/oauth2callback"), "refused")


def test_a_provider_that_is_away_is_told_without_a_traceback(
    provider: LocalProvider, tab: Tab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    back = tab.to_provider()
    gone = "http://127.0.0.1:9"
    monkeypatch.setattr(
        LocalProvider, "metadata", lambda self: {**METADATA(self), "token_endpoint": f"{gone}/token"}
    )
    refused(tab, tab.ask(back), "away")
    monkeypatch.setattr("streamlit.auth_util.secrets_singleton", _secrets_of(gone))
    monkeypatch.setattr("tests.people.oidc_provider.SECRET", "x")
    with caplog.at_level(logging.WARNING):
        refused(tab, tab.ask(tab.ask("/sign-in/provider").headers["location"]), "away")
    assert "Traceback" not in caplog.text


METADATA: Callable[[LocalProvider], dict[str, object]] = LocalProvider.metadata


def _secrets_of(address: str) -> object:
    from streamlit.runtime.secrets import AttrDict

    class Elsewhere:
        def load_if_toml_exists(self) -> bool:
            return True

        def get(self, name: str, default: object = None) -> object:
            section = {
                "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
                "cookie_secret": "cookie" * 8,
                "client_id": CLIENT,
                "client_secret": "x",
                "server_metadata_url": f"{address}/.well-known/openid-configuration",
            }
            return AttrDict(section) if name == "auth" else default

    return Elsewhere()


def test_what_streamlit_would_have_kept_opens_nothing(provider: LocalProvider, tab: Tab) -> None:
    """Its cookie, signed or not, and a session of ours that never was."""
    claims = '{"email": "maria@example.com", "is_logged_in": true}'
    signed = create_signed_value("cookie" * 8, "_streamlit_user", claims).decode()
    for name, value in (
        ("_streamlit_user", claims),
        ("_streamlit_user", signed),
        ("clientela-session", "maria@example.com"),
        ("clientela-session", signed),
        ("clientela-session", ""),
    ):
        forged = SimpleCookie({name: value})[name].coded_value
        answer = tab.ask("/explore", headers={"cookie": f"{name}={forged}"})
        assert answer.headers["location"] == "/sign-in?next=%2Fexplore", name


def test_the_hash_that_the_store_keeps_opens_nothing(provider: LocalProvider, tab: Tab) -> None:
    tab.come_back()
    (token,) = [value for name, value in tab.cookies.items() if name == "clientela-session"]
    other = Tab(dashboard(), httpx2.Cookies({"clientela-session": sessions.hashed(token)}))
    assert other.sees() == "/sign-in?next=%2Fexplore"
