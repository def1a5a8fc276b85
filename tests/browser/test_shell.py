"""The frame around every page: navigation, headers, compression, and nothing that leaves this machine."""

from __future__ import annotations

import gzip
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from pages.ui.menu import MENU, Entry
from pages.ui.style.theme import DARK, LIGHT
from tests.browser.conftest import accessible, fits_a_phone, settled

# Their own tests open them, look whether they fit a phone, and find no error there.
LOOKED_AT = {"segments", "lifetime", "retention", "lifecycle", "rollups", "sources", "rejected", "customer"}
PAGES = [entry for entry in MENU if entry.path not in LOOKED_AT]


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.title)
def test_every_page_opens_by_its_address_and_fits_a_phone(page: Page, base_url: str, entry: Entry) -> None:
    page.goto(f"{base_url}/{entry.path}")
    settled(page)
    expect(page.locator("[data-state=error]")).to_have_count(0)
    expect(page.get_by_text("Amounts in EUR")).to_be_visible()
    expect(page.locator("[aria-current=page]")).to_contain_text(entry.title)
    expect(page).to_have_title(f"{entry.title} · Clientela")
    fits_a_phone(page)


def test_navigation_goes_through_the_router(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/runs")
    settled(page)
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("menuitem", name="Roll-ups").click()
    page.wait_for_url(f"{base_url}/rollups*")
    settled(page)
    page.get_by_role("link", name="Glossary", exact=True).click()
    page.wait_for_url(f"{base_url}/glossary*")
    expect(page.get_by_role("link", name="Overview", exact=True).first).to_be_visible()


def test_unknown_address_is_told_plainly(page: Page, base_url: str) -> None:
    answer = page.request.get(f"{base_url}/no-such-page", headers={"Sec-Fetch-Dest": "document"})
    assert answer.status == 404
    page.set_content(answer.text())
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Go to the overview")).to_have_attribute("href", "/")


def test_headers(base_url: str) -> None:
    with urlopen(base_url) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in re.search(r"script-src [^;]*", policy).group()  # type: ignore[union-attr]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_bundles_go_out_compressed(base_url: str) -> None:
    with urlopen(base_url) as answer:
        front = answer.read().decode()
    bundle = re.search(r'src="\./(static/js/index[^"]+)"', front)
    assert bundle is not None
    with urlopen(Request(f"{base_url}/{bundle[1]}", headers={"Accept-Encoding": "gzip"})) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read())


def test_font_is_served_here(base_url: str) -> None:
    with urlopen(f"{base_url}/app/static/inter-latin-wght-normal.woff2") as answer:
        assert answer.headers["Content-Type"] == "font/woff2"


def test_static_files_do_not_reach_outside(base_url: str) -> None:
    with pytest.raises(HTTPError):
        urlopen(f"{base_url}/app/static/../_router.py")


def test_overview_is_accessible_and_its_figures_follow_the_theme(page: Page, base_url: str) -> None:
    page.goto(base_url)
    settled(page)
    font = "document.querySelector('.js-plotly-plot')?._fullLayout?.font?.color.toUpperCase()"
    page.wait_for_function(f"() => {font} === '{LIGHT.muted}'")
    accessible(page)
    for name, colours in (("Dark", DARK), ("Light", LIGHT), ("System", LIGHT)):
        page.get_by_test_id("stMainMenuButton").click()
        page.get_by_test_id(f"stMainMenuItem-theme-{name}").click()
        page.keyboard.press("Escape")
        page.wait_for_function(f"() => {font} === '{colours.muted}'")
        if name == "Dark":
            accessible(page)
