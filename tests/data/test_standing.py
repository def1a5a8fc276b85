"""Lines that are no plain sales, as exports tell it: proposed where the file is plain, asked word by word else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from data.load.evidence.notice import Notice
from data.load.mappings.mapping import Part
from data.load.proposal.propose_mapping import propose_all

HEADER = ("Date", "Document no", "Customer", "Item", "Qty", "Price", "Amount")
Proposed = tuple[Part, dict[str, Notice]]


def proposed(tmp_path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Proposed:
    """What is proposed for a file, and what is asked of it, by name."""
    path = tmp_path / "f.csv"
    lines = [";".join(header), *(";".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = propose_all([path])
    return found.mapping.order_lines, {each.name: each for each in found.notices["order_lines"]}


def documents(count: int = 60, letters: str = "D") -> list[list[object]]:
    return [[f"2024-{at % 12 + 1:02d}-05", f"{letters}{1000 + at}", f"K{at % 11}", f"P{at % 7}", at % 3 + 1,
             f"{at % 7 + 5}.00", f"{(at % 3 + 1) * (at % 7 + 5)}.00"] for at in range(count)]  # fmt: skip


def told(tmp_path: Path, column: str, *values: str) -> Proposed:
    """Documents with a column that says these words in turn."""
    rows = [[*row, values[at % len(values)]] for at, row in enumerate(documents())]
    return proposed(tmp_path, (*HEADER, column), rows)


def test_each_word_of_a_column_is_decided_by_itself(tmp_path: Path) -> None:
    part, asked = told(
        tmp_path, "Status", *["wc-completed"] * 5, "wc-cancelled", "wc-on-hold", "wc-partially-refunded"
    )
    assert part.shape.only == "coalesce(column('Status'), '') != 'wc-cancelled'"
    labels = [each.label for each in asked["standing: Status"].choices]
    assert labels[:2] == ["Leave out wc-on-hold", "Leave out wc-on-hold and wc-partially-refunded"]
    stay = asked["standing: Status"].choices[-1].part
    assert stay.settled == ("standing: Status = wc-on-hold", "standing: Status = wc-partially-refunded")


@pytest.mark.parametrize(
    ("column", "sale", "back"),
    [("Type pièce", "FA", "AV"), ("Belegart", "RE", "GU"), ("Type", "SI", "SC"), ("Tipo", "FAC", "ABO")],
)
def test_codes_of_credit_notes(tmp_path: Path, column: str, sale: str, back: str) -> None:
    part, asked = told(tmp_path, column, *[sale] * 6, back)
    assert part.expressions["is_return"] == f"column('{column}') == '{back}'"
    assert part.returns == "positive"
    assert not asked


def test_single_letters_are_asked_and_only_of_documents(tmp_path: Path) -> None:
    part, asked = told(tmp_path, "Tipo", *["F"] * 6, "R")
    assert part.shape.only is None
    assert "is_return" not in part.filled
    assert asked["standing: Tipo"].choices[0].label == "R takes back a sale"
    assert not told(tmp_path, "Tipo cliente", *["F"] * 6, "R")[1]


@pytest.mark.parametrize(
    ("column", "sale", "other", "decided"),
    [
        ("Проведен", "Да", "Нет", True), ("Posted", "Yes", "No", True), ("Пометка удаления", "Нет", "Да", True),
        ("Deleted", "No", "Yes", True),
        ("Bezahlt", "ja", "nein", False), ("Is paid", "true", "false", False),
    ],
)  # fmt: skip
def test_flags_of_which_no_tells(tmp_path: Path, column: str, sale: str, other: str, decided: bool) -> None:
    part, asked = told(tmp_path, column, *[sale] * 6, other)
    left = f"coalesce(column('{column}'), '') != '{other}'"
    assert part.shape.only == (left if decided else None)
    first = [] if decided else [asked[f"standing: {column}"].choices[0].part.shape.only]
    assert first == ([] if decided else [left])


@pytest.mark.parametrize(("column", "other"), [("Posted", "No"), ("Is paid", "false")])
def test_a_flag_that_would_leave_nothing_leaves_nothing_out(tmp_path: Path, column: str, other: str) -> None:
    assert told(tmp_path, column, other)[0].shape.only is None


def test_a_document_that_cancels_another(tmp_path: Path) -> None:
    part, _ = told(tmp_path, "Canceled", *["N"] * 6, "Y", "C")
    assert part.shape.only == "coalesce(column('Canceled'), '') not in ('Y', 'C')"


@pytest.mark.parametrize("column", ["Cancelled at", "Storniert am", "Data annullamento"])
def test_days_of_cancelling(tmp_path: Path, column: str) -> None:
    part, _ = told(tmp_path, column, *[""] * 6, "2024-05-06 10:00:00")
    assert part.shape.only == f"missing(column('{column}'))"


@pytest.mark.parametrize("column", ["Amount Refunded", "Erstatteter Betrag", "Importo rimborsato"])
def test_what_was_paid_back_may_be_taken_off(tmp_path: Path, column: str) -> None:
    _, asked = told(tmp_path, column, *["0.00"] * 6, "2.50")
    chosen = asked[f"refunds: {column}"].choices[0].part
    assert (
        chosen.expressions["revenue"] == f"number(column('Amount')) - coalesce(number(column('{column}')), 0)"
    )


def test_an_amount_that_is_less_what_was_paid_back_is_not_asked_about(tmp_path: Path) -> None:
    back = [2.0 if at % 7 == 6 else 0.0 for at in range(60)]
    rows = [
        [f"2024-02-{at % 28 + 1:02d}", f"D{at}", 20 + at % 9 - back[at], back[at], 20 + at % 9]
        for at in range(60)
    ]
    part, asked = proposed(tmp_path, ("Date", "Order", "Net sales", "Refunds", "Gross sales"), rows)
    assert part.columns["revenue"] == "Net sales"
    assert not asked


@pytest.mark.parametrize("status", ["refunded", "voided"])
def test_a_status_on_the_first_line_of_an_order_alone(tmp_path: Path, status: str) -> None:
    said = [status if at % 6 == 5 else "paid" for at in range(30)]
    rows = [[f"#{at}", f"c{at % 9}@x.it", "" if line else said[at], f"2024-02-{at % 28 + 1:02d}", 1 + line,
             f"{5 + line + at % 4}.00", f"S{(at + line) % 7}"] for at in range(30)
            for line in range(1 + at % 3)]  # fmt: skip
    header = (
        "Name",
        "Email",
        "Financial Status",
        "Created at",
        "Lineitem quantity",
        "Lineitem price",
        "Lineitem sku",
    )
    part, _ = proposed(tmp_path, header, rows)
    assert part.shape.fill == "down"
    assert part.shape.only == f"coalesce(column('Financial Status'), '') != '{status}'"


SETTLEMENTS = {
    "es": ("Fecha;Concepto;Orden;Importe", "Pedido", "Reembolso", "Tarifa de servicio", "Transferir"),
    "it": ("Data;Tipo;Numero ordine;Totale", "Ordine", "Rimborso", "Commissione di servizio", "Trasferimento"),
    "de": ("Datum;Typ;Bestellnummer;Gesamt", "Bestellung", "Erstattung", "Servicegebühr", "Übertrag"),
    "fr": ("Date;Type;Numéro de la commande;Total", "Commande", "Remboursement", "Frais de service", "Transfert"),
    "ru": ("Дата;Тип;Номер заказа;Сумма", "Продажа", "Возврат", "Комиссия", "Перевод"),
    "en": ("Date;Type;Order id;Total", "Order", "Refund", "Service Fee", "Transfer"),
}  # fmt: skip


@pytest.mark.parametrize("language", SETTLEMENTS)
def test_settlements_in_long_form(tmp_path: Path, language: str) -> None:
    header, sale, refund, fee, transfer = SETTLEMENTS[language]
    rows: list[list[object]] = []
    for at in range(60):
        back = at % 10 == 9
        rows.append(
            [f"2024-01-{at % 28 + 1:02d}", refund if back else sale, f"40{at}-12", -5 if back else 5 + at]
        )
        rows += [[f"2024-01-{at % 28 + 1:02d}", fee, "", -3]] if at % 9 == 0 else []
        rows += [[f"2024-01-{at % 28 + 1:02d}", transfer, "", -90]] if at % 20 == 7 else []
    part, asked = proposed(tmp_path, header.split(";"), rows)
    kind = header.split(";")[1]
    assert part.shape.only == f"coalesce(column('{kind}'), '') not in ('{fee}', '{transfer}')"
    assert {"product", "order"} & set(part.columns) == {"order"}
    assert not asked


@pytest.mark.parametrize(("shop", "asks"), [("Shop", True), ("Kasse", True), ("Location", False)])
def test_numbers_that_begin_again_in_each_shop(tmp_path: Path, shop: str, asks: bool) -> None:
    """What may be a warehouse tells only with days that differ: lines of one order may come from two."""
    rows = [[f"2024-01-{at // 9 + 1:02d}", at + 1, line + 1, where, f"P{(at + line) % 7}", 5 + line]
            for at in range(60) for line, where in enumerate(("N", "S"))]  # fmt: skip
    _, asked = proposed(tmp_path, ("Date", "Receipt no", "Row", shop, "Product", "Amount"), rows)
    assert ("numbers: Receipt no" in asked) == asks
    if asks:
        ways = asked["numbers: Receipt no"].choices
        assert [each.label for each in ways[:-1]] == [f"An order is {shop} and its number"]


def test_numbers_that_begin_again_each_day(tmp_path: Path) -> None:
    rows = [
        [f"2024-01-{day + 1:02d}", at + 1, f"P{(at + day) % 7}", 5 + at]
        for day in range(20)
        for at in range(9)
    ]
    _, asked = proposed(tmp_path, ("Date", "Receipt", "Product", "Amount"), rows)
    assert (
        asked["numbers: Receipt"].choices[0].part.expressions["order"]
        == "text(date) + '/' + column('Receipt')"
    )


def test_numbers_of_cancelled_invoices_turn_the_sign_where_amounts_do_not(tmp_path: Path) -> None:
    rows = [
        [row[0], f"{'C' if at % 7 == 6 else ''}{1000 + at}", *row[2:]] for at, row in enumerate(documents())
    ]
    part, _ = proposed(tmp_path, HEADER, rows)
    assert part.expressions["is_return"] == "starts_with(order, 'C')"
    assert part.returns == "positive"
    signed = [
        [*row[:4], f"-{row[4]}", row[5], f"-{row[6]}"] if str(row[1]).startswith("C") else row for row in rows
    ]
    assert proposed(tmp_path, HEADER, signed)[0].returns == "signed"
