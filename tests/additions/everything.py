"""A fact with its cube, a level, a measure and a check of deliveries: each is what CONTRIBUTING says to touch, here.

`python -m tests.additions.everything FOLDER` uses them from the file of a firm to the answer, and prints what it saw.
"""

from __future__ import annotations

import json
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from tests.additions.added_text import Entry, add

FACT = Entry(
    "data.model.canonical_tables",
    """
    FactTable(
        "referral",
        "Referrals",
        (CUSTOMER, CHANNEL),
        (
            *_columns("text", purpose="Purpose", wording="Wording"),
            *_columns("boolean", granted="Granted"),
            *_columns("money", reward="Reward"),
        ),
        (BroughtAs("referrals", "Referrals"),),
        free_texts=("wording",),
    ),
""",
    after="FACTS = (\n    SALE,",
)
LEVEL = Entry(
    "data.model.canonical_tables",
    """
    ("maker", "collection", "product"),""",
    after="""("department", "category", "subcategory", "product"),""",
)
CUBE = (
    Entry(
        "cubes.catalogue.referrals",
        '''"""The referrals cube: what customers allowed."""

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure("referrals", "Referrals", Kind.ADDITIVE, "count", "Answers.", aggregate="count"),
    Measure("referrals_granted", "Granted", Kind.ADDITIVE, "count", "What was allowed.", aggregate="count",
            condition="referral.granted"),
    Measure("customers_asked", "Customers asked", Kind.DISTINCT, "count", "Customers; (unknown) is not one.",
            column="referral.customer_code", condition="referral.customer_code > 0"),
    Measure("rewards", "Rewards", Kind.ADDITIVE, "money", "What it cost.", column="referral.reward", empty="null"),
)
cube = DeclaredCube("referrals", "Referrals", "referral", MEASURES)
''',
    ),
    Entry("cubes.catalogue", "\n    referrals,", after="from cubes.catalogue import ("),
    Entry("cubes.catalogue", "referrals, ", after="    for each in ("),
)
MEASURE = Entry(
    "cubes.catalogue.sales",
    """
    Measure(
        "subcategories",
        "Subcategories",
        Kind.DISTINCT,
        "count",
        "Different subcategories sold; (unknown) is not one.",
        column="product.subcategory_code",
        condition=f"product.subcategory <> '{UNKNOWN}' AND NOT sale.is_return",
        joins=("product",),
    ),""",
    after="MEASURES = (",
)
CHECK = (
    Entry(
        "data.load.mappings.declared_check",
        """
    CheckShape(
        "longest",
        "{what} is no longer than agreed",
        {"at_most": ("field",)},
        lambda entry, word, severity: DeclaredCheck(
            "longest", (_name(entry["field"]),), severity, _number(entry[word], word)
        ),
        lambda each: {"field": each.field, "at_most": each.limit},
    ),""",
        after="SHAPES = (",
    ),
    Entry(
        "data.load.checking.check_results",
        """
    def _longest(self, check: Check, at: int) -> Result:
        too_long = f"length({self._column(check.field)}) > $limit"
        told = {"limit": check.limit}
        bad = self.connection.execute(f"SELECT count(*) FROM {self.typed} WHERE {too_long}", told).fetchall()[0][0]
        return self._result(check, not bad, f"{bad} longer", f"at most {check.limit}",
                            lambda: self._rows_where(too_long, told, check))
""",
        after="        return [each for each in made if each is not None]\n",
    ),
)
ENTRIES = (FACT, LEVEL, *CUBE, MEASURE, *CHECK)

REFERRALS = """Day,Who,Way,Purpose,Granted,Wording,Reward,Ref
2024-02-01,c1,Web,news,yes,Ann said yes to all,1.50,1
2024-02-03,c2,Web,news,no,,,2
2024-03-01,c1,Phone,profiling,yes,,,3
2024-03-09,,Phone,profiling,no,,2.00,4
"""
ORDERS = """Day,Order,Customer,Item,Kind,Maker,Line,Sum
2024-01-05,A1,c1,cup,Mugs,Ginori,Rose,10
2024-01-06,A2,c2,pan,Pans,Lagostina,Chef,30
2024-01-07,A3,c1,pot,Pans,Lagostina,Home,20
"""
MAPPING = """
source = "crm"
[order_lines]
file = "orders.csv"
[order_lines.columns]
date = "Day"
order = "Order"
customer = "Customer"
product = "Item"
subcategory = "Kind"
maker = "Maker"
collection = "Line"
revenue = "Sum"
[referrals]
file = "referrals.csv"
key = ["number"]
checks = [{ field = "purpose", at_most = 4 }]
[referrals.columns]
date = "Day"
customer = "Who"
channel = "Way"
purpose = "Purpose"
granted = "Granted"
wording = "Wording"
reward = "Reward"
number = "Ref"
"""


def used(folder: Path) -> dict[str, Any]:
    from cubes import cube_extension
    from data.load import load, read_mapping
    from data.store.warehouse import Warehouse

    cube_extension.register()
    for name, text in (("orders.csv", ORDERS), ("referrals.csv", REFERRALS), ("crm.toml", MAPPING)):
        (folder / name).write_text(text)
    mapping = read_mapping(folder / "crm.toml")
    path = folder / "w.duckdb"
    report = load(mapping, path)
    found: dict[str, Any] = {
        "written again": mapping.to_toml().count("at_most = 4"),
        "parts": {books.part: [books.rows_loaded, books.rows_rejected] for books in report.parts},
        "check of deliveries": [each for each in report.warnings if "no longer than agreed" in each],
    }
    store = Warehouse(path)
    found |= asked(store) | looked_after(store, folder)
    store.close()
    return found | corrected(folder, mapping, path) | forgotten(folder, path)


def asked(store: Any) -> dict[str, Any]:
    from cubes.ask.answer import ask
    from cubes.catalogue import MEASURE_NAMES, load
    from cubes.drill_through import rows_behind
    from cubes.query import Cut, Query
    from data.store.attribute_names import is_attribute_name

    every = ("referrals", "referrals_granted", "customers_asked", "rewards")
    told = ask(store, Query(every, ("channel",), totals=True, cube="referrals"))
    behind = rows_behind.order_lines(
        store, Query(("referrals",), cuts=(Cut("channel", ("Web",)),), cube="referrals")
    )
    across = ask(store, Query(("revenue", "referrals.referrals"), ("customer",)))
    made = ask(store, Query(("revenue", "subcategories"), ("maker",)))
    finer = ask(store, Query(("revenue",), ("collection",), cuts=(Cut("maker", ("Lagostina",)),)))
    return {
        "by channel": told.frame.select("channel", *every).rows(),
        "behind": behind.select("day", "customer", "channel", "purpose", "granted", "reward").rows(),
        "loads behind": rows_behind.batches(store, Query(("referrals",), cube="referrals"))
        .select("lines")
        .rows(),
        "across": sorted(across.frame.select("customer.id", "revenue", "referrals.referrals").rows()),
        "by level": sorted(made.frame.select("maker", "revenue", "subcategories").rows()),
        "drilled": sorted(finer.frame.select("collection.id", "revenue").rows()),
        "finer": load("sales", store.profile).finer("maker"),
        "names taken": [is_attribute_name(name) for name in ("maker", "subcategories", "referrals")],
        "measures": {"subcategories", "referrals"} <= MEASURE_NAMES,
        "days": [store.profile.extents["referral"].first_day, store.profile.extents["referral"].last_day],
    }


def looked_after(store: Any, folder: Path) -> dict[str, Any]:
    from data.export.plain_tables import export
    from data.load.proposal.propose_mapping import propose_all
    from data.quality.integrity import examine

    checks = examine(store)
    manifest = export(store, folder / "out", "csv")
    proposed = propose_all([folder / "referrals.csv"])
    return {
        "sound": [str(each) for each in checks if not each.is_sound],
        "checked": sorted(each.name for each in checks if "referral" in each.name or "maker" in each.name),
        "exported": [
            manifest["tables"]["referral"]["rows"],
            "Ann said" in (folder / "out/referral.csv").read_text(),
        ],
        "proposed": [part.subject for part in proposed.mapping.parts],
    }


def corrected(folder: Path, mapping: Any, path: Path) -> dict[str, Any]:
    """The same referrals once more, one of them other than before: it takes the place of what was said."""
    from data.load import load
    from data.store.warehouse import Warehouse

    (folder / "referrals.csv").write_text(REFERRALS.replace("c2,Web,news,no", "c2,Web,news,yes"))
    load(mapping, path)
    store = Warehouse(path)
    rows = store.rows("SELECT number, granted FROM referral ORDER BY number")
    store.close()
    return {"corrected": rows}


def forgotten(folder: Path, path: Path) -> dict[str, Any]:
    from data.privacy.rights import forget, tell
    from data.store.warehouse import Warehouse

    store = Warehouse(path)
    number = store.rows("SELECT id FROM customer WHERE id LIKE '%c1' LIMIT 1")[0][0]
    store.close()
    tell(path, number, folder / "held.zip")
    with zipfile.ZipFile(folder / "held.zip") as held:
        told = held.read("referral.csv").decode().splitlines()
    forget(path, number)
    store = Warehouse(path)
    left = store.rows("SELECT wording FROM referral WHERE number = '1'")
    store.close()
    return {"told": len(told) - 1, "forgotten": left}


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else float(value)


if __name__ == "__main__":
    add(ENTRIES)
    print(json.dumps(used(Path(sys.argv[1])), default=plain))
