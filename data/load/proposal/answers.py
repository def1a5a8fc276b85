"""What a proposal decides by itself where the file tells: the amount of a line, which lines count, which are returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from data.load.evidence import amounts, first_lines, standing, totals, unlike, words
from data.load.evidence.sample import Sample
from data.load.evidence.ways import filled, is_none_of, is_one_of, listed, only
from data.load.mapping import Part
from data.load.proposal.assignment import is_english, score

ODD_DATES = {r"^\pL{3}-\d{1,2}-\d{2}$": "%b-%d-%y", r"^\pL{3}-\d{1,2}-\d{4}$": "%b-%d-%Y"}
PROFITS = ("profit", "gross profit", "utile", "gewinn", "marge brute", "beneficio", "прибыль", "gross margin", "margine")


def with_amounts(sample: Sample, part: Part) -> Part:
    """The part with the amount of its lines, by evidence: what quantity and price make, or else what is called so."""
    part = _with_prices(sample.of(part), part)
    sample = sample.of(part)
    column = _amount_column(sample)
    columns: dict[str, str | None] = {"revenue": column}
    expressions = {}
    if column is None and (expression := amounts.computed(sample)):
        expressions["revenue"] = expression
    elif column is None and "quantity" not in part.columns and "unit_price" in part.columns:
        columns = {"revenue": part.columns["unit_price"], "unit_price": None}  # a line for each piece
    part = filled(part, columns, expressions)
    return _with_profit(sample.of(part), part)


def amount_columns(sample: Sample) -> list[str]:
    """The columns that are called like the amount of a line."""
    others = {name for field, name in sample.part.columns.items() if field != "revenue"}
    return [name for name in sample.texts if name not in others
            and (score("order_lines", "revenue", name) or _is_price(name)) and not _is_after_fees(sample, name)
            and (values := sample.numbers(name)) is not None and values.drop_nulls().n_unique() > 0]  # fmt: skip


def _with_prices(sample: Sample, part: Part) -> Part:
    """What is called a price and grows with the quantity is the line's amount; what is called an amount and does
    not is the price of one."""
    price = part.columns.get("unit_price")
    if price and (values := sample.numbers(price)) is not None and amounts.grows(sample, values):
        return filled(part, {"unit_price": None}, {})
    if not price and "quantity" in part.columns:
        for name in sample.texts:
            values = sample.numbers(name) if score("order_lines", "revenue", name) else None
            if values is not None and amounts.is_of_one(sample, values):
                return filled(part, {"unit_price": name}, {})
    return part


def _amount_column(sample: Sample) -> str | None:
    """The column that is the amount of a line, if one is."""
    part, called = sample.part, amount_columns(sample)
    called.sort(key=lambda name: (-_liking(sample, name), name not in part.columns.values()))
    of_line = [name for name in called if not _is_of_order(sample, name)]
    proven = [name for name in amounts.line_amounts(sample) if name in called]
    without_tax = [name for name in proven if not _has_tax(sample, name)]
    if without_tax:
        return without_tax[0]
    if amounts.forms(sample, plainly=True):
        near = [name for name in of_line if _explained(sample, name)]
        return near[0] if near else None
    return (of_line or called or [None])[0]  # type: ignore[list-item]


def _is_price(name: str) -> bool:
    return score("order_lines", "unit_price", name) > 0.9


def _is_after_fees(sample: Sample, name: str) -> bool:
    """Whether an amount is another less a fee."""
    values = sample.numbers(name)
    fees = [sample.numbers(each) for each in sample.texts if words.is_called(each, "fee")]
    others = [sample.numbers(each) for each in sample.texts if each != name and score("order_lines", "revenue", each)]
    return values is not None and any(
        fee is not None and other is not None and fee.abs().sum() and amounts.agrees(values, other - fee.abs()) > amounts.NEARLY
        for fee in fees for other in others)  # fmt: skip


def _liking(sample: Sample, name: str) -> float:
    """By name, an amount without tax before one with it."""
    liked = score("order_lines", "revenue", name)
    return liked + (0.5 if words.is_called(name, "net") else 0.0) - (0.5 if words.is_called(name, "gross") else 0.0)


def _is_of_order(sample: Sample, name: str) -> bool:
    values = sample.numbers(name)
    return values is not None and amounts.of_order(sample, values) is not None


def _has_tax(sample: Sample, name: str) -> bool:
    values = sample.numbers(name)
    form = amounts.best(sample, values)[0] if values is not None else None
    return form is not None and bool(form.tax)


def _explained(sample: Sample, name: str) -> bool:
    """Whether quantity and price make most of these amounts, if with tax or by another measure than pieces."""
    values = sample.numbers(name)
    return values is not None and (amounts.best(sample, values)[1] >= 0.5 or amounts.taxed(sample, values))


def _with_profit(sample: Sample, part: Part) -> Part:
    """Cost from revenue and profit, where a column of profit is all that tells it."""
    if {"cost", "unit_cost"} & set(part.filled) or "revenue" not in part.filled:
        return part
    called = [name for name in sample.texts if words.header(name) in PROFITS and sample.numbers(name) is not None]
    return filled(part, {}, {"cost": f"revenue - column({called[0]!r})"}) if called else part


def with_standing(sample: Sample, part: Part) -> tuple[Part, list[str]]:
    """The part without the lines that are no sales by a column that says so, and with returns turned; and what was
    decided so, in words."""
    part, said = _with_first_lines(sample, part)
    sample = sample.of(part)
    for column, kinds in standing.telling(sample).items():
        before = part
        if back := list(kinds.get("returned", {})):
            part = standing.returned(part, column, back)
        if out := [value for kind in standing.OUT for value in kinds.get(kind, {})]:
            part = only(part, is_none_of(column, out), "").part
        if settled := list(kinds.get("settled", {})):
            goods = standing.principal(sample, column)
            part = only(part, is_one_of(column, goods) if goods else is_none_of(column, settled), "").part
        if part != before:
            said.append(f"{standing.notice(sample, column, kinds).words} {_proposed(back, [*out, *settled])}")
    for each in totals.notices(sample):
        part = only(part, totals.test(sample), "").part
        said.append(f"{each.words} {_proposed([], ['them'])}")
    return _with_cancelled_numbers(sample.of(part), part), said


def _proposed(back: list[str], out: list[str]) -> str:
    told = [f"{listed(back)} takes back a sale"] if back else []
    return f"Proposed: {' and '.join([*told, *([f'leave out {listed(out)}'] if out else [])])}."


def _with_first_lines(sample: Sample, part: Part) -> tuple[Part, list[str]]:
    found = list(first_lines.notices(sample.of(part)))
    if not found:
        return part, []
    return replace(part, shape=replace(part.shape, fill="down")), [f'{found[0].words} Proposed: fill = "down".']


def _with_cancelled_numbers(sample: Sample, part: Part) -> Part:
    """Invoices whose numbers begin with C, among others that do not, are cancelled ones."""
    order = sample.field("order")
    if order is None or "is_return" in part.filled:
        return part
    cancelled = float(order.str.contains(r"^C\d").mean() or 0)  # type: ignore[arg-type]
    return filled(part, {}, {"is_return": "starts_with(order, 'C')"}) if 0 < cancelled <= 0.3 else part


def with_dates(sample: Sample, part: Part) -> Part:
    """The part with the form of its dates, where the loader would ask but the file tells: by the language of its header."""
    column = part.columns.get("date")
    if column is None or part.date_format or column not in sample.texts:
        return part
    texts = sample.texts[column].drop_nulls()
    for shape, form in ODD_DATES.items():
        if len(texts) and texts.str.contains(shape).all():
            return replace(part, date_format=form)
    numeric = texts.str.extract_groups(r"^(\d{1,2})([/-])(\d{1,2})[/-](\d{4}|\d{2})")
    first, second = (numeric.struct.field(name).cast(pl.Int32) for name in ("1", "3"))
    undecided = not first.null_count() and first.max() <= 12 and second.max() <= 12 and (first != second).any()  # type: ignore[operator]
    if not len(texts) or not undecided or is_english("date", column):
        return part
    mark, year = numeric.struct.field("2")[0], numeric.struct.field("4")[0]
    return replace(part, date_format=mark.join(("dd", "mm", "yyyy" if len(year) == 4 else "yy")))


def with_currency(sample: Sample, part: Part) -> tuple[Part, str | None]:
    """The part with its currency where it has several, or the one currency of all its amounts."""
    found = unlike.currency_columns(sample)
    column = next((name for name in found if words.is_called(name, "currency")), None)
    if column is None:
        signs = {code for name in ("revenue", "unit_price") if (told := part.columns.get(name))
                 for code in unlike.signs(sample.texts[told])}  # fmt: skip
        return part, words.currency(signs.pop()) if len(signs) == 1 else None
    codes = {words.currency(value) for value in sample.texts[column].drop_nulls().unique().to_list()}
    if len(codes) == 1:
        return filled(part, {"currency": None}, {}) if "currency" in part.columns else part, codes.pop()
    fields = {each.name for each in part.kind.fields}
    return (filled(part, {"currency": column}, {}) if "currency" in fields else part), None


