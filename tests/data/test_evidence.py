"""What is noticed in a file: named, with figures, asked, and settled by one choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from data.errors import BadInput
from data.load import Mapping, Report, evidence, load, preview
from data.load.evidence.notice import Notice
from data.load.preview import Preview

Rows = Sequence[Sequence[object]]
LINES = {"date": "Date", "order": "Order", "customer": "Customer", "product": "Item", "quantity": "Qty",
         "unit_price": "Price", "revenue": "Amount"}  # fmt: skip


def table(header: str, rows: Rows, mark: str = ";") -> str:
    return "\n".join([header, *(mark.join(str(cell) for cell in row) for row in rows)]) + "\n"


def mapping(columns: dict[str, str], more: str = "", subject: str = "order_lines") -> Mapping:
    named = "\n".join(f'{field} = "{column}"' for field, column in columns.items())
    return Mapping.from_text(
        f'source = "s"\n[{subject}]\nfile = "f.csv"\n{more}\n[{subject}.columns]\n{named}\n'
    )


def seen(
    tmp_path: Path, text: str, columns: dict[str, str], more: str = "", subject: str = "order_lines"
) -> Preview:
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    return preview(replace(mapping(columns, more, subject), folder=tmp_path))


def noticed(
    text: str, columns: dict[str, str], more: str = "", subject: str = "order_lines"
) -> tuple[Notice, ...]:
    """What is noticed in the rows as they lie there: the quick way, without a database."""
    header, *rows = (line.split(";") for line in text.splitlines())
    texts = {
        name: pl.Series([row[at] or None for row in rows], dtype=pl.String) for at, name in enumerate(header)
    }
    part = mapping(columns, more, subject).parts[0]
    days = {"date": texts[columns["date"]].str.to_date(strict=False)} if "date" in columns else {}
    place, values = pl.int_range(1, len(rows) + 1, eager=True), lambda name: Counter(texts[name].drop_nulls())
    return evidence.noticed(evidence.RowSample(part, place, texts, days, len(rows), True, values, _none))


def _none(after: int, before: int) -> float:
    return 0.0


def names(found: Iterable[Notice]) -> list[str]:
    return [each.name for each in found]


def only(found: Iterable[Notice], name: str) -> Notice:
    return next(each for each in found if each.name == name)


def lines(count: int = 60, amount: Callable[[int, int], str] | None = None) -> list[list[object]]:
    """Lines of orders of one to three lines, from customers and products in turn."""
    rows: list[list[object]] = []
    for at in range(count):
        order = at * 2 // 5
        quantity, price = at % 4 + 1, at % 7 + 3
        said = amount(quantity, price) if amount else f"{quantity * price}.00"
        rows.append([f"2024-{order % 12 + 1:02d}-05", f"A{order}", f"K{order % 9}", f"P{at % 7}", quantity,
                     f"{price}.00", said])  # fmt: skip
    return rows


HEADER = "Date;Order;Customer;Item;Qty;Price;Amount"


def test_a_clean_file_gives_no_notice(tmp_path: Path) -> None:
    assert noticed(table(HEADER, lines()), LINES) == ()
    found = seen(tmp_path, table(HEADER, lines()), LINES)
    assert (found.notices, found.rows) == ((), 60)


def test_the_amount_of_an_order_on_each_of_its_lines() -> None:
    rows = lines()
    sums: dict[object, float] = {}
    for row in rows:
        sums[row[1]] = sums.get(row[1], 0) + float(str(row[6]))
    rows = [[*row[:6], f"{sums[row[1]]:.2f}", row[6]] for row in rows]
    found = noticed(table(f"{HEADER};Line total", rows), LINES)
    told = only(found, "amount: Amount")
    assert "the order's amount, not the line's" in told.words
    assert told.choices[0].part.columns["revenue"] == "Line total"
    bare = noticed(table(HEADER, [row[:7] for row in rows]), LINES)
    chosen = only(bare, "amount: Amount").choices[0]
    assert chosen.part.expressions == {"revenue": "quantity * unit_price"}
    assert "revenue" not in chosen.part.columns
    without = {field: column for field, column in LINES.items() if field not in ("quantity", "unit_price")}
    alone = table("Date;Order;Customer;Item;Amount", [[*row[:4], row[6]] for row in rows])
    assert "tells no amount of its lines" in only(noticed(alone, without), "amount: Amount").words


@pytest.mark.parametrize(
    ("header", "cell", "is_clean"),
    [
        ("Discount", "0.1", True),  # a share
        ("Sconto %", "10", True),
        ("Rabatt", lambda quantity, price: f"{quantity * price * 0.1:.2f}", True),
        ("Remark", "10", False),
    ],
)
def test_amounts_less_a_discount_are_explained_by_it(
    header: str, cell: str | Callable[[int, int], str], is_clean: bool
) -> None:
    rows = [[*row, cell if isinstance(cell, str) else cell(int(str(row[4])), int(float(str(row[5]))))]
            for row in lines(amount=lambda quantity, price: f"{quantity * price * 0.9:.2f}")]  # fmt: skip
    found = names(noticed(table(f"{HEADER};{header}", rows), LINES))
    assert found == ([] if is_clean else ["amount: Amount"])


def test_where_amount_and_quantity_by_price_disagree() -> None:
    rows = lines()
    rows[16][6] = "999.00"
    found = only(noticed(table(HEADER, rows), LINES), "amount: Amount")
    assert "disagree in 1 of 60 rows (row 17: 1 x 5.00, but Amount 999.00)" in found.words


@pytest.mark.parametrize(
    ("this", "that"), [("Netto", "Brutto"), ("Imponibile", "Totale ivato"), ("Сумма без НДС", "Сумма с НДС")]
)
def test_with_or_without_tax_is_asked(this: str, that: str) -> None:
    rows = [[*row, f"{float(str(row[6])) * 1.22:.2f}"] for row in lines()]
    text = table(f"{HEADER.removesuffix('Amount')}{this};{that}", rows)
    told = only(noticed(text, LINES | {"revenue": this}), f"tax: {this}")
    assert f"{this} is the amount without tax, and {that} the same with it." in told.words
    assert told.choices[0].part.columns["revenue"] == that


def test_the_price_and_the_cost_of_one_are_not_those_of_the_line() -> None:
    rows = [[*row[:5], f"{row[4]}", f"{2 + at % 7}.50"] for at, row in enumerate(lines())]
    columns = {field: column for field, column in LINES.items() if field != "unit_price"}
    told = only(noticed(table(HEADER, rows), columns), "amount: Amount")
    assert told.choices[0].part.columns["unit_price"] == "Amount"
    priced = [[*row, f"{2 + at % 7}.50"] for at, row in enumerate(lines())]
    found = noticed(table(f"{HEADER};Standard cost", priced), LINES | {"cost": "Standard cost"})
    assert only(found, "cost: Standard cost").choices[0].part.columns["unit_cost"] == "Standard cost"


@pytest.mark.parametrize("word", ["Total", "Summe", "Итого", "Totale generale", ""])
def test_rows_that_add_up_those_above(word: str) -> None:
    rows = lines()
    total = f"{sum(float(str(row[6])) for row in rows):.2f}"
    found = noticed(table(HEADER, [*rows, ["2024-12-31", "", "", word, "", "", total]]), LINES)
    told = only(found, "totals")
    assert "1 row of 61 rows adds up those above (row 61)" in told.words
    assert told.choices[0].part.shape.only


def test_totals_of_each_day() -> None:
    rows: list[list[object]] = []
    for day in range(1, 9):
        rows += [[f"2024-01-{day:02}", f"A{day}", "C1", "P1", 1, f"{day}.00", f"{day}.00"],
                 [f"2024-01-{day:02}", f"B{day}", "C2", "P2", 1, "20.00", "20.00"],
                 [f"2024-01-{day:02}", "", "", "", "", "", f"{day + 20}.00"]]  # fmt: skip
    assert "8 rows of 24 rows" in only(noticed(table(HEADER, rows), LINES), "totals").words


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Nota di credito", "turn"), ("Gutschrift", "turn"), ("Avoir", "turn"), ("Factura rectificativa", "turn"),
        ("Возврат товара от покупателя", "turn"), ("Credit Memo", "turn"), ("TD04", "turn"),
        ("Cancelled", "out"), ("Annullato", "out"), ("Storniert", "out"), ("Annulée", "out"), ("Anulada", "out"),
        ("Отменён", "out"), ("Draft", "out"), ("Preventivo", "out"), ("Angebot", "out"), ("Devis", "out"),
        ("refunded", "out"), ("Failed", "out"), ("Pending", "ask"), ("partially_refunded", "ask"),
    ],
)  # fmt: skip
def test_words_that_tell_that_a_line_is_no_sale(word: str, kind: str) -> None:
    rows = [[*row, word if at % 6 == 5 else "Fine"] for at, row in enumerate(lines())]
    found = noticed(table(f"{HEADER};State of it", rows), LINES)
    told = only(found, "standing: State of it")
    assert f"'{word}' in 10 rows" in told.words
    first = told.choices[0].part
    assert (first.returns == "positive") == (kind == "turn")
    assert (first.shape.only is None) == (kind == "turn")
    settled = told.choices[-1].part
    assert settled.settled == (f"standing: State of it = {word}",)
    again = f'settled = ["{settled.settled[0]}"]'
    assert names(noticed(table(f"{HEADER};State of it", rows), LINES, again)) == []


def test_no_word_is_asked_about_where_the_amounts_tell_it_already() -> None:
    rows = [[*row[:4], -int(str(row[4])), row[5], f"-{row[6]}", "Refund"] if at % 6 == 5 else [*row, "Sale"]
            for at, row in enumerate(lines())]  # fmt: skip
    assert names(noticed(table(f"{HEADER};Type", rows), LINES)) == []
    decided = "only = \"Kind != 'Void'\""
    rows = [[*row, "Void" if at % 6 == 5 else "Sale"] for at, row in enumerate(lines())]
    assert [name for name in names(noticed(table(f"{HEADER};Kind", rows), LINES, decided))
            if name.startswith("standing")] == []  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [("S", "H"), ("Dare", "Avere"), ("DR", "CR"), ("+", "-")])
def test_letters_of_debit_and_credit(one: str, other: str) -> None:
    rows = [[*row, other if at % 6 == 5 else one] for at, row in enumerate(lines())]
    told = only(noticed(table(f"{HEADER};Side", rows), LINES), "standing: Side")
    assert [each.label for each in told.choices[:2]] == [
        f"{other!r} takes back a sale",
        f"{one!r} takes back a sale",
    ]


def test_a_settlement_in_long_form() -> None:
    rows = [[f"2024-01-{at % 28 + 1:02d}", f"A{at}", kind, amount] for at in range(20)
            for kind, amount in (("Principal", 10 + at), ("Commission", -2), ("Tax", 1))]  # fmt: skip
    columns = {"date": "Date", "order": "Order", "revenue": "Amount"}
    told = only(noticed(table("Date;Order;Kind;Amount", rows), columns), "standing: Kind")
    assert told.choices[0].part.shape.only == "column('Kind') == 'Principal'"


def test_numbers_that_begin_again(tmp_path: Path) -> None:
    columns = {"date": "Date", "order": "No", "customer": "Who", "revenue": "Amount"}
    years = [[f"{year}-{at + 1:02d}-10", at + 1, f"K{at}", 10] for year in (2022, 2023) for at in range(12)]
    told = only(seen(tmp_path, table("Date;No;Who;Amount", years), columns).notices, "numbers: No")
    chosen = told.choices[0].part
    assert chosen.expressions["order"] == "substr(text(date), 1, 4) + '/' + column('No')"
    mended = replace(mapping(columns).with_part(chosen), folder=tmp_path)
    assert set(preview(mended).typed["order"]) >= {"2022/1", "2023/12"}
    shops = [
        [f"2024-{at % 12 + 1:02d}-10", at, f"{shop}{at}", 10, shop] for shop in ("N", "S") for at in range(12)
    ]
    told = only(noticed(table("Date;No;Who;Amount;Shop", shops), columns), "numbers: No")
    assert told.choices[0].part.expressions["order"] == "column('Shop') + '/' + column('No')"
    several = [[f"2024-01-{at % 9 + 1:02d}", at // 3, f"K{at // 3}", 10, "N"] for at in range(40)]
    assert names(noticed(table("Date;No;Who;Amount;Shop", several), columns)) == []


@pytest.mark.parametrize(
    ("column", "one", "other", "stops"),
    [
        ("Currency", "EUR", "JPY", True), ("Whg", "€", "$", True), ("Which", "EUR", "USD", True),
        ("ME", "kg", "Stk", True), ("U.M.", "pz", "nr", False), ("Size", "S", "M", False),
        ("Currency", "EUR", "EUR", False),
    ],
)  # fmt: skip
def test_unlike_units_stop(column: str, one: str, other: str, stops: bool) -> None:
    rows = [[*row, other if at % 6 == 5 else one] for at, row in enumerate(lines())]
    found = noticed(table(f"{HEADER};{column}", rows), LINES)
    assert [each.stops for each in found] == ([True] if stops else [])
    if stops:
        assert f"column({column!r}) == {one!r}" in [each.part.shape.only for each in found[0].choices]


def test_signs_of_several_currencies_in_cells_stop() -> None:
    rows = [[row[0], row[1], f"{'$' if at % 5 else '€'} {row[6]}"] for at, row in enumerate(lines())]
    found = noticed(table("Date;Order;Amount", rows), {"date": "Date", "order": "Order", "revenue": "Amount"})
    assert [each.stops for each in found] == [True]


@pytest.mark.parametrize(
    ("word", "is_nobody"),
    [
        ("0", True), ("99999", True), ("N/A", True), ("#REF!", True), ("Walk-in", True), ("Laufkundschaft", True),
        ("Гость 17", True), ("cliente generico", True), ("-", True), ("417", False),
    ],
)  # fmt: skip
def test_customers_who_are_nobody(word: str, is_nobody: bool) -> None:
    rows = [["2024-01-05", f"A{at}", word if at % 9 == 1 else 410 + at % 9, 10] for at in range(60)]
    columns = {"date": "Date", "order": "Order", "customer": "Customer", "revenue": "Amount"}
    found = noticed(table("Date;Order;Customer;Amount", rows), columns)
    assert names(found) == (["placeholder: Customer"] if is_nobody else [])
    if is_nobody:
        assert found[0].choices[0].part.shape.unknown == {"customer": (word,)}


def test_zero_among_codes_with_letters_is_nobody() -> None:
    rows = [[f"2024-01-{day:02}", "0" if day == 3 else f"CL{day}", day] for day in range(1, 12)]
    columns = {"date": "Date", "customer": "Customer", "revenue": "Amount"}
    assert names(noticed(table("Date;Customer;Amount", rows), columns)) == ["placeholder: Customer"]


def test_returns_are_previewed_as_they_are_loaded(tmp_path: Path) -> None:
    columns = {"date": "Date", "quantity": "Qty", "revenue": "Amount"}
    kinds = 'returns = "positive"\nexpressions = { is_return = "Kind == \'credit\'" }'
    text = "Date;Kind;Qty;Amount\n2024-01-05;sale;1;10\n2024-01-06;credit;2;20\n"
    found = seen(tmp_path, text, columns, kinds).typed
    assert found.select("quantity", "revenue").rows() == [(1, 10), (-2, -20)]


def test_a_customer_with_a_tenth_of_all_orders() -> None:
    rows = [["2024-01-05", f"A{at}", "K1" if at % 5 == 0 else f"K{at + 1000}", 10] for at in range(100)]
    columns = {"date": "Date", "order": "Order", "customer": "Customer", "revenue": "Amount"}
    told = only(noticed(table("Date;Order;Customer;Amount", rows), columns), "placeholder: Customer")
    assert "'K1' in 20 of 100 orders, where others have 1 mostly" in told.words


def test_numbers_that_a_spreadsheet_spoiled() -> None:
    rows = [["2024-01-05", f"A{at}", "4.00638E+12", f"Item {at % 5}", 10] for at in range(20)]
    columns = {
        "date": "Date",
        "order": "Order",
        "product": "EAN",
        "product_name": "Name",
        "revenue": "Amount",
    }
    told = only(noticed(table("Date;Order;EAN;Name;Amount", rows), columns), "damaged: EAN")
    assert "4.00638E+12' in 20 rows" in told.words
    assert told.choices[0].part.columns["product"] == "Name"
    rows = [[*row[:2], "12", *row[3:]] for row in rows]
    assert names(noticed(table("Date;Order;EAN;Name;Amount", rows), columns)) == ["shared: EAN"]


def test_leading_zeros_lost_on_one_side_of_a_look_up(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("Item;Group\n" + "".join(f"0000{at};G\n" for at in range(1, 8)))
    rows = [["2024-01-05", f"A{at}", at % 7 + 1, 10] for at in range(20)]
    columns = {"date": "Date", "order": "Order", "product": "Item", "category": "Group", "revenue": "Amount"}
    more = 'joins = [{ file = "items.csv", on = "Item" }]'
    told = only(seen(tmp_path, table("Date;Order;Item;Amount", rows), columns, more).notices, "zeros: Item")
    assert "1 here, 00001 there" in told.words
    assert told.choices[0].part.shape.pad == {"product": 5}


def test_names_that_only_look_the_same_are_told() -> None:
    written = ["Café Nero", "Cafe\u0301 Nero", "CAFÉ  NERO", "Café\u00a0Nero", "Café\u200b Nero", "Bar"]
    rows = [["2024-01-05", f"A{at}", written[at % 6], 10] for at in range(30)]
    columns = {"date": "Date", "order": "Order", "customer": "Who", "revenue": "Amount"}
    told = only(noticed(table("Date;Order;Who;Amount", rows), columns), "alike: Who")
    assert "in 5)" in told.words
    assert told.asks == ""


def test_fields_on_the_first_line_of_an_order() -> None:
    columns = {"date": "Date", "order": "Order", "customer": "Who", "product": "Item", "revenue": "Amount"}
    rows = [["2024-01-05", "A1", "K1", "P1", 10], ["", "", "", "P2", 5], ["2024-01-06", "A2", "K2", "P1", 10],
            ["", "", "", "P3", 7], ["", "", "", "P2", 5]]  # fmt: skip
    told = only(noticed(table("Date;Order;Who;Item;Amount", rows), columns), "first lines")
    assert "Order, Date and Who: 3 lines of 5 rows" in told.words
    assert told.choices[0].part.shape.fill == "down"
    numbered = [["2024-01-05", "A1", "K1", "P1", 10], ["", "A1", "", "P2", 5], ["2024-01-06", "A2", "K2", "P1", 10],
                ["", "A2", "", "P3", 7]]  # fmt: skip
    assert "first lines" in names(noticed(table("Date;Order;Who;Item;Amount", numbered), columns))


def loaded(tmp_path: Path, text: str, columns: dict[str, str], subject: str = "order_lines") -> Report:
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    return load(replace(mapping(columns, "", subject), folder=tmp_path), tmp_path / "w.duckdb")


def test_a_load_tells_what_it_noticed_and_what_to_write(tmp_path: Path) -> None:
    rows = [[*row, "Cancelled" if at % 6 == 5 else "Fine"] for at, row in enumerate(lines())]
    told = " ".join(loaded(tmp_path, table(f"{HEADER};State", rows), LINES).warnings)
    assert "State says 'Cancelled' in 10 rows (of 60 rows, first row 6)" in told
    assert "only = \"coalesce(column('State'), '') != 'Cancelled'\" in [order_lines]" in told
    assert 'settled = ["standing: State = Cancelled"] in [order_lines]' in told


def test_a_load_stops_at_unlike_units(tmp_path: Path) -> None:
    rows = [[*row, "JPY" if at % 6 == 5 else "EUR"] for at, row in enumerate(lines())]
    with pytest.raises(BadInput, match="several currencies, 'EUR' in 50 rows and 'JPY' in 10 rows"):
        loaded(tmp_path, table(f"{HEADER};Currency", rows), LINES)


def test_customers_known_with_leading_zeros(tmp_path: Path) -> None:
    people = "No;Name\n" + "".join(f"0010{at};Name {at}\n" for at in range(5))
    loaded(tmp_path, people, {"customer": "No", "customer_name": "Name"}, "customers")
    sales = [["2024-01-05", f"A{at}", 100 + at % 5, 10] for at in range(20)]
    columns = {"date": "Date", "order": "Order", "customer": "Who", "revenue": "Amount"}
    told = " ".join(loaded(tmp_path, table("Date;Order;Who;Amount", sales), columns).warnings)
    assert (
        "5 numbers of Who are in the list of customers but for leading zeros: 100 here, 00100 there" in told
    )
    assert "customer = 5 in [order_lines.pad]" in told
    sales = [["2024-01-06", f"B{at}", f"00010{at % 5}", 10] for at in range(20)]
    told = " ".join(loaded(tmp_path, table("Date;Order;Who;Amount", sales), columns).warnings)
    assert "000100 here" in told
    assert "Then say customer = 6 under [customers.pad] of the list" in told
