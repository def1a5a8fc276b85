"""Files that are not a row a record: rows left out, cells as rows, fields filled down, unknown words, lost zeros."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from data.load import Mapping, Report, load
from data.load.mappings.canonical_fields import SUBJECTS
from data.load.mend_rows import load_mended
from data.load.preview import preview
from data.privacy.rights import forget
from data.quality.integrity import examine
from data.store import load_ledger
from data.store.warehouse import Warehouse
from tests.data.load_files import ask

DOCS = Path(__file__).parents[2] / "docs" / "mapping.md"
ODOO = """Order Reference,Order Date,Customer,Order Lines/Product,Order Lines/Quantity,Order Lines/Subtotal,Total
S00001,2024-01-05 10:00:00,Azure,Chair,2,40.00,100.00
,,,Desk,1,60.00,
S00002,2024-01-07 10:00:00,Deco,Desk,1,60.00,60.00
S00003,2024-02-02 10:00:00,Azure,Chair,1,20.00,50.00
,,,Lamp,3,30.00,
"""
OF_ODOO = """source = "odoo"
[order_lines]
file = "s.csv"
fill = "down"
[order_lines.columns]
date = "Order Date"
order = "Order Reference"
customer = "Customer"
product = "Order Lines/Product"
quantity = "Order Lines/Quantity"
revenue = "Order Lines/Subtotal"
"""
SHOPIFY = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem price,Lineitem sku,Refunded Amount,Vendor,Store
#2001,k1@example.test,paid,2024-02-01,EUR,50.00,55.00,2024-02-01,2,15.00,MUG-1,0.00,Pots,7
#2001,k1@example.test,,,,,,2024-02-01,3,10.00,BWL-1,,,
#2002,k2@example.test,refunded,2024-02-04,EUR,40.00,40.00,2024-02-03,1,25.00,LMP-1,40.00,Lights,7
#2002,k2@example.test,,,,,,2024-02-03,1,15.00,MUG-1,,Pots,
#2003,k1@example.test,paid,2024-03-06,EUR,20.00,25.00,2024-03-05,2,10.00,BWL-1,0.00,Pots,7
"""  # noqa: E501
OF_SHOPIFY = """source = "shopify"
[order_lines]
file = "s.csv"
fill = "down"
{settings}
[order_lines.columns]
date = "Paid at"
order = "Name"
customer = "Email"
product = "Lineitem sku"
quantity = "Lineitem quantity"
{more}
"""
MONTHS = """Customer,Item,2024-01,2024-02,2024-03
c1,pen,10.5,,3
c2,cup,,,
broken,line,1,2,3,4,5,6
c3,cup,1,x,2
"""
OF_MONTHS = """source = "plan"
[order_lines]
file = "s.csv"
unpivot = { columns = ["2024-*"], name = "Month", value = "Amount" }
[order_lines.columns]
customer = "Customer"
product = "Item"
revenue = "Amount"
[order_lines.expressions]
date = "Month + '-01'"
"""


def told(tmp_path: Path, text: str, rows: str) -> Mapping:
    """The mapping `text` beside its file."""
    (tmp_path / "s.csv").write_text(rows)
    return Mapping.from_text(text, tmp_path)


def loaded(tmp_path: Path, text: str, rows: str) -> Report:
    return load(told(tmp_path, text, rows), tmp_path / "w.duckdb")


def typed(tmp_path: Path, text: str, rows: str) -> pl.DataFrame:
    """The rows as they would be loaded."""
    seen = preview(told(tmp_path, text, rows))
    assert not seen.typed.is_empty(), seen.problems
    return seen.typed


def sound(tmp_path: Path) -> bool:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    try:
        return all(each.is_sound for each in examine(warehouse))
    finally:
        warehouse.close()


def test_order_fields_on_the_first_line_alone(tmp_path: Path) -> None:
    report = loaded(tmp_path, OF_ODOO, ODOO)
    assert (report.rows_loaded, report.revenue) == (5, 210)
    assert ask(tmp_path, "SELECT count(DISTINCT order_key), count(DISTINCT customer_code), min(customer_code) FROM sale"
               ) == [(3, 2, 1)]  # fmt: skip
    found = ask(
        tmp_path,
        "SELECT id, sum(revenue)::INT FROM sale JOIN product USING (product_key) GROUP BY 1 ORDER BY 1",
    )
    assert found == [("Chair", 60), ("Desk", 120), ("Lamp", 30)]
    assert sound(tmp_path)


def test_what_is_the_line_s_own_or_a_number_is_not_filled(tmp_path: Path) -> None:
    more = """[order_lines.expressions]
revenue = "coalesce(number(Subtotal), 0) - coalesce(number(column('Refunded Amount')), 0)"
is_return = "column('Financial Status') == 'refunded'"
channel = "'b2b' if column('Store') == '7' else 'none'"
[order_lines.attributes]
vendor = "Vendor"
status = "Financial Status"
"""
    found = typed(tmp_path, OF_SHOPIFY.format(settings="", more=more), SHOPIFY)
    assert found["reason"].to_list() == [None] * 5
    assert [int(each) for each in found["revenue"]] == [50, 0, 0, 0, 20]
    assert found["date"].to_list()[:2] == [date(2024, 2, 1)] * 2
    assert found["status"].to_list() == ["paid", "paid", "refunded", "refunded", "paid"]
    assert found["is_return"].to_list() == [False, False, True, True, False]
    assert found["vendor"].to_list() == ["Pots", None, "Lights", "Pots", "Pots"]
    assert found["channel"].to_list() == ["b2b"] * 5


def test_only_sees_what_was_filled(tmp_path: Path) -> None:
    settings = "only = \"column('Financial Status') == 'paid'\""
    text = OF_SHOPIFY.format(settings=settings, more='unit_price = "Lineitem price"')
    assert [int(each) for each in typed(tmp_path, text, SHOPIFY)["revenue"]] == [30, 30, 20]


@pytest.mark.parametrize(
    ("rows", "customers"),
    [
        (
            "S1,2024-01-01,a,5\n,,,6\n,,,\nS2,2024-01-02,b,7\nS1,2024-01-02,,8\n",
            ["a", "a", "b", None],
        ),  # a number that comes again
        (",2024-01-01,a,5\n,,,6\nS2,2024-01-02,,7\n,,,8\n", ["a", None, None, None]),  # before any order
        ("S1,NULL,a,5\nS1,2024-01-01, ,6\n", ["a", "a"]),
    ],
)
def test_fields_are_those_of_the_same_order(tmp_path: Path, rows: str, customers: list[str | None]) -> None:
    text = """source = "s"
[order_lines]
file = "s.csv"
fill = "down"
null = ["NULL"]
only = "not missing(Amount)"
columns = { date = "Day", order = "Order", customer = "Customer", revenue = "Amount" }
"""
    assert typed(tmp_path, text, "Order,Day,Customer,Amount\n" + rows)["customer"].to_list() == customers


def test_equal_lines_of_two_orders_do_not_repeat_each_other(tmp_path: Path) -> None:
    text = OF_ODOO.replace("[order_lines.columns]", 'repeats = "drop"\n[order_lines.columns]')
    twice = ODOO + "S00004,2024-02-03,Azure,Chair,1,20.00,50.00\n,,,Lamp,3,30.00,\n"
    assert loaded(tmp_path, text, twice).repeats_dropped == 0


def test_rejected_lines_bear_their_order_s_fields(tmp_path: Path) -> None:
    mapping = told(tmp_path, OF_ODOO, ODOO.replace("60.00,\nS00002", "sixty,\nS00002"))
    report = load(mapping, tmp_path / "w.duckdb")
    raw = json.loads(report.rejected["raw"][0])
    assert (raw["Order Reference"], raw["Customer"], raw["Total"]) == ("S00001", "Azure", None)
    mended = pl.DataFrame([{"row": 2, **raw, "Order Lines/Subtotal": "60.00"}])
    assert load_mended(mapping, tmp_path / "w.duckdb", 1, "order_lines", mended).rows_loaded == 1
    assert ask(tmp_path, "SELECT sum(revenue)::INT, count(DISTINCT order_key) FROM sale") == [(210, 3)]


def test_cells_as_rows_of_several_files(tmp_path: Path) -> None:
    several = OF_MONTHS.replace('"s.csv"', '"plan_*.csv"')
    for at in (1, 2):
        (tmp_path / f"plan_{at}.csv").write_text(f"Customer,Item,2024-01,2024-02\nc{at},pen,{at},2\n")
    report = loaded(tmp_path, several, MONTHS)
    assert (report.waiting, report.rows_loaded, report.revenue) == ((), 4, 7)


def test_cells_as_rows(tmp_path: Path) -> None:
    report = loaded(tmp_path, OF_MONTHS, MONTHS)
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (6, 4, 2)
    assert "5 filled cells of 3 rows" in " ".join(report.notes)
    reasons = report.rejected["reason"].to_list()
    assert reasons == [
        "row 4, 2024-02: revenue: 'x' is not a number",
        "row 3: 8 fields where the header has 5",
    ]
    assert json.loads(report.rejected["raw"][0]) == {
        "Customer": "c3", "Item": "cup", "2024-01": None, "2024-02": "x", "2024-03": None,
    }  # fmt: skip
    found = ask(
        tmp_path,
        """SELECT id, month(DATE '1970-01-01' + day_key), revenue::DOUBLE, is_order FROM sale
        JOIN customer USING (customer_key) ORDER BY row_in_source""",
    )
    assert found == [("c1", 1, 10.5, True), ("c1", 3, 3, True), ("c3", 1, 1, True), ("c3", 3, 2, True)]
    assert sound(tmp_path)


def test_cells_of_typed_files(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"Customer": ["c1", "c2"], "Item": ["a", "b"], "2024-01": [1.5, None], "2024-02": [2, 3]}
    )
    frame.write_parquet(tmp_path / "s.parquet")
    found = preview(Mapping.from_text(OF_MONTHS.replace("s.csv", "s.parquet"), tmp_path)).typed
    assert found["revenue"].to_list() == [Decimal("1.5"), 2, 3]


def test_rows_left_out_are_counted(tmp_path: Path) -> None:
    text = """source = "amazon"
[order_lines]
file = "s.csv"
only = "column('amount-description') == 'Principal'"
checks = [{ field = "revenue", min = 0, severity = "stop" }]
columns = { date = "posted-date", order = "order-id", revenue = "amount" }
"""
    rows = """order-id,posted-date,amount-description,amount
1,2024-01-01,Principal,10
1,2024-01-01,Tax,2
1,2024-01-01,Commission,-1.5
2,2024-01-02,Principal,oops
,,,
2,2024-01-02,,n/a
3,2024-01-02,Principal,5
"""
    report = loaded(tmp_path, text, rows)
    assert (report.rows_read, report.rows_loaded, report.rows_rejected, report.rows_left_out) == (6, 2, 1, 3)
    assert "6 rows read = 2 loaded + 1 rejected + 0 repeats dropped + 3 left out" in " ".join(
        report.sentences()
    )
    assert report.revenue == 15
    assert preview(told(tmp_path, text, rows)).left_out == 3
    assert sound(tmp_path)
    warehouse = Warehouse(tmp_path / "w.duckdb")
    assert load_ledger.batches(warehouse)["rows_left_out"].to_list() == [3]
    warehouse.close()
    again = load(told(tmp_path, text, rows), tmp_path / "w.duckdb")
    assert again.unchanged
    with pytest.raises(BadInput, match=r"No row of s.csv can be loaded. 6 rows are left out"):
        loaded(tmp_path, text.replace("Principal", "Nothing"), rows)


PADDED = """source = "p"
[customers]
file = "c.csv"
pad = { customer = 6 }
columns = { customer = "No", city = "City" }
[order_lines]
file = "s.csv"
pad = { customer = 6 }
unknown = { customer = ["0", "Walk-in"], quantity = ["n/k"], date = ["never"] }
joins = [{ file = "c.csv", on = "Customer", to = "No" }, { file = "h.csv", on = "Shop", pad = 2 }]
columns = { date = "Day", customer = "Customer", quantity = "Qty", revenue = "Amount", channel = "Name" }
[order_lines.attributes]
town = "c.City"
"""


def test_unknown_words_and_lost_zeros(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("No,City\n000012,Roma\n13,Milano\n")
    (tmp_path / "h.csv").write_text("Shop,Name\n07,Centro\n8,Nord\n08,Sud\n")
    report = loaded(
        tmp_path,
        PADDED,
        """Day,Customer,Qty,Amount,Shop
2024-01-01,12,1,10,7
2024-01-02,000012,n/k,5,07
2024-01-03,0,2,3,8
2024-01-03,WALK-IN ,2,3,
2024-01-03,000000,2,3,8
never,13,2,3,8
""",
    )
    assert set(report.rejected["reason"]) == {
        "date: is empty",
        "Shop '08' came before, and its first row is used",
    }
    found = ask(
        tmp_path,
        """SELECT c.id, city, h.id, town, units::INT FROM sale JOIN customer AS c USING (customer_key)
        JOIN channel AS h USING (channel_key) JOIN line USING (line_key) ORDER BY row_in_source""",
    )
    nobody = ("(unknown)", "(unknown)")
    assert found == [
        ("000012", "Roma", "Centro", "Roma", 1),
        ("000012", "Roma", "Centro", "Roma", None),
        (*nobody, "Nord", "(unknown)", 2),
        (*nobody, "(unknown)", "(unknown)", 2),
        (*nobody, "Nord", "(unknown)", 2),
    ]
    assert sound(tmp_path)


@pytest.mark.parametrize("subject", ["contacts", "calls", "tickets"])
def test_interactions_without_a_customer(tmp_path: Path, subject: str) -> None:
    text = f'source = "desk"\n[{subject}]\nfile = "s.csv"\ncolumns = {{ date = "Day", topic = "Topic" }}\n'
    assert loaded(tmp_path, text, "Day,Topic\n2024-01-02,b\n2024-01-01,a\n").rows_loaded == 2
    assert ask(tmp_path, "SELECT topic FROM interaction WHERE customer_code = 0") == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('only = "Status =="', "is not an expression"),
        ("only = \"matches(Status, '[')\"", "of only of .order_lines. could not be loaded: its pattern"),
        ("only = \"Statos == 'x'\"", "names 'Statos', which is neither"),
        ('fill = "up"', "fill = 'up'"),
        ('fill = "down"', "not which lines belong together"),
        ('unknown = { customer = ["0"] }', "unknown of .order_lines. names 'customer', which is not mapped"),
        ("pad = { revenue = 3 }", "names 'revenue', which is no text"),
        ('joins = [{ file = "x.csv", on = "a", pad = 0 }]', "is no number of digits"),
        ('unpivot = { columns = ["a"], name = "n" }', "is not whole"),
        ('unpivot = { columns = ["a"], name = "n", value = "n" }', "puts two things into 'n'"),
        ('unpivot = { columns = ["Stat"], name = "n", value = "v" }', "names 'Stat', which is no column"),
        ('unpivot = { columns = ["Status"], name = "Day", value = "v" }', "makes a column 'Day'"),
        ('unpivot = { columns = ["Empty"], name = "n", value = "v" }', "no filled cell"),
    ],
)
def test_what_a_mapping_cannot_say(tmp_path: Path, settings: str, words: str) -> None:
    columns = '{ date = "Day", revenue = "Amount" }'
    text = f'source = "s"\n[order_lines]\nfile = "s.csv"\n{settings}\ncolumns = {columns}\n'
    with pytest.raises(BadInput, match=words):
        loaded(tmp_path, text, "Day,Amount,Status,Empty\n2024-01-01,1,x,\n")


names = st.sampled_from(["Month", "2024-01", 'odd "name"', "über\\", "a.b", "x = y"])
tables: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "only": st.sampled_from(["Status == 'Paid'", 'column("a\\\\b") != 1', "not missing(order)"]),
        "fill": st.just("down"),
        "unpivot": st.builds(
            lambda columns, name: {"columns": columns, "name": name, "value": f"{name}!"},
            st.lists(names, min_size=1),
            names,
        ),
        "unknown": st.dictionaries(
            st.sampled_from(["customer", "order", "revenue"]), st.lists(names, min_size=1)
        ),
        "pad": st.dictionaries(st.sampled_from(["customer", "order"]), st.integers(1, 40)),
        "joins": st.lists(
            st.builds(lambda on, pad: {"file": "f.csv", "on": on, "pad": pad}, names, st.integers(1, 40))
        ),
    },
)


@given(tables)
def test_mappings_come_back_from_their_toml(said: dict[str, Any]) -> None:
    lines = {"columns": {name: name for name in ("date", "order", "customer", "revenue")}, **said}
    text = Mapping.from_text(_toml("order_lines", lines)).to_toml()
    again = Mapping.from_text(text)
    assert again.to_toml() == text
    part = again.order_lines
    plain = part.shape.plain()
    assert plain == {name: value for name, value in said.items() if name != "joins" and value}
    assert [each.pad for each in part.joins] == [each["pad"] for each in said.get("joins", [])]


def _toml(name: str, table: dict[str, Any]) -> str:
    def value(each: Any) -> str:
        if isinstance(each, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {value(of)}" for key, of in each.items()) + " }"
        return "[" + ", ".join(map(value, each)) + "]" if isinstance(each, list) else json.dumps(each)

    return f'source = "s"\n[{name}]\n' + "\n".join(f"{key} = {value(each)}" for key, each in table.items())


def test_the_examples_of_the_docs_are_whole_mappings() -> None:
    text = DOCS.read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(examples) > 8
    for each in examples:
        mapping = Mapping.from_text(each)
        assert Mapping.from_text(mapping.to_toml()) == mapping
    assert all(f"`{subject.name}`" in text for subject in SUBJECTS)


def test_what_comes_of_an_erased_customer_by_a_number_without_zeros(tmp_path: Path) -> None:
    text = """source = "p"
[order_lines]
file = "s.csv"
pad = { customer = 6 }
columns = { date = "Day", customer = "Customer", revenue = "Amount" }
"""
    loaded(tmp_path, text, "Day,Customer,Amount\n2024-01-01,12,5\n2024-01-01,13,5\n")
    forget(tmp_path / "w.duckdb", "000012")
    report = loaded(tmp_path, text, "Day,Customer,Amount\n2024-01-02,12,much\n2024-01-02,13,6\n")
    assert report.rejected["raw"].to_list() == ["{}"]
