"""Tiny warehouses for tests: a few order lines in, one DuckDB file out, without the loader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data.connection import Connection
from data.model.canonical_tables import UNKNOWN
from data.store import duckdb_engine, end_of_write, warehouse_id
from data.store.publication import Instead
from data.store.warehouse import Warehouse, replacing, writing
from tests.made_once import is_patched, made_once


@dataclass(frozen=True)
class Line:
    """One order line in plain words; `order` is unique in the firm."""

    day: date = date(2011, 1, 1)
    order: str = "o1"
    customer: str = "Ann"
    country: str = "France"
    region: str = "North"
    city: str = "Lille"
    customer_kind: str = "firm"
    product: str = "Cup"
    department: str = "Home"
    category: str = "Kitchen"
    subcategory: str = "Mugs"
    channel: str = "Web"
    channel_type: str = "Online"
    units: int = 1
    revenue: str = "10.00"
    cost: str | None = "6.00"
    is_return: bool = False


ALWAYS = (date(1900, 1, 1), date(9999, 12, 31))
ON_NO_DAY = (date(1900, 1, 1), date(1900, 1, 1))
DESCRIPTORS = {
    "customer": ("country", "region", "city", "customer_kind"),
    "product": ("department", "category", "subcategory"),
    "channel": ("channel_type",),
}


def tiny_warehouse(path: Path, lines: Iterable[Line], **settings: int | str) -> Warehouse:
    """A warehouse that holds exactly these lines, with settings such as fiscal_start=7."""
    write_tiny(path, lines, **settings)
    return Warehouse(path)


def write_tiny(path: Path, lines: Iterable[Line], **settings: int | str) -> None:
    """The same, which nobody opens yet."""
    held = list(lines)
    made_once(path, (held, settings), lambda: _write(path, held, settings))


@contextmanager
def new_warehouse(path: Path) -> Iterator[Connection]:
    """Like `writing` where there is no warehouse yet, on a copy of an empty one instead of one made each time."""
    if path.exists() or is_patched():
        with writing(path) as connection:
            yield connection
        return
    with TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.duckdb"
        made_once(empty, "an empty warehouse", lambda: _make_empty(empty))
        with replacing(path, "changed", Instead(empty)) as connection:
            warehouse_id.ensure(connection)
            yield connection
            end_of_write.complete(connection)


def _make_empty(path: Path) -> None:
    """An empty warehouse as it is before its first publication."""
    with writing(path):
        pass
    with duckdb_engine.transaction(path) as connection:
        connection.execute("DELETE FROM setting WHERE name = ?", [warehouse_id.SETTING])


def _write(path: Path, lines: Sequence[Line], settings: Mapping[str, int | str]) -> None:
    with new_warehouse(path) as connection:
        for name, value in settings.items():
            connection.execute("INSERT INTO setting VALUES (?, ?)", [name, str(value)])
        customers, products, channels = (_dimension(connection, name, lines) for name in DESCRIPTORS)
        orders = {order: at for at, order in enumerate(dict.fromkeys(line.order for line in lines), 1)}
        columns = {
            "day_key": ("INTEGER", [(line.day - date(1970, 1, 1)).days for line in lines]),
            "customer_key": ("INTEGER", [key for key, _ in customers]),
            "customer_code": ("INTEGER", [code for _, code in customers]),
            "identity_key": ("INTEGER", [code for _, code in customers]),
            "product_key": ("INTEGER", [key for key, _ in products]),
            "product_code": ("INTEGER", [code for _, code in products]),
            "channel_key": ("INTEGER", [key for key, _ in channels]),
            "line_key": ("INTEGER", [0] * len(lines)),
            "order_key": ("INTEGER", [orders[line.order] for line in lines]),
            "units": ("INTEGER", [line.units for line in lines]),
            "revenue": ("VARCHAR", [line.revenue for line in lines]),
            "cost": ("VARCHAR", [line.cost for line in lines]),
            "is_return": ("BOOLEAN", [line.is_return for line in lines]),
            "is_order": ("BOOLEAN", _leads(lines)),
            "batch": ("INTEGER", [1] * len(lines)),
            "row_in_source": ("INTEGER", list(range(1, len(lines) + 1))),
        }
        insert(connection, "sale", columns)
        named = {"order_key": ("INTEGER", list(orders.values())), "number": ("VARCHAR", list(orders))}
        insert(connection, "sales_order", named | {"source": ("VARCHAR", ["tiny"] * len(orders))})


def insert(connection: Connection, table: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
    """Rows of a table from its columns, each with its type, in one statement."""
    values = ", ".join(f"unnest(?::{kind}[])" for kind, _ in columns.values())
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}", [each for _, each in columns.values()]
    )


def _leads(lines: Sequence[Line]) -> list[bool]:
    """Which lines stand for their orders: the first of each that is no return."""
    seen: set[str] = set()
    found = []
    for line in lines:
        found.append(not line.is_return and line.order not in seen)
        seen |= {line.order} if found[-1] else set()
    return found


def _version(line: Line, name: str) -> tuple[str, ...]:
    return (getattr(line, name), *(getattr(line, each) for each in DESCRIPTORS[name]))


def _dimension(connection: Connection, name: str, lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The key and code of each line's member, which are written down."""
    keys: dict[tuple[str, ...], tuple[int, int]] = {}
    codes = {UNKNOWN: 0}
    spans: list[tuple[date, date]] = []
    found = []
    for line in lines:
        version = _version(line, name)
        if version not in keys:
            moved = version[0] in codes and version[0] != UNKNOWN
            keys[version] = (len(keys) + 1, codes.setdefault(version[0], len(codes)))
            spans.append(ON_NO_DAY if moved else ALWAYS)
        found.append(keys[version])
    columns = {
        f"{name}_key": ("INTEGER", [key for key, _ in keys.values()]),
        f"{name}_code": ("INTEGER", [code for _, code in keys.values()]),
        "id": ("VARCHAR", [version[0] for version in keys]),
        "name": ("VARCHAR", [version[0] for version in keys]),
        "valid_from": ("DATE", [first for first, _ in spans]),
        "valid_to": ("DATE", [last for _, last in spans]),
    }
    texts = {
        each: ("VARCHAR", [version[at] for version in keys]) for at, each in enumerate(DESCRIPTORS[name], 1)
    }
    insert(connection, name, columns | texts)
    return found
