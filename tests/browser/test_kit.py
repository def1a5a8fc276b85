"""The drawing kit in Chromium: clicks arrive with their ids, names stay text, both themes are accessible."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessible, click_middle, comes_to, fits_a_phone, place_of, settled

SHOWS = ("pivot", "overview", "figures", "kinds", "mining", "states")


def shown(page: Page, url: str, name: str) -> Page:
    page.goto(f"{url}/?show={name}")
    settled(page)
    page.wait_for_selector("[data-testid=gallery-ready]", state="attached")
    return page


def path_is(page: Page, path: str) -> None:
    expect(page.locator(f'p[data-path="{path}"]')).to_be_visible()


TABLE = "Revenue by country and category"


def test_pivot_clicks_carry_ids_and_base(page: Page, gallery_url: str) -> None:
    shown(page, gallery_url, "pivot")
    table = page.get_by_role("grid", name=TABLE)
    table.locator("th[data-row-id=r1]").click()
    path_is(page, "open r1 all|country x category")
    table.locator("thead th[data-col-id=c2]").click()
    path_is(page, "open c2 all|country x category")
    table.get_by_text("Others (17)").click()
    path_is(page, "open (others) all|country x category")
    table.locator("td[data-row-id=r2][data-col-id=c1]").click()
    page.get_by_role("menuitem", name="Lines behind").click()
    path_is(page, "lines r2 c1 revenue all|country x category")
    table.locator("td[data-row-id=r2][data-col-id=c1]").click(button="right")
    page.get_by_role("menuitem", name="Drill to any level").click()
    page.get_by_role("menuitem", name="Channel").click()
    path_is(page, "level r2 c1 revenue channel all|country x category")


def test_pivot_by_keyboard(page: Page, gallery_url: str) -> None:
    shown(page, gallery_url, "pivot")
    page.get_by_role("grid", name=TABLE).locator("tbody th[data-row-id=r0]").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    path_is(page, "open c1 all|country x category")
    # the focus is where it was: the next arrow goes on from there
    for key in ("ArrowDown", "?"):
        page.keyboard.press(key)
    path_is(page, "why r2 c1 revenue all|country x category")


def test_pivot_is_marked_by_limits_and_its_columns_are_dragged_and_stretched(
    page: Page, gallery_url: str
) -> None:
    shown(page, gallery_url, "pivot")
    table = page.get_by_role("grid", name="Revenue and orders by region")
    for kind, cells in (("low", "(low)"), ("high", "(high)")):
        expect(table.locator(f"td.{kind}").first).to_contain_text(cells)
        expect(table.locator(f"tfoot td.{kind}, tr.subtotal td.{kind}")).to_have_count(0)
    expect(page.locator(".legend", has_text="Orders: low, below 200")).to_be_visible()
    table.locator("thead th[data-measure=orders][data-col-id=q2]").focus()
    page.keyboard.press("Shift+F10")
    page.get_by_role("menuitem", name="Limits of one").press("Enter")
    low, high = page.get_by_label("Mark low below"), page.get_by_label("Mark high above")
    expect(low).to_be_focused()
    for first, last, said in (
        ("many", "", "is no number"),
        ("", "", "no number yet"),
        ("5", "3", "exchange them"),
    ):
        low.fill(first)
        high.fill(last)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    high.fill("1.5K")
    page.keyboard.press("Enter")
    path_is(page, "look q2 orders 5..1500 tree")
    first, third = (table.locator(f"thead th[data-col-id={each}]").first for each in ("q1", "q3"))
    third.drag_to(first, target_position={"x": 4, "y": 12})
    path_is(page, "place q3 q3\x1fq1\x1fq2\x1fq4 tree")
    grip = place_of(table.locator("th.corner .grip"))
    page.mouse.move(grip["x"] + 4, grip["y"] + 9)
    page.mouse.down()
    page.mouse.move(grip["x"] + 44, grip["y"] + 9, steps=3)
    page.mouse.up()
    expect(page.locator("p[data-path^='width head=']")).to_be_visible()


def test_pivot_groups_fold_and_headers_sort_and_arrange(page: Page, gallery_url: str) -> None:
    shown(page, gallery_url, "pivot")
    child = page.locator("tr[data-row-id='EMEA/France']")
    expect(child).to_be_visible()
    page.locator("button[data-fold=EMEA]").click()
    expect(child).to_have_count(0)
    orders = page.locator("thead th[data-measure=orders][data-col-id=q2]")
    orders.click()
    path_is(page, "sort q2 orders desc tree")
    orders.click(button="right")
    page.get_by_role("menuitem", name="Bars").click()
    path_is(page, "look q2 orders bars tree")


POINT = ".scatterlayer path.point"
CLICKS = {
    "pivot": [("bars", ".barlayer g.point path", 1, "chart r1")],
    "overview": [("line", POINT, 3, "chart s0 2025-03-01")],
    "figures": [("heat", POINT, 8, "chart r1 c2"), ("treemap", "g.slice:has-text('Spain')", 0, "chart r4")],
    "kinds": [
        ("pareto", ".barlayer g.point path", 2, "chart r2"),
        ("stacked", ".barlayer g.trace:nth-child(2) g.point path", 1, "chart r1 c1"),
        ("treemap-and-others", ".barlayer g.point path", 0, "chart (others)"),
        ("lines-named", ".scatterlayer .trace:nth-child(5) path.point", 8, "chart s3 2025-08-01"),
        ("small-bars", ".barlayer g.point path", 3, "chart r0 c3"),
    ],
    "mining": [
        ("scatter", POINT, 5, "chart g2"),
        ("matrix", POINT, 4, "chart e4"),
        ("profile", POINT, 7, "chart f1 g1"),
        ("net", POINT, 2, "chart e2"),
    ],
}


def test_the_pointer_beside_the_lines_tells_them_all_and_a_chart_is_saved_by_pointer_and_by_keyboard(
    own_page: Page, gallery_url: str
) -> None:
    shown(own_page, gallery_url, "kinds")
    own_page.locator(".st-key-lines-named rect.nsewdrag").hover(position={"x": 150, "y": 12})
    told = own_page.locator(".st-key-lines-named .hoverlayer")
    for name in ("Beauty", "Garden", "Others (17)"):
        expect(told).to_contain_text(name)
    drawing = own_page.locator(".st-key-pareto .js-plotly-plot")
    drawing.hover()
    with own_page.expect_download() as png:
        drawing.get_by_role("button", name="Save as PNG").click()
    assert png.value.suggested_filename == "pareto-of-made-up-numbers.png"
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")
    own_page.mouse.move(0, 0)
    other = own_page.locator(".st-key-bars .js-plotly-plot")
    other.locator(".modebar-btn").first.focus()
    expect(other.get_by_role("button", name="Save as PNG")).to_be_focused()
    own_page.keyboard.press("Tab")
    with own_page.expect_download() as svg:
        own_page.keyboard.press("Enter")
    assert svg.value.suggested_filename == "bars-of-made-up-numbers.svg"
    drawn = Path(svg.value.path()).read_text(encoding="utf-8")
    assert "Germany" in drawn
    assert "Bars of made-up numbers" in drawn
    expect(other).not_to_contain_text("Bars of made-up numbers")


def test_of_a_large_pivot_only_what_is_in_view_is_drawn(page: Page, gallery_url: str) -> None:
    shown(page, gallery_url, "big")
    table = page.get_by_role("grid", name=TABLE)
    expect(table.locator("td[data-measure]").first).to_be_visible()
    comes_to(page, lambda: 0 < table.locator("td[data-measure]").count() < 2000, True)
    page.locator(".wrap").evaluate("wrap => { wrap.scrollTop = 1e7; wrap.scrollLeft = 1e7; }")
    expect(table.locator("tr.others")).to_be_visible()
    expect(table.locator("thead th[data-col-id=c39]")).to_be_visible()
    expect(table.locator("tr[data-row-id=r0]")).to_have_count(0)


def test_problems_are_told_calmly(page: Page, gallery_url: str) -> None:
    page.goto(f"{gallery_url}/?show=problem")
    expect(page.get_by_text("There is no level 'contry'.")).to_be_visible()
    expect(page.get_by_text("Did you mean 'country'?")).to_be_visible()
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("Did you mean 'country'?")).to_be_visible()
    page.goto(f"{gallery_url}/?show=crash")
    expect(page.get_by_text("Something went wrong (id ")).to_be_visible()
    expect(page.get_by_text("secret is 42")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_downloads_and_uploads_pass_the_policy(page: Page, gallery_url: str) -> None:
    shown(page, gallery_url, "states")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "bars.csv"
    page.locator("input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
    )
    expect(page.get_by_text("a.csv")).to_be_visible()


@pytest.mark.parametrize("show", SHOWS)
def test_it_is_accessible_names_are_text_clicks_arrive_and_it_fits_a_phone(
    page: Page, gallery_url: str, show: str
) -> None:
    accessible(shown(page, gallery_url, show))
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(page).to_have_title("Clientela")
    for chart, mark, number, path in CLICKS.get(show, ()):
        click_middle(page.locator(f".st-key-{chart} .js-plotly-plot").locator(mark).nth(number))
        path_is(page, path)
    fits_a_phone(page)


@pytest.mark.parametrize("scheme", ["dark"])
@pytest.mark.parametrize("show", SHOWS)
def test_it_is_accessible_in_the_dark(page: Page, gallery_url: str, show: str) -> None:
    accessible(shown(page, gallery_url, show))
