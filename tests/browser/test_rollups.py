"""Roll-ups and what is too large to show, in a real browser: kept, made anew, and three ways out with nothing lost."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from cubes.aggregates.rollups import stored_rollup
from cubes.aggregates.space_budget import LEAST_LINES, share
from cubes.ask.answer import ask
from cubes.query import Query
from data.store.warehouse import Warehouse, writing
from tests.browser.conftest import ChangingFirm, accessible, fits_a_phone, settled
from tests.browser.test_explore import shown, total_is
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LARGE = "explore?rows=customer,product&columns=day&top=customer%3D200&top=product%3D200"


@pytest.fixture(scope="module")
def made(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A firm with roll-ups, and large enough for answers of more cells than can be shown: four times the small one."""
    path = tmp_path_factory.mktemp("rollups") / "w.duckdb"
    shutil.copy(warehouse, path)
    with writing(path) as connection:
        connection.execute(
            """INSERT INTO sale SELECT sale.* REPLACE (day_key - 7 * n AS day_key, order_key + n * orders AS order_key)
            FROM sale, range(1, 4) AS _(n), (SELECT max(order_key) AS orders FROM sale)"""
        )
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, '1')", [LEAST_LINES])
    return path


@pytest.fixture
def served(changing: ChangingFirm, made: Path) -> str:
    return changing.put(made)


@pytest.fixture
def firm(changing: ChangingFirm, served: str) -> Path:
    return changing.path


@pytest.fixture
def callers(changing: ChangingFirm, tmp_path: Path) -> str:
    """A firm whose customers call as well."""
    path = tmp_path / "w.duckdb"
    days = [date(2011, 1, 1) + timedelta(days=at) for at in range(100)]
    tiny_warehouse(path, [Line(day=day, order=str(day)) for day in days]).close()
    calls = [{"day": day, "customer": "Ann", "channel": "Web", "satisfaction": 7} for day in days]
    with_facts(path, interaction=calls).close()
    return changing.put(path)


@pytest.mark.parametrize("scheme", ["dark"])
def test_what_is_too_large_can_be_made_smaller_or_taken_away_whole(
    page: Page, served: str, firm: Path
) -> None:
    page.goto(f"{served}/{LARGE}")
    expect(page.get_by_text("Too many cells to show")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Top 10 by customer")).to_be_visible()
    settled(page)
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="All cells as Parquet").click()
    whole = pl.read_parquet(download.value.path())
    assert whole.columns == ["customer", "product", "day", "revenue"]
    revenue = ask(Warehouse(firm), Query(("revenue",))).frame["revenue"][0]
    assert whole["revenue"].sum() == pytest.approx(revenue)
    page.get_by_role("button", name="Month instead of day").click()
    shown(page, "columns=month")
    total_is(page, revenue)


def test_the_popover_says_what_answered_and_roll_ups_are_made_anew_within_another_budget(
    page: Page, served: str, firm: Path
) -> None:
    before = Warehouse(firm)
    page.goto(f"{served}/explore?rows=country&columns=year")
    shown(page, "rows=country")
    page.get_by_role("button", name="SQL").click()
    expect(page.get_by_test_id("answer-source")).to_contain_text("the roll-up")
    page.get_by_text("Why from there").click()
    expect(page.get_by_test_id("refused-sources")).to_contain_text("It has more cells")
    accessible(settled(page))
    page.goto(f"{served}/rollups")
    page.wait_for_selector("[data-testid=rollups-ready]", state="attached")
    settled(page)
    found = stored_rollup.read(before.rows, "sales")
    expect(page.get_by_text(f"{len(found)} roll-ups of {before.profile.lines:,} lines")).to_be_visible()
    expect(page.get_by_test_id("asked")).to_contain_text("Country")
    accessible(settled(page))
    page.get_by_test_id("stNumberInputField").fill("60")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Make anew").click()
    expect(page.get_by_test_id("rollups-made")).to_be_visible(timeout=90_000)
    after = Warehouse(firm)
    assert after.version != before.version
    assert share(after.rows) == 0.6
    ready = page.locator(f"[data-testid=rollups-ready][data-version='{after.version}'][data-state=idle]")
    expect(ready).to_be_attached()


def test_a_small_firm_is_told_from_when_on_there_are_roll_ups(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/rollups")
    expect(page.get_by_text("No roll-ups are kept")).to_be_visible()
    expect(page.get_by_text("from 200,000 lines of a fact on")).to_be_visible()
    fits_a_phone(settled(page))


def test_measures_of_other_cubes_are_shown_with_their_records_or_refused_in_words(
    page: Page, callers: str
) -> None:
    page.goto(f"{callers}/explore?rows=customer&columns=department")
    shown(page, "columns=department")
    page.get_by_role("button", name="+ Measure").click()
    refused = page.get_by_role("option", name="Satisfaction").first
    expect(refused).to_contain_text("Interactions have no department")
    expect(refused).to_have_attribute("aria-disabled", "true")
    page.goto(f"{callers}/explore?measures=interactions.satisfaction&rows=customer&columns=department")
    expect(page.get_by_role("button", name="Back to revenue")).to_be_visible()
    page.get_by_role("button", name="Satisfaction without department").click()
    shown(page, "measures=interactions.satisfaction")
    total_is(page, 7.0)
    page.goto(f"{callers}/explore?measures=interactions.interactions&rows=customer")
    shown(page, "measures=interactions.interactions")
    page.locator("th[data-row-id=Ann]").click()
    expect(page.get_by_test_id("behind")).to_contain_text("Behind Ann")
    expect(page.get_by_role("radio", name="100 records")).to_be_checked()
