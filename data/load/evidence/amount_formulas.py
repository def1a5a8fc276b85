"""How the amount of a line follows from quantity and price: plainly, less a discount, with a tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.compared_figures import MOSTLY, agrees, most, varies
from data.load.evidence.discounts import amount_of, discounts, is_of_order, less, sign_of
from data.load.evidence.row_sample import RowSample

BASE = "quantity * unit_price"
OTHERS = ("quantity", "unit_price", "cost", "unit_cost", "order", "line", "date")


@dataclass(frozen=True)
class AmountFormula:
    """One way in which an amount follows from quantity and price: its expression, its values, and the columns of
    discount and tax in it."""

    expression: str
    values: pl.Series
    discount: str = ""
    tax: str = ""


def base(sample: RowSample) -> pl.Series | None:
    """Quantity x price, if both are there."""
    quantity, price = sample.field("quantity"), sample.field("unit_price")
    return None if quantity is None or price is None else quantity * price


def forms(sample: RowSample) -> list[AmountFormula]:
    """The ways in which amounts may follow from quantities and prices, the plainest first."""
    plain = base(sample)
    if plain is None:
        return []
    found = [AmountFormula(BASE, plain), *_discounted(sample, plain)]
    for column, tax in taxes(sample):
        found += [each for form in found if not form.tax for each in _taxed(form, column, tax.fill_null(0))]
    return found


def best(
    sample: RowSample, amount: pl.Series, among: Sequence[AmountFormula] | None = None
) -> tuple[AmountFormula | None, float]:
    """The form that explains most of the amounts, the plainest of several, and the share that it does."""
    quantity, found, reached = sample.field("quantity"), None, 0.0
    for form in forms(sample) if among is None else among:
        explained = agrees(amount, form.values, quantity)
        if explained > reached:
            found, reached = form, explained
    return found, reached


def line_amounts(sample: RowSample) -> list[str]:
    """The columns that quantity and price make amounts of lines, those less discount and without tax first."""
    among, found = forms(sample), []
    taken = {column for name, column in sample.part.columns.items() if name in OTHERS}
    for at, column in enumerate(sample.texts):
        amount = sample.numbers(column) if among and column not in taken else None
        if (
            amount is None
            or header_words.is_called(column, "discount")
            or header_words.is_tax(column)
            or not varies(amount)
        ):
            continue
        form, reached = best(sample, amount, among)
        if form is not None and reached >= MOSTLY:
            found.append(
                (bool(form.tax), not form.discount, header_words.is_called(column, "not_sales"), at, column)
            )
    return [column for *_, column in sorted(found)]


def computed(sample: RowSample) -> str:
    """The amount of a line from quantity and price, less the discount of the line if a column tells one."""
    if base(sample) is None:
        return ""
    off = [each for each in discounts(sample) if not is_of_order(sample, *each)]
    return less(BASE, sample, *off[0]) if off else BASE


def taxes(sample: RowSample) -> list[tuple[str, pl.Series]]:
    """The columns of taxes, with their numbers."""
    used = set(sample.part.columns.values())
    found = [(column, sample.numbers(column)) for column in sample.texts
             if column not in used and header_words.is_tax(column)]  # fmt: skip
    return [(column, tax) for column, tax in found if tax is not None]


def in_words(expression: str) -> str:
    """An expression as people say it."""
    return expression.replace("unit_price", "price").replace(" * ", " x ")


def _discounted(sample: RowSample, plain: pl.Series) -> list[AmountFormula]:
    found = []
    for column, said in discounts(sample):
        told, sign, off = amount_of(column), sign_of(said), said.fill_null(0).abs()
        if most(off) <= 1:
            found.append(AmountFormula(f"{BASE} * (1 {sign} {told})", plain * (1 - off), column))
        if most(off) <= 100:
            found.append(AmountFormula(f"{BASE} * (1 {sign} {told} / 100)", plain * (1 - off / 100), column))
        found.append(AmountFormula(f"{BASE} {sign} {told}", plain - off * plain.sign(), column))
        quantity = sample.field("quantity")
        if quantity is not None:
            found.append(
                AmountFormula(f"quantity * (unit_price {sign} {told})", plain - off * quantity, column)
            )
    return found


def _taxed(form: AmountFormula, column: str, tax: pl.Series) -> list[AmountFormula]:
    told = amount_of(column)
    found = [AmountFormula(f"{form.expression} + {told}", form.values + tax, form.discount, column)]
    if most(tax) <= 1:
        rate = f"({form.expression}) * (1 + {told})"
        found.append(AmountFormula(rate, form.values * (1 + tax), form.discount, column))
    elif most(tax) <= 100:
        rate = f"({form.expression}) * (1 + {told} / 100)"
        found.append(AmountFormula(rate, form.values * (1 + tax / 100), form.discount, column))
    return found
