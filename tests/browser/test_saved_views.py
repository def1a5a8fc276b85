"""What people keep, in the browser: a saved view is found in another tab, and the tiles of a board are dragged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LOOK, asks, place_of, settled
from tests.serving import serving
from tests.tiny import Line, tiny_warehouse

NAME = "My <b>Italy</b> *first*"


def opened(page: Page, address: str, path: str) -> Page:
    page.goto(f"{address}/{path}")
    page.wait_for_selector("[data-testid=explore-ready]", state="attached")
    settled(page).get_by_role("button", name="Views").click()
    return settled(page)


KEY, SECOND = "Key figures", "Value of the base"
REST = (
    "Customer share",
    "Retention",
    "What is due",
    "Against targets",
    "Trends nobody asked for",
    "Biggest movers",
    "Loyalty",
    "Revenue by month",
    "Revenue by country",
)


def order_of(page: Page, names: list[str]) -> None:
    expect(page.locator("[data-testid=tile-order] .name")).to_have_text(names)


def tiles_are_dragged(page: Page, address: str) -> None:
    """One's own Overview, its second tile dragged to the top by mouse and on by keys: so does Overview show it."""
    page.goto(f"{address}/boards?board=overview")
    settled(page).get_by_role("button", name="Make my own").click()
    expect(page.get_by_role("button", name="Make my own")).to_have_count(0)
    settled(page).locator(".st-key-board-order button").click()
    order_of(page, [KEY, SECOND, *REST])
    rows = page.locator("[data-testid=tile-order] li")
    first, second = (place_of(rows.nth(at)) for at in (0, 1))
    page.mouse.move(second["x"] + 40, second["y"] + 20)
    page.mouse.down()
    page.mouse.move(first["x"] + 40, first["y"] + 25, steps=4)
    page.mouse.move(first["x"] + 40, first["y"] + 3, steps=4)
    page.mouse.up()
    order_of(page, [SECOND, KEY, *REST])
    expect(page.get_by_role("status").filter(has_text="Moved.")).to_be_visible()
    settled(page).locator("[data-testid=tile-order] button").first.focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Escape", "Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    order_of(page, [KEY, SECOND, *REST])
    grip = page.locator("[data-testid=tile-order] button").nth(1)
    expect(grip).to_be_focused()
    for key in ("Space", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    order_of(page, [KEY, *REST[:2], SECOND, *REST[2:]])
    settled(page).goto(address)
    page.wait_for_selector("[data-testid=overview-ready]")
    titles = page.locator("[data-testid=stMain] .clientela-section")
    expect(titles).to_have_text([*REST[:2], SECOND, *REST[2:]])


def test_a_saved_view_is_found_in_another_tab_and_tiles_are_dragged(tmp_path: Path, browser: Browser) -> None:
    lines = [
        Line(order="a", day=date(2011, 1, 5), country="Italy"),
        Line(order="b", day=date(2011, 2, 5), country="France"),
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    settings = {"CLIENTELA_WAREHOUSE": str(tmp_path / "w.duckdb"), "CLIENTELA_SCHEDULE": "off"}
    with browser.new_context(**LOOK) as context:
        for address in serving("app.py", settings):
            page = opened(context.new_page(), address, "explore?rows=region&where=country%3DItaly")
            name = page.get_by_label("Save this view as")
            expect(name).to_have_value("Revenue by region, Italy")
            name.fill(NAME)
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
            page.close()
            page = opened(context.new_page(), address, "explore")
            page.get_by_role("button", name=NAME).click()
            page.wait_for_selector(
                "[data-testid=explore-ready][data-path*='country%3DItaly']", state="attached"
            )
            asks(page, where="country=Italy")
            settled(page).keyboard.press("Control+z")
            page.wait_for_selector(
                "[data-testid=explore-ready]:not([data-path*='country%3DItaly'])", state="attached"
            )
            tiles_are_dragged(page, address)
