"""Files of months and years rather than days: each cell a row, each row on the first day of its period."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BadInput
from data.load.proposal.propose_mapping import Proposal, propose_all
from tests.data.readings import read


def proposed(tmp_path: Path, text: str, name: str = "s.csv") -> Proposal:
    (tmp_path / name).write_text(text)
    return propose_all([tmp_path / name])


def rows(each: str, count: int = 12) -> str:
    return "".join(each.format(n=n, month=n % 12 + 1, year=2023 + n % 2) + "\n" for n in range(count))


@pytest.mark.parametrize(
    ("text", "name", "first", "last", "total"),
    [
        ("Client,2024-01,2024-02,2024-03\n" + rows("K{n},{n}.5,{n}.5,{n}.5"), "s.csv", "2024-01-01", "2024-03-01", 216),
        ("Kunde;Jan 2024;Feb 2024;Mrz 2024;Gesamt\n" + rows("K{n};{n},5;{n},5;{n},5;99,5")
         + "K1 Gesamt;1,5;1,5;1,5;9,0\nGesamt;72,0;72,0;72,0;9,0\n",
         "s.csv", "2024-01-01", "2024-03-01", 216),
        ("Jahr;Kunde;Jan;Feb;Mrz\n" + rows("2022;K{n};{n},5;{n},5;{n},5"), "s.csv", "2022-01-01", "2022-03-01", 216),
        ("Product,Jan,Feb,Mar\n" + rows("P{n},{n}.5,{n}.5,{n}.5"), "sales 2021.csv", "2021-01-01", "2021-03-01", 216),
        ("Klant;jan-24;feb-24;mrt-24\n" + rows("K{n};{n},5;{n},5;{n},5"), "s.csv", "2024-01-01", "2024-03-01", 216),
        ("Produit;2022;2023;2024\n" + rows("P{n};{n},5;{n},5;{n},5"), "s.csv", "2022-01-01", "2024-01-01", 216),
        ("Anno;Cliente;Fatturato\n" + rows("{year};K{n};{n},50"), "s.csv", "2023-01-01", "2024-01-01", 72),
        ("Year;Month;Customer;Amount\n" + rows("{year};{month};K{n};{n},50"), "s.csv", "2023-01-01", "2024-12-01", 72),
        ("Monat;Kunde;Umsatz\n" + rows("{month:02}/2024;K{n};{n},50"), "s.csv", "2024-01-01", "2024-12-01", 72),
    ],
)  # fmt: skip
def test_periods_are_days(tmp_path: Path, text: str, name: str, first: str, last: str, total: float) -> None:
    found = proposed(tmp_path, text, name)
    told = read(tmp_path / name, found.mapping.order_lines)
    assert (str(min(told["date"])), str(max(told["date"]))) == (first, last)
    assert float(sum(told["revenue"])) == total


def test_months_without_a_year_are_asked_about(tmp_path: Path) -> None:
    found = proposed(tmp_path, "Product,Jan,Feb,Mar\n" + rows("P{n},{n}.5,{n}.5,{n}.5"))
    assert "say no year: fill date by concat('1 ', Month, ' 2024')" in " ".join(found.remarks)
    with pytest.raises(BadInput, match="names no date"):
        found.mapping.check()


@pytest.mark.parametrize("header", ["Gender,Market,Set", "Mar,Jan,Sep", "Jan,Feb,Total"])
def test_columns_that_only_begin_like_months(tmp_path: Path, header: str) -> None:
    found = proposed(tmp_path, f"Date,Amount,{header}\n" + rows("2024-01-{month:02},{n}.5,1,2,3"))
    assert found.mapping.order_lines.shape.unpivot is None


def test_days_without_a_year_are_asked_about(tmp_path: Path) -> None:
    rows_of_datev = rows("{n},50;S;{month:02}01;R{n};K{n}")
    found = proposed(tmp_path, "Umsatz;Soll/Haben;Belegdatum;Belegfeld 1;Konto\n" + rows_of_datev)
    assert "Belegdatum holds days and months without a year: fill date by concat('2024-'" in " ".join(
        found.remarks
    )
