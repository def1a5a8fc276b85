"""The amount of order lines: what quantity and price make, else the column that is called so."""

from __future__ import annotations

from data.load.evidence import header_words
from data.load.evidence.amount_formulas import base, best, computed, line_amounts
from data.load.evidence.compared_figures import NEARLY, agrees, are_whole, total
from data.load.evidence.order_totals import order_total
from data.load.evidence.product_amounts import grows, stays
from data.load.evidence.row_sample import RowSample
from data.load.evidence.tax_columns import is_taxed
from data.load.evidence.ways_out import filled
from data.load.mappings.mapping import Part
from data.load.proposal.column_assignment import score

PROFITS = frozenset([
    "profit", "gross profit", "gross margin", "utile", "margine", "gewinn", "rohertrag", "marge brute", "beneficio",
    "прибыль",
])  # fmt: skip
LIKED = 0.5


def with_amount(sample: RowSample, part: Part) -> Part:
    """The part with the amount of its lines, by evidence before names."""
    part = _with_price(sample.of(part), part)
    sample = sample.of(part)
    columns: dict[str, str | None] = {"revenue": _chosen(sample)}
    expressions = {}
    if columns["revenue"] is None and (expression := computed(sample)):
        expressions["revenue"] = expression
    elif columns["revenue"] is None and "quantity" not in part.columns and "unit_price" in part.columns:
        columns = {"revenue": part.columns["unit_price"], "unit_price": None}  # a line for each piece
    part = filled(part, columns, expressions)
    return _with_profit(sample, part)


def amount_columns(sample: RowSample) -> list[str]:
    """The columns that are called like the amount of a line, and may be one; those of prices, too."""
    others = {name for field, name in sample.part.columns.items() if field != "revenue"}
    found = []
    for name in sample.texts:
        called = _called(name) or score("order_lines", "unit_price", name)
        values = sample.numbers(name) if called and name not in others else None
        if values is not None and values.drop_nulls().len() and not _is_after_fees(sample, name):
            found.append(name)
    return found


def _chosen(sample: RowSample) -> str | None:
    """The column that is the amount of a line, if one is."""
    called = amount_columns(sample)
    called.sort(key=lambda name: -_liking(name))
    proven = [name for name in line_amounts(sample) if name in called and not _has_tax(sample, name)]
    if proven:
        return _net_of(sample, proven[0], called)
    of_lines = [name for name in called if not _is_of_order(sample, name)]
    if base(sample) is not None:
        return next((name for name in of_lines if _is_explained(sample, name)), None)
    return next(iter([*of_lines, *called]), None)


def _called(name: str) -> float:
    return score("order_lines", "revenue", name)


def _liking(name: str) -> float:
    """By name; an amount without tax before one with it."""
    liked = LIKED if header_words.is_called(name, "net") else 0.0
    return _called(name) + liked - (LIKED if header_words.is_called(name, "gross") else 0.0)


def _with_price(sample: RowSample, part: Part) -> Part:
    """What is called a price and grows with the quantity is the line's amount; what is called an amount and stays is
    the price of one."""
    price = part.columns.get("unit_price")
    prices = sample.numbers(price) if price else None
    if prices is not None and grows(sample, prices):
        return filled(part, {"unit_price": None}, {})
    amounts = [name for name in sample.texts if _called(name) and sample.numbers(name) is not None]
    if price and prices is not None and "quantity" not in part.columns:
        for name in amounts:
            # What is called an amount and is the number of pieces: a price grows with it.
            trial = filled(part, {"quantity": name, "unit_price": None}, {})
            values = sample.numbers(name)
            if values is not None and are_whole(values) and grows(sample.of(trial), prices):
                return trial
    if not price and "quantity" in part.columns:
        found = [
            name for name in amounts if (values := sample.numbers(name)) is not None and stays(sample, values)
        ]
        return filled(part, {"unit_price": found[0]}, {}) if found else part
    return part


def _net_of(sample: RowSample, proven: str, called: list[str]) -> str:
    """The column that is the same amount without tax, where there is one; else the amount itself."""
    gross = sample.numbers(proven)
    for name in called:
        net = sample.numbers(name) if header_words.is_called(name, "net") else None
        if gross is not None and net is not None and is_taxed(gross, net):
            return name
    return proven


def _is_after_fees(sample: RowSample, name: str) -> bool:
    """Whether an amount is another less a fee."""
    values = sample.numbers(name)
    fees = [each for column in sample.texts if header_words.is_called(column, "fee")
            and (each := sample.numbers(column)) is not None and total(each)]  # fmt: skip
    others = [each for column in sample.texts if column != name and _called(column)
              and (each := sample.numbers(column)) is not None]  # fmt: skip
    taken = [off for fee in fees for off in (fee.abs(), fee if total(fee) > 0 else -fee)]
    return values is not None and any(
        agrees(values, other - off) > NEARLY for off in taken for other in others
    )


def _is_of_order(sample: RowSample, name: str) -> bool:
    values = sample.numbers(name)
    return values is not None and order_total(sample, values) is not None


def _has_tax(sample: RowSample, name: str) -> bool:
    values = sample.numbers(name)
    form = best(sample, values)[0] if values is not None else None
    return form is not None and bool(form.tax)


def _is_explained(sample: RowSample, name: str) -> bool:
    """Whether quantity and price make most of these amounts, be it with a tax."""
    values, plain = sample.numbers(name), base(sample)
    if values is None or plain is None:
        return False
    return best(sample, values)[1] >= 0.5 or is_taxed(values, plain)


def _with_profit(sample: RowSample, part: Part) -> Part:
    """Cost from revenue and profit, where a column of profit is all that tells it."""
    if {"cost", "unit_cost"} & set(part.filled) or "revenue" not in part.filled:
        return part
    called = [
        name
        for name in sample.texts
        if header_words.header(name) in PROFITS and sample.numbers(name) is not None
    ]
    return filled(part, {}, {"cost": f"revenue - column({called[0]!r})"}) if called else part
