"""The question bar in Chromium: several measures, a filter by its name, a phone, the keyboard alone, both schemes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from data.store.warehouse import Warehouse
from tests.browser.conftest import accessible, fits_a_phone, place_of
from tests.browser.test_explore import cube, opened, revenue, shown, total_is  # noqa: F401
from tests.browser.test_kit import path_is
from tests.browser.test_kit import shown as shown_in_gallery

EVIL = "<img src=x"


def test_measures_are_chosen_in_a_row_and_a_filter_by_its_name_whatever_its_level(
    page: Page,
    base_url: str,
    cube: Warehouse,  # noqa: F811
) -> None:
    opened(page, base_url)
    page.get_by_role("button", name="+ Measure").click()
    dialog = page.get_by_role("dialog", name="Measures")
    dialog.get_by_role("option", name="Margin").first.click()
    dialog.get_by_role("option", name="Orders Different").first.click()
    shown(page, "measures=revenue%2Cmargin%2Corders")
    expect(dialog.get_by_role("option", selected=True)).to_have_count(3)
    page.get_by_role("button", name="Remove Margin").click()
    shown(page, "measures=revenue%2Corders")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_role("combobox", name="Search members of all levels").fill("tusc")
    found = page.get_by_role("option", name="Tuscany Italy")
    found.click()
    shown(page, "where=region%3DItaly%2FTuscany")
    expect(found).to_have_attribute("aria-selected", "true")
    total_is(page, revenue(cube, "region=Italy/Tuscany"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="+ Filter")).to_be_focused()
    page.get_by_role("button", name="Remove Region: Tuscany").click()
    page.wait_for_function("() => !location.search.includes('where')")


def test_the_members_of_a_filter_are_saved_as_a_set_by_keyboard_and_found_by_its_name(
    page: Page,
    base_url: str,
    cube: Warehouse,  # noqa: F811
) -> None:
    page.goto(f"{base_url}/explore?rows=category&where=country%3DItaly%7CFrance")
    shown(page, "rows=category")
    wanted = revenue(cube, "country=Italy|France")
    total_is(page, wanted)
    page.get_by_role("button", name="Country: Italy, France", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name of the set").focus()
    page.keyboard.type("Half & more")
    page.keyboard.press("Enter")
    chip = "Country: in “Half & more”, 2 countries"
    expect(page.get_by_role("button", name=f"Remove {chip}")).to_be_visible()
    page.wait_for_url("**/explore?*where=country+in+set+*")
    total_is(page, wanted)
    page.get_by_role("button", name=f"Remove {chip}").click()
    page.wait_for_function("() => !location.search.includes('where')")
    page.get_by_role("button", name="+ Filter").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("half")
    expect(page.get_by_role("option", name="Half & more 2 countries set")).to_be_visible()
    page.keyboard.press("Enter")
    shown(page, "where=country+in+set")
    expect(page.get_by_role("button", name=f"Remove {chip}")).to_have_count(1)


def test_on_a_phone_one_button_opens_the_question_as_a_sheet(page: Page, gallery_url: str) -> None:
    shown_in_gallery(page, gallery_url, "question")
    fits_a_phone(page)
    bar = page.get_by_test_id("question-bar")
    expect(bar.get_by_role("button", name="+ Measure")).to_have_count(0)
    bar.get_by_role("button", name="Question: Revenue by country and category").click()
    sheet = page.get_by_role("dialog", name="Question")
    sheet.get_by_role("button", name="+ Measure").click()
    page.get_by_role("option", name="Orders").first.click()
    path_is(page, "revenue orders by country x category, None on a question")
    page.get_by_role("dialog", name="Measures").get_by_role("button", name="Done").click()
    expect(sheet.get_by_role("button", name="+ Measure")).to_be_focused()
    for each in sheet.get_by_role("button").all():
        box = place_of(each)
        assert box["height"] >= 40
        assert box["x"] + box["width"] <= 400
    page.keyboard.press("Escape")
    expect(bar.get_by_role("button", name="Question: ")).to_be_focused()


def test_a_question_is_put_by_keyboard_alone(page: Page, gallery_url: str) -> None:
    shown_in_gallery(page, gallery_url, "question")
    page.get_by_role("button", name="+ Measure").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("margin")
    page.keyboard.press("Enter")
    path_is(page, "revenue margin by country x category, None on a question")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="+ Measure")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="+ Measure").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Margin", exact=True)).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    path_is(page, "margin revenue by country x category, None on a question")
    expect(page.get_by_role("button", name="Margin", exact=True)).to_be_focused()
    page.keyboard.press("Delete")
    path_is(page, "revenue by country x category, None on a question")
    page.get_by_role("button", name="Period: 2025").focus()
    for key in ("Enter", "a", "Enter"):
        page.keyboard.press(key)
    path_is(page, "revenue by country x category, All time on a question")
    expect(page.get_by_role("button", name="Period: ")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bar_and_its_panels_are_accessible_and_names_are_text(
    page: Page, gallery_url: str, scheme: str
) -> None:
    shown_in_gallery(page, gallery_url, "question")
    openers = ("+ Measure", "+ Row", "+ Filter", "Revenue", "Period: 2025", f"City: not {EVIL}")
    # The panels are of one kind: in the light one of them is looked at, in the dark each.
    for opener in (None, *openers) if scheme == "dark" else ("+ Filter",):
        if opener:
            page.keyboard.press("Escape")
            page.get_by_role("button", name=opener).first.click()
        accessible(page)
    expect(page.locator("img[src=x]")).to_have_count(0)
