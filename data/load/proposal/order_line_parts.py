"""Order lines among the files: their own columns, and what other files tell of their orders and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data.load.evidence import first_lines
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import filled
from data.load.mappings.canonical_fields import SUBJECT
from data.load.mappings.mapping import Join, Part
from data.load.proposal import amount_column, extra_columns, proposal_decisions, related_files
from data.load.proposal.column_assignment import assign
from data.load.proposal.period_columns import with_period
from data.load.proposal.proposal_desk import Desk
from data.load.proposal.related_files import BroughtFile

NEAR = 0.8
LEAST_KEYS = 20
ZEROS = "{0.on} and {0.to} of {0.file} are filled to {0.pad} digits: one of them has lost its leading zeros."
OF_LINE = ("product", "quantity", "unit_price", "line")
AMOUNTS = ("revenue", "cost", "unit_cost", "quantity", "unit_price")


def lines_among(every: Sequence[BroughtFile]) -> BroughtFile | None:
    """The file of order lines: the one that tells most of single lines."""
    rated = []
    for at, each in enumerate(every):
        fit = each.as_subject("order_lines")
        if fit is not None and (each.best is fit or len(every) == 1 or _is_near(each, fit.fit)):
            rated.append((len(set(OF_LINE) & set(fit.columns)), fit.fit, -at))
    return every[-max(rated)[2]] if rated else None


def lines_part(desk: Desk, main: BroughtFile, others: Sequence[BroughtFile]) -> tuple[Part, str | None]:
    """The part of the order lines, and the currency of its amounts."""
    columns = assign(main.sample, "order_lines", without=("revenue",))
    part, sample = replace(desk.part(main, "order_lines"), columns=columns), main.sample
    for other in others:
        if join := _orders(sample, part, other):
            part = replace(part, joins=(*part.joins, join))
            sample = desk.sample(part)
            part = _with_more(
                sample,
                part,
                [field.name for field in SUBJECT["order_lines"].fields if field.name != "revenue"],
            )
    if "unit_price" not in part.columns and not amount_column.amount_columns(sample.of(part)):
        part, sample = _with_prices(desk, part, sample, others)
    part, periods = with_period(sample, proposal_decisions.with_dates(sample, part), main.path.stem)
    part = amount_column.with_amount(first_lines.filled_down(sample.of(part)), part)
    if cells := part.shape.unpivot:
        part = filled(part, {"revenue": cells.value}, {})
    part, currency = proposal_decisions.with_currency(sample, part)
    part, said = proposal_decisions.with_standing(sample.of(part), part)
    padded = [ZEROS.format(each) for each in part.joins if each.pad]
    desk.remarks += [*periods, *said, *proposal_decisions.without_year(sample, part), *padded]
    part = replace(part, columns=in_order("order_lines", part.columns), key=_key(sample, part))
    kept = extra_columns.attributes(main.sample, {*part.columns.values(), *keys(part)})
    return replace(part, attributes=kept), currency


def looked_up(part: Part, others: Sequence[BroughtFile]) -> set[Path]:
    """The files beside a part that are nothing by themselves: a list of products stays one."""
    files = {join.file for join in part.joins}
    return {each.path for each in others if each.path.name in files and not (each.best and each.best.is_list)}


def in_order(subject: str, columns: Mapping[str, str]) -> dict[str, str]:
    """The fields of a subject in the order in which it has them."""

    return {field.name: columns[field.name] for field in SUBJECT[subject].fields if field.name in columns}


def keys(part: Part) -> set[str]:
    """The columns by which a part looks up."""
    return {name for join in part.joins for name in (join.on, join.to)}


def _is_near(each: BroughtFile, fit: float) -> bool:
    return each.best is not None and not each.best.is_list and fit >= NEAR * each.best.fit


def _orders(sample: RowSample, part: Part, other: BroughtFile) -> Join | None:
    """The look-up of the orders of these lines, if another file tells what they lack."""
    theirs = assign(other.sample, "order_lines", without=AMOUNTS)
    lacking = {"date", "customer"} - set(part.columns)
    found = related_files.key(sample, other) if lacking & set(theirs) else None
    if (
        found is None
        or found.on == part.columns.get("customer")
        or ("date" in lacking and "date" not in theirs)
    ):
        return None
    return Join(other.path.name, found.on, found.to, found.pad)


def _with_more(sample: RowSample, part: Part, fields: Sequence[str]) -> Part:
    """The part with those of the fields that it lacks and that a file beside it fills."""
    without = [
        field.name
        for field in SUBJECT["order_lines"].fields
        if field.name not in fields or field.name in part.columns
    ]
    more = assign(sample, "order_lines", without=without, taken=part.columns.values())
    return replace(part, columns=in_order("order_lines", {**more, **part.columns}))


def _with_prices(
    desk: Desk, part: Part, sample: RowSample, others: Sequence[BroughtFile]
) -> tuple[Part, RowSample]:
    """Where the lines tell no amount, the price of their product from the file that has it."""
    for other in others:
        found = related_files.key(sample, other)
        if (
            found
            and found.on == part.columns.get("product")
            and "unit_price" in assign(other.sample, "order_lines")
        ):
            part = replace(part, joins=(*part.joins, Join(other.path.name, found.on, found.to, found.pad)))
            sample = desk.sample(part)
            return _with_more(sample, part, ["unit_price", "unit_cost"]), sample
    return part, sample


def _key(sample: RowSample, part: Part) -> tuple[str, ...]:
    """What tells one line from another, where it does in all rows that were seen."""
    order, line = (sample.texts.get(part.columns.get(name, "")) for name in ("order", "line"))
    if order is None or line is None or part.shape.fill or part.shape.only:
        return ()
    both = order + "\n" + line
    sure = not both.null_count() and both.n_unique() == len(both) >= LEAST_KEYS
    return ("order", "line") if sure else ()
