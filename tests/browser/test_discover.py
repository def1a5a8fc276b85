"""Segments and Baskets in Chromium: find, open, save, drill what was saved; tighten, open a rule; bad addresses."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    LOOK,
    accessible,
    asks,
    comes_to,
    fits_a_phone,
    parameters,
    place_of,
    settled,
)

SEGMENTS = "[data-testid=segments-ready]"
BASKETS = "[data-testid=baskets-ready]"
DARK_CARD = "rgb(19, 26, 38)"


def ready(page: Page, marker: str, **marks: str) -> Locator:
    """The page's marker, once it says so."""
    said = "".join(f'[data-{name}="{value}"]' for name, value in marks.items())
    found = page.locator(f"{marker}{said}")
    expect(found).to_have_count(1, timeout=60_000)
    return found


def stands_beside(page: Page, clicked: Locator) -> None:
    """What a click opened is in sight to the right of it, also where the page is scrolled; on a phone it is a sheet."""
    panel = page.locator(".st-key-card-opened")
    here, there = place_of(clicked), place_of(panel)
    assert there["x"] >= here["x"] + here["width"]
    expect(panel).to_be_in_viewport(ratio=0.5)
    page.locator(".st-key-card-how").scroll_into_view_if_needed()
    expect(panel).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 400, "height": 860})
    expect(panel).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_segments_are_found_opened_saved_and_drilled(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/segments")
    ready(own_page, SEGMENTS, state="found", method="rfm")
    own_page.get_by_role("radio", name="k-means").click()
    ready(own_page, SEGMENTS, state="found", method="kmeans", k="5")
    own_page.get_by_role("button", name="Compare 2 to 10 segments").click()
    ready(own_page, SEGMENTS, sweep="yes")
    own_page.goto(re.sub("k=5", "k=3", own_page.url))
    ready(own_page, SEGMENTS, state="found", k="3", segments="3", sweep="yes")
    first = own_page.locator("button.row").first
    name, size = first.get_attribute("data-segment"), first.locator(".figure.one span").first.inner_text()
    first.click()
    inside = own_page.get_by_test_id("inside")
    expect(inside).to_have_text(str(name))
    expect(inside).to_have_attribute("data-customers", size.replace(",", ""))
    stands_beside(own_page, first)
    asks(own_page, segment=str(name))
    accessible(settled(own_page))
    with own_page.expect_download() as download:
        own_page.locator(".st-key-card-opened").get_by_role("button", name="CSV", exact=True).click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 1 + int(
        size.replace(",", "")
    )
    own_page.get_by_role("button", name="Save as segment").click()
    ready(own_page, SEGMENTS, saved="yes")
    expect(own_page.get_by_text("in 3 segments as")).to_be_visible()
    own_page.get_by_role("link", name="Explore by segment").click()
    own_page.wait_for_url(re.compile("/explore.*rows=segment"))
    own_page.wait_for_selector("[data-testid=explore-ready]", state="attached")
    expect(own_page.locator(".js-plotly-plot").get_by_text(str(name)).first).to_be_visible()
    own_page.go_back()
    ready(own_page, SEGMENTS, saved="yes")
    own_page.get_by_role("button", name="Remove saved segment").click()
    ready(own_page, SEGMENTS, saved="")


def test_segments_formed_month_by_month_show_who_moved(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/segments")
    ready(page, SEGMENTS, state="found", method="rfm")
    page.get_by_role("button", name="Save month by month").click()
    ready(page, SEGMENTS, saved="yes")
    expect(page.get_by_test_id("formed")).to_contain_text("Segment was formed 36 times from 31 Jan 2023")
    expect(page.get_by_test_id("flow")).to_contain_text("customers stayed where they were.")
    page.get_by_role("button", name="Remove saved segment").click()
    ready(page, SEGMENTS, saved="")


def test_a_rule_is_opened_and_its_link_opens_it_elsewhere(own_page: Page, base_url: str) -> None:
    own_page.goto(f"{base_url}/baskets?level=subcategory")
    marker = ready(own_page, BASKETS, state="found", level="subcategory")
    before = int(marker.get_attribute("data-rules") or 0)
    slider = own_page.get_by_role("slider").nth(1)
    slider.focus()
    own_page.keyboard.press("ArrowRight")
    tighter = ready(own_page, BASKETS, state="found", confidence="0.15")
    assert 0 < int(tighter.get_attribute("data-rules") or 0) <= before  # one mark tells both
    asks(own_page, confidence="0.15")
    table = own_page.get_by_test_id("stDataFrame").first
    table.click(position={"x": 120, "y": 35 + 18})
    rule = own_page.get_by_test_id("rule")
    expect(rule).to_contain_text("of 100 baskets with")
    said = settled(own_page).get_by_test_id("rule").inner_text()
    accessible(own_page)
    fits_a_phone(own_page)
    own_page.set_viewport_size(LOOK["viewport"])
    own_page.goto(f"{base_url}/segments")
    ready(own_page, SEGMENTS, state="found")
    own_page.go_back()
    expect(own_page.get_by_test_id("rule")).to_have_text(said)
    with own_page.expect_download() as download:
        own_page.locator(".st-key-card-rules").get_by_role("button", name="CSV", exact=True).click()
    assert download.value.path().read_text(encoding="utf-8-sig").startswith("antecedent,consequent,support,")
    own_page.get_by_role("link", name="Explore these items").click()
    own_page.wait_for_url(f"{base_url}/explore*")
    comes_to(own_page, lambda: parameters(own_page)["where"][0].partition("=")[0], "subcategory")


def test_a_bad_address_is_told_and_has_a_way_on(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/segments?method=kmeans&k=90000")
    expect(page.locator(".clientela-state")).to_contain_text("there are only")
    expect(page.get_by_text("Traceback")).to_have_count(0)
    page.get_by_role("button", name="Group by RFM quintiles instead").click()
    expect(page.get_by_text("there are only")).to_have_count(0)
    ready(page, SEGMENTS)


def test_a_report_opens_without_a_network_and_a_run_is_kept(
    own_page: Page, base_url: str, tmp_path: Path
) -> None:
    """The charts of a page that is dark stand in the file in light colours, and the page is dark again."""
    own_page.emulate_media(color_scheme="dark")
    own_page.goto(f"{base_url}/baskets")
    ready(own_page, BASKETS, state="found")
    accessible(settled(own_page))
    with own_page.expect_download() as download:
        own_page.get_by_role("button", name="Report", exact=True).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    expect(own_page.locator(".js-plotly-plot .main-svg").first).to_have_css("background-color", DARK_CARD)
    assert own_page.context.browser
    alone = own_page.context.browser.new_context(offline=True)
    asked: list[str] = []
    report = alone.new_page()
    report.on("request", lambda request: asked.append(request.url))
    report.on("console", lambda message: asked.append(message.text))
    report.goto(file.as_uri())
    expect(report.get_by_role("heading", level=1)).to_have_text("Baskets")
    expect(report.locator("figure > svg").first).to_be_visible()
    expect(report.locator("tbody tr").nth(1)).to_be_attached()
    assert DARK_CARD not in file.read_text(encoding="utf-8")
    assert asked == [file.as_uri()]
    alone.close()
    own_page.get_by_role("button", name="Keep this run").click()
    own_page.get_by_role("button", name="Keep", exact=True).click()
    expect(own_page.get_by_text("Kept. It stands on the page Runs.")).to_be_visible()
    own_page.get_by_role("link", name="Kept runs").click()
    ready(own_page, "[data-testid=runs-ready]", state="listed", kept="1")
