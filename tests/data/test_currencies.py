"""Amounts in several currencies: refused, asked about, or turned into the one of report by rates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cubes.analysis.customer_spend import wallet_rows
from cubes.query import Query
from data.errors import BadInput
from data.load import Mapping, Report, load
from data.load.notation.currency_names import code_of
from data.load.preview import preview
from data.quality.integrity import examine
from data.store import load_ledger
from data.store.older_warehouse import bring_up_to_date
from data.store.warehouse import Warehouse
from mining.customer_share.told_share import observed_share
from mining.customer_share.wallet_answers import wallet_answers
from tests.data.load_files import ask

LINES = """{top}source = "shop"
[order_lines]
file = "s.csv"
{settings}
[order_lines.columns]
date = "Day"
revenue = "Amount"
{more}
"""
RATES = """source = "bank"
[rates]
file = "rates.csv"
columns = { date = "Day", currency = "Currency", rate = "Worth", per = "Units", until = "Until" }
"""
MIXED = (
    "Day,Currency,Amount\n2024-04-13,EUR,100\n2024-04-14,JPY,16000\n2024-05-20,jpy,-16000\n2024-05-21,,7\n"
)


def shop(
    tmp_path: Path, rows: str, top: str = "", settings: str = "", more: str = 'currency = "Currency"'
) -> Report:
    (tmp_path / "s.csv").write_text(rows)
    text = LINES.format(top=top and f'currency = "{top}"\n', settings=settings, more=more)
    return load(Mapping.from_text(text, tmp_path), tmp_path / "w.duckdb")


def bank(tmp_path: Path, *rows: str, said: str = "rate") -> Report:
    (tmp_path / "rates.csv").write_text("Day,Currency,Worth,Until\n" + "\n".join(rows) + "\n")
    other = "per" if said == "rate" else "rate"
    text = RATES.replace(f', {other} = "{"Units" if other == "per" else "Worth"}"', "").replace(
        '"Units"', '"Worth"'
    )
    return load(Mapping.from_text(text, tmp_path), tmp_path / "w.duckdb")


def revenue(tmp_path: Path) -> list[float]:
    return [float(each) for (each,) in ask(tmp_path, "SELECT revenue FROM sale ORDER BY row_in_source")]


def test_rows_wait_for_their_rate_and_come_with_it(tmp_path: Path) -> None:
    report = shop(tmp_path, MIXED, "EUR")
    assert (report.rows_loaded, report.rows_rejected, report.revenue) == (2, 2, 107)
    assert report.rejected["reason"][0] == "currency: no rate of JPY on or before 2024-04-14: bring [rates]"
    assert shop(tmp_path, MIXED, "EUR").unchanged
    bank(tmp_path, "2024-04-01,JPY,0.0061234567,")
    report = shop(tmp_path, MIXED, "EUR")
    assert (report.rows_loaded, report.replaced) == (3, 1)
    assert report.rejected["reason"].to_list() == [
        "currency: the rate of JPY of 2024-04-01 does not hold on 2024-05-20: bring [rates]"
    ]
    bank(tmp_path, "2024-05-20,JPY,0.006,", "2024-04-01,JPY,0.0061234567,")
    assert shop(tmp_path, MIXED, "EUR").rows_rejected == 0
    assert revenue(tmp_path) == [100, 97.9753, -96, 7]
    assert ask(tmp_path, "SELECT value FROM setting WHERE name = 'currency'") == [("EUR",)]
    warehouse = Warehouse(tmp_path / "w.duckdb")
    assert all(each.is_sound for each in examine(warehouse))
    warehouse.close()


# Each case in a currency of its own: its rates, how a line of 2024-03-01 writes it, and what five of it are worth.
RATE_DAYS = [
    (["2024-03-01,Dollari,2,"], "$", 10.0),
    (["2024-01-31,gbp,2,"], "GBP", 10.0),
    (["2024-03-01,CZK,2,"], "CZK", 10.0),
    (["2024-01-29,CHF,2,"], "CHF", None),
    (["2024-03-02,SEK,2,"], "SEK", None),
    (["2024-01-01,NOK,2,2024-12-31"], "NOK", 10.0),
    (["2024-02-29,DKK,2,2024-02-29"], "DKK", None),
    (["2024-02-01,PLN,9,", "2024-02-28,PLN,2,"], "PLN", 10.0),
]


def test_which_rate_holds(tmp_path: Path) -> None:
    bank(tmp_path, *[each for rates, _, _ in RATE_DAYS for each in rates])
    lines = "".join(f"2024-03-01,{said},5\n" for _, said, _ in RATE_DAYS)
    report = shop(tmp_path, f"Day,Currency,Amount\n2024-03-02,EUR,1\n{lines}", "EUR")
    assert revenue(tmp_path) == [1.0, *[worth for _, _, worth in RATE_DAYS if worth]]
    without = [at for at, (_, _, worth) in enumerate(RATE_DAYS, 2) if worth is None]
    assert report.rejected["row"].to_list() == without


def test_a_rate_may_be_told_the_other_way_round(tmp_path: Path) -> None:
    bank(tmp_path, "2024-03-01,USD,2,", said="per")
    shop(tmp_path, "Day,Currency,Amount\n2024-03-02,EUR,1\n2024-03-01,$,5\n", "EUR")
    assert revenue(tmp_path) == [1.0, 2.5]


def test_prices_and_costs_of_a_line_and_other_subjects(tmp_path: Path) -> None:
    bank(tmp_path, f"{date(2024, 1, 1)},USD,0.5,{date(2024, 1, 1) + timedelta(99)}")
    (tmp_path / "p.csv").write_text(
        "Day,Item,Price,Cost,Paid in\n2024-02-02,a,10,4,Dollari\n2024-02-02,b,10,4,\n"
    )
    text = """source = "shop"
currency = "EUR"
[order_lines]
file = "p.csv"
columns = { date = "Day", product = "Item", unit_price = "Price", unit_cost = "Cost", currency = "Paid in" }
constants = { quantity = "3" }
[prices]
file = "p.csv"
columns = { date = "Day", product = "Item", unit_price = "Price" }
constants = { currency = "US$" }
"""
    load(Mapping.from_text(text, tmp_path), tmp_path / "w.duckdb")
    assert ask(tmp_path, "SELECT revenue, cost FROM sale ORDER BY row_in_source") == [(15, 6), (30, 12)]
    assert ask(tmp_path, "SELECT DISTINCT unit_price FROM price") == [(5,)]


WALLETS = """source = "survey"
currency = "EUR"
[customers]
file = "c.csv"
columns = { customer = "Customer", customer_name = "Name" }
[wallet_surveys]
file = "s.csv"
[wallet_surveys.columns]
date = "Day"
customer = "Customer"
wallet_category = "Of"
spend = "All"
own_spend = "Ours"
currency = "In"
"""


def test_wallets_are_turned_or_wait_and_those_of_nobody_known_are_left_out(tmp_path: Path) -> None:
    bank(tmp_path, "2024-02-01,USD,0.5,")
    (tmp_path / "c.csv").write_text("Customer,Name\nA,Ann\nB,Bob\n")
    (tmp_path / "s.csv").write_text(
        "Day,Customer,Of,All,Ours,In\n2024-02-02,A,Wool,200,80,USD\n2024-02-02,B,Wool,300,60,EUR\n"
        "2024-02-02,A,Silk,90000,20000,JPY\n2024-02-02,,Wool,500,10,\n"
    )
    report = load(Mapping.from_text(WALLETS, tmp_path), tmp_path / "w.duckdb")
    assert report.rejected["reason"].to_list() == [
        "currency: no rate of JPY on or before 2024-02-02: bring [rates]"
    ]
    assert ask(tmp_path, "SELECT spend, own_spend FROM wallet ORDER BY spend") == [
        (100, 40),
        (300, 60),
        (500, 10),
    ]
    warehouse = Warehouse(tmp_path / "w.duckdb")
    told = observed_share(wallet_answers(wallet_rows(warehouse, Query())))
    warehouse.close()
    assert (told.total.own, told.total.whole) == (100, 400)


def test_one_currency_alone_is_that_of_report(tmp_path: Path) -> None:
    report = shop(tmp_path, "Day,Currency,Amount\n2024-01-01,Euro,5\n2024-01-02,EUR,6\n2024-01-03,,7\n")
    assert report.revenue == 18
    assert "currency of report now" in report.notes[0]
    with pytest.raises(BadInput, match=r"No row.*currency: no rate of USD"):
        shop(tmp_path, "Day,Currency,Amount\n2024-02-01,USD,5\n")


@pytest.mark.parametrize("settings", ["", "only = \"currency == 'EUR' or missing(currency)\""])
def test_two_currencies_without_one_of_report(tmp_path: Path, settings: str) -> None:
    if settings:
        assert shop(tmp_path, MIXED, settings=settings).revenue == 107
        return
    with pytest.raises(BadInput, match=r"JPY \(2 rows\), EUR \(1 row\).*Say currency = \"JPY\" at the top"):
        shop(tmp_path, MIXED)


def test_a_word_that_is_no_currency(tmp_path: Path) -> None:
    report = shop(tmp_path, MIXED.replace("jpy", "beans").replace("JPY", "EUR"))
    assert report.rejected["reason"].to_list() == ["currency: 'beans' is not a currency"]


def test_sources_of_two_currencies_are_not_added(tmp_path: Path) -> None:
    shop(tmp_path, "Day,Amount\n2024-01-01,5\n", "EUR", more="")
    (tmp_path / "s.csv").write_text("Day,Amount\n2024-01-01,6\n")
    other = LINES.format(top='currency = "USD"\n', settings="", more="").replace('"shop"', '"other"')
    with pytest.raises(BadInput, match=r"currency of report is EUR, and the mapping of other says USD"):
        load(Mapping.from_text(other, tmp_path), tmp_path / "w.duckdb")
    report = shop(tmp_path, "Day,Amount\n2024-01-01,7\n", "USD", more="")
    assert "was EUR and is USD now" in report.warnings[0]


@pytest.mark.parametrize(
    ("amounts", "top", "words"),
    [
        (["€ 100,00", "16.000 ¥"], "", r"Amount: EUR \(1 row\), JPY \(1 row\)\. Say currency = \"Amount\""),
        (["100 USD", "12.50 GBP", "7"], "", "GBP .1 row., USD"),
        (["$100", "$7"], "EUR", r"USD \(2 rows\) beside the currency of report, EUR"),
        (["100 Kč", "100 zł"], "", "CZK.*PLN"),
        (["10 kr", "11 kr"], "SEK", ""),
        (["10 kr.", "11 €"], "", r"EUR \(1 row\), kr \(1 row\)"),
        (["10,50 kr.", "11,50"], "EUR", r"kr \(1 row\) beside the currency of report, EUR"),
        (["$100", "$7", "5"], "CAD", ""),
        (["€ 3", "4", "(€ 5)"], "", ""),
        (["JPY 3", "4 jpy."], "", ""),
        (["CHF 1'000", "2"], "CHF", ""),
    ],
)
def test_signs_in_cells(tmp_path: Path, amounts: list[str], top: str, words: str) -> None:
    rows = "Day;Amount\n" + "".join(f"2024-01-{at:02};{each}\n" for at, each in enumerate(amounts, 1))
    if words:
        with pytest.raises(BadInput, match=words):
            shop(tmp_path, rows, top, more="")
    else:
        assert shop(tmp_path, rows, top, more="").rows_loaded == len(amounts)


def test_ways_out_of_signs(tmp_path: Path) -> None:
    rows = "Day;Amount;Cost\n2024-01-01;€ 100,00;1\n2024-01-02;16.000 ¥;2\n2024-01-03;5,50;3\n"
    only = shop(tmp_path, rows, settings="only = \"not contains(Amount, '¥')\"", more="")
    assert only.revenue == Decimal("105.5")
    (tmp_path / "w.duckdb").unlink()
    bank(tmp_path, "2024-01-01,JPY,0.01,")
    assert shop(tmp_path, rows, "EUR", more='currency = "Amount"').revenue == Decimal("265.5")


@pytest.mark.parametrize(
    ("amounts", "costs", "words"),
    [
        (["€ 10", "€ 20"], ["$ 1", "$ 2"], "Amount: EUR (2 rows); Cost: USD (2 rows)"),
        (["10", "20"], ["1", "2"], ""),
    ],
)
def test_revenue_and_cost_in_unlike_currencies(
    tmp_path: Path, amounts: list[str], costs: list[str], words: str
) -> None:
    rows = [f"2024-01-01,{a},{c}" for a, c in zip(amounts, costs, strict=True)]
    (tmp_path / "s.csv").write_text("Day,Amount,Cost\n" + "\n".join(rows) + "\n")
    seen = preview(Mapping.from_text(LINES.format(top="", settings="", more='cost = "Cost"'), tmp_path))
    assert bool(seen.problems) == bool(words)
    assert words in "".join(seen.problems)


@pytest.mark.parametrize(
    ("quantities", "words"),
    [
        (
            ["2 kg", "500 g", "1"],
            r"Qty: numbers of unlike units cannot be added: g \(1 row\), kg \(1 row\)",
        ),
        (["2 Stk", "5 Karton"], "boxes.*pieces"),
        (["3 pcs", "4 €"], "EUR .1 row., pieces"),
        (["50 %", "3 kg"], "%.*kg"),
    ],
)
def test_unlike_units(tmp_path: Path, quantities: list[str], words: str) -> None:
    rows = "Day,Amount,Qty\n" + "".join(f"2024-01-01,1,{each}\n" for each in quantities)
    with pytest.raises(BadInput, match=words):
        shop(tmp_path, rows, more='quantity = "Qty"')


@pytest.mark.parametrize(
    ("said", "report", "code"),
    [
        ("eur", "", "EUR"),
        (" Euro ", "", "EUR"),
        ("руб.", "", "RUB"),
        ("R$", "", "BRL"),
        ("Franken", "", "CHF"),
        ("$", "", "USD"),
        ("$", "AUD", "AUD"),
        ("¥", "CNY", "CNY"),
        ("kr", "DKK", "DKK"),
        ("kr", "EUR", None),
        ("points", "Points", "POINTS"),
        ("", "", None),
    ],
)
def test_names_of_currencies(said: str, report: str, code: str | None) -> None:
    assert code_of(said, report) == code


def test_warehouses_of_earlier_releases_open_and_load(tmp_path: Path) -> None:
    shop(tmp_path, "Day,Amount\n2024-01-01,5\n", "EUR", more="")
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file.resolve())) as connection:
        connection.execute("ALTER TABLE delivery DROP COLUMN rows_left_out")
        connection.execute("DROP TABLE rate")
        connection.execute("UPDATE setting SET value = '2' WHERE name = 'schema'")
    bring_up_to_date(file)
    warehouse = Warehouse(file)
    assert all(each.is_sound for each in examine(warehouse))
    assert load_ledger.batches(warehouse)["rows_left_out"].to_list() == [0]
    warehouse.close()
    assert shop(tmp_path, "Day,Amount\n2024-01-01,5\n", "EUR", more="").unchanged
    report = shop(tmp_path, "Day,Amount\n2024-01-02,6\n2024-01-03,\n", "EUR", 'only = "revenue > 0"', more="")
    assert (report.rows_left_out, report.rows_loaded) == (1, 1)
    assert bank(tmp_path, "2024-01-01,USD,0.5,").rows_loaded == 1
