"""Room for many pages: 25 in eight groups, on a screen and on a phone, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.ui.menu import GROUPS
from tests.browser.conftest import LOOK, accessible, fits_a_phone, settled, watched

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile "
    "Safari/537.36"
)

DRAWER_OF_STREAMLIT = {"list", "listitem"}  # its drawer puts a div for each section between list and items


def opened(page: Page, url: str) -> Page:
    page.goto(f"{url}/?show=menu")
    page.wait_for_selector("[data-testid=gallery-ready]", state="attached")
    return settled(page)


def test_wide_every_group_stands_in_the_bar(page: Page, gallery_url: str) -> None:
    opened(page, gallery_url)
    bar = page.get_by_test_id("stTopNav")
    expect(bar.get_by_role("button")).to_have_text(list(GROUPS[2:]))
    for group in GROUPS[2:]:
        expect(bar.get_by_role("button", name=group)).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    bar.get_by_role("button", name="Value").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(bar.get_by_role("button", name="Value")).to_be_focused()
    for key in ("Enter", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/value3*")
    expect(page.locator("main [aria-current=page], .stMain [aria-current=page]")).to_have_text(
        "Value at length"
    )
    tint = bar.get_by_role("button", name="Act").evaluate("e => getComputedStyle(e).backgroundColor")
    expect(bar.get_by_role("button", name="Value")).not_to_have_css("background-color", tint)
    accessible(page)
    page.get_by_role("link", name="Value 2").press("Enter")
    page.wait_for_url("**/value2*")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone, which Streamlit tells by what its browser calls itself."""
    look: dict[str, Any] = {"viewport": {"width": 400, "height": 800}, "user_agent": PHONE}
    context = browser.new_context(**(LOOK | look))
    yield from watched(context.new_page())
    context.close()


def test_narrow_all_pages_lie_in_a_drawer(phone: Page, gallery_url: str) -> None:
    page = opened(phone, gallery_url)
    drawer = page.get_by_test_id("stSidebarNav")
    expect(drawer).not_to_be_in_viewport()
    page.get_by_role("button", name="Expand sidebar").press("Enter")
    expect(drawer.get_by_role("link")).to_have_count(25)
    expect(drawer.get_by_test_id("stNavSectionHeader")).to_have_text(
        [f"{group}expand_more" for group in GROUPS[2:]]
    )
    accessible(page, *DRAWER_OF_STREAMLIT)
    drawer.get_by_role("link", name="Manage 5").press("Enter")
    page.wait_for_url("**/manage5*")
    expect(drawer).not_to_be_in_viewport()
    fits_a_phone(page)
