"""What the measures of the sales cube are in SQL, written anew so that the cube's own declarations are not trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Basic:
    """A measure that is read from lines: an aggregate of `of` over the lines that meet `condition`.

    `of` counts cents in the wide fact where the unit is money. `distinct` is the column that is counted, if any.
    """

    of: str
    condition: str = ""
    money: bool = False
    distinct: str = ""
    or_zero: bool = False


BASICS = {
    "revenue": Basic("sum(revenue)", money=True),
    "margin": Basic("sum(revenue - cost)", money=True),
    "units": Basic("sum(units)"),
    "units_sold": Basic("sum(units)", "NOT is_return", or_zero=True),
    "units_returned": Basic("sum(-units)", "is_return", or_zero=True),
    "order_lines": Basic("count(*)"),
    "orders": Basic("count(DISTINCT sale.order_key)", "NOT is_return", distinct="order_key"),
    "customers": Basic(
        "count(DISTINCT sale.customer_code)", "sale.customer_code > 0", distinct="customer_code"
    ),
    "products": Basic(
        "count(DISTINCT sale.product_code)",
        "sale.product_code > 0 AND NOT is_return",
        distinct="product_code",
    ),
}
RATIOS = {
    "average_order_value": ("revenue", "orders"),
    "revenue_per_customer": ("revenue", "customers"),
    "return_rate": ("units_returned", "units_sold"),
}
MEASURES = (*BASICS, *RATIOS)


def basics(measure: str) -> tuple[str, ...]:
    """The measures read from lines that this one needs.

    >>> basics("return_rate"), basics("revenue:growth_year")
    (('units_returned', 'units_sold'), ('revenue',))
    """
    own = measure.partition(":")[0]
    return RATIOS.get(own, (own,))


def is_distinct(measure: str) -> bool:
    """Whether something is counted distinctly for it."""
    return any(BASICS[each].distinct for each in basics(measure))


def expression(measure: str, cents: bool = False, when: str = "", empty: str = "") -> str:
    """The measure over the lines of a cell that also meet `when`; `empty` is what it says where there are none."""
    if measure in RATIOS:
        over, under = (expression(each, cents, when) for each in RATIOS[measure])
        return f"{over} / nullif({under}, 0)"
    basic = BASICS[measure]
    conditions = " AND ".join(f"({each})" for each in (basic.condition, when) if each)
    found = f"{basic.of} FILTER (WHERE {conditions})" if conditions else basic.of
    found = f"{found} / 100.0" if cents and basic.money else found
    empty = empty or ("0" if basic.or_zero else "")
    return f"coalesce({found}, {empty})" if empty else found
