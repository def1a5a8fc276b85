"""A firm whose truth is known: an industrial district's wholesaler-retailer, simulated into a warehouse.

Everything follows from `Firm` (sizes and seed) and fixed dates, never from today, the machine or its threads.
Purchases follow BG/NBD from each customer's first one (`customers`); seasons, growth, associations, a price
change and campaigns lie in the baskets (`baskets`, `goods`); what was planted is kept in the schema `truth`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from data import environment
from data.access.deed import Deed
from data.connection import Connection
from data.demo import written_firm
from data.demo.demo_firm import MONTHS, NAME, Firm
from data.demo.planted_truth import Fates, write_truth
from data.demo.simulated_campaigns import CAMPAIGNS
from data.demo.simulated_customers import People, people, purchases
from data.demo.simulated_orders import Columns, Orders, Shop, months, orders
from data.demo.simulated_products import Goods, catalogue
from data.errors import WarehouseError
from data.model.canonical_tables import CHANNEL, CUSTOMER, PRODUCT, DimensionTable
from data.store import warehouse

__all__ = ["Firm", "add_arguments", "run", "simulate"]

Progress = Callable[[float, str], None]


def _silent(_share: float, _what: str) -> None:
    pass


def simulate(
    path: Path,
    firm: Firm = Firm(),  # noqa: B008 (frozen)
    progress: Progress = _silent,
    described: Sequence[DimensionTable] = (CUSTOMER, PRODUCT, CHANNEL),
    *,
    partners: bool = False,
) -> None:
    """Make the firm's warehouse at `path`; `progress` hears the share done (0 to 1) and what is being done.

    `described` are the dimensions of which the ERP's lists count as loaded; of the others only numbers are known. With
    `partners` lines name who supplied and who sold them, by numbers alone.
    Errors: WarehouseError when there is a warehouse already.
    """
    if warehouse.is_there(path):
        raise WarehouseError(
            f"There is already a warehouse at {path}.", "Move it away or name another with --warehouse."
        )
    progress(0.0, "Customers and products")
    everybody, goods = people(firm), catalogue(firm)
    ordered, died = _orders(firm, everybody)
    with warehouse.writing(path, "demonstration firm made", Deed.LOAD) as connection:
        written_firm.write_settings(connection)
        written_firm.write_customers(connection, everybody)
        written_firm.write_products(connection, goods)
        written_firm.write_channels(connection)
        trade = _traded(connection, goods) if partners else _not_traded
        written_firm.write_sources(connection, described)
        shop = Shop(firm, goods, everybody)
        extra = _sales(connection, shop, ordered, progress, trade)
        write_truth(connection, shop, Fates(died, extra))
        progress(0.9, "Codes and calendar")
    progress(1.0, "Done")


def _orders(firm: Firm, everybody: People) -> tuple[Orders, np.ndarray]:
    """All orders, and by customer code the day of leaving."""
    found = list(purchases(firm, everybody))
    code = np.concatenate([chunk.code for chunk in found])
    day = np.concatenate([chunk.day for chunk in found])
    died = np.concatenate([[-1], *(chunk.died for chunk in found)])
    return orders(firm, code, day), died


def _not_traded(_lines: Columns) -> Columns:
    return {}


def _traded(connection: Connection, goods: Goods) -> Callable[[Columns], Columns]:
    """Write the partners down; what tells who supplied and who sold lines."""
    from data.demo.district import traded_lines

    traded_lines.write_partners(connection)
    return lambda lines: traded_lines.traded_by(lines, goods.brand)


def _sales(
    connection: Connection,
    shop: Shop,
    ordered: Orders,
    progress: Progress,
    trade: Callable[[Columns], Columns],
) -> np.ndarray:
    """Write lines, orders and batch; the cents that campaigns added, by campaign and customer."""
    loaded = revenue = 0
    last_order = bought = len(ordered.day)
    size = len(shop.people.rate)
    extra = np.zeros(size * (1 + len(CAMPAIGNS)))
    for month, (lines, by) in enumerate(months(shop, ordered)):
        progress(0.1 + 0.8 * month / MONTHS, f"Sales of month {month + 1} of {MONTHS}")
        written_firm.write_lines(connection, lines | trade(lines), loaded)
        loaded += len(by)
        revenue += int(lines["revenue"].sum())
        last_order = max(last_order, int(lines["order_key"].max(initial=0)))
        extra += np.bincount(by.astype(np.int64) * size + lines["customer"], lines["revenue"], len(extra))
    written_firm.write_orders(connection, bought, last_order)
    written_firm.write_batch(connection, shop.firm, loaded, revenue)
    return np.rint(extra).astype(np.int64).reshape(-1, size)[1:]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m data demo`."""
    default = Firm()
    parser.description = f"Make the demonstration firm, {NAME}."
    parser.add_argument("--lines", type=int, default=default.lines, help="order lines, about (%(default)s)")
    parser.add_argument("--customers", type=int, help="customers (a fiftieth of the lines)")
    parser.add_argument("--products", type=int, default=default.products, help="products (%(default)s)")
    parser.add_argument("--seed", type=int, default=default.seed, help="what fixes all chance (%(default)s)")
    parser.add_argument("--warehouse", type=Path, help="the file to make (CLIENTELA_WAREHOUSE)")
    parser.add_argument(
        "--only-sales", action="store_true", help="the ERP's sales alone, in a tenth of the time"
    )
    parser.add_argument(
        "--exports", type=Path, metavar="FOLDER", help="write what its four systems would export instead"
    )
    parser.add_argument(
        "--if-absent", action="store_true", help="do nothing where there is a warehouse already"
    )


def run(args: argparse.Namespace) -> None:
    """Make the firm that the options describe, and say where it is and how large."""
    firm = Firm(args.lines, args.customers, args.products, args.seed)
    if args.exports:
        _export(firm, args.exports)
        return
    path = args.warehouse or environment.warehouse()
    if args.if_absent and warehouse.is_there(path):
        return
    began = time.perf_counter()
    make = simulate if args.only_sales else _integrate
    make(path, firm, _to_terminal)
    size_mb = path.stat().st_size / 1e6
    print(f"{NAME} is at {path}: {size_mb:,.0f} MB, made in {time.perf_counter() - began:.1f} s.")


def _integrate(path: Path, firm: Firm, progress: Progress) -> None:
    from data.demo.integration import integrate

    integrate(path, firm, progress)


def _export(firm: Firm, folder: Path) -> None:
    from data.demo import exports

    began = time.perf_counter()
    exports.write(firm, folder, progress=_to_terminal)
    print(f"The exports of {NAME} are in {folder}, made in {time.perf_counter() - began:.1f} s.")


def _to_terminal(share: float, what: str) -> None:
    end = "\n" if share == 1 else ""
    print(f"\r{share:4.0%}  {what:<32}", end=end, file=sys.stderr, flush=True)
