"""Life cycle in Chromium: moves as bands and as cells, a stage chosen, and the list of who is due in it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import downloaded, fits_a_phone, settled


def test_a_stage_is_chosen_and_its_customers_are_listed(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/lifecycle?by=country")
    expect(own_page.locator('[data-testid=lifecycle-ready][data-state="found"]')).to_have_count(1)
    settled(own_page)
    moves = own_page.locator(".st-key-card-flow")
    expect(moves.locator(".sankey-link").first).to_be_attached()
    grave = [
        each
        for each in Axe().run(own_page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert not grave, [(each["id"], each["nodes"][0]["html"]) for each in grave]
    due = own_page.locator(".st-key-card-due")
    stages = due.get_by_role("combobox", name="Stage")
    stages.scroll_into_view_if_needed()  # a list that is open closes when the page moves
    settled(own_page)
    stages.click()
    own_page.get_by_role("option", name="Retain").click()
    own_page.wait_for_url("**stage=Retain**")
    settled(own_page)
    moves.get_by_role("radio", name="Cells").click()
    expect(moves.locator(".heatmaplayer image").first).to_be_attached()
    settled(own_page)
    asked = parse_qs(urlsplit(own_page.url).query)
    assert asked == {"by": ["country"], "picture": ["cells"], "stage": ["Retain"]}
    expect(due.locator("[data-testid=stDataFrame]")).to_have_count(2)  # half leave after, and who is due
    file = due.get_by_role("button", name="CSV", exact=True).last
    lines = downloaded(own_page, file).read_text("utf-8-sig")
    listed = lines.splitlines()
    stage = listed[0].lower().split(",").index("stage")
    assert len(listed) > 1
    assert {each.split(",")[stage] for each in listed[1:20]} == {"Retain"}
    fits_a_phone(own_page)
