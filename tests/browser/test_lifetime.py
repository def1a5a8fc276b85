"""Lifetime in Chromium: days ahead go into the address, a row opens its customer, all of them go into a file."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import accessible, asks, downloaded, fits_a_phone, place_of, settled


def test_a_row_opens_its_customer_and_days_ahead_are_in_the_address(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/lifetime?held=120&model=bgnbd")
    marker = own_page.locator('[data-testid=lifetime-ready][data-state="found"]')
    expect(marker).to_have_count(1, timeout=120_000)
    settled(own_page)
    accessible(own_page)
    ahead = own_page.get_by_label("Days ahead")
    ahead.fill("30")
    ahead.press("Enter")
    expect(own_page.get_by_test_id("main-fact")).to_contain_text("will buy within 30 days")
    settled(own_page)
    grid = own_page.locator(".st-key-card-lifetime-customers [data-testid=stDataFrame]")
    box = place_of(grid)
    own_page.mouse.click(box["x"] + 22, box["y"] + 55)
    opened = own_page.get_by_test_id("one-customer")
    expect(opened).to_be_visible()
    asks(own_page, days="30", customer=opened.get_attribute("data-customer") or "")
    expect(own_page.get_by_test_id("outlook")).to_contain_text("Will buy within 30 days: ")
    settled(own_page)
    card = own_page.locator(".st-key-card-lifetime-customers")
    lines = downloaded(own_page, card.get_by_role("button", name="CSV", exact=True)).read_text("utf-8-sig")
    assert len(lines.splitlines()) == 1 + int(marker.get_attribute("data-customers") or 0) > 100
    fits_a_phone(own_page)
    own_page.get_by_role("button", name="Close").click()
    expect(opened).to_have_count(0)
