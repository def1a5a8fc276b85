"""The calendar and the comparisons in a real browser: set, published, and seen at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ChangingFirm, asks, settled
from tests.tiny import Line, tiny_warehouse

QUARTER = "explore?measures=revenue&rows=month&where=day%3D2025-01-01..2025-03-31"


@pytest.fixture
def served(changing: ChangingFirm, tmp_path: Path) -> str:
    path = tmp_path / "w.duckdb"
    days = [date(2023, 1, 1) + timedelta(days=at) for at in range(900)]
    tiny_warehouse(path, [Line(day=day, order=str(day)) for day in days]).close()
    return changing.put(path)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def test_the_calendar_is_set_and_explore_follows(page: Page, served: str) -> None:
    page.goto(f"{served}/sources")
    settled(page)
    choose(page, "Fiscal year begins in", "July")
    choose(page, "Weeks begin on", "Sunday")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("deed-good")).to_contain_text("begins in July, weeks begin on Sunday")
    page.goto(f"{served}/explore?measures=revenue&rows=fiscal_year")
    settled(page)
    expect(page.get_by_text("FY2024").first).to_be_visible()


def test_any_days_are_compared_with(page: Page, served: str) -> None:
    page.goto(f"{served}/{QUARTER}")
    settled(page)
    page.get_by_role("button", name="Comparison: ").click()
    page.get_by_role("option", name="vs same weekdays").click()
    expect(page.get_by_text("against 3 Jan 2024 – 1 Apr 2024").first).to_be_visible()
    page.get_by_role("button", name="Comparison: ").click()
    page.get_by_role("group", name="Other days").get_by_role("button", name="Show").click()
    expect(page.get_by_text("against 3 Oct 2024 – 31 Dec 2024").first).to_be_visible()
    asks(page, compare="2024-10-03..2024-12-31")
