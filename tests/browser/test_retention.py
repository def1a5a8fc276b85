"""Retention in Chromium: a cell opens its customers, the keys lead there as well, the cell is a question of Explore."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import downloaded, fits_a_phone, settled


def test_a_cell_opens_its_customers_and_leads_into_explore(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/retention?by=quarter")
    expect(own_page.locator('[data-testid=retention-ready][data-state="found"]')).to_have_count(1)
    settled(own_page)
    grave = [
        each
        for each in Axe().run(own_page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert not grave, [(each["id"], each["nodes"][0]["html"]) for each in grave]
    cell = own_page.locator(".st-key-card-triangle .scatterlayer path.point").nth(14)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box
    own_page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    inside = own_page.get_by_test_id("inside")
    expect(inside).to_be_visible()
    opened = parse_qs(urlsplit(own_page.url).query)
    assert set(opened) == {"by", "cohort", "age"}
    customers = int(inside.get_attribute("data-customers") or 0)
    panel = own_page.locator(".st-key-card-opened")
    lines = downloaded(own_page, panel.get_by_role("button", name="CSV", exact=True)).read_text("utf-8-sig")
    assert len(lines.splitlines()) == 1 + customers > 1
    fits_a_phone(own_page)
    own_page.set_viewport_size({"width": 1440, "height": 900})
    panel.get_by_role("link", name="Explore the cell").click()
    own_page.wait_for_url("**/explore?**")
    expect(own_page.get_by_text("Customers with first purchase from").first).to_be_visible()
