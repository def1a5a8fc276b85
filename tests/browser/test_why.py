"""Why did it move?, in a real browser: from a tile, a total and a cell; by mouse and keys; one click to a member."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cubes.ask.answer import ask
from cubes.query import Comparison, Query, parse_cut
from data.store.warehouse import Warehouse
from tests.browser.conftest import accessible, asks, comes_to, downloaded, parameters, settled
from tests.browser.test_explore import revenue, total_is

QUARTER = parse_cut("quarter=2025-Q4")
EXPLORE = "explore?measures=revenue&rows=country&columns=department&where=quarter%3D2025-Q4&compare=year"


@pytest.fixture(scope="module")
def cube(warehouse: Path) -> Warehouse:
    return Warehouse(warehouse)


def change(cube: Warehouse, measure: str, *cuts: str) -> float:
    query = Query((measure,), cuts=tuple(parse_cut(each) for each in cuts), compare=Comparison.YEAR)
    frame = ask(cube, query).frame
    return float(frame[measure][0]) - float(frame[f"{measure}:base"][0])


def explained(page: Page) -> float:
    """Wait for the panel, and give the change that it explains."""
    page.wait_for_selector("[data-testid=why-verdict]")
    settled(page)
    return float(page.locator("[data-testid=why]").get_attribute("data-change") or "nan")


def explains(page: Page, wanted: float) -> None:
    comes_to(page, lambda: explained(page), pytest.approx(wanted))


def on_explore(page: Page, base_url: str) -> Page:
    page.goto(f"{base_url}/{EXPLORE}")
    page.wait_for_selector("[data-testid=explore-ready]")
    return settled(page)


def test_a_tile_of_the_overview_says_why_and_escape_closes_it(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    why = page.get_by_role("button", name="Why did Average order value move?")
    why.focus()
    page.keyboard.press("Enter")
    year = "day=2025-01-01..2025-12-31"
    explains(page, change(cube, "average_order_value", year))
    expect(page.get_by_text("by their mix")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=why]")).to_have_count(0)
    expect(page).to_have_url(f"{base_url}/")


@pytest.mark.parametrize("scheme", ["dark"])
def test_one_click_opens_a_member_in_explore_in_the_same_periods(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    on_explore(page, base_url)
    accessible(page)
    page.get_by_role("button", name="Why?").click()
    explains(page, change(cube, "revenue", str(QUARTER)))
    accessible(page)
    first = page.locator("[data-testid=why-finding]").first
    level, member = first.get_attribute("data-level"), first.get_attribute("data-member")
    page.get_by_role("button", name="See it").first.click()
    page.wait_for_function(
        "wanted => new URLSearchParams(location.search).getAll('where').includes(wanted)",
        arg=f"{level}={member}",
    )
    page.wait_for_selector("[data-testid=explore-ready]")
    settled(page)
    expect(page.locator("[data-testid=why]")).to_have_count(0)
    asks(page, compare="year")
    comes_to(page, lambda: parameters(page)["where"][0], str(QUARTER))
    total_is(page, revenue(cube, str(QUARTER), f"{level}={member}"))


def test_a_cell_says_why_from_what_lies_behind_it_and_by_a_key(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    on_explore(page, base_url)
    cell = page.locator("td[data-row-id=Italy][data-col-id]").first
    department = cell.get_attribute("data-col-id")
    wanted = change(cube, "revenue", str(QUARTER), "country=Italy", f"department={department}")
    cell.click()
    page.get_by_role("menuitem", name="Why did it move?").click()
    explains(page, wanted)
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=why]")).to_have_count(0)
    page.locator("th[data-row-id=Italy]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("?")
    explains(page, wanted)


def test_every_member_of_a_level_is_there_to_take_away(own_page: Page, base_url: str) -> None:
    on_explore(own_page, base_url)
    own_page.get_by_role("button", name="Why?").click()
    total = explained(own_page)
    own_page.get_by_text("Every member, exactly").click()
    settled(own_page)
    button = own_page.get_by_role("dialog").get_by_role("button", name="CSV", exact=True)
    head, *rows = downloaded(own_page, button).read_text("utf-8-sig").splitlines()
    assert head == "Member,Before,Now,Part of the change"
    assert sum(float(row.rsplit(",", 1)[1]) for row in rows) == pytest.approx(total)


def test_nothing_to_compare_with_says_what_to_do(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?measures=revenue&rows=country&where=year%3D2023")
    page.wait_for_selector("[data-testid=explore-ready]")
    settled(page).get_by_role("button", name="Why?").click()
    expect(page.get_by_role("dialog").get_by_role("heading", level=2).last).to_contain_text("compare")
