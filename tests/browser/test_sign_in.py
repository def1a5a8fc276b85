"""People who sign in, in a browser: by a provider and by a form, and out again in every tab."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from data.people import accounts
from pages.web.sign_in_pages import WHY
from tests.browser.conftest import LOOK, note_console, settled
from tests.people import oidc_provider
from tests.people.oidc_provider import MANY_GROUPS, LocalProvider
from tests.serving import serving

NAME, PASSWORD = "anna", "correct horse battery"
GROUPS = [*MANY_GROUPS, "sales"]
END = 60_000


@pytest.fixture
def firm(warehouse: Path, tmp_path: Path) -> Path:
    """Where a firm's people are kept: salespeople are analysts, and Anna has an account."""
    path = tmp_path / "w.duckdb"
    shutil.copy(warehouse, path)
    path.with_name("policies.toml").write_text('[groups.sales]\nroles = ["analyst"]\n', encoding="utf-8")
    accounts.add(path, NAME, PASSWORD, ["analyst"])
    return path


@pytest.fixture
def served(firm: Path) -> Iterator[tuple[str, LocalProvider]]:
    """The dashboard on all addresses, and the provider of its people."""
    with oidc_provider.running() as provider:
        secrets = firm.with_name("secrets.toml")
        back = "http://127.0.0.1:{port}/oauth2callback"
        secrets.write_text(oidc_provider.secrets_file(provider, back), encoding="utf-8")
        options = ("--server.address", "0.0.0.0", "--secrets.files", str(secrets))
        for url in serving("app.py", {"CLIENTELA_WAREHOUSE": str(firm)}, *options):
            provider.back = f"{url}/oauth2callback"
            yield url, provider


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(**LOOK)
    yield found
    found.close()


def test_in_by_either_way_and_out_in_every_tab(
    served: tuple[str, LocalProvider], firm: Path, context: BrowserContext
) -> None:
    url, provider = served
    provider.claims = {"groups": GROUPS}
    first, second = context.new_page(), context.new_page()
    faults: list[str] = []
    first.on("console", lambda message: note_console(faults, message))
    first.goto(f"{url}/explore?rows=country")
    first.get_by_role("link", name="Sign in with 127.0.0.1").click()
    settled(first)
    assert first.url.startswith(f"{url}/explore?")
    assert not faults
    expect(first.locator(".clientela-person")).to_contain_text("maria@example.com")
    second.goto(f"{url}/explore?rows=channel")
    settled(second)
    assert sum(len(each["value"]) for each in context.cookies()) < 2_000

    first.get_by_role("button", name="Sign out").click()
    for each in (first, second):
        expect(each.get_by_role("alert")).to_have_text(WHY["out"], timeout=END)
    second.go_back()
    expect(second.get_by_role("button", name="Sign in")).to_be_visible()

    second.goto(f"{url}/explore?rows=channel")
    second.get_by_label("Name").fill(NAME)
    second.get_by_label("Password").fill(PASSWORD)
    second.get_by_role("button", name="Sign in").click()
    settled(second)
    expect(second.locator(".clientela-person")).to_contain_text(NAME)
    accounts.change_roles(firm, NAME, ["administrator", "executive"])
    expect(second.get_by_role("alert")).to_have_text(WHY["ended"], timeout=END)
