"""A warehouse that was made before a fact and a level were declared, and is asked by them afterwards.

`python -m tests.additions.earlier_warehouse make FOLDER` is the release before, `use FOLDER` the one with the entries.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.additions.added_text import add
from tests.additions.everything import ENTRIES, MAPPING, ORDERS, REFERRALS, plain

KEYED = MAPPING.replace('file = "orders.csv"', 'file = "orders.csv"\nkey = ["order"]')
BEFORE = KEYED.partition("[referrals]")[0].replace('maker = "Maker"\ncollection = "Line"\n', "")


def make(folder: Path) -> None:
    from data.load import load, read_mapping

    (folder / "orders.csv").write_text(ORDERS)
    (folder / "crm.toml").write_text(BEFORE)
    load(read_mapping(folder / "crm.toml"), folder / "w.duckdb")


def use(folder: Path) -> dict[str, Any]:
    from cubes import cube_extension
    from cubes.ask.answer import ask
    from cubes.query import Query
    from data.load import load, read_mapping
    from data.quality.integrity import examine
    from data.store.warehouse import Warehouse

    cube_extension.register()
    path, by_maker = folder / "w.duckdb", Query(("revenue",), ("maker",))
    import_module("data.store.older_warehouse").bring_up_to_date(path)
    store = Warehouse(path)
    found: dict[str, Any] = {"before": ask(store, by_maker).frame.select("maker", "revenue").rows()}
    store.close()
    (folder / "referrals.csv").write_text(REFERRALS)
    (folder / "crm.toml").write_text(KEYED)
    load(read_mapping(folder / "crm.toml"), path)
    store = Warehouse(path)
    found["after"] = sorted(ask(store, by_maker).frame.select("maker", "revenue").rows())
    found["referrals"] = ask(store, Query(("referrals",), cube="referrals")).frame["referrals"].to_list()
    found["unsound"] = [str(each) for each in examine(store) if not each.is_sound]
    store.close()
    return found


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        add(ENTRIES)
        print(json.dumps(use(Path(sys.argv[2])), default=plain))
