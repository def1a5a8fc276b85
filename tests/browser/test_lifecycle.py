"""Life cycle in Chromium: moves as bands and as cells, a stage chosen, and the list of who is due in it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import accessible, comes_to, downloaded, fits_a_phone, parameters, settled


def test_a_stage_is_chosen_and_its_customers_are_listed(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/lifecycle?by=country")
    expect(own_page.locator('[data-testid=lifecycle-ready][data-state="found"]')).to_have_count(1)
    settled(own_page)
    moves = own_page.locator(".st-key-card-flow")
    expect(moves.locator(".sankey-link").first).to_be_attached()
    accessible(own_page)
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
    wanted = {"by": ["country"], "picture": ["cells"], "stage": ["Retain"]}
    comes_to(own_page, lambda: parameters(own_page), wanted)
    expect(due.locator("[data-testid=stDataFrame]")).to_have_count(2)  # half leave after, and who is due
    file = due.get_by_role("button", name="CSV", exact=True).last
    lines = downloaded(own_page, file).read_text("utf-8-sig")
    listed = lines.splitlines()
    stage = listed[0].lower().split(",").index("stage")
    assert len(listed) > 1
    assert {each.split(",")[stage] for each in listed[1:20]} == {"Retain"}
    fits_a_phone(own_page)
