"""The sales cube: order lines by customer, product, channel and time."""

from __future__ import annotations

from cubes.model import Cube, Dimension, Hierarchy, Kind, Level, Measure
from data.schema import OF_SALE, TIME_HIERARCHIES, UNKNOWN, DimensionTable
from data.warehouse import Profile

LABELS = {
    "customer_kind": "Customer kind",
    "channel_type": "Channel type",
    "iso_year": "ISO year",
    "week": "ISO week",
}
DIMENSION_LABELS = {"line": "Order line"}
ON_THE_FACT = {"customer", "product"}

MEASURES = (
    Measure(
        "revenue",
        "Revenue",
        Kind.ADDITIVE,
        "money",
        "What customers were billed, net of returns.",
        column="sale.revenue",
    ),
    Measure(
        "margin",
        "Margin",
        Kind.ADDITIVE,
        "money",
        "Revenue less cost, net of returns; lines whose cost is not known are left out.",
        column="sale.revenue - sale.cost",
    ),
    Measure(
        "orders",
        "Orders",
        Kind.DISTINCT,
        "count",
        "Different orders; returns are not orders.",
        column="sale.order_key",
        condition="NOT sale.is_return",
        additive_along=("customer", "channel", "time"),
        flag="sale.is_order",
    ),
    Measure(
        "customers",
        "Customers",
        Kind.DISTINCT,
        "count",
        "Different customers who have at least one line, a return included; (unknown) is not one.",
        column="sale.customer_code",
        condition="sale.customer_code > 0",
    ),
    Measure("units", "Units", Kind.ADDITIVE, "units", "Pieces sold, net of returns.", column="sale.units"),
    Measure(
        "order_lines",
        "Order lines",
        Kind.ADDITIVE,
        "count",
        "Lines of orders and of returns.",
        aggregate="count",
    ),
    Measure(
        "average_order_value",
        "Average order value",
        Kind.RATIO,
        "money",
        "Revenue (net of returns) divided by orders.",
        numerator="revenue",
        denominator="orders",
    ),
    Measure(
        "revenue_per_customer",
        "Revenue per customer",
        Kind.RATIO,
        "money",
        "Revenue divided by customers; revenue without a known customer counts in the revenue.",
        numerator="revenue",
        denominator="customers",
    ),
    Measure(
        "return_rate",
        "Return rate",
        Kind.RATIO,
        "percent",
        "Pieces returned divided by pieces sold.",
        numerator="units_returned",
        denominator="units_sold",
        rising=-1,
    ),
    Measure(
        "products",
        "Products",
        Kind.DISTINCT,
        "count",
        "Different products sold; (unknown) is not one.",
        column="sale.product_code",
        condition="sale.product_code > 0 AND NOT sale.is_return",
    ),
    Measure(
        "categories",
        "Categories",
        Kind.DISTINCT,
        "count",
        "Different categories sold; (unknown) is not one.",
        column="product.category_code",
        condition=f"product.category <> '{UNKNOWN}' AND NOT sale.is_return",
        joins=("product",),
    ),
    Measure(
        "purchase_days",
        "Purchase days",
        Kind.DISTINCT,
        "count",
        "Different days with at least one purchase.",
        column="sale.day_key",
        condition="NOT sale.is_return",
    ),
    Measure(
        "last_purchase",
        "Last purchase",
        Kind.ADDITIVE,
        "date",
        "The latest day with a purchase.",
        aggregate="max",
        column="sale.day_key",
        condition="NOT sale.is_return",
        rising=0,
    ),
    Measure(
        "units_sold",
        "Units sold",
        Kind.ADDITIVE,
        "units",
        "Pieces sold, before returns.",
        column="sale.units",
        condition="NOT sale.is_return",
        hidden=True,
    ),
    Measure(
        "units_returned",
        "Units returned",
        Kind.ADDITIVE,
        "units",
        "Pieces returned, as a positive number.",
        column="-sale.units",
        condition="sale.is_return",
        rising=-1,
        hidden=True,
    ),
)


def cube(profile: Profile) -> Cube:
    """The sales cube over this snapshot; what the firm brought along as attributes become levels.

    Levels of which nothing is known are left out of the hierarchies, so that drilling skips them. An attribute
    that bears the name of a measure is left out altogether.
    """
    conformed = (_dimension(table, profile) for table in OF_SALE)
    dimensions = (_time(), *(dimension for dimension in conformed if dimension.levels))
    return Cube("sales", "Sales", "sale", dimensions, MEASURES)


def _dimension(table: DimensionTable, profile: Profile) -> Dimension:
    measures = {measure.name for measure in MEASURES}
    own = [each for each in profile.attributes if each.dimension == table.name and each.name not in measures]
    leaf = (table.leaf,) if table.leaf else ()
    levels = [_level(table, name) for name in (*table.descriptors, *leaf)]
    levels += [
        Level(each.name, each.label, table.name, f"{table.name}.{each.name}_code", table.name) for each in own
    ]
    hierarchies = [_hierarchy(names, profile) for names in table.hierarchies]
    hierarchies += [Hierarchy(each.name, (each.name, *leaf)) for each in own]
    label = DIMENSION_LABELS.get(table.name, table.name.capitalize())
    return Dimension(table.name, label, tuple(levels), tuple(hierarchies))


def _hierarchy(names: tuple[str, ...], profile: Profile) -> Hierarchy:
    *above, leaf = names
    known = tuple(name for name in above if profile.known.get(name, 0))
    return Hierarchy(names[0], (*known, leaf))


def _level(table: DimensionTable, name: str) -> Level:
    label = LABELS.get(name, name.capitalize())
    if name == table.leaf and table.name in ON_THE_FACT:
        return Level(name, label, table.name, f"sale.{table.code}")
    return Level(name, label, table.name, f"{table.name}.{name}_code", table.name)


def _time() -> Dimension:
    names = dict.fromkeys(name for hierarchy in TIME_HIERARCHIES for name in hierarchy)
    levels = tuple(
        Level(name, LABELS.get(name, name.capitalize()), "time", "sale.day_key", is_time=True)
        if name == "day"
        else Level(name, LABELS.get(name, name.capitalize()), "time", f"time.{name}_code", "time", True)
        for name in names
    )
    return Dimension("time", "Time", levels, tuple(Hierarchy(names[0], names) for names in TIME_HIERARCHIES))
