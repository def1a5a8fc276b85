"""Amounts in several currencies, and quantities that count different things, in one column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.notice import Notice, WayOut
from data.load.evidence.row_sample import MOSTLY, RowSample
from data.load.evidence.ways_out import (
    counted,
    fill,
    filled,
    is_one_of,
    listed,
    mentions,
    named,
    only,
    settle,
)
from data.load.mappings.mapping import Part
from data.load.notation.currency_names import BESIDE, NAMED

MANY = 40
AMOUNTS = ("revenue", "unit_price", "cost", "unit_cost", "amount", "paid", "spend", "own_spend", "offered_price",
           "asked_price")  # fmt: skip


def notices(sample: RowSample) -> Iterator[Notice]:
    """Notices that stop a load: adding would give a number of no unit."""
    part = sample.part
    if any(name in part.filled for name in AMOUNTS) and "currency" not in part.filled:
        yield from _currencies(sample)
    if part.kind.is_lines and "quantity" in part.filled:
        yield from _units(sample)


def currency_columns(sample: RowSample) -> list[str]:
    """The columns that name a currency in each row, those that are called so first."""
    found: list[tuple[bool, int, str]] = []
    for column, texts in sample.texts.items():
        values = texts.drop_nulls().unique().to_list()
        called = header_words.is_called(column, "currency")
        if values and len(values) <= MANY and all(_is_currency(each, called) for each in values):
            found.append((not called, len(found), column))
    return [column for *_, column in sorted(found)]


def _is_currency(value: str, called: bool) -> bool:
    """Whether a value names one: pen and cup are things that people sell, unless their column is called so."""
    return header_words.currency(value) is not None and (called or not value.islower())


def _currencies(sample: RowSample) -> Iterator[Notice]:
    part, used = sample.part, mentions(sample.part)
    for column in currency_columns(sample):
        if column in used or column in part.columns.values():
            continue
        counts = _codes(sample.everything(column))
        if len(counts) > 1:
            yield _currency_notice(part, column, counts, sample.everything(column))
            return
    for field in AMOUNTS:
        texts = sample.texts.get(part.columns.get(field, ""))
        if texts is None or part.columns[field] in used:
            continue
        tally = signs(texts)
        if len({header_words.currency(each) or each.casefold() for each in tally}) > 1:
            yield _sign_notice(part, part.columns[field], tally)
            return


def shown(sample: RowSample, column: str) -> dict[str, int]:
    """The signs and codes of currencies in a column of amounts, by how often they stand there: beside the numbers, or
    in the format of the whole column."""
    if sign := sample.signs.get(column):
        return {sign: sample.height - sample.texts[column].null_count()}
    return signs(sample.texts[column])


def signs(texts: pl.Series) -> dict[str, int]:
    """The signs and codes of currencies beside the numbers of a column, by how often they stand there."""
    beside = texts.filter(texts.str.contains(r"\d")).str.replace_all(BESIDE, "")
    found = beside.filter(beside.str.contains(f"^{NAMED}$")).drop_nulls()
    return {value: int((found == value).sum()) for value in found.unique(maintain_order=True).to_list()}


def _codes(counts: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value, count in counts.items():
        code = header_words.currency(value) or value
        found[code] = found.get(code, 0) + count
    return found


def _currency_notice(part: Part, column: str, counts: Mapping[str, int], cells: Mapping[str, int]) -> Notice:
    name = f"currency: {column}"
    said = f"{column} names several currencies, {counted(counts)}: their amounts cannot be added."
    ways = []
    if "currency" in {each.name for each in part.kind.fields}:
        ways.append(fill(part, f"{column} is the currency, with a table of rates", {"currency": column}, {}))
    for code in list(counts)[:3]:
        same = [value for value in cells if (header_words.currency(value) or value) == code]
        ways.append(only(part, is_one_of(column, same), f"Only {code}"))
    return Notice(name, said, "What becomes of the others?", tuple(ways), stops=True)


def _sign_notice(part: Part, column: str, tally: Mapping[str, int]) -> Notice:
    name = f"currency: {column}"
    said = f"The amounts of {column} bear several currencies, {counted(tally)}: they cannot be added."
    ways = [only(part, f"contains({named(column)}, {sign!r})", f"Only {sign}") for sign in list(tally)[:3]]
    if "currency" in {each.name for each in part.kind.fields}:
        test = repr("")
        for sign in reversed(list(tally)):
            test = (
                f"{header_words.currency(sign) or sign!r} if contains({named(column)}, {sign!r}) else {test}"
            )
        ways.insert(
            0, fill(part, "Each cell tells its currency, with a table of rates", {}, {"currency": test})
        )
    return Notice(name, said, "What becomes of the others?", tuple(ways), stops=True)


def _units(sample: RowSample) -> Iterator[Notice]:
    part, used = sample.part, mentions(sample.part)
    for column, texts in sample.texts.items():
        if column in used or column in part.columns.values():
            continue
        values = texts.drop_nulls().unique().to_list()
        known = {value: header_words.unit(value) for value in values if header_words.unit(value)}
        if not values or len(values) > MANY or len(known) < MOSTLY * len(values):
            continue
        if len(set(known.values())) > 1 and (header_words.is_called(column, "unit") or _are_units(known)):
            yield _unit_notice(sample, column)
            return


def _are_units(known: Mapping[str, str | None]) -> bool:
    """Without a name that says so, letters that are units by themselves: not S, M and L."""
    return all(len(value) > 1 for value in known)


def _unit_notice(sample: RowSample, column: str) -> Notice:
    part, name = sample.part, f"units: {column}"
    counts: dict[str, int] = {}
    for value, count in sample.everything(column).items():
        counts[value] = counts.get(value, 0) + count
    said = f"{column} counts in different units, {counted(counts)}: their quantities cannot be added."
    ways = [WayOut("Leave quantities out", _without_quantity(part))]
    ways += [only(part, is_one_of(column, [value]), f"Only {value}") for value in list(counts)[:2]]
    ways.append(settle(part, name, f"Add them all the same: {listed(list(counts))}"))
    return Notice(name, said, "What becomes of the quantities?", tuple(ways), stops=True)


def _without_quantity(part: Part) -> Part:
    """The part without quantities; its revenue from them stays."""
    columns: dict[str, str | None] = dict.fromkeys(("quantity", "unit_price", "unit_cost"))
    texts = {name: named(column) for name, column in part.columns.items() if name in columns}
    texts |= {name: f"({text})" for name, text in part.expressions.items() if name in columns}
    fields = {}
    for name, needs in (("revenue", ("quantity", "unit_price")), ("cost", ("quantity", "unit_cost"))):
        if name not in part.filled and all(each in texts for each in needs):
            fields[name] = " * ".join(f"number({texts[each]})" for each in needs)
    for name, text in part.expressions.items():
        if name not in columns:
            for each, said in texts.items():
                text = _replaced(text, each, f"number({said})")
            if text != part.expressions[name]:
                fields[name] = text
    return replace(filled(part, columns, fields))


def _replaced(text: str, name: str, by: str) -> str:
    import re

    return re.sub(rf"(?<![\w'\"]){name}(?![\w'\"])", by.replace("\\", r"\\"), text)
