"""Columns that tell of a line what its amount does not: a credit note, cancelled, a draft, debit or credit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from data.load.evidence import header_words, undone_on
from data.load.evidence.compared_figures import MOSTLY, share
from data.load.evidence.decided_words import is_decided, is_mentioned, settled_words
from data.load.evidence.document_codes import credit_codes, credit_letters
from data.load.evidence.notice import Notice, WayOut
from data.load.evidence.row_sample import RowSample, few_values
from data.load.evidence.status_flags import flagged
from data.load.evidence.ways_out import counted, is_none_of, is_one_of, listed, only, settle
from data.load.mappings.canonical_fields import PRODUCT_FIELDS
from data.load.mappings.mapping import Part
from data.model.canonical_tables import CUSTOMER

SUBJECTS = ("order_lines", "invoices")
KINDS = ("partly", "returned", "undone", "cancelled", "quoted", "failed", "pending", "settled")
OUT = ("undone", "cancelled", "quoted", "failed")
WAITING = ("pending", "partly")
OF_GOODS = ("order", "product")
OF_PRODUCT = tuple(field.name for field in PRODUCT_FIELDS)
ELSEWHERE = [
    "date",
    "order",
    "line",
    *CUSTOMER.hierarchies[0],
    "customer_name",
    *CUSTOMER.contact,
    *OF_PRODUCT,
    "quantity",
    "unit_price",
    "revenue",
    "cost",
    "unit_cost",
    "amount",
    "paid",
]


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice for each column whose words tell that some lines are no plain sales, though their amounts do not."""
    if sample.part.subject not in SUBJECTS:
        return
    for column, kinds in telling(sample).items():
        yield notice(sample, column, kinds)
    for column, pair in signs(sample).items():
        yield _sign_notice(sample, column, pair)
    for column, letters in codes(sample).items():
        yield notice(sample, column, {"returned": letters})
    yield from undone_on.notices(sample)


def telling(sample: RowSample) -> dict[str, dict[str, dict[str, int]]]:
    """For each column that tells of standing, by kind of standing, the values and how many rows count too much.

    Words that the mapping names already are left out; others of the same column are not.
    """
    found = {}
    for column in _candidates(sample):
        kinds: dict[str, dict[str, int]] = {}
        values = sample.few(column)
        for value, kind in _kinds(sample, column, values).items():
            if not is_decided(sample.part, column, value) and (
                count := _counting(sample, column, value, kind == "settled")
            ):
                kinds.setdefault(kind, {})[value] = count
        settled = kinds.pop("settled", {})
        if len(settled) > 2 or (settled and any(header_words.says(each, "goods") for each in values)):
            kinds["settled"] = settled
        if kinds and not _is_product(sample, column):
            found[column] = kinds
    return found


def _kinds(sample: RowSample, column: str, values: Mapping[str, int]) -> dict[str, str]:
    """What each of the values of a column tells of a line, where it tells anything."""
    said = {value: [kind for kind in KINDS if header_words.says(value, "standing", kind)] for value in values}
    found = {value: kinds[0] for value, kinds in said.items() if kinds}
    found |= flagged(column, values) | dict.fromkeys(credit_codes(values), "returned")
    found |= {value: "settled" for value in _beside_goods(sample, column, values) if value not in found}
    quiet = {*WAITING} if not sample.part.kind.is_lines else {"partly"} if _are_taken_off(sample) else set()
    return {value: kind for value, kind in found.items() if kind not in quiet}


def _beside_goods(sample: RowSample, column: str, values: Mapping[str, int]) -> list[str]:
    """Values of rows without an order and a product, where the rows of sales have both: transfers, fees ..."""
    goods = [value for value in values if header_words.says(value, "goods")]
    told = [each for name in OF_GOODS if (each := sample.field(name)) is not None]
    if not goods or len(told) < len(OF_GOODS):
        return []
    texts = sample.texts[column]
    sold = texts.is_in(goods).fill_null(False)
    if any(share(each.filter(sold).is_not_null()) < MOSTLY for each in told):
        return []
    rows = {value: (texts == value).fill_null(False) for value in values if value not in goods}
    return [value for value, here in rows.items()
            if all(each.filter(here).null_count() == values[value] for each in told)]  # fmt: skip


def _are_taken_off(sample: RowSample) -> bool:
    """Whether the mapping takes what was paid back off the amounts."""
    revenue = sample.part.expressions.get("revenue", "")
    return any(header_words.is_called(column, "refund") for column in sample.texts if column in revenue)


def signs(sample: RowSample) -> dict[str, dict[str, int]]:
    """Columns of two letters or words of which one turns the sign, with how many rows say each."""
    found = {}
    for column in _unmentioned(sample):
        values = sample.few(column)
        said = frozenset(header_words.plain(value) or value.strip() for value in values)
        if len(values) == 2 and any(said == pair for pair in header_words.sign_pairs()):
            counts = {value: _counting(sample, column, value) for value in values}
            if all(counts.values()):
                found[column] = dict(sorted(counts.items(), key=lambda pair: pair[1]))
    return found


def codes(sample: RowSample) -> dict[str, dict[str, int]]:
    """Columns of letters of which one may stand for credit notes, with how many rows say so."""
    found = {}
    for column in _unmentioned(sample):
        letters = credit_letters(column, sample.few(column))
        counts = {value: _counting(sample, column, value) for value in letters}
        if counts and all(counts.values()):
            found[column] = counts
    return found


def returned(part: Part, column: str, values: list[str]) -> Part:
    """The part in which lines with these values are returns, whatever the sign of their amounts."""
    test = is_one_of(column, values)
    before = part.expressions.get("is_return")
    expressions = {**part.expressions, "is_return": f"({before}) or ({test})" if before else test}
    return replace(part, returns="positive", expressions=expressions)


def principal(sample: RowSample, column: str) -> list[str]:
    """What a settlement calls the price of the goods themselves."""
    return [
        value
        for value in sample.few(column)
        if header_words.plain(value) in ("principal", "itemprice principal")
    ]


def _candidates(sample: RowSample) -> list[str]:
    part = sample.part
    used = {column: name for name, column in part.columns.items() if name in ELSEWHERE}
    return [column for column, texts in sample.texts.items() if sample.few(column)
            and (column not in used or (used[column] in OF_PRODUCT and tells_kinds(texts)))]  # fmt: skip


def tells_kinds(texts: pl.Series) -> bool:
    """Whether a column of few values says that rows are sales, refunds, fees ...: no product is called so."""
    values = few_values(texts)
    loose, whole = header_words.phrases("words", "goods")
    goods = [value for value in values if header_words.plain(value) in loose | whole]
    others = [value for value in values if value not in goods]
    told = [
        each
        for each in others
        for kind in ("returned", "settled")
        if header_words.says(each, "standing", kind)
    ]
    return bool(goods and told)


def _unmentioned(sample: RowSample) -> list[str]:
    return [column for column in _candidates(sample) if not is_mentioned(sample.part, column)]


def _counting(sample: RowSample, column: str, value: str, either_sign: bool = False) -> int:
    """How many rows with that value have an amount that adds to the others, or takes away from them."""
    amounts = next((found for name in ("revenue", "quantity", "amount") if (found := sample.field(name)) is not None),
                   None)  # fmt: skip
    here = (sample.texts[column] == value).fill_null(False)
    if "is_return" in sample.typed:
        here &= ~sample.typed["is_return"].fill_null(False)
    if amounts is None:
        return int(here.sum())
    return int((here & ((amounts != 0) if either_sign else (amounts > 0))).sum())


def _is_product(sample: RowSample, column: str) -> bool:
    return any(each.column == column and each.of == "product" for each in sample.part.attributes)


def notice(sample: RowSample, column: str, kinds: Mapping[str, Mapping[str, int]]) -> Notice:
    """What the words of a column say of the lines, and what may become of them; the likeliest first."""
    part, name = sample.part, f"standing: {column}"
    every = {value: count for values in kinds.values() for value, count in values.items()}
    row = _first(sample, column, next(iter(every)))
    said = f"{column} says {counted(every)} (of {sample.seen}, first row {row}), and their amounts count like sales."
    choices = []
    out = [value for kind in OUT for value in kinds.get(kind, {})]
    back = list(kinds.get("returned", {}))
    settled = list(kinds.get("settled", {}))
    if out:
        choices.append(only(part, is_none_of(column, out), f"Leave out {listed(out)}"))
    if settled:
        goods = principal(sample, column)
        test = is_one_of(column, goods) if goods else is_none_of(column, settled)
        choices.append(only(part, test, f"Only {listed(goods)}" if goods else f"Leave out {listed(settled)}"))
    if back and _can_return(part):
        choices.insert(0, WayOut(f"{listed(back)} takes back a sale", returned(part, column, back)))
    if back and out and _can_return(part):
        both = only(
            returned(part, column, back),
            is_none_of(column, out),
            f"Both: turn {listed(back)}, leave out {listed(out)}",
        )
        choices.insert(0, both)
    if back:
        choices.append(only(part, is_none_of(column, back), f"Leave out {listed(back)}"))
    pending, partly = (list(kinds.get(kind, {})) for kind in WAITING)
    for waiting in filter(None, ([*pending], [*pending, *partly] if partly else [])):
        rest = [*out, *waiting]
        choices.append(only(part, is_none_of(column, rest), f"Leave out {listed(rest)}"))
    stay = WayOut(
        "They are sales like the others",
        replace(part, settled=(*part.settled, *settled_words(column, list(every)))),
    )
    return Notice(name, said, "What becomes of them?", (*choices, stay))


def _sign_notice(sample: RowSample, column: str, counts: Mapping[str, int]) -> Notice:
    part, name = sample.part, f"standing: {column}"
    said = f"{column} says {counted(counts)} (of {sample.seen}): debit and credit, yet all amounts have one sign."
    choices = [WayOut(f"{value!r} takes back a sale", returned(part, column, [value])) for value in counts
               if _can_return(part)]  # fmt: skip
    choices += [only(part, is_none_of(column, [value]), f"Leave out {value!r}") for value in counts]
    return Notice(name, said, "Which of the two turns the sign?", (*choices, settle(part, name)))


def _can_return(part: Part) -> bool:
    return part.kind.is_lines and "is_return" not in {**part.columns, **part.constants}


def _first(sample: RowSample, column: str, value: str) -> int:
    at = (sample.texts[column] == value).fill_null(False).arg_max()
    return sample.row(int(at or 0))
