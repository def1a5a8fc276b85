"""The click path of Explore in a real browser: drill, roll up, back, a pasted link, what lies behind, bad links."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cubes.answer import ask
from cubes.query import Query, parse_cut
from data.warehouse import Warehouse
from tests.browser.conftest import settled

START = "explore?measures=revenue&rows=country&columns=department&top=country%3D4&top=department%3D8&chart={}"


@pytest.fixture(scope="module")
def cube(warehouse: Path) -> Warehouse:
    return Warehouse(warehouse)


def opened(page: Page, base_url: str, chart: str = "bars") -> Page:
    page.goto(f"{base_url}/{START.format(chart)}")
    return shown(page, "rows=country")


def shown(page: Page, words: str) -> Page:
    """Wait until the page says that it shows a view whose URL form holds these words."""
    page.wait_for_function(
        "words => document.querySelector('[data-testid=explore-ready]')?.dataset.path.includes(words)",
        arg=words,
    )
    return settled(page)


def total(page: Page) -> float:
    return float(page.locator("[data-testid=total]").get_attribute("data-value") or "nan")


def revenue(cube: Warehouse, *where: str) -> float:
    return float(ask(cube, Query(cuts=tuple(parse_cut(each) for each in where))).frame["revenue"][0])


def test_drill_roll_up_back_and_a_link_in_a_fresh_browser(
    page: Page, base_url: str, cube: Warehouse, browser: Browser
) -> None:
    opened(page, base_url)
    assert total(page) == pytest.approx(revenue(cube))
    page.locator("th[data-row-id=Italy]").click()
    shown(page, "where=country%3DItaly")
    assert total(page) == pytest.approx(revenue(cube, "country=Italy"))
    page.locator("th[data-row-id='Italy/Tuscany']").click()
    shown(page, "Tuscany")
    assert total(page) == pytest.approx(revenue(cube, "region=Italy/Tuscany"))
    link = page.url

    page.get_by_role("button", name="Roll up").click()
    shown(page, "rows=region")
    assert total(page) == pytest.approx(revenue(cube, "country=Italy"))
    page.get_by_role("button", name="All data").click()
    shown(page, "rows=country")
    page.go_back()
    shown(page, "rows=region")
    page.go_back()
    shown(page, "rows=city")
    page.go_forward()
    shown(page, "rows=region")

    other = browser.new_context().new_page()
    other.goto(link)
    shown(other, "Tuscany")
    assert total(other) == pytest.approx(revenue(cube, "region=Italy/Tuscany"))
    expect(other.locator("th[scope=row]", has_text="Florence")).to_be_visible()
    other.context.close()


def test_going_back_leads_out_of_the_page_again(page: Page, base_url: str) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    page.get_by_role("link", name="Explore", exact=True).first.click()
    shown(page, "rows=country")
    page.locator("th[data-row-id=Italy]").click()
    shown(page, "rows=region")
    page.go_back()
    shown(page, "rows=country")
    page.go_back()
    page.wait_for_selector("[data-testid=overview-ready]")


@pytest.mark.parametrize(
    ("chart", "mark", "where"),
    [
        ("bars", ".barlayer .point", "where=country%3DItaly"),
        ("treemap", ".treemaplayer .slice", "where=country%3DItaly"),
        ("heatmap", ".scatterlayer .point", "where=country%3DItaly&where=department"),
        ("line", ".scatterlayer .point", "where=month%3D"),
    ],
)
def test_a_click_on_a_mark_drills(page: Page, base_url: str, chart: str, mark: str, where: str) -> None:
    opened(page, base_url, chart)
    before = total(page)
    box = page.locator(mark).first.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown(page, where)
    assert 0 < total(page) < before


def test_others_open_and_the_total_is_what_was_beyond_the_top(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    opened(page, base_url)
    rows = ask(cube, Query(rows=("country",), top=(("country", 4),))).frame
    page.locator("tr.others th").click()
    shown(page, "where=country%21%3D")
    assert total(page) == pytest.approx(rows["revenue"][-1])


def test_what_lies_behind_a_cell_adds_up(page: Page, base_url: str, cube: Warehouse) -> None:
    opened(page, base_url)
    cell = page.locator("td[data-row-id=Germany]").first
    department = cell.get_attribute("data-col-id")
    cell.click()
    expect(page.locator("[data-testid=behind]")).to_contain_text("Germany")
    wanted = revenue(cube, "country=Germany", f"department={department}")
    expect(page.get_by_text(f"Revenue of the cell: {wanted:,.2f}")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-testid=behind]")).to_have_count(0)


def test_download_holds_the_totals(page: Page, base_url: str, cube: Warehouse) -> None:
    opened(page, base_url)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("country,department,grouping,revenue")
    grand = next(line.split(",") for line in lines if line.startswith(",,3,"))
    assert float(grand[3]) == pytest.approx(revenue(cube))


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("where=country%3DAtlantis&rows=country", "There is no country 'Atlantis'"),
        ("rows=nation", "Sales has no level 'nation'"),
        ("measures=turnover&rows=country", "Sales has no measure 'turnover'"),
        ("rows=country&chart=pie", "There is no chart 'pie'"),
        ("rows=country&top=country%3Dmany", "is no top"),
    ],
)
def test_a_bad_link_is_met_with_words_and_a_way_on(page: Page, base_url: str, link: str, words: str) -> None:
    page.goto(f"{base_url}/explore?{link}")
    settled(page)
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Start afresh").click()
    shown(page, "rows=country")


def test_nothing_in_the_slice_says_what_to_do(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?rows=country&where=day%3D2030-01-01..2030-12-31")
    expect(page.get_by_text("Nothing was sold here")).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    shown(page, "rows=country")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_explore_is_accessible(page: Page, base_url: str, scheme: str) -> None:
    opened(page, base_url)
    violations = Axe().run(page).response["violations"]
    serious = [each["id"] for each in violations if each["impact"] in ("serious", "critical")]
    assert not serious, json.dumps(serious)


def test_overview_opens_the_question_behind_a_tile(page: Page, base_url: str, cube: Warehouse) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    page.locator("[data-kpi=customers]").click()
    page.wait_for_url("**/explore?measures=customers*")
    shown(page, "measures=customers")
    last_year = parse_cut("day=2025-01-01..2025-12-31")
    wanted = ask(cube, Query(("customers",), cuts=(last_year,))).frame["customers"][0]
    assert total(page) == wanted
