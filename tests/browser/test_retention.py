"""Retention in Chromium: a cell opens its customers, the keys lead there as well, the cell is a question of Explore."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    accessible,
    click_middle,
    comes_to,
    downloaded,
    fits_a_phone,
    parameters,
    settled,
)


def test_a_cell_opens_its_customers_and_leads_into_explore(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/retention?by=quarter")
    expect(own_page.locator('[data-testid=retention-ready][data-state="found"]')).to_have_count(1)
    settled(own_page)
    accessible(own_page)
    cell = own_page.locator(".st-key-card-triangle .scatterlayer path.point").nth(14)
    click_middle(cell)
    inside = own_page.get_by_test_id("inside")
    expect(inside).to_be_visible()
    comes_to(own_page, lambda: set(parameters(own_page)), {"by", "cohort", "age"})
    customers = int(inside.get_attribute("data-customers") or 0)
    panel = own_page.locator(".st-key-card-opened")
    lines = downloaded(own_page, panel.get_by_role("button", name="CSV", exact=True)).read_text("utf-8-sig")
    assert len(lines.splitlines()) == 1 + customers > 1
    fits_a_phone(own_page)
    own_page.set_viewport_size({"width": 1440, "height": 900})
    panel.get_by_role("link", name="Explore the cell").click()
    own_page.wait_for_url("**/explore?**")
    expect(own_page.get_by_text("Customers with first purchase from").first).to_be_visible()
