"""1.234 and 1,234: decided by what tells, by the deliveries before, or asked about; never guessed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadInput
from data.load.notation.stream_habits import Habits
from data.load.proposal.propose_mapping import propose_all
from tests.data.readings import lines, read_text

GERMAN = lines(date="Datum", revenue="Betrag", quantity="Menge")
ENGLISH = lines(date="Day", revenue="Amount", quantity="Qty")
MANY = "".join(f"2024-01-{day:02},1,{day}\n" for day in range(1, 29)) * 12
ASKED = r"may mean \d+ or [0-9.]+, and nothing in the file tells\. Say decimal ="


@pytest.mark.parametrize(
    "rows",
    [
        "1;315.500\n06.09.2026;2;5.120",
        "1;315.500\n25.09.2026;2;1.234",
        "1;315.500\n06.09.2026;2;12",
        "1;315,500\n06.09.2026;2;5,120",
        "1.000;3\n06.09.2026;2;5",
    ],
)
def test_what_can_be_read_both_ways_is_asked_about(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput, match=ASKED):
        read_text(tmp_path, f"Datum;Menge;Betrag\n05.09.2026;{rows}\n", GERMAN)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Day,Qty,Amount\n2024-01-05,1,315.500\n", False),
        ("Day;Qty;Amount\n2024-01-05;1;315.500\n", True),
        ("Day\tQty\tAmount\n2024-01-05\t1\t315.500\n", True),
        ("Day,Qty,Amount\n05.01.2024,1,315.500\n", True),
        ("Day,Qty,Amount,Kunde\n2024-01-05,1,315.500,x\n", True),
        ('Day,Qty,Amount\n2024-01-05,1,"315,500"\n', True),
    ],
)
def test_a_point_is_decimal_in_a_file_that_is_english_throughout(
    tmp_path: Path, text: str, asks: bool
) -> None:
    if asks:
        with pytest.raises(BadInput, match=ASKED):
            read_text(tmp_path, text, ENGLISH)
    else:
        assert read_text(tmp_path, text, ENGLISH)["revenue"] == [Decimal("315.5")]


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ("1;315.500\n25.09.2026;2;1.234.500", [315500, 1234500]),
        ("1;315.500\n25.09.2026;2;12,5", [315500, Decimal("12.5")]),
        ("1,5;315.500\n25.09.2026;2;12", [315500, 12]),
        ("1.500;315,50\n06.09.2026;2.000;5,12", [Decimal("315.50"), Decimal("5.12")]),
        (
            "1;5.120\n06.09.2026;1;5.500\n06.09.2026;1;0.315",
            [Decimal("5.12"), Decimal("5.5"), Decimal("0.315")],
        ),
        ("1;1.234\n06.09.2026;1;1234.500", [Decimal("1.234"), Decimal("1234.5")]),
        ("1;-0,315\n06.09.2026;1;1.250", [Decimal("-0.315"), 1250]),
    ],
)
def test_one_value_that_tells_is_enough(tmp_path: Path, rows: str, amounts: list[Decimal]) -> None:
    assert read_text(tmp_path, f"Datum;Menge;Betrag\n05.09.2026;{rows}\n", GERMAN)["revenue"] == amounts


def test_a_column_that_is_not_mapped_tells_of_commas(tmp_path: Path) -> None:
    text = "Datum;Menge;Betrag;Gewicht;Gruppe\n05.09.2026;1;315.500;12,5;10.25\n"
    assert read_text(tmp_path, text, GERMAN)["revenue"] == [315500]
    with pytest.raises(BadInput, match=ASKED):
        read_text(tmp_path, text.replace("12,5", "12"), GERMAN)


@pytest.mark.parametrize("value", ["315.500", "1.000"])
def test_it_is_asked_wherever_in_a_plain_file_it_stands(tmp_path: Path, value: str) -> None:
    for at in (0, len(MANY) // 3, len(MANY)):
        at = MANY.rfind("\n", 0, at) + 1
        with pytest.raises(BadInput, match=ASKED):
            text = f"Day,Qty,Amount\n{MANY[:at]}2024-02-01,1,{value}\n{MANY[at:]}"
            read_text(tmp_path, text.replace(",", ";"), ENGLISH)
    told = f"Day,Qty,Amount\n{MANY}2024-02-01,1,{value}\n{MANY}2024-02-01,1,2.5\n"
    assert read_text(tmp_path, told, ENGLISH)["revenue"][len(MANY.splitlines())] == Decimal(value)


def test_what_earlier_deliveries_told_holds(tmp_path: Path) -> None:
    first = read_text(tmp_path, "Datum;Menge;Betrag\n05.09.2026;1;315,50\n", GERMAN).habits
    assert first.plain() == {"decimals": {"Betrag": ",", "": ","}}
    text = "Datum;Menge;Betrag\n05.09.2026;1.500;315.500\n"
    later = read_text(tmp_path, text, GERMAN, habits=Habits.from_plain(first.plain()))
    assert (later["quantity"], later["revenue"], later.habits.plain()) == ([1500], [315500], {})
    assert read_text(tmp_path, text, GERMAN, habits=Habits({"": "."}))["revenue"] == [Decimal("315.5")]


def test_a_stream_that_changes_its_mark_is_asked_about(tmp_path: Path) -> None:
    text, before = "Datum;Menge;Betrag\n05.09.2026;1.500;315.50\n", Habits({"Betrag": ",", "": ","})
    with pytest.raises(BadInput, match=r"Betrag has decimal points; .* had decimal commas.*decimals: Betrag"):
        read_text(tmp_path, text, GERMAN, habits=before)
    settled = lines('settled = ["decimals: Betrag"]', date="Datum", revenue="Betrag", quantity="Menge")
    found = read_text(tmp_path, text, settled, habits=before)
    assert (found["quantity"], found["revenue"]) == ([Decimal("1.5")], [Decimal("315.5")])
    assert before.then(found.habits).decimals == {"Betrag": ".", "": "."}


@pytest.mark.parametrize(
    "amount",
    ["{} руб.", "Rs. {}", "{} zł", "{} Kč", "{} kr.", "kr. {}", "{} р.", "Fr. {}", "{} Lei", "{} FCFA"],
)
def test_the_full_stop_of_a_currency_is_no_decimal_mark(tmp_path: Path, amount: str) -> None:
    rows = "".join(f"0{day}.01.2024;1;{amount.format(f'{day}12,50')}\n" for day in range(1, 4))
    read = read_text(tmp_path, "Datum;Menge;Betrag\n" + rows, GERMAN)
    assert read["revenue"] == [Decimal("112.5"), Decimal("212.5"), Decimal("312.5")]
    assert propose_all([tmp_path / "s.csv"]).mapping.order_lines.columns["revenue"] == "Betrag"
