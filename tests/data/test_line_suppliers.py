"""Who supplied and who sold each order line: as it says, as its product's record said on its day, or nobody."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.load import load, read_mapping
from data.quality.integrity import examine
from data.store.warehouse import Warehouse

ERP = """
source = "erp"
firm = "Bottega"
currency = "EUR"
[partners]
file = "partners_*.csv"
as_of = "partners_%Y%m%d"
changes = "full"
[partners.columns]
partner = "Code"
partner_name = "Name"
partner_type = "Kind"
partner_stage = "Stage"
[products]
file = "items_*.csv"
as_of = "items_%Y%m%d"
changes = "full"
[products.columns]
product = "Item"
product_name = "Name"
category = "Group"
supplied_by = "From"
"""
LINES = """
[order_lines]
file = "lines*.csv"
key = ["order", "line"]
[order_lines.columns]
order = "Order"
line = "Line"
date = "Day"
customer = "Who"
product = "Item"
revenue = "Amount"
"""
PARTNERS = "Code,Name,Kind,Stage\nF1,Gori,Weaver,Active\nF2,Betti,Dyer,{}\nR1,Meoni,Reseller,Active\n"
FILES = {
    "partners_20240101.csv": PARTNERS.format("Onboarding"),
    "partners_20240601.csv": PARTNERS.format("Active"),
    "items_20240101.csv": "Item,Name,Group,From\nP1,Scarf,Wool,F1\nP2,Shirt,Linen,F2\nP3,Hat,Wool,\n",
    "items_20240701.csv": "Item,Name,Group,From\nP1,Scarf,Wool,F2\nP2,Shirt,Linen,F2\nP3,Hat,Wool,\n",
    "lines1.csv": dedent("""\
        Order,Line,Day,Who,Item,Amount,By,Via
        O1,1,2024-02-01,c1,P1,100,,R1
        O1,2,2024-02-01,c1,P2,10,,R1
        O2,1,2024-08-01,c2,P1,1000,,
        O2,2,2024-08-01,c2,P3,1,,
        """),
}  # fmt: skip
TYPE_BY_PARTNER = {
    ("Gori", "Active"): 100.0,
    ("Betti", "Onboarding"): 10.0,
    ("Betti", "Active"): 1000.0,
    ("(unknown)", "(unknown)"): 1.0,
}


def written(folder: Path, mapping: str, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "erp.toml").write_text(mapping, encoding="utf-8")
    return folder / "erp.toml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.duckdb"


def by_partner(path: Path) -> dict[tuple[str, str], float]:
    with closing(Warehouse(path)) as warehouse:
        frame = ask(warehouse, Query(("revenue",), ("partner", "partner_stage"))).frame
        return {
            (row[0], row[1]): row[2] for row in frame.select("partner", "partner_stage", "revenue").rows()
        }


def test_lines_point_at_the_supplier_of_their_day_as_it_was(tmp_path: Path, path: Path) -> None:
    load(read_mapping(written(tmp_path / "in", ERP + LINES, FILES)), path)
    assert by_partner(path) == TYPE_BY_PARTNER
    with closing(Warehouse(path)) as warehouse:
        assert [each.name for each in examine(warehouse) if not each.is_sound] == []


@pytest.mark.parametrize("first", ["lists", "lines"])
def test_whatever_is_loaded_first(tmp_path: Path, path: Path, first: str) -> None:
    lists = written(tmp_path / "lists", ERP, {k: v for k, v in FILES.items() if not k.startswith("lines")})
    header = ERP[: ERP.index("[partners]")]
    lines = written(tmp_path / "lines", header + LINES, {"lines1.csv": FILES["lines1.csv"]})
    for each in (lists, lines) if first == "lists" else (lines, lists):
        load(read_mapping(each), path)
    assert by_partner(path) == TYPE_BY_PARTNER


def test_a_line_that_names_its_supplier_keeps_it(tmp_path: Path, path: Path) -> None:
    named = LINES + 'partner = "By"\nseller = "Via"\n'
    lines = FILES["lines1.csv"].replace("P2,10,,", "P2,10,F1,")
    load(read_mapping(written(tmp_path / "in", ERP + named, FILES | {"lines1.csv": lines})), path)
    assert by_partner(path) == {("Gori", "Active"): 10.0, ("(unknown)", "(unknown)"): 1101.0}
    later = {
        "items_20240801.csv": "Item,Name,Group,From\nP1,Scarf,Wool,R1\nP2,Shirt,Linen,R1\nP3,Hat,Wool,R1\n"
    }
    load(read_mapping(written(tmp_path / "in", ERP + named, later)), path)
    assert by_partner(path) == {("Gori", "Active"): 10.0, ("(unknown)", "(unknown)"): 1101.0}
    with closing(Warehouse(path)) as warehouse:
        sold = ask(warehouse, Query(("revenue",), ("seller", "seller_type")))
        assert dict(zip(sold.frame["seller"], sold.frame["revenue"], strict=True)) == {
            "Meoni": 110.0,
            "(unknown)": 1001.0,
        }
        of_him = Query(("revenue",), ("partner",), cuts=(parse_cut("seller_type=Reseller"),))
        assert dict(ask(warehouse, of_him).frame.select("partner", "revenue").rows()) == {
            "Gori": 10.0,
            "(unknown)": 100.0,
        }


def test_a_supplier_known_later_moves_earlier_lines_and_no_others(tmp_path: Path, path: Path) -> None:
    folder = tmp_path / "in"
    load(read_mapping(written(folder, ERP + LINES, FILES)), path)
    again = {
        "items_20240901.csv": "Item,Name,Group,From\nP1,Scarf,Wool,F2\nP2,Shirt,Linen,F2\nP3,Hat,Wool,F1\n",
        "lines2.csv": "Order,Line,Day,Who,Item,Amount\nO3,1,2024-09-02,c1,P3,5\n",
    }
    load(read_mapping(written(folder, ERP + LINES, again)), path)
    hat = {("Gori", "Active"): 106.0}  # what a record says first holds for the days before
    assert by_partner(path) == {k: v for k, v in TYPE_BY_PARTNER.items() if v != 1.0} | hat


def test_without_suppliers_no_cube_of_sales_has_partners(tmp_path: Path, path: Path) -> None:
    mapping = ERP.replace('supplied_by = "From"\n', "") + LINES
    load(read_mapping(written(tmp_path / "in", mapping, FILES)), path)
    with closing(Warehouse(path)) as warehouse:
        assert warehouse.profile.unnamed == {"partner", "seller"}
