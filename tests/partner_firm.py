"""A tiny firm with partners whose lives are known: a list over time, agreements, orders, sales; loaded once."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from data.load import load, read_mapping

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
file = "items.csv"
[products.columns]
product = "Item"
product_name = "Name"
supplied_by = "From"
[lead_times]
file = "orders.csv"
key = ["number"]
[lead_times.columns]
number = "No"
date = "Day"
product = "Item"
partner = "From"
promised_on = "Promised"
received_on = "Came"
quantity_ordered = "Qty"
[partner_events]
file = "events.csv"
[partner_events.columns]
partner = "Code"
date = "Day"
event = "What"
until = "Until"
[order_lines]
file = "lines.csv"
key = ["order"]
[order_lines.columns]
order = "Order"
date = "Day"
customer = "Who"
product = "Item"
revenue = "Amount"
"""
HEAD = "Code,Name,Kind,Stage\n"
FILES = {
    "erp.toml": ERP,
    "partners_20240101.csv": HEAD + "F1,Gori,Weaver,Candidate\nF2,Betti,Dyer,Active\n",
    "partners_20240301.csv": HEAD + "F1,Gori,Weaver,Selected\nF2,Betti,Dyer,Active\nF3,Bini,Dyer,Candidate\n",
    "items.csv": "Item,Name,From\nP1,Scarf,F1\nP2,Shirt,F2\n",
    "orders.csv": "No,Day,Item,From,Promised,Came,Qty\nA1,2024-04-01,P1,F1,2024-04-20,2024-04-18,10\n",
    "events.csv": dedent("""\
        Code,Day,What,Until
        F1,2024-03-20,signed,2025-03-20
        F2,2024-02-01,firmato,2024-06-30
        F2,2024-05-10,renewed,2025-06-30
        F3,2024-09-01,danced,
        """),
    "lines.csv": dedent("""\
        Order,Day,Who,Item,Amount
        O1,2024-06-01,c1,P1,100
        O2,2024-12-31,c2,P1,50
        O3,2024-02-10,c2,P2,50
        """),
}  # fmt: skip


def partner_firm(folder: Path) -> Path:
    """The warehouse of it, in a folder of its own."""
    source = folder / "files"
    source.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (source / name).write_text(text, encoding="utf-8")
    path = folder / "w.duckdb"
    load(read_mapping(source / "erp.toml"), path)
    return path
