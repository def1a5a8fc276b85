"""The click path of Explore in a real browser: drill, roll up, back, a pasted link, what lies behind, bad links."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.store.warehouse import Warehouse
from tests.browser.conftest import accessible, click_middle, comes_to, downloaded, settled

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


def total_is(page: Page, wanted: float) -> None:
    comes_to(page, lambda: total(page), pytest.approx(wanted))


def revenue(cube: Warehouse, *where: str) -> float:
    return float(ask(cube, Query(cuts=tuple(parse_cut(each) for each in where))).frame["revenue"][0])


def test_drill_roll_up_back_and_a_link_in_a_fresh_browser(
    page: Page, base_url: str, cube: Warehouse, browser: Browser
) -> None:
    opened(page, base_url)
    total_is(page, revenue(cube))
    page.locator("th[data-row-id=Italy]").click()
    shown(page, "where=country%3DItaly")
    total_is(page, revenue(cube, "country=Italy"))
    page.locator("th[data-row-id='Italy/Tuscany']").click()
    shown(page, "Tuscany")
    total_is(page, revenue(cube, "region=Italy/Tuscany"))
    link = page.url

    page.get_by_role("button", name="Roll up").click()
    shown(page, "rows=region")
    total_is(page, revenue(cube, "country=Italy"))
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
    total_is(other, revenue(cube, "region=Italy/Tuscany"))
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
        ("heatmap", ".scatterlayer .point", "where=country%3DItaly&where=department"),
        ("line", ".scatterlayer .point", "where=month%3D"),
    ],
)
def test_a_click_on_a_mark_drills(page: Page, base_url: str, chart: str, mark: str, where: str) -> None:
    opened(page, base_url, chart)
    before = total(page)
    click_middle(page.locator(mark).first)
    shown(page, where)
    comes_to(page, lambda: 0 < total(page) < before, True)


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
    second = rows.nth(1).inner_text().strip()  # it has the focus, so it is there
    expect(page.get_by_role("menuitem").first).to_contain_text(f"Drill into {second}")


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
    expect(page).to_have_url(path)


def test_a_bar_of_a_leaf_opens_its_lines(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?rows=product&where=year%3D2025")
    shown(page, "rows=product")
    click_middle(page.locator(".barlayer .point").first)
    lines_behind(page, "Behind")


def test_a_file_holds_subtotals_where_asked(own_page: Page, base_url: str, cube: Warehouse) -> None:
    opened(own_page, base_url)
    own_page.get_by_role("button", name="Download", exact=True).click()
    own_page.get_by_text("Subtotals", exact=True).click()
    shown(own_page, "totals=yes")
    file = downloaded(own_page, own_page.get_by_role("button", name="CSV").first)
    rows = [line.split(",") for line in file.read_text("utf-8-sig").splitlines()]
    assert rows[0][:4] == ["country", "department", "grouping", "revenue"]
    assert [float(row[3]) for row in rows if row[2] == "3"] == [pytest.approx(revenue(cube))]
    plain = [float(row[3]) for row in rows[1:] if row[2] == "0"]
    assert sum(plain) == pytest.approx(revenue(cube))


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


CELL = {"city": "row", "department": "col"}


def test_a_click_on_a_number_asks_what_for(page: Page, base_url: str, cube: Warehouse) -> None:
    opened(page, base_url)
    accessible(page)
    cell = page.locator("td[data-row-id=Germany]").first
    department = cell.get_attribute("data-col-id")
    cell.click()
    page.get_by_role("menuitem", name="Customers behind").click()
    expect(page.locator("[data-testid=behind]")).to_contain_text("Germany")
    wanted = revenue(cube, "country=Germany", f"department={department}")
    expect(page.get_by_text(f"Revenue of the cell: €{wanted:,.2f}")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-testid=behind]")).to_have_count(0)
    page.locator("td[data-row-id=Germany]").first.click()
    page.get_by_role("menuitem", name="Keep only Germany").click()
    shown(page, "where=country%3DGermany")
    total_is(page, revenue(cube, "country=Germany"))
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
    of_cell = tuple(f"{level}={cell.get_attribute(f'data-{at}-id')}" for level, at in CELL.items())
    cell.click()
    page.get_by_role("menuitem", name="Make an audience").click()
    cuts = tuple(map(parse_cut, of_cell))
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


def test_an_address_of_too_many_parameters_is_refused(page: Page, base_url: str) -> None:
    many = "&".join(f"where=country%3DC{at}" for at in range(1001))
    answer = page.request.get(f"{base_url}/explore?{many}")
    assert answer.status == 414
    assert "The address is too long" in answer.text()
    assert page.request.get(f"{base_url}/explore?{many.rpartition('&')[0]}").status == 200


def test_a_bad_link_is_met_with_words_and_a_way_on(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?where=country%3DAtlantis&rows=country")
    expect(settled(page).get_by_text("There is no country 'Atlantis'")).to_be_visible()
    page.get_by_role("button", name="Start afresh").click()
    shown(page, "rows=country")


def test_nothing_in_the_slice_says_what_to_do(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/explore?rows=country&where=day%3D2030-01-01..2030-12-31")
    expect(page.get_by_text("Nothing was sold here")).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    shown(page, "rows=country")


TILES = ("revenue", "customers", "orders", "average_order_value", "repeat")
LAST_YEAR = parse_cut("day=2025-01-01..2025-12-31")


def test_a_tile_of_overview_opens_its_own_number_and_back_leads_there_again(
    page: Page, base_url: str, cube: Warehouse
) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    settled(page)  # before the late tiles are drawn, a click may be lost
    tiles = page.locator(".st-key-figures-house-figures [data-kpi]")
    expect(tiles).to_have_count(len(TILES))
    comes_to(page, lambda: tiles.evaluate_all("tiles => tiles.map(tile => tile.dataset.kpi)"), list(TILES))
    for tile in ("revenue", "average_order_value"):
        told = page.locator(f"[data-kpi={tile}] .value").inner_text()
        page.locator(f"[data-kpi={tile}]").click()
        page.wait_for_url(f"**/explore?measures={tile}*")
        shown(page, f"measures={tile}")
        expect(page.locator("[data-testid=total] b")).to_have_text(told)
        total_is(page, ask(cube, Query((tile,), cuts=(LAST_YEAR,))).frame[tile][0])
        page.go_back()
        page.wait_for_selector("[data-testid=overview-ready]")
        settled(page)
    told = page.locator("[data-kpi=repeat] .value").inner_text()
    page.locator("[data-kpi=repeat]").click()
    expect(page.locator("[data-testid=tile-told]")).to_contain_text(f": {told}.")


def test_others_of_overview_are_what_is_beyond_the_bars(page: Page, base_url: str, cube: Warehouse) -> None:
    page.goto(base_url)
    page.wait_for_selector("[data-testid=overview-ready]")
    settled(page)
    others = page.locator("[class*=card-by-category] .barlayer .point").last
    click_middle(others)
    shown(page, "where=category%21%3D")
    query = Query(rows=("category",), top=(("category", 8),), cuts=(LAST_YEAR,))
    total_is(page, ask(cube, query).frame["revenue"][-1])
