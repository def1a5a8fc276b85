"""The click path of Explore in a real browser: drill, roll up, back, a pasted link, what lies behind, bad links."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.store.warehouse import Warehouse
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
    page.locator("button.tile[data-kpi=revenue]").click()
    shown(page, "measures=revenue")
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


def test_the_focus_stays_where_it_was_when_keys_drill(page: Page, base_url: str) -> None:
    opened(page, base_url)
    page.locator("th[data-row-id=Italy]").focus()
    page.keyboard.press("Enter")
    shown(page, "where=country%3DItaly")
    rows = page.locator("tbody th[scope=row]")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_contain_text(
        f"Drill into {rows.nth(1).inner_text().strip()}"
    )


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
    page.get_by_role("menuitem", name="Customers behind").click()
    expect(page.locator("[data-testid=behind]")).to_contain_text("Germany")
    wanted = revenue(cube, "country=Germany", f"department={department}")
    expect(page.get_by_text(f"Revenue of the cell: €{wanted:,.2f}")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-testid=behind]")).to_have_count(0)


def lines_behind(page: Page, title: str) -> None:
    expect(page.locator("[data-testid=behind]")).to_contain_text(title)
    expect(page.get_by_role("radio", name="order line")).to_be_checked()


def test_a_cell_of_a_customer_and_the_row_of_a_leaf_open_their_lines(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    page.goto(f"{base_url}/explore?rows=customer&columns=quarter&where=year%3D2025")
    shown(page, "rows=customer")
    path = page.url
    cell = page.locator("tr.member").nth(1).locator("td[data-col-id]:not(.absent)").first
    customer, quarter = cell.get_attribute("data-row-id"), cell.get_attribute("data-col-id") or ""
    cell.click()
    page.get_by_role("menuitem", name="Lines behind").click()
    lines_behind(page, f"× {quarter[-2:]} 2025")
    wanted = revenue(cube, f"customer={customer}", f"quarter={quarter}")
    expect(page.get_by_text(f"Revenue of the cell: €{wanted:,.2f}")).to_be_visible()
    page.locator(f"th[data-row-id='{customer}']").click()
    wanted = revenue(cube, f"customer={customer}", "year=2025")
    expect(page.get_by_text(f"Revenue of the cell: €{wanted:,.2f}")).to_be_visible()
    lines_behind(page, "Behind")
    assert page.url == path


def test_a_bar_of_a_leaf_opens_its_lines(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?rows=product&where=year%3D2025")
    shown(page, "rows=product")
    box = page.locator(".barlayer .point").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lines_behind(page, "Behind")


@pytest.mark.parametrize("totals", [False, True])
def test_a_file_holds_plain_cells_and_subtotals_only_where_asked(
    own_page: Page, base_url: str, cube: Warehouse, totals: bool
) -> None:
    opened(own_page, base_url)
    own_page.get_by_role("button", name="Download", exact=True).click()
    if totals:
        own_page.get_by_text("Subtotals", exact=True).click()
        shown(own_page, "totals=yes")
    with own_page.expect_download() as download:
        own_page.get_by_role("button", name="CSV").first.click()
    rows = [line.split(",") for line in Path(download.value.path()).read_text("utf-8-sig").splitlines()]
    if not totals:
        assert rows[0][:3] == ["country", "department", "revenue"]
        assert sum(float(row[2]) for row in rows[1:]) == pytest.approx(revenue(cube))
    else:
        assert rows[0][:4] == ["country", "department", "grouping", "revenue"]
        assert [float(row[3]) for row in rows if row[2] == "3"] == [pytest.approx(revenue(cube))]


def test_measures_stand_side_by_side_sorted_by_any_of_them(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    page.goto(f"{base_url}/explore?measures=revenue,customers,revenue:rank&rows=city&top=city%3D5")
    shown(page, "rows=city")
    heads = page.locator("thead th[data-measure]")
    expect(heads).to_have_text(["Revenue", "Customers", "Revenue, rank"])
    heads.nth(1).click()
    shown(page, "order=customers")
    wanted = ask(cube, Query(("customers",), ("city",), top=(("city", 5),))).frame
    rows = page.locator("tr.member th")
    expect(rows).to_have_text(wanted["city"].to_list()[:5])
    expect(page.locator("tr.member").first.locator("td").nth(1)).to_have_attribute(
        "title", f"{wanted['customers'][0]:,}"
    )


def test_a_click_on_a_number_asks_what_for(page: Page, base_url: str, cube: Warehouse) -> None:
    opened(page, base_url)
    page.locator("td[data-row-id=Germany]").first.click()
    page.get_by_role("menuitem", name="Keep only Germany").click()
    shown(page, "where=country%3DGermany")
    assert total(page) == pytest.approx(revenue(cube, "country=Germany"))
    page.locator("td[data-row-id=Germany]").first.click(button="right")
    page.get_by_role("menuitem", name="Drill to any level").click()
    page.get_by_role("menuitem", name="City").click()
    shown(page, "rows=city")
    page.locator("tr.member td").first.click()
    page.get_by_role("menuitem", name="Compare with the rest").click()
    expect(page.get_by_role("dialog")).to_contain_text("against the rest")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    cell = page.locator("tr.member td").first
    city, department = (cell.get_attribute(f"data-{each}-id") for each in ("row", "col"))
    cell.click()
    page.get_by_role("menuitem", name="Make an audience").click()
    cuts = tuple(map(parse_cut, (f"city={city}", f"department={department}")))
    customers = ask(cube, Query(("customers",), cuts=cuts)).frame["customers"][0]
    expect(page.get_by_test_id("audience-offered")).to_have_attribute("data-customers", f"{customers}")


def test_a_row_opens_in_place(page: Page, base_url: str) -> None:
    opened(page, base_url)
    page.locator("tr[data-row-id=Germany] button.fold").click()
    shown(page, "rows=country%2Cregion")
    expect(page.locator("tr[data-row-id*='Germany/']").first).to_be_visible()
    expect(page.locator("tr[data-row-id*='Italy/']")).to_have_count(0)


def test_leaders_filter_each_other_and_a_brush_sets_the_period(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    year = "where=day%3D2025-01-01..2025-12-31"
    page.goto(f"{base_url}/explore?measures=revenue,customers&rows=country&{year}&chart=leaders")
    shown(page, "chart=leaders")
    page.locator("button[data-member=Germany]").click()
    shown(page, "where=country%3DGermany")
    wanted = revenue(cube, "country=Germany", "year=2025")
    expect(page.locator(".measure.now b")).to_have_attribute("title", f"€{wanted:,.2f}")
    expect(page.locator("button[data-member=Italy]")).to_be_visible()
    course = page.get_by_role("img", name="Revenue over 12 periods")
    course.focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    shown(page, "where=day%3D2025-01-01..2025-03-31")


def test_what_has_no_meaning_is_said(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?rows=country&show=running_total")
    shown(page, "rows=country")
    expect(page.locator("[data-testid=not-shown]")).to_contain_text("needs a period")


def test_an_answer_that_was_kept_says_so(page: Page, base_url: str) -> None:
    for words in ("answered in", "answered from memory in"):
        page.goto(f"{base_url}/explore?measures=units&rows=category,quarter&columns=channel")
        shown(page, "measures=units")
        expect(page.locator("[data-testid=explore-ready]")).to_contain_text(words)


def test_an_address_of_too_many_parameters_is_refused(page: Page, base_url: str) -> None:
    many = "&".join(f"where=country%3DC{at}" for at in range(1001))
    answer = page.request.get(f"{base_url}/explore?{many}")
    assert answer.status == 414
    assert "The address is too long" in answer.text()
    assert page.request.get(f"{base_url}/explore?{many.rpartition('&')[0]}").status == 200


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("where=country%3DAtlantis&rows=country", "There is no country 'Atlantis'"),
        ("rows=country&chart=pie", "There is no chart 'pie'"),
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


TILES = ("revenue", "customers", "orders", "average_order_value", "repeat")
LAST_YEAR = parse_cut("day=2025-01-01..2025-12-31")


def test_each_tile_of_overview_opens_its_own_number(page: Page, base_url: str, cube: Warehouse) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    settled(page)  # before the late tiles are drawn, a click may be lost
    tiles = page.locator(".st-key-figures-house-figures [data-kpi]")
    expect(tiles).to_have_count(len(TILES))
    assert tiles.evaluate_all("tiles => tiles.map(tile => tile.dataset.kpi)") == list(TILES)
    for tile in TILES[:-1]:
        told = page.locator(f"[data-kpi={tile}] .value").inner_text()
        page.locator(f"[data-kpi={tile}]").click()
        page.wait_for_url(f"**/explore?measures={tile}*")
        shown(page, f"measures={tile}")
        assert page.locator("[data-testid=total] b").inner_text() == told
        assert total(page) == pytest.approx(ask(cube, Query((tile,), cuts=(LAST_YEAR,))).frame[tile][0])
        page.get_by_role("link", name="Overview", exact=True).first.click()
        page.wait_for_selector("[data-testid=overview-ready]")
        settled(page)
    told = page.locator("[data-kpi=repeat] .value").inner_text()
    page.locator("[data-kpi=repeat]").click()
    expect(page.locator("[data-testid=tile-told]")).to_contain_text(f": {told}.")


def test_others_of_overview_are_what_is_beyond_the_bars(page: Page, base_url: str, cube: Warehouse) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    others = page.locator("[class*=card-by-category] .barlayer .point").last
    others.scroll_into_view_if_needed()
    box = others.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown(page, "where=category%21%3D")
    query = Query(rows=("category",), top=(("category", 8),), cuts=(LAST_YEAR,))
    assert total(page) == pytest.approx(ask(cube, query).frame["revenue"][-1])
