"""What a proposal decides where the file tells: which lines count, which are returns, how dates are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from data.load.evidence import first_lines, header_words, line_standing, total_rows, undone_on, unlike_units
from data.load.evidence.compared_figures import most, share
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import filled, is_none_of, is_one_of, listed, named, only
from data.load.mappings.mapping import Part
from data.load.proposal.column_assignment import is_english, score

ODD_DATES = {r"^\pL{3}-\d{1,2}-\d{2}$": "%b-%d-%y", r"^\pL{3}-\d{1,2}-\d{4}$": "%b-%d-%Y"}
NUMERIC_DATE = r"^(\d{1,2})([/-])(\d{1,2})[/-](\d{4}|\d{2})"
CANCELLED = 0.3
DAY_MONTH = r"^(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])$"
NO_YEAR = "{0} holds days and months without a year: fill date by {1} in [order_lines.expressions], for the year meant."


def with_standing(sample: RowSample, part: Part) -> tuple[Part, list[str]]:
    """The part without the lines that are no sales by a column that says so, and with returns turned; and what was
    decided so, in words."""
    if (
        "modified" not in part.columns
    ):  # a mark of deletion takes back what an earlier delivery brought; here none did
        part = filled(part, {"deleted": None}, {})
    part, said = _with_first_lines(sample, part)
    sample = sample.of(part)
    for column, kinds in line_standing.telling(sample).items():
        plain = {kind: values for kind, values in kinds.items() if kind not in line_standing.WAITING}
        if plain and _leaves_some(sample, column, plain):
            part, words_of_it = _with_words(sample, part, column, plain)
            said.append(words_of_it)
    for column, kind in undone_on.days_undone(sample).items():
        if kind == "cancelled":
            part = only(part, undone_on.test(column), "").part
            said.append(f"{undone_on.notice(sample, column, kind).words} Proposed: leave them out.")
    for each in total_rows.notices(sample):
        part = only(part, total_rows.test(sample), "").part
        said.append(f"{each.words} {_proposed([], ['them'])}")
    part, numbers = _with_cancelled_numbers(sample.of(part), part)
    return part, [*said, *numbers]


def _with_words(
    sample: RowSample, part: Part, column: str, kinds: Mapping[str, Mapping[str, int]]
) -> tuple[Part, str]:
    """The part in which the words of a column are decided, and that in words."""
    back, settled = list(kinds.get("returned", {})), list(kinds.get("settled", {}))
    out = [value for kind in line_standing.OUT for value in kinds.get(kind, {})]
    if back:
        part = line_standing.returned(part, column, back)
    if out:
        part = only(part, is_none_of(column, out), "").part
    if settled:
        goods = line_standing.principal(sample, column)
        part = only(part, is_one_of(column, goods) if goods else is_none_of(column, settled), "").part
    return part, f"{line_standing.notice(sample, column, kinds).words} {_proposed(back, [*out, *settled])}"


def _leaves_some(sample: RowSample, column: str, kinds: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether any row is a sale all the same."""
    said = [value for values in kinds.values() for value in values]
    return not bool(sample.texts[column].is_in(said).all())


def _proposed(back: list[str], out: list[str]) -> str:
    told = [f"{listed(back)} takes back a sale"] if back else []
    return f"Proposed: {' and '.join([*told, *([f'leave out {listed(out)}'] if out else [])])}."


def _with_first_lines(sample: RowSample, part: Part) -> tuple[Part, list[str]]:
    found = list(first_lines.notices(sample.of(part)))
    if not found:
        return part, []
    return replace(part, shape=replace(part.shape, fill="down")), [
        f'{found[0].words} Proposed: fill = "down".'
    ]


def _with_cancelled_numbers(sample: RowSample, part: Part) -> tuple[Part, list[str]]:
    """Invoices whose numbers begin with C, among others that do not, are cancelled ones, whatever their sign."""
    order = sample.field("order")
    if order is None or "is_return" in part.filled:
        return part, []
    begins = order.str.contains(r"^C\d").fill_null(False)
    if not 0 < share(begins) <= CANCELLED:
        return part, []
    made = filled(part, {}, {"is_return": "starts_with(order, 'C')"})
    amount = sample.field("quantity") if "revenue" not in part.columns else sample.field("revenue")
    if amount is None or share(amount.filter(begins) > 0) < 0.5:
        return made, []
    told = f"{part.columns['order']} begins with C in {int(begins.sum()):,} of {sample.seen}"
    return replace(made, returns="positive"), [f"{told}. Proposed: these take back sales."]


def with_dates(sample: RowSample, part: Part) -> Part:
    """The part with the form of its dates, where the loader would ask: by the language of the header."""
    column = part.columns.get("date")
    if column is None or part.date_format or column not in sample.texts:
        return part
    texts = sample.texts[column].drop_nulls()
    for shape, form in ODD_DATES.items():
        if len(texts) and texts.str.contains(shape).all():
            return replace(part, date_format=form)
    groups = texts.str.extract_groups(NUMERIC_DATE).struct
    first, second = (groups.field(name).cast(pl.Int32, strict=False) for name in ("1", "3"))
    undecided = len(texts) and not first.null_count() and max(most(first), most(second)) <= 12
    if not undecided or share(first == second) == 1 or is_english("date", column):
        return part
    year = "yyyy" if len(str(groups.field("4")[0])) == 4 else "yy"
    return replace(part, date_format=str(groups.field("2")[0]).join(("dd", "mm", year)))


def without_year(sample: RowSample, part: Part) -> list[str]:
    """What to write where the column of dates holds day and month alone, as DATEV has them: 0501."""
    for name, texts in sample.texts.items() if "date" not in part.filled else ():
        filled_in = texts.drop_nulls()
        if score("order_lines", "date", name) and len(filled_in) and filled_in.str.contains(DAY_MONTH).all():
            day, month = f"substr({named(name)}, 1, 2)", f"substr({named(name)}, 3, 2)"
            return [NO_YEAR.format(name, f"concat('2024-', {month}, '-', {day})")]
    return []


def with_currency(sample: RowSample, part: Part) -> tuple[Part, str | None]:
    """The part, and the one currency of all its amounts; where there are several, that is asked and not decided."""
    found = unlike_units.currency_columns(sample)
    column = next((name for name in found if header_words.is_called(name, "currency")), None)
    if column is None:
        signs = {code for name in ("revenue", "unit_price") if (told := part.columns.get(name))
                 for code in unlike_units.shown(sample, told)}  # fmt: skip
        return part, header_words.currency(signs.pop()) if len(signs) == 1 else None
    codes = {header_words.currency(value) for value in sample.texts[column].drop_nulls().unique().to_list()}
    open_one = filled(part, {"currency": None}, {}) if "currency" in part.columns else part
    return open_one, codes.pop() if len(codes) == 1 else None
