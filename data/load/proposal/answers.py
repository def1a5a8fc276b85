"""What a proposal decides by itself where the file tells: the amount of a line, which lines count, which are returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from data.load.evidence import amounts, first_lines, standing, totals, unlike, words
from data.load.evidence.sample import Sample
from data.load.evidence.ways import filled, is_none_of, only
from data.load.mapping import Part
from data.load.proposal.assignment import assign, score

PROFITS = ("profit", "gross profit", "utile", "gewinn", "marge brute", "beneficio", "прибыль", "gross margin", "margine")


def with_amounts(sample: Sample, part: Part) -> Part:
    """The part with the amount of its lines, by evidence: what quantity and price make, or else what is called so."""
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


def _amount_column(sample: Sample) -> str | None:
    """The column that is the amount of a line, if one is."""
    part = sample.part
    others = {name for field, name in part.columns.items() if field != "revenue"}
    called = [name for name in sample.texts if name not in others and score("order_lines", "revenue", name)
              and (values := sample.numbers(name)) is not None and values.drop_nulls().n_unique() > 0]  # fmt: skip
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


def with_standing(sample: Sample, part: Part) -> Part:
    """The part without the lines that are no sales by a column that says so, and with returns turned."""
    part = _with_first_lines(sample, part)
    sample = sample.of(part)
    for column, kinds in standing.telling(sample).items():
        if back := list(kinds.get("returned", {})):
            part = standing.returned(part, column, back)
        if out := [value for kind in standing.OUT for value in kinds.get(kind, {})]:
            part = only(part, is_none_of(column, out), "").part
    if test := totals.test(sample):
        part = only(part, test, "").part
    return _with_cancelled_numbers(sample.of(part), part)


def _with_first_lines(sample: Sample, part: Part) -> Part:
    return replace(part, shape=replace(part.shape, fill="down")) if first_lines.first_only(sample.of(part)) else part


def _with_cancelled_numbers(sample: Sample, part: Part) -> Part:
    """Invoices whose numbers begin with C, among others that do not, are cancelled ones."""
    order = sample.field("order")
    if order is None or "is_return" in part.filled:
        return part
    cancelled = float(order.str.contains(r"^C\d").mean() or 0)  # type: ignore[arg-type]
    return filled(part, {}, {"is_return": "starts_with(order, 'C')"}) if 0 < cancelled <= 0.3 else part


def with_currency(sample: Sample, part: Part) -> tuple[Part, str | None]:
    """The part with its currency where it has several, or the one currency of all its amounts."""
    found = unlike.currency_columns(sample)
    column = next((name for name in found if words.is_called(name, "currency")), None)
    if column is None:
        return part, None
    codes = {words.currency(value) for value in sample.texts[column].drop_nulls().unique().to_list()}
    if len(codes) == 1:
        return filled(part, {"currency": None}, {}) if "currency" in part.columns else part, codes.pop()
    fields = {each.name for each in part.kind.fields}
    return (filled(part, {"currency": column}, {}) if "currency" in fields else part), None


