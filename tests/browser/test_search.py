"""One search on one key, and the sheet of keys, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import accessible, settled

FOCUSED = """() => {
  let node = document.activeElement;
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node.dataset.rowId ?? node.tagName;
}"""


def opened(page: Page, base_url: str, address: str, mark: str) -> Page:
    page.goto(f"{base_url}/{address}")
    page.wait_for_selector(f"[data-testid={mark}-ready]", state="attached")
    return settled(page)


def test_a_key_opens_the_search_and_enter_what_it_finds(page: Page, base_url: str) -> None:
    opened(page, base_url, "glossary", "glossary")
    search, results = page.locator("dialog.search"), page.locator("dialog.search a")
    page.keyboard.press("/")
    expect(search).to_be_visible()
    page.keyboard.type("lombardy")
    expect(results.first).to_contain_text("Lombardy")
    accessible(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/explore?*where=region%3DItaly%2FLombardy*")
    settled(page)
    expect(search).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("revenue")
    expect(results.nth(1)).to_contain_text("Revenue per customer")
    page.keyboard.press("ArrowDown")
    expect(results.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explore?*measures=revenue_per_customer*")
    page.wait_for_selector("[data-testid=explore-ready][data-path*=revenue_per_customer]", state="attached")
    page.keyboard.press("Control+k")
    page.keyboard.type("mari")
    customer = search.get_by_role("group", name="Customers", exact=True).get_by_role("option").first
    expect(customer).to_contain_text(re.compile("mari", re.IGNORECASE))
    name = customer.locator("b").inner_text()
    customer.click()
    page.wait_for_url(lambda url: "/customer?who=" in url and name not in url)
    expect(page.get_by_text(name).first).to_be_visible()


def test_keys_that_are_typed_open_nothing_and_escape_gives_the_focus_back(page: Page, base_url: str) -> None:
    opened(page, base_url, "glossary", "glossary")
    search, sheet = page.locator("dialog.search"), page.locator("dialog.sheet")
    field = page.get_by_label("Find a measure")
    field.focus()
    page.keyboard.type("a/b?c")
    expect(field).to_have_value("a/b?c")
    expect(search).to_be_hidden()
    expect(sheet).to_be_hidden()
    opened(page, base_url, "explore?measures=revenue&rows=country&where=quarter%3D2025-Q2", "explore")
    page.locator("th[data-row-id=Italy]").focus()
    for key, dialog in (("/", search), ("?", sheet)):
        page.keyboard.press(key)
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.wait_for_function(f"({FOCUSED})() === 'Italy'")
    page.locator("td[data-row-id=Italy]").focus()
    page.keyboard.press("?")
    page.wait_for_selector("[data-testid=why]")
    expect(sheet).to_be_hidden()


def test_the_glossary_finds_a_measure_and_opens_it(page: Page, base_url: str) -> None:
    opened(page, base_url, "glossary", "glossary")
    page.get_by_label("Find a measure").fill("billed this much")
    page.keyboard.press("Enter")
    expect(page.locator("article[data-measure]")).to_have_count(1)
    page.get_by_role("link", name="Open in Explore").click()
    page.wait_for_selector("[data-testid=explore-ready][data-path*=median_line_value]", state="attached")
    expect(page.locator("thead th[data-measure]")).to_contain_text("Median line value")
