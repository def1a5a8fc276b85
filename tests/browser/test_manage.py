"""Sources, rejected rows and one customer in a real browser: told in words, decided with keys, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.load import Mapping, load
from data.store.warehouse import writing
from tests.browser.conftest import ChangingFirm, accessible, fits_a_phone, settled
from tests.tiny import tiny_warehouse

ERP = """source = "erp"
firm = "Rossi & Figli"
currency = "EUR"
[customers]
file = "customers.csv"
[customers.columns]
customer = "Number"
customer_name = "Name"
city = "City"
email = "Mail"
[order_lines]
file = "lines_*.csv"
key = ["order", "line"]
as_of = "lines_%Y%m%d"
date_format = "dd/mm/yyyy"
checks = [ { field = "revenue", min = 0, max = 90 } ]
[order_lines.columns]
date = "Day"
order = "Order"
line = "Line"
customer = "Customer"
product = "Item"
quantity = "Qty"
revenue = "Net"
"""
CRM = """source = "crm"
[customers]
file = "crm.csv"
[customers.columns]
customer = "Id"
customer_name = "Name"
city = "Town"
email = "Mail"
"""
PEOPLE = ["Anna Rossi", "Luigi Bianchi", "Marta Verdi", "John O'Hara"]
OTHERS = ["Pavel Novák", "Zoë Müller", "Chiara <b>Neri</b>"]
PAIRS = ((0, 0, 0.9), (1, 1, 0.8), (2, 2, 0.7))


@pytest.fixture(scope="module")
def made(changing: ChangingFirm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of two sources in a folder of the inbox, with pairs of customers to decide on."""
    path, inbox = tmp_path_factory.mktemp("manage") / "made.duckdb", changing.inbox / "two sources"
    inbox.mkdir()
    write_sources(inbox)
    for name in ("erp", "crm"):
        load(Mapping.from_text((inbox / f"{name}.toml").read_text(), inbox), path)
    with writing(path, "pairs for the tests") as connection:
        connection.execute("DELETE FROM match")
        for one, other, probability in PAIRS:
            connection.execute(
                "INSERT INTO match SELECT a.identity_key, b.identity_key, ?, '{}', 'doubtful'"
                " FROM customer_identity AS a, customer_identity AS b WHERE a.id = ? AND b.id = ?",
                [probability, f"c{one}", f"x{other}"],
            )
    return path


def write_sources(inbox: Path) -> None:
    """Six weeks of an ERP, the fifth short, the sixth with rows that cannot be read; a CRM with three people."""
    (inbox / "erp.toml").write_text(ERP, encoding="utf-8")
    (inbox / "crm.toml").write_text(CRM, encoding="utf-8")
    people = [f"c{at};{name};Roma;m{at}@mail.it" for at, name in enumerate(PEOPLE)]
    (inbox / "customers.csv").write_text(
        "\n".join(["Number;Name;City;Mail", *people]) + "\n", encoding="utf-8"
    )
    others = [f"x{at};{name};Milano;o{at}@mail.it" for at, name in enumerate(OTHERS)]
    (inbox / "crm.csv").write_text("\n".join(["Id;Name;Town;Mail", *others]) + "\n", encoding="utf-8")
    for week in range(6):
        rows = ["Day;Order;Line;Customer;Item;Qty;Net"]
        for row in range(3 if week == 4 else 20):
            quantity = "many" if week == 5 and row in (3, 8) else "2"
            rows.append(
                f"{1 + week * 4 + row % 3:02d}/01/2024;o{week}-{row};1;c{row % 4};pen;{quantity};{row * 5},50"
            )
        day = f"202401{4 + week * 4:02d}"
        (inbox / f"lines_{day}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture
def fresh(changing: ChangingFirm, made: Path) -> str:
    """The address, with the warehouse as it was loaded."""
    return changing.put(made)


def opened(page: Page, address: str, name: str) -> Page:
    page.goto(address)
    return shown(page, name)


def shown(page: Page, name: str, **marks: str) -> Page:
    """Wait until the page says that it is drawn with these marks."""
    page.wait_for_function(
        """([name, marks]) => { const found = document.querySelector(`[data-testid=${name}-ready]`)?.dataset;
        return found && Object.entries(marks).every(([key, value]) => found[key] === value) }""",
        arg=[name, marks],
    )
    return settled(page)


def test_sources_tell_their_state_in_words(page: Page, fresh: str) -> None:
    opened(page, f"{fresh}/sources", "sources")
    accessible(page)
    state = page.get_by_test_id("streams").locator("tbody tr")
    expect(state).to_have_count(3)
    expect(state.first).to_contain_text("✕ Check failed")
    expect(state.first).to_contain_text("Order lines")
    expect(page.get_by_test_id("failed-checks")).to_contain_text("Revenue is in its range")
    expect(page.get_by_test_id("failed-checks")).to_contain_text("expected 0 to 90")
    expect(page.get_by_test_id("deliveries").locator("tbody tr")).to_have_count(6)
    page.get_by_test_id("streams").get_by_role("link", name="Customers").first.click()
    page.wait_for_url("**/sources?stream=*")
    shown(page, "sources")
    expect(page.get_by_test_id("deliveries").locator("tbody tr")).to_have_count(1)
    fits_a_phone(page)


def test_a_load_is_undone_and_comes_back(page: Page, fresh: str) -> None:
    opened(page, f"{fresh}/sources", "sources")
    page.get_by_role("button", name="Undo the last load").click()
    page.get_by_role("button", name="Undo this load").click()
    expect(page.get_by_test_id("deed-good")).to_contain_text("The last load is undone")
    shown(page, "sources", streams="2")
    page.get_by_role("button", name="Put up an earlier state").click()
    page.get_by_role("button", name="Put it up").click()
    shown(page, "sources", streams="3")


def test_rejected_rows_lead_from_their_delivery_to_a_grid(page: Page, fresh: str, tmp_path: Path) -> None:
    opened(page, f"{fresh}/sources", "sources")
    page.get_by_test_id("deliveries").get_by_role("link", name="2").click()
    shown(page, "rejected", open="2")
    expect(page.get_by_test_id("reasons")).to_contain_text("quantity is not a number")
    expect(page.get_by_role("button", name="Load mended rows")).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "Row in file,Why it was rejected,Day,Order,Line,Customer,Item,Qty,Net"
    mended = tmp_path / "mended.csv"
    mended.write_text(text.replace(",many,", ",7,", 1).replace(",many,", ",lots,"), encoding="utf-8")
    page.get_by_text("Bring a mended CSV back").click()
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", mended)
    expect(page.get_by_test_id("deed-good")).to_contain_text("2 rows of the file differ")
    page.get_by_role("button", name="Load 2 mended rows").click()
    expect(page.get_by_test_id("deed-good")).to_contain_text("1 row was loaded as batch")
    expect(page.get_by_test_id("deed-good")).to_contain_text("1 row still cannot be loaded")
    shown(page, "rejected", open="1", mended="1")
    expect(page.get_by_role("button", name="Load 1 mended row")).to_be_enabled()
    expect(page.get_by_test_id("mended")).to_contain_text("1 row was mended")


@pytest.mark.parametrize("scheme", ["dark"])
def test_rejected_rows_are_dismissed_with_a_reason_and_taken_back(page: Page, fresh: str) -> None:
    opened(page, f"{fresh}/rejected", "rejected")
    accessible(page)
    page.get_by_role("button", name="Dismiss rows").click()
    page.get_by_role("textbox", name="Why they").fill("test orders")
    page.get_by_role("button", name="Dismiss", exact=True).click()
    shown(page, "rejected", open="0", dismissed="2")
    expect(page.get_by_test_id("dismissed")).to_contain_text("2 rows were dismissed: test orders.")
    page.get_by_role("button", name="Take back").click()
    shown(page, "rejected", open="2", dismissed="0")
    fits_a_phone(page)


def test_a_file_of_other_rows_is_refused_in_words(page: Page, fresh: str, tmp_path: Path) -> None:
    opened(page, f"{fresh}/rejected", "rejected")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    page.get_by_text("Bring a mended CSV back").click()
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", other)
    expect(page.get_by_test_id("deed-bad")).to_contain_text("no column Row in file")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_pairs_are_decided_with_keys_and_undone(page: Page, fresh: str) -> None:
    opened(page, f"{fresh}/identity", "identity")
    expect(page.get_by_test_id("pair")).to_contain_text("Anna Rossi")
    expect(page.get_by_test_id("pair")).to_contain_text("different")
    accessible(page)
    page.keyboard.press("l")
    expect(page.get_by_test_id("pair")).to_contain_text("Luigi Bianchi")
    page.keyboard.press("d")
    shown(page, "identity", waiting="2", decided="1")
    page.keyboard.press("s")
    shown(page, "identity", waiting="1", decided="2")
    expect(page.get_by_test_id("deed-good")).to_contain_text("one customer from now on")
    for left in ("1", "0"):  # whether a pair waits again is what matching finds
        page.get_by_role("button", name="Undo").first.click()
        shown(page, "identity", decided=left)
    expect(page.get_by_text("undone", exact=True)).to_have_count(2)
    fits_a_phone(page)


def test_a_customer_is_found_merged_and_split_and_names_are_text(page: Page, fresh: str) -> None:
    opened(page, f"{fresh}/customer", "customer")
    box, found = page.get_by_role("combobox", name="Find a customer"), page.get_by_test_id("customer-box")
    box.press_sequentially("kiara")  # as it sounds
    expect(found).to_contain_text("Chiara <b>Neri</b>")
    box.fill("luigi bianci")
    expect(found.get_by_role("option").first).to_contain_text("Luigi Bianchi")
    accessible(page)
    box.press("Enter")
    page.wait_for_url("**/customer?who=*")
    shown(page, "customer")
    expect(page.get_by_test_id("time-line").locator("tbody tr")).not_to_have_count(0)
    expect(page.get_by_test_id("golden")).to_contain_text("m1@mail.it")
    expect(page.get_by_test_id("golden")).to_contain_text("erp · Customers")
    page.get_by_role("button", name="Another customer is the same").click()
    other = page.get_by_role("textbox", name="Find the other")
    other.fill("pavel")
    other.press("Enter")
    page.get_by_role("button", name="Merge the two").click()
    expect(page.get_by_test_id("numbers").locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="A number is somebody else's").click()
    page.get_by_role("button", name="Split it off").click()
    expect(page.get_by_test_id("numbers").locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["dark"])
def test_only_a_typed_word_erases_a_person(page: Page, fresh: str) -> None:
    opened(page, f"{fresh}/customer?who=c3", "customer")
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export what we hold").click()
    assert download.value.path().read_bytes()[:2] == b"PK"
    page.get_by_role("button", name="Erase this person").click()
    erase = page.get_by_role("button", name="Erase for good")
    expect(erase).to_be_disabled()
    box = page.get_by_role("textbox", name="Type ERASE c3 to confirm")
    box.fill("ERASE c2")
    box.press("Enter")
    expect(erase).to_be_disabled()
    box.fill("ERASE c3")
    box.press("Enter")
    erase.click()
    expect(page.get_by_test_id("deed-good")).to_contain_text("The person is erased")
    page.get_by_role("combobox", name="Find a customer").press_sequentially("O'Hara")
    expect(page.get_by_test_id("customer-box-said")).to_contain_text("Nobody is called so")
    fits_a_phone(opened(page, f"{fresh}/customer?who=nobody", "customer"))


def test_a_number_leads_back_to_its_files(page: Page, fresh: str) -> None:
    page.goto(fresh)
    settled(page)
    page.get_by_role("button", name="Where these numbers come from").click()
    expect(page.get_by_test_id("overview-told")).to_contain_text("6 loads brought 101 lines")
    page.goto(f"{fresh}/explore")
    settled(page)
    page.locator("tr.totals td").last.click()
    page.get_by_role("menuitem", name="Lines behind").click()
    page.get_by_test_id("behind").wait_for()
    page.get_by_role("radio", name="Where from").click()
    expect(page.get_by_text("6 loads brought 101 lines")).to_be_visible()


def test_an_empty_warehouse_says_what_to_do(page: Page, changing: ChangingFirm, tmp_path: Path) -> None:
    tiny_warehouse(tmp_path / "empty.duckdb", []).close()
    address = changing.put(tmp_path / "empty.duckdb")
    for path, words in (
        ("sources", "Nothing was delivered yet"),
        ("rejected", "No row was ever rejected"),
        ("customer", "No customer is known yet"),
    ):
        opened(page, f"{address}/{path}", path)
        expect(page.locator("[data-state=empty]")).to_contain_text(words)
    page.get_by_role("button", name="Bring a file").click()
    page.wait_for_url("**/data")
