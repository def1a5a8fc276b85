"""A view that is saved in the browser is there when the dashboard starts again, and opens."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LOOK, settled
from tests.serving import serving
from tests.tiny import Line, tiny_warehouse

NAME = "My <b>Italy</b> *first*"


def opened(page: Page, address: str, path: str) -> Page:
    page.goto(f"{address}/{path}")
    page.wait_for_selector("[data-testid=explore-ready]", state="attached")
    settled(page).get_by_role("button", name="Views").click()
    return settled(page)


def test_a_saved_view_outlives_the_dashboard(tmp_path: Path, browser: Browser) -> None:
    lines = [
        Line(order="a", day=date(2011, 1, 5), country="Italy"),
        Line(order="b", day=date(2011, 2, 5), country="France"),
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    settings = {"CLIENTELA_WAREHOUSE": str(tmp_path / "w.duckdb"), "CLIENTELA_SCHEDULE": "off"}
    with browser.new_context(**LOOK) as context:
        for address in serving("app.py", settings):
            page = opened(context.new_page(), address, "explore?rows=region&where=country%3DItaly")
            assert page.get_by_label("Save this view as").input_value() == "Revenue by region, Italy"
            page.get_by_label("Save this view as").fill(NAME)
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
            page.close()
        for address in serving("app.py", settings):
            page = opened(context.new_page(), address, "explore")
            page.get_by_role("button", name=NAME).click()
            page.wait_for_selector(
                "[data-testid=explore-ready][data-path*='country%3DItaly']", state="attached"
            )
            assert "where=country%3DItaly" in page.url
            settled(page).keyboard.press("Control+z")
            page.wait_for_selector(
                "[data-testid=explore-ready]:not([data-path*='country%3DItaly'])", state="attached"
            )
