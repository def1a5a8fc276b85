"""Values that stand for nobody and nothing: N/A, #REF!, 0, 99999, Walk-in; a number that a tenth of all orders bear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import counted, many, settle, unknown

MEMBERS = ("customer", "product", "channel", "partner", "campaign")
PEOPLE = ("customer", "customer_name", "email", "phone")
SHARE, TIMES, LEAST = 0.1, 5, 10
ERRORS = ("#", "n/a", "null", "none", "nan", "undefined", "(null)")
NINES = r"^(-1|0+|9{4,}|1{5,}|123456789?0?)$"
NOT_NOTHING = ("x", "xx", "xxx", "*", "default", "missing", "empty")


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice for each field that holds such values."""
    part = sample.part
    owner = part.kind.table.name if part.kind.table else ""
    for name in part.columns:
        texts = sample.field(name)
        if texts is None or part.kind.field(name).kind != "text" or name in ("order", "line", "number"):
            continue
        known = {*part.shape.unknown.get(name, ()), *part.null}
        counts = {value: count for value, count in _counts(texts).items() if value not in known}
        found = (
            _nobody(sample, name, counts)
            if name.split("_")[0] in MEMBERS or name in PEOPLE
            else _errors(counts)
        )
        if name == owner:
            found = {
                value: count for value, count in found.items() if value.casefold() in header_words.nothing()
            }
        if found:
            yield _notice(sample, name, found)
        elif name == "customer" and part.kind.is_lines and (top := _dominant(sample, texts)):
            yield _dominant_notice(sample, name, *top)


def _notice(sample: RowSample, name: str, found: Mapping[str, int]) -> Notice:
    part, column = sample.part, sample.part.columns[name]
    said = f"{column} says {counted(found)} (of {sample.seen}), which names nothing and nobody."
    away = {name: list(found)}
    if name.endswith("_name") and (ids := _ids_of(sample, name, list(found))):
        away[name.removesuffix("_name")] = ids
        said += f" They bear the number {ids[0]}."
    key = f"placeholder: {column}"
    ways = (unknown(part, away, "Take them as not known"), settle(part, key))
    return Notice(key, said, f"Is the {part.kind.field(name).label.lower()} not known there?", ways)


def _nobody(sample: RowSample, name: str, counts: Mapping[str, int]) -> dict[str, int]:
    people, _ = header_words.phrases("words", "nobody")
    numeric = _are_numbers(counts)
    found = {}
    for value, count in counts.items():
        said = value.strip().casefold()
        nothing = (
            said in header_words.nothing()
            and said not in NOT_NOTHING
            and not (said == "x" and len(counts) < 30)
        )
        nobody = name in PEOPLE and (header_words.plain(value) in people or _begins_so(value, people))
        stand_in = name in MEMBERS and (
            _stands_in(value, counts) if numeric else _is_zero_among_codes(value, counts)
        )
        if (
            nothing
            or nobody
            or stand_in
            or (name in PEOPLE and said in ("na", "n a", "none none", "null null"))
        ):
            found[value] = count
    return found


def _begins_so(value: str, people: frozenset[str]) -> bool:
    """Guest 17, Walk-in customer Rome: a phrase of several words with something behind it, or one with a number."""
    said = header_words.plain(value)
    first, _, rest = said.partition(" ")
    if first in people and rest.isdigit():
        return True
    return first in _first_words() and any(said.startswith(f"{each} ") for each in people if " " in each)


@cache
def _first_words() -> frozenset[str]:
    people, _ = header_words.phrases("words", "nobody")
    return frozenset(each.split()[0] for each in people)


def _errors(counts: Mapping[str, int]) -> dict[str, int]:
    return {value: count for value, count in counts.items()
            if value.casefold() in header_words.nothing() and value.casefold().startswith(ERRORS)}  # fmt: skip


def _are_numbers(counts: Mapping[str, int]) -> bool:
    digits = sum(value.isdigit() for value in counts)
    return digits >= 0.8 * len(counts) and len(counts) >= 3


def _is_zero_among_codes(value: str, counts: Mapping[str, int]) -> bool:
    """Whether a value is 0 where all others are codes with letters."""
    return not value.strip("0") and not any(each.isdigit() for each in counts if each != value)


def _stands_in(value: str, counts: Mapping[str, int]) -> bool:
    """Whether a number is 0, or one digit again and again, away from the others or far more often than they."""
    if not pl.Series([value]).str.contains(NINES)[0]:
        return False
    others = sorted(int(each) for each in counts if each.isdigit() and each != value)
    number = int(value)
    alone = not others or number <= 0 or number < others[0] / 2 or number > 2 * others[-1]
    usual = sorted(count for each, count in counts.items() if each != value)
    often = bool(usual) and counts[value] > TIMES * usual[len(usual) // 2]
    if number == 0:
        return alone and (often or bool(others and others[0] > 1) or counts[value] > 1)
    return alone or often


def _ids_of(sample: RowSample, name: str, values: list[str]) -> list[str]:
    """The numbers under which these names stand, if no other name stands under them."""
    owner = name.removesuffix("_name")
    numbers, names = sample.field(owner), sample.field(name)
    if numbers is None or names is None or owner not in sample.part.columns:
        return []
    here = names.is_in(values).fill_null(False)
    inside, outside = numbers.filter(here).drop_nulls().unique(), numbers.filter(~here).drop_nulls().unique()
    return sorted(set(inside.to_list()) - set(outside.to_list()))[:20] if len(inside) <= 20 else []


def _dominant(sample: RowSample, texts: pl.Series) -> tuple[str, int, int, int] | None:
    """The customer of a tenth of all orders, while others have few: with orders, all orders, and the usual number."""
    order = sample.field("order")
    frame = (
        pl.DataFrame({"who": texts, "order": order if order is not None else sample.place})
        .drop_nulls()
        .unique()
    )
    counts = frame["who"].value_counts(sort=True)
    if counts.height < LEAST:
        return None
    first, second = int(counts["count"][0]), int(counts["count"][1])
    usual = int(counts["count"].median() or 1)  # type: ignore[arg-type]
    if first < SHARE * frame.height or first < TIMES * second or first < LEAST:
        return None
    return str(counts.to_series(0)[0]), first, frame.height, usual


def _dominant_notice(sample: RowSample, name: str, who: str, orders: int, every: int, usual: int) -> Notice:
    part, column = sample.part, sample.part.columns[name]
    key = f"placeholder: {column}"
    said = (
        f"{column} says {who!r} in {orders:,} of {many(every, 'order')}, where others have {usual:,} mostly."
    )
    nobody = unknown(part, {name: [who]}, f"{who} is nobody in particular")
    return Notice(key, said, "Is it one customer?", (nobody, settle(part, key, f"{who} is one customer")))


def _counts(texts: pl.Series) -> dict[str, int]:
    counts = texts.drop_nulls().value_counts(sort=True)
    return dict(zip(counts.to_series(0).to_list(), counts["count"].to_list(), strict=True))
