"""Order lines are one fact among others: what they alone have is declared, and nobody asks for them by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cubes.catalogue import CUBES
from cubes.query import MAIN_CUBE
from data.load.mappings.canonical_fields import SUBJECT, SUBJECTS
from data.model.canonical_tables import FACTS, MAIN_FACT

ROOT = Path(__file__).parents[1]
NAMES = {"sale", "sales", "sales_order"}
# Where order lines are declared, the words for a column, and the one view of their orders.
DECLARING = {
    "data/model/canonical_tables.py",
    "cubes/catalogue/sales.py",
    "cubes/query.py",
    "data/load/proposal/column_assignment.py",
    "data/access/allowed_rows.py",
    "data/review/event_sql.py",
}
# Whose subject the orders are: how their lines are written, what is noticed of them, what a customer bought, what of
# the district's stock is asked for.
OF_ORDERS = {
    "data/collaborate/district_frames.py",
    "data/load/record_delivery.py",
    "data/load/settle_delivery.py",
    "data/load/record/outdated_deliveries.py",
    "data/load/record/line_orders.py",
    "data/load/record/sale_rows.py",
    "data/review/event_sql.py",
}
IN_SQL = re.compile(r"\b(FROM|UPDATE|INTO|JOIN) sale\b|\bsale\.[a-z]+_[a-z]+")


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Each string of the code, with its file; the demonstration firm writes what it simulates."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for folder in ("data", "cubes", "pages"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and "/demo/" not in name:
                    yield name, node.value


def test_nobody_asks_whether_a_fact_is_the_order_lines() -> None:
    assert {name for name, text in texts() if text in NAMES} == DECLARING


def test_sql_of_order_lines_stands_where_orders_are_the_subject() -> None:
    found = {name for name, text in texts() if IN_SQL.search(text) and "`sale." not in text}
    assert found == OF_ORDERS | {"cubes/catalogue/sales.py"}


def test_every_subject_is_of_a_list_or_a_fact() -> None:
    assert all((each.table is None) != (each.fact is None) for each in SUBJECTS)
    brought = [brought.subject for fact in FACTS for brought in fact.subjects]
    assert brought == [each.name for each in SUBJECTS if each.fact in FACTS]


def test_the_main_fact_has_what_the_main_cube_asks_for() -> None:
    assert CUBES[MAIN_CUBE].fact == MAIN_FACT.name
    assert MAIN_FACT.amount in {column.name for column in MAIN_FACT.columns if column.kind == "money"}


def test_what_order_lines_have_stands_in_their_declaration() -> None:
    assert [fact.name for fact in FACTS if fact.orders] == ["sale"]
    assert [each.name for each in SUBJECTS if each.is_lines] == ["order_lines"]
    assert [table.name for table in MAIN_FACT.described] == ["customer", "product", "channel"]
    assert [table.name for table in MAIN_FACT.dimensions if not MAIN_FACT.is_coded(table)] == [
        "channel",
        "line",
        "partner",
        "seller",
    ]
    assert [table.name for table in SUBJECT["customers"].describes] == ["customer"]
    assert SUBJECT["invoices"].describes == ()


def test_the_docs_tell_of_every_fact_and_subject() -> None:
    schema = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    mapping = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    for fact in FACTS:
        points = [fact.orders] if fact.orders else []
        pointed = ", ".join(f"`{name}`" for name in (*(table.name for table in fact.dimensions), *points))
        assert re.search(rf"^\| `{fact.name}` \| .+ \| {pointed} \|$", schema, re.MULTILINE), fact.name
    assert [each.name for each in SUBJECTS if f"`{each.name}`" not in mapping] == []
