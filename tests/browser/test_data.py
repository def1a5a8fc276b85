"""The page Data in a real browser: a file comes in, is mended and loaded, its books balance, and it can be undone."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SALE_LINES, ChangingFirm, accessible, fits_a_phone, settled
from tests.browser.test_explore import total_is

HEADER = "Zeta;Order;Customer;Country;Item;Brand;Qty;Net"
ROWS = [
    "05/01/2024;A1;c1;Italy;pen;Bic;2;1,50",
    "17/01/2024;A1;c1;Italy;cup;Duralex;1;7,25",
    "18/13/2024;A2;c2;France;pen;Bic;10;14,00",
    "20/02/2024;A3;c2;France;cup;Duralex;1;8,00",
    "20/02/2024;A3;c2;France;cup;Duralex;1;8,00",
    "21/02/2024;A4;;Spain;*pot* [x](y);Bic;3;100,00",
]
REVENUE = Decimal("124.75")
FIELDS = "data-testid=data-ready"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data-page")


@pytest.fixture
def sales(folder: Path) -> Path:
    """Six rows, one of them bad, the date under a name that nobody would guess."""
    path = folder / "sales <b>.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def data(page: Page, changing: ChangingFirm, warehouse: Path) -> Page:
    """The page, with the demonstration firm in the warehouse."""
    page.goto(f"{changing.put(warehouse)}/data")
    return shown(page, "idle")


def shown(page: Page, state: str, words: str = "") -> Page:
    """Wait until the page says that it is in this state, and that it shows these words among its marks."""
    page.wait_for_function(
        """([state, words]) => { const marks = document.querySelector('[data-testid=data-ready]')?.dataset;
        return marks?.state === state && JSON.stringify(marks).includes(words) }""",
        arg=[state, words],
    )
    return settled(page)


def upload(page: Page, *paths: Path) -> None:
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", list(paths))


def choose(page: Page, field: str, option: str) -> None:
    box = page.get_by_role("combobox", name=field)
    box.scroll_into_view_if_needed()  # a list that is open closes when the page moves
    settled(page)
    box.click()
    page.get_by_role("option", name=option).click()


def marks(page: Page, name: str) -> dict[str, str]:
    found: dict[str, str] = page.locator(f"[data-testid={name}]").evaluate("e => ({...e.dataset})")
    return found


def load(page: Page) -> dict[str, str]:
    """Press Load, wait for the report, and give its books."""
    page.get_by_role("button", name="Load", exact=True).click()
    shown(page, "report")
    return marks(page, "load-report")


def test_a_file_is_mended_loaded_explored_and_undone(data: Page, sales: Path) -> None:
    upload(data, sales)
    shown(data, "draft", "No column is chosen for the date")
    expect(data.get_by_role("button", name="Load", exact=True)).to_be_disabled()
    choose(data, "Date", "Zeta")
    shown(data, "draft", '"blocked":""')
    expect(data.get_by_test_id("data-problems")).to_contain_text("Row 3: date: '18/13/2024' is not a date.")

    books = load(data)
    assert [books[each] for each in ("read", "loaded", "rejected", "dropped", "kept")] == [
        "6",
        "5",
        "1",
        "0",
        "1",
    ]
    assert Decimal(books["revenue"]) == REVENUE
    assert marks(data, "data-ready")["lines"] == "5"
    with data.expect_download() as download:
        data.get_by_test_id("stDownloadButton").get_by_role("button", name="CSV").first.click()
    rejected = download.value.path().read_text(encoding="utf-8-sig")
    assert "date: '18/13/2024' is not a date" in rejected
    assert "14,00" in rejected

    data.reload()
    shown(data, "report")
    assert marks(data, "load-report") == books
    data.get_by_role("link", name="Explore what was loaded").click()
    total_is(data, float(REVENUE))

    data.go_back()
    shown(data, "report")
    data.get_by_role("button", name="Undo").click()
    shown(data, "idle")
    expect(data.get_by_test_id("data-said")).to_contain_text("is back")
    assert int(marks(data, "data-ready")["lines"]) > SALE_LINES / 2
    data.get_by_role("button", name="Another firm").click()
    data.get_by_role("button", name="Put back").click()
    shown(data, "idle", '"lines":"5"')


def test_the_same_file_again_changes_nothing_and_a_mapping_is_reused(
    data: Page, sales: Path, folder: Path
) -> None:
    upload(data, sales)
    shown(data, "draft")
    choose(data, "Date", "Zeta")
    shown(data, "draft", '"blocked":""')
    with data.expect_download() as download:
        data.get_by_role("button", name="Download mapping").click()
    mapping = folder / "mine.toml"
    shutil.copy(download.value.path(), mapping)
    data.get_by_text("The mapping as text").click()
    text = data.get_by_role("textbox", name="Mapping in TOML")
    text.fill("source = ")
    text.press("Control+Enter")
    expect(data.get_by_test_id("data-refused")).to_contain_text("The mapping is not TOML")
    settled(data)  # the note moves what stands below it, which is drawn twice meanwhile
    expect(text).to_have_value("source = ")
    text.fill(mapping.read_text(encoding="utf-8"))
    text.press("Control+Enter")
    expect(data.get_by_test_id("data-refused")).to_have_count(0)
    settled(data)
    load(data)
    expect(data.get_by_test_id("data-refused")).to_have_count(0)
    version = marks(data, "data-ready")["version"]

    upload(data, sales, mapping)
    shown(data, "draft", '"blocked":""')
    assert marks(data, "data-ready")["goes"] == "add"  # the source is known
    assert load(data)["unchanged"] == "yes"
    assert marks(data, "data-ready")["version"] == version
    expect(data.get_by_test_id("loads").locator("tbody tr")).to_have_count(1)


def test_the_demonstration_firm_may_stay(data: Page, sales: Path) -> None:
    before = int(marks(data, "data-ready")["lines"])
    upload(data, sales)
    shown(data, "draft")
    choose(data, "Date", "Zeta")
    shown(data, "draft", '"blocked":""')
    data.get_by_text("Mix with it").click()
    shown(data, "draft", '"goes":"add"')
    load(data)
    assert int(marks(data, "data-ready")["lines"]) == before + 5
    expect(data.get_by_test_id("loads").locator("tbody tr")).to_have_count(2)


def test_several_files_come_together_and_a_second_firm_is_asked_about(data: Page, folder: Path) -> None:
    several = folder / "several"
    several.mkdir()
    for at, day in enumerate(("05.01.2024", "16.02.2024"), 1):
        (several / f"a{at}.csv").write_text(f"Day;Customer;Amount\n{day};c{at};{at}.500\n")
    (several / "people.csv").write_text("Customer,Customer name\nc1,Ann\nc2,Bob\n")
    upload(data, *sorted(several.iterdir()))
    shown(data, "draft", "wait")
    expect(data.get_by_test_id("data-file")).to_have_count(3)
    expect(data.get_by_role("button", name="Load", exact=True)).to_be_disabled()
    data.get_by_role("button", name="It is 1.500").click()
    shown(data, "draft", '"questions":"0"')
    data.get_by_role("button", name="Undo", exact=True).click()
    shown(data, "draft", '"questions":"1"')
    data.get_by_role("button", name="It is 1.500").click()
    shown(data, "draft", '"blocked":""')
    data.get_by_role("button", name="Show", exact=True).last.click()
    shown(data, "draft", '"seen":"people.csv"')
    expect(data.get_by_role("combobox", name="Postcode")).to_be_visible()
    books = load(data)
    assert (books["read"], books["loaded"], Decimal(books["revenue"])) == ("2", "2", Decimal("4"))

    other = folder / "other.csv"
    other.write_text("Day,Customer,Amount\n2024-03-05,k1,7.25\n")
    upload(data, other)
    shown(data, "draft", "Say whether these files are of the firm that is here")
    data.get_by_text("Another firm: take its place").click()
    shown(data, "draft", '"goes":"instead"')
    load(data)
    assert marks(data, "data-ready")["lines"] == "1"
    data.get_by_role("button", name="Undo").click()
    shown(data, "idle", '"lines":"2"')


def test_what_is_bad_is_refused_in_words(data: Page, folder: Path) -> None:
    def refusal(words: str) -> None:
        expect(data.get_by_test_id("data-refused")).to_contain_text(words)
        expect(data.get_by_test_id("stException")).to_have_count(0)
        shown(data, "idle")

    for name, content, words in (
        (
            "picture.csv",
            b"\x89PNG\r\n\x1a\n\0\0",
            "picture.csv is not a table. Bring a CSV, XLSX or Parquet file",
        ),
        ("empty.csv", b"", "empty.csv is empty. Export it again, with its header line."),
        ("mapping.toml", b"source = ", "The mapping is not TOML"),
        (
            "lone.toml",
            b'source = "s"\n[order_lines.columns]\ndate = "D"\nrevenue = "R"\n',
            "came without the file of order lines",
        ),
    ):
        path = folder / name
        path.write_bytes(content)
        upload(data, path)
        refusal(words)

    huge = folder / "huge.csv"
    huge.write_bytes(b"day,net\n" + b"2024-01-01,1.00\n" * 80_000)
    upload(data, huge)
    expect(data.get_by_test_id("stFileUploader")).to_contain_text("1.0MB or smaller")

    box = data.get_by_role("combobox", name="Or name a file on this machine")
    box.fill("/etc/passwd")
    box.press("Enter")
    refusal("/etc/passwd lies outside the folders that this page may read. Put the file into")


@pytest.mark.parametrize("scheme", ["dark"])
def test_a_file_of_the_inbox_in_a_narrow_window(data: Page, sales: Path, changing: ChangingFirm) -> None:
    shutil.copy(sales, changing.inbox / "sales.csv")
    box = data.get_by_role("combobox", name="Or name a file on this machine")
    box.fill("sales.csv")
    box.press("Enter")
    shown(data, "draft")
    accessible(data)
    fits_a_phone(data)
    choose(data, "Date", "Zeta")
    shown(data, "draft", '"blocked":""')
    assert load(data)["loaded"] == "5"
    fits_a_phone(data)
    assert (changing.inbox / "sales.csv").exists()
