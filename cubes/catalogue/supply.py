"""The supply cube: orders to suppliers, what came of them and when, beside what was promised."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

RULE = "Due is an order on the promised day and the days of grace that the firm declares (none, where it does not)."
DUE_PIECES = "supply_order.received_in_time IS NOT NULL"


def _counted(
    name: str, label: str, doc: str, condition: str, rising: int = 0, *, hidden: bool = False
) -> Measure:
    return Measure(
        name,
        label,
        Kind.ADDITIVE,
        "count",
        doc,
        aggregate="count",
        condition=condition,
        rising=rising,
        hidden=hidden,
    )


def _pieces(
    name: str, label: str, doc: str, column: str, condition: str = "", *, hidden: bool = False
) -> Measure:
    column = f"supply_order.{column}"
    return Measure(
        name, label, Kind.ADDITIVE, "units", doc, column=column, condition=condition, empty="null", rising=0,
        hidden=hidden,
    )  # fmt: skip


def _share(name: str, label: str, doc: str, numerator: str, denominator: str) -> Measure:
    return Measure(
        name, label, Kind.RATIO, "percent", doc, numerator=numerator, denominator=denominator, empty="null"
    )


def _days(name: str, label: str, doc: str, quantile: float) -> Measure:
    return Measure(
        name, label, Kind.HOLISTIC, "days", doc, column="supply_order.lead_days", quantile=quantile, empty="null",
        rising=-1,
    )  # fmt: skip


STILL_OPEN = (
    "Orders still open are left out, which makes it look shorter; Partners counts them as open so far."
)

MEASURES = (
    _counted("supply_orders", "Orders to suppliers", "Orders to suppliers, a product each.", ""),
    _pieces("units_ordered", "Pieces ordered", "Pieces ordered of suppliers.", "ordered"),
    _pieces(
        "units_received",
        "Pieces received",
        "Pieces received, of each order at most those ordered.",
        "received",
    ),
    _pieces("surplus_received", "Surplus", "Pieces received beyond those ordered.", "surplus"),
    _share(
        "fill_rate",
        "Fill rate",
        f"Of the pieces of orders that are due, those received in time. {RULE}",
        "units_in_time",
        "units_due",
    ),
    _share(
        "received_in_time_share",
        "On time",
        f"Of the orders that are due, those that came in time: whole, or ended with all that came in time. {RULE}",
        "orders_in_time",
        "orders_due",
    ),
    _share(
        "received_in_full_share",
        "In full",
        "Of the orders that are whole or ended, those that are whole.",
        "orders_whole",
        "orders_told",
    ),
    _share(
        "on_time_in_full_share",
        "On time and in full",
        f"Of the orders that are due, those that were whole in time. {RULE}",
        "orders_whole_in_time",
        "orders_due",
    ),
    _days(
        "median_lead_time",
        "Median lead time",
        f"Half of the orders were whole within so many days. {STILL_OPEN}",
        0.5,
    ),
    _days(
        "p90_lead_time",
        "Lead time, 90 of 100",
        f"Nine of ten orders were whole within so many days. {STILL_OPEN}",
        0.9,
    ),
    Measure(
        "days_promised",
        "Days promised",
        Kind.RATIO,
        "days",
        "Days from an order to the day promised, on average over orders with one.",
        numerator="promised_days_summed",
        denominator="orders_promised",
        empty="null",
        rising=-1,
    ),
    _counted(
        "orders_due",
        "Orders due",
        f"Orders to suppliers whose day has come. {RULE}",
        "supply_order.is_due = 1",
    ),
    _counted(
        "open_supply_orders",
        "Orders open",
        "Orders to suppliers that are neither whole nor ended on the last day known.",
        "supply_order.open_days IS NOT NULL",
        -1,
    ),
    _counted(
        "orders_in_time",
        "Orders in time",
        "Orders that are due and came in time.",
        "supply_order.in_time = 1",
        1,
        hidden=True,
    ),
    _counted(
        "orders_whole_in_time",
        "Orders whole in time",
        "Orders that are due and were whole in time.",
        "supply_order.in_time_in_full = 1",
        1,
        hidden=True,
    ),
    _counted(
        "orders_whole", "Orders whole", "Orders that are whole.", "supply_order.in_full = 1", 1, hidden=True
    ),
    _counted(
        "orders_told",
        "Orders whole or ended",
        "Orders that are whole or ended.",
        "supply_order.in_full IS NOT NULL",
        hidden=True,
    ),
    _counted(
        "orders_promised",
        "Orders with a day promised",
        "Orders for which a day was promised.",
        "supply_order.promised_days IS NOT NULL",
        hidden=True,
    ),
    _pieces(
        "units_in_time",
        "Pieces received in time",
        "Pieces of orders that are due, received in time.",
        "received_in_time",
        DUE_PIECES,
        hidden=True,
    ),
    _pieces(
        "units_due",
        "Pieces of orders due",
        "Pieces of orders that are due.",
        "ordered",
        DUE_PIECES,
        hidden=True,
    ),
    Measure(
        "promised_days_summed",
        "Days promised, summed",
        Kind.ADDITIVE,
        "days",
        "Days from orders to the days promised, summed.",
        column="supply_order.promised_days",
        condition="supply_order.promised_days IS NOT NULL",
        rising=-1,
        hidden=True,
    ),
)

cube = DeclaredCube("supply", "Supply", "supply_order", MEASURES)
