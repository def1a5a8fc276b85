"""Which column is the amount of a line: told by quantity and price, by what is the same in all of an order's lines,
and by tax. Amounts are compared to the cent, with what rounding a price may add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data.load.evidence import words
from data.load.evidence.sample import Sample
from data.load.evidence.ways import fill, many, named, settle
from data.load.mapping import Part
from data.load.notice import Choice, Notice

MOSTLY = 0.9
NEARLY = 0.95
LEAST = 3  # orders, products or rows from which on a rule is believed
TAXES = (0.01, 0.30)
RATES = 6
OTHERS = frozenset(["quantity", "unit_price", "cost", "unit_cost"])


@dataclass(frozen=True)
class Form:
    """One way in which an amount follows from quantity and price: the expression of it, and its values."""

    expression: str
    values: pl.Series
    discount: str = ""
    tax: str = ""


def notices(sample: Sample) -> Iterator[Notice]:
    """What is odd with revenue and cost of order lines."""
    part = sample.part
    revenue = sample.field("revenue")
    if not part.kind.is_lines or revenue is None:
        return
    name = _named(part, "revenue")
    if "revenue" in part.columns or "revenue" in part.expressions:
        found = _of_order(sample, revenue, name) or _of_one(sample, revenue, name)
        if found is None:
            found = _disagreement(sample, revenue, name)
        if found:
            yield found
        elif taxed := _taxed(sample, revenue, name):
            yield taxed
    if left := _left_discount(sample):
        yield left
    yield from _costs(sample)


def forms(sample: Sample, plainly: bool = False) -> list[Form]:
    """The ways in which the amounts of a file may follow from its quantities and prices, the plainest first."""
    quantity, price = sample.field("quantity"), sample.field("unit_price")
    if quantity is None or price is None:
        return []
    base = quantity * price
    found = [Form("quantity * unit_price", base)]
    if plainly:
        return found
    for column, off in _numbers_called(sample, "discount"):
        told = f"coalesce(number({named(column)}), 0)"
        off = off.fill_null(0).abs()
        sign = "+" if _is_negative(sample, column) else "-"
        if off.max() <= 1:
            found.append(Form(f"quantity * unit_price * (1 {sign} {told})", base * (1 - off), column))
        if off.max() <= 100:
            found.append(
                Form(f"quantity * unit_price * (1 {sign} {told} / 100)", base * (1 - off / 100), column)
            )
        found.append(Form(f"quantity * unit_price {sign} {told}", base - off * base.sign(), column))
        found.append(Form(f"quantity * (unit_price {sign} {told})", quantity * (price - off), column))
    for column, tax in _taxes(sample):
        told, tax = f"coalesce(number({named(column)}), 0)", tax.fill_null(0)
        for form in list(found):
            if form.tax:
                continue
            found.append(Form(f"{form.expression} + {told}", form.values + tax, form.discount, column))
            if tax.max() <= 1:
                found.append(
                    Form(
                        f"({form.expression}) * (1 + {told})", form.values * (1 + tax), form.discount, column
                    )
                )
            elif tax.max() <= 100:
                more = form.values * (1 + tax / 100)
                found.append(Form(f"({form.expression}) * (1 + {told} / 100)", more, form.discount, column))
    return found


def best(sample: Sample, amount: pl.Series, among: list[Form] | None = None) -> tuple[Form | None, float]:
    """The form that explains most of the amounts, the plainest of several, and the share that it does."""
    quantity = sample.field("quantity")
    rated = [
        (agrees(amount, form.values, quantity), form) for form in (forms(sample) if among is None else among)
    ]
    return max(((share, form) for share, form in rated), key=lambda pair: pair[0], default=(0.0, None))[::-1]


def agrees(amount: pl.Series, other: pl.Series, quantity: pl.Series | None = None) -> float:
    """The share of rows, of those that have both, in which two amounts are the same but for rounding."""
    same = _same(amount, other, quantity)
    known = len(same) - same.null_count()
    return float(same.sum() or 0) / known if known else 0.0


def _same(amount: pl.Series, other: pl.Series, quantity: pl.Series | None) -> pl.Series:
    whole = bool((amount.drop_nulls() % 1 == 0).all())
    pieces = quantity.abs().clip(1, None) if quantity is not None else 1.0
    return (amount.abs() - other.abs()).abs() <= 0.0051 * pieces + 0.0101 + (0.5 if whole else 0.0)


@dataclass(frozen=True)
class OfOrder:
    """A column that says one amount for a whole order: of how many orders of several lines, and one as example."""

    orders: int
    several: int
    times: float
    example: str
    amount: float
    lines: int
    first_only: bool


def of_order(sample: Sample, amount: pl.Series) -> OfOrder | None:
    """Whether an amount is the order's: the same in all lines of each order, or only in one, while the lines differ."""
    order = sample.field("order")
    if order is None:
        return None
    frame = pl.DataFrame({"order": order, "amount": amount, "line": _line(sample, amount)}).drop_nulls(
        "order"
    )
    groups = frame.group_by("order", maintain_order=True).agg(
        pl.len().alias("n"), pl.col("amount").drop_nulls().n_unique().alias("amounts"), pl.col("amount").count().alias("said"),
        pl.col("amount").drop_nulls().first().alias("value"), pl.col("line").n_unique().alias("lines"),
    ).filter(pl.col("n") > 1, pl.col("said") > 0)  # fmt: skip
    several = groups.height
    differing = groups.filter(pl.col("lines") > 1)
    same = differing.filter(pl.col("amounts") == 1)
    if several < 2 or differing.height < 2 or same.height < NEARLY * differing.height:
        return None
    first_only = bool((same["said"] == 1).mean() > MOSTLY)
    adds_up = _adds_up(sample, amount, same["order"])
    if not adds_up and not first_only and (same.height < LEAST or same["value"].n_unique() < LEAST):
        return None
    form, share = best(sample, amount, forms(sample, plainly=True))
    if form is not None and share > NEARLY and not first_only:
        return None
    sums = amount.sum() / max(1e-9, abs(_once(order, amount)))
    example = same.row(0, named=True)
    return OfOrder(
        same.height, several, abs(sums), str(example["order"]), example["value"], example["n"], first_only
    )


def _once(order: pl.Series, amount: pl.Series) -> float:
    """The sum of an amount that is counted once an order."""
    frame = pl.DataFrame({"order": order, "amount": amount}).drop_nulls()
    return float(frame.unique("order", keep="first", maintain_order=True)["amount"].sum() or 0.0)


def _line(sample: Sample, amount: pl.Series) -> pl.Series:
    """What tells the lines of an order apart: quantity and price, else the product, else all other numbers."""
    told = [
        each
        for name in ("product", "line", "quantity", "unit_price")
        if (each := sample.field(name)) is not None
    ]
    if not told:
        told = [
            each
            for each in map(sample.numbers, sample.texts)
            if each is not None and not _equal(each, amount)
        ]
    return pl.DataFrame([each.alias(str(at)) for at, each in enumerate(told)]).hash_rows() if told else pl.repeat(
        0, len(amount), eager=True)  # fmt: skip


def _equal(one: pl.Series, other: pl.Series) -> bool:
    return agrees(one, other) == 1.0


def _adds_up(sample: Sample, amount: pl.Series, orders: pl.Series) -> bool:
    """Whether the amount of an order is what its quantities and prices add up to."""
    base, order = forms(sample, plainly=True), sample.field("order")
    if not base or order is None:
        return False
    frame = pl.DataFrame({"order": order, "amount": amount, "base": base[0].values})
    groups = frame.filter(pl.col("order").is_in(orders.implode())).group_by("order").agg(
        pl.col("amount").drop_nulls().first(), pl.col("base").sum())  # fmt: skip
    return agrees(groups["amount"], groups["base"]) >= 0.5


def _of_order(sample: Sample, revenue: pl.Series, name: str) -> Notice | None:
    found = of_order(sample, revenue)
    if found is None:
        return None
    part, key = sample.part, f"amount: {name}"
    where = "stands on one line of" if found.first_only else "is the same on all lines of"
    said = (
        f"{name} {where} {found.orders:,} of {many(found.several, 'order')} of several lines (order {found.example}:"
        f" {found.amount:,.2f}, {found.lines} lines): it is the order's amount, not the line's."
    )
    if found.times > 1.01:
        said += f" Added up it counts {found.times:.2g} times too much."
    choices = [_choose(part, each) for each in line_amounts(sample) if each != name]
    if not choices and (expression := computed(sample)):
        choices = [fill(part, f"The amount is {words_of(expression)}", {}, {"revenue": expression})]
    if not choices:
        said += " The file tells no amount of its lines."
    return Notice(key, said, "What is the amount of a line?", (*choices, settle(part, key)))


def _choose(part: Part, column: str) -> Choice:
    return fill(part, f"The amount is {column}", {"revenue": column}, {})


def words_of(expression: str) -> str:
    return expression.replace("unit_price", "price").replace(" * ", " x ")


def line_amounts(sample: Sample) -> list[str]:
    """The columns that quantity and price make amounts of lines, those less discount and without tax first."""
    among, found = forms(sample), []
    for column in sample.texts:
        amount = sample.numbers(column)
        if amount is None or column in _taken(sample.part) or words.is_called(column, "discount"):
            continue
        form, share = best(sample, amount, among)
        if form is not None and share >= MOSTLY and not words.is_tax(column) and _moves(amount):
            found.append(
                (bool(form.tax), not form.discount, words.is_called(column, "not_sales"), len(found), column)
            )
    return [column for *_, column in sorted(found)]


def _moves(amount: pl.Series) -> bool:
    return amount.drop_nulls().n_unique() > 1


def _taken(part: Part) -> frozenset[str]:
    return frozenset(
        column for name, column in part.columns.items() if name in (*OTHERS, "order", "line", "date")
    )


def computed(sample: Sample) -> str:
    """The amount of a line from quantity and price, less the discount of the line if a column tells one."""
    if not forms(sample, plainly=True):
        return ""
    for column, off in _numbers_called(sample, "discount"):
        if off.abs().sum() and not _is_once(sample, column, off):
            told = f"coalesce(number({named(column)}), 0)"
            sign = "+" if _is_negative(sample, column) else "-"
            if off.abs().max() <= 1:
                return f"quantity * unit_price * (1 {sign} {told})"
            if _is_percent(sample, column, off):
                return f"quantity * unit_price * (1 {sign} {told} / 100)"
            return f"quantity * unit_price {sign} {told}"
    return "quantity * unit_price"


def _is_once(sample: Sample, column: str, off: pl.Series) -> bool:
    """Whether a discount is an amount off the whole order: the same on all its lines, or on the first alone."""
    order = sample.field("order")
    if order is None or off.abs().max() <= 1 or _says_percent(sample, column):
        return False
    frame = pl.DataFrame({"order": order, "off": off}).drop_nulls("order")
    groups = frame.group_by("order").agg(
        pl.len().alias("n"), pl.col("off").n_unique().alias("said"), pl.col("off").abs().max().alias("most"),
        (pl.col("off").fill_null(0) != 0).sum().alias("times"))  # fmt: skip
    several = groups.filter(pl.col("n") > 1, pl.col("most") > 0)
    return several.height >= 1 and bool(((several["said"] == 1) | (several["times"] == 1)).mean() >= NEARLY)


def _says_percent(sample: Sample, column: str) -> bool:
    last = words.header(column).split()[-1:]
    return "%" in column or last in (["pct"], ["percent"], ["percentage"], ["perc"], ["prozent"], ["pourcentage"]) or bool(
        sample.texts[column].str.contains("%", literal=True).any())  # fmt: skip


def _is_percent(sample: Sample, column: str, off: pl.Series) -> bool:
    """Whether a discount is a percentage: it says so, or it is one of a few round numbers."""
    values = off.drop_nulls().abs()
    few = values.max() <= 100 and values.n_unique() <= 25  # type: ignore[operator]
    round_ones = bool((values % 0.5 == 0).all()) and (values % 5 == 0).mean() > 0.8  # type: ignore[operator]
    return _says_percent(sample, column) or bool(few and round_ones)


def _numbers_called(sample: Sample, what: str) -> list[tuple[str, pl.Series]]:
    found = [(column, sample.numbers(column)) for column in sample.texts if words.is_called(column, what)]
    return [
        (column, each) for column, each in found if each is not None and column not in _taken(sample.part)
    ]


def _taxes(sample: Sample) -> list[tuple[str, pl.Series]]:
    return [(column, each) for column, each in _numbers_called(sample, "tax") if words.is_tax(column)]


def _is_negative(sample: Sample, column: str) -> bool:
    values = sample.numbers(column)
    return values is not None and bool((values.drop_nulls() <= 0).all())


def _of_one(sample: Sample, revenue: pl.Series, name: str) -> Notice | None:
    """An amount that does not grow with the quantity is the price of one."""
    if "unit_price" in sample.part.filled or not is_of_one(sample, revenue):
        return None
    key = f"amount: {name}"
    said = (
        f"{name} stays the same whatever the quantity of a product: it looks like the price of one,"
        " so that lines of several pieces count too little."
    )
    columns: dict[str, str | None] = {"unit_price": sample.part.columns.get("revenue")}
    way = fill(
        sample.part,
        f"{name} is the price of one",
        {**columns, "revenue": None},
        {"revenue": "quantity * unit_price"},
    )
    return Notice(
        key,
        said,
        "Is it the price of one?",
        (*([way] if columns["unit_price"] else []), settle(sample.part, key)),
    )


def is_of_one(sample: Sample, amount: pl.Series) -> bool:
    quantity, product = sample.field("quantity"), sample.field("product")
    if quantity is None or product is None:
        return False
    frame = pl.DataFrame(
        {"product": product, "quantity": quantity.abs(), "amount": amount.abs()}
    ).drop_nulls()
    groups = frame.filter(pl.col("amount") > 0).group_by("product").agg(
        pl.col("quantity").n_unique().alias("quantities"), pl.col("amount").n_unique().alias("amounts"),
        pl.len().alias("n"),
    ).filter(pl.col("quantities") > 1)  # fmt: skip
    return groups.height >= LEAST and bool((groups["amounts"] * 3 <= groups["quantities"] * 2).mean() > MOSTLY) and bool(
        (groups["amounts"] == 1).mean() > 0.5)  # fmt: skip


def _disagreement(sample: Sample, revenue: pl.Series, name: str) -> Notice | None:
    """Where the amount is not quantity x price, nor that less discount or with tax."""
    among = forms(sample)
    if not among or set(sample.part.expressions.get("revenue", "").split()) >= {"quantity", "unit_price"}:
        return None
    form, share = best(sample, revenue, among)
    if form is None or _ratio_of_tax(revenue, among[0].values):
        return None
    form = form if share >= 0.5 else among[0]
    same = _same(revenue, form.values, sample.field("quantity"))
    other = int((~same).sum() or 0)
    if not other:
        return None
    at = int((~same).fill_null(False).arg_max() or 0)
    quantity, price = sample.field("quantity"), sample.field("unit_price")
    assert quantity is not None
    assert price is not None
    key, less = f"amount: {name}", f" less {form.discount}" if form.discount else ""
    said = (
        f"{name} and quantity x price{less} disagree in {other:,} of {sample.seen}"
        f" (row {sample.row(at)}: {quantity[at]:,.6g} x {price[at]:,.2f}, but {name} {revenue[at]:,.2f})."
    )
    choices = [_choose(sample.part, each) for each in line_amounts(sample)[:2] if each != name]
    if share < 0.5 and (expression := computed(sample)):
        choices.append(
            fill(sample.part, f"The amount is {words_of(expression)}", {}, {"revenue": expression})
        )
    return Notice(key, said, f"Is {name} the amount of a line?", (*choices, settle(sample.part, key)))


def _taxed(sample: Sample, revenue: pl.Series, name: str) -> Notice | None:
    """Another column that is the same amount with tax, or without."""
    part = sample.part
    used = {column for field, column in part.columns.items() if field not in ("revenue",)}
    for column in sample.texts:
        other = (
            sample.numbers(column) if column not in used and column != part.columns.get("revenue") else None
        )
        if (
            other is None
            or words.is_tax(column)
            or words.is_called(column, "discount")
            or not _may_be_taxed(sample, name, column)
        ):
            continue
        more = _ratio_of_tax(other, revenue)
        less = _ratio_of_tax(revenue, other)
        if more or less:
            return _tax_notice(part, name, column, is_net=bool(more))
    return None


def _may_be_taxed(sample: Sample, *columns: str) -> bool:
    told = any(words.is_called(each, kind) for each in columns for kind in ("net", "gross", "tax"))
    sales = not any(words.is_called(each, "not_sales") for each in columns)
    return sales and (told or bool(_taxes(sample)))


def _tax_notice(part: Part, name: str, column: str, is_net: bool) -> Notice:
    key = f"tax: {name}"
    said = f"{name} is the amount {'without' if is_net else 'with'} tax, and {column} the same {'with' if is_net else 'without'} it."
    label = f"{column}, {'with' if is_net else 'without'} tax"
    keep = settle(part, key, f"{name}, {'without' if is_net else 'with'} tax")
    return Notice(
        key, said, "Which of them is the revenue?", (fill(part, label, {"revenue": column}, {}), keep)
    )


def _ratio_of_tax(gross: pl.Series, net: pl.Series) -> bool:
    """Whether one amount is the other and a tax of one of a few rates."""
    frame = pl.DataFrame({"gross": gross, "net": net}).drop_nulls().filter(pl.col("net").abs() >= 1)
    if frame.height < LEAST:
        return False
    rates = frame["gross"] / frame["net"] - 1
    taxed = rates.is_between(*TAXES)
    exempt = (rates.abs() < 1e-6) & (frame["net"] != 0)
    if (taxed | exempt).mean() < NEARLY or taxed.mean() < 0.3:
        return False
    # A cent of rounding moves the rate of a small amount; those of a thousand tell it.
    off = 0.011 / frame["net"].abs()
    common = rates.filter(taxed).round(2).value_counts(sort=True).head(RATES).to_series(0)
    near = pl.DataFrame({"rate": rates, "off": off}).filter(taxed).select(
        pl.any_horizontal([(pl.col("rate") - rate).abs() <= pl.col("off") + 5e-4 for rate in common]).mean()).item()  # fmt: skip
    return bool(near > NEARLY)


def _left_discount(sample: Sample) -> Notice | None:
    """Discounts of whole orders that amounts of quantity and price leave out."""
    part = sample.part
    formula = part.expressions.get("revenue", "quantity * unit_price" if "revenue" not in part.filled else "")
    if "unit_price" not in formula:
        return None
    for column, off in _numbers_called(sample, "discount"):
        order = sample.field("order")
        if order is not None and column not in formula and off.abs().sum() and _is_once(sample, column, off):
            whole = abs(_once(order, off))
            key = f"discount: {column}"
            said = f"{column} is taken off whole orders, {whole:,.2f} in {sample.seen}: revenue by line is without it."
            first = []
            if off.null_count():
                less = f"{formula} - coalesce(number({named(column)}), 0)"
                first = [fill(part, "Take it off the first line of each order", {}, {"revenue": less})]
            return Notice(
                key,
                said,
                "Is revenue meant before it?",
                (*first, settle(part, key, "Revenue is meant before it")),
            )
    return None


def _costs(sample: Sample) -> Iterator[Notice]:
    """Cost of the line and cost of one, taken for each other."""
    part = sample.part
    cost, unit_cost = sample.field("cost"), sample.field("unit_cost")
    if cost is not None and (column := part.columns.get("cost")):
        key = f"cost: {column}"
        if "quantity" in part.filled and is_of_one(sample, cost):
            said = f"{column} stays the same whatever the quantity of a product: it is the cost of one, not of the line."
            yield Notice(key, said, "Is it the cost of one?", (
                fill(part, f"{column} is the cost of one", {"cost": None, "unit_cost": column}, {}), settle(part, key)))  # fmt: skip
        elif (found := of_order(sample, cost)) and found.orders >= LEAST:
            said = f"{column} is the same on all lines of an order (order {found.example}): it is the order's cost."
            yield Notice(
                key,
                said,
                "Leave it out?",
                (fill(part, "Leave it out", {"cost": None}, {}), settle(part, key)),
            )
    if unit_cost is not None and (column := part.columns.get("unit_cost")) and grows(sample, unit_cost):
        key = f"cost: {column}"
        said = f"{column} grows with the quantity of a product: it is the cost of the line, not of one."
        yield Notice(key, said, "Is it the cost of the line?", (
            fill(part, f"{column} is the cost of the line", {"unit_cost": None, "cost": column}, {}), settle(part, key)))  # fmt: skip


def grows(sample: Sample, amount: pl.Series) -> bool:
    """Whether an amount is in proportion to the quantity, product by product."""
    quantity, product = sample.field("quantity"), sample.field("product")
    if quantity is None or product is None:
        return False
    each = (amount / quantity).round(2)
    frame = pl.DataFrame(
        {"product": product, "quantity": quantity, "amount": amount, "each": each}
    ).drop_nulls()
    groups = frame.group_by("product").agg(
        pl.col("quantity").n_unique().alias("quantities"), pl.col("amount").n_unique().alias("amounts"),
        (pl.col("each").max() - pl.col("each").min()).alias("spread"), pl.col("each").abs().max().alias("most"),
    ).filter(pl.col("quantities") > 1, pl.col("most") > 0)  # fmt: skip
    return groups.height >= LEAST and bool((groups["amounts"] > 1).mean() > MOSTLY) and bool(
        (groups["spread"] <= 0.01 * groups["most"] + 0.011).mean() > MOSTLY)  # fmt: skip


def taxed(sample: Sample, amount: pl.Series) -> bool:
    """Whether an amount is quantity x price and a tax."""
    base = forms(sample, plainly=True)
    return bool(base) and _ratio_of_tax(amount, base[0].values)


def _named(part: Part, field: str) -> str:
    return part.columns.get(field, "The amount")
