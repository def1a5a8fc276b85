"""Tiny warehouses for tests: a few order lines in, one DuckDB file out, without the loader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse, writing


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
    lines = list(lines)
    with writing(path) as connection:
        for name, value in settings.items():
            connection.execute("INSERT INTO setting VALUES (?, ?)", [name, str(value)])
        keys = {name: _dimension(connection, name, lines) for name in DESCRIPTORS}
        orders = {order: at for at, order in enumerate(dict.fromkeys(line.order for line in lines), 1)}
        leads: set[str] = set()
        for row, line in enumerate(lines, 1):
            lead = not line.is_return and line.order not in leads
            leads |= {line.order} if lead else set()
            customer_key, customer_code = keys["customer"][_version(line, "customer")]
            product_key, product_code = keys["product"][_version(line, "product")]
            channel_key, _ = keys["channel"][_version(line, "channel")]
            connection.execute(
                "INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 1, ?, NULL, NULL, NULL)",
                [
                    (line.day - date(1970, 1, 1)).days,
                    customer_key,
                    customer_code,
                    customer_code,
                    product_key,
                    product_code,
                    channel_key,
                    orders[line.order],
                    line.units,
                    Decimal(line.revenue),
                    None if line.cost is None else Decimal(line.cost),
                    line.is_return,
                    lead,
                    row,
                ],
            )
        for order, key in orders.items():
            connection.execute("INSERT INTO sales_order VALUES (?, 'tiny', ?)", [key, order])
    return Warehouse(path)


def _version(line: Line, name: str) -> tuple[str, ...]:
    return (getattr(line, name), *(getattr(line, each) for each in DESCRIPTORS[name]))


def _dimension(connection: Any, name: str, lines: list[Line]) -> dict[tuple[str, ...], tuple[int, int]]:
    keys: dict[tuple[str, ...], tuple[int, int]] = {}
    codes = {UNKNOWN: 0}
    for line in lines:
        version = _version(line, name)
        if version not in keys:
            moved = version[0] in codes and version[0] != UNKNOWN
            code = codes.setdefault(version[0], len(codes))
            key = len(keys) + 1
            keys[version] = (key, code)
            columns = (
                f"{name}_key",
                f"{name}_code",
                "id",
                "name",
                "valid_from",
                "valid_to",
                *DESCRIPTORS[name],
            )
            connection.execute(
                f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
                [key, code, version[0], version[0], *(ON_NO_DAY if moved else ALWAYS), *version[1:]],
            )
    return keys
