"""Periods instead of days: a column for each month, a year or a month in a column, a year and a month in two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import pairwise

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import filled, is_none_of, listed, named, only
from data.load.mappings.mapping import Part
from data.load.mappings.row_shape import Unpivot
from data.load.notation.month_names import STEMS

NAME, VALUE = "Month", "Amount"
YEAR = r"(?:19|20)\d\d"
MONTH = "|".join(STEMS.values())
WHOLE = rf"{YEAR}[-/.]?(?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[-/.]{YEAR}|(?:{MONTH})\pL*\.?[-/. ]{YEAR}"
PERIOD = rf"^(?i:{YEAR}|{WHOLE})$"
# Names of columns that are periods: with their year, without it, a day or a year.
HEADERS = {
    "whole": WHOLE.replace(r"\pL", r"[^\W\d_]"),
    "short": rf"(?:{MONTH})[^\W\d_]*[- ]\d\d",
    "bare": rf"(?:{MONTH})[^\W\d_]*\.?",
    "day": rf"{YEAR}-\d\d-\d\d(?: 00:00:00)?",
    "year": YEAR,
}
FEWEST = 3
YEARS = frozenset(["year", "anno", "jahr", "annee", "ano", "rok", "год", "jaar", "ar", "vuosi", "yil"])
MONTHS = frozenset(
    [
        "month",
        "mese",
        "monat",
        "mois",
        "mes",
        "mies",
        "miesiac",
        "месяц",
        "maand",
        "mesic",
        "manad",
        "kuukausi",
        "ay",
    ]
)
CELLS = "The columns {0} to {1} are periods: each of their filled cells is a row, and its number an amount of money."
NO_YEAR = (
    "The columns {0} to {1} say no year: fill date by concat('1 ', {2}, ' 2024') in [order_lines.expressions],"
    " for the year that is meant."
)
TOTALS = "Rows called {0} in {1} add up others. Proposed: leave them out."
OF_YEARS = "{0} holds years: each row counts on the first day of its year."


def are_periods(texts: pl.Series) -> bool:
    """Whether all values are years, or months of a year."""
    filled = texts.drop_nulls()
    return bool(len(filled)) and bool(filled.str.contains(PERIOD).all())


def columns_of_periods(sample: RowSample) -> Unpivot | None:
    """How the columns of a file that are periods are one column; None where they are not."""
    for kind, form in HEADERS.items():
        found = [name for name in sample.texts if re.fullmatch(form, name.strip(), re.IGNORECASE)]
        numeric = all(
            sample.numbers(name) is not None or not len(sample.texts[name].drop_nulls()) for name in found
        )
        if len(found) >= FEWEST and numeric and (kind != "bare" or _follow(found)):
            free = [name for name in sample.texts if name not in found]
            return Unpivot(_patterns(found, free), _unlike(NAME, free), _unlike(VALUE, free))
    return None


def with_period(sample: RowSample, part: Part, called: str) -> tuple[Part, list[str]]:
    """The part with a date from the periods of its rows, and what was decided; `called` is the name of its file."""
    said = []
    cells = part.shape.unpivot
    if cells is not None:
        headers = sample.texts[cells.name].unique(maintain_order=True).to_list()
        said.append(CELLS.format(headers[0], headers[-1]))
        part, left_out = _without_totals(sample, part)
        said += left_out
        if part.columns.get("date", cells.name) == cells.name:
            part, more = _of_headers(sample, part, headers, called)
            return part, [*said, *more]
    column = part.columns.get("date")
    if column is None or not sample.texts[column].drop_nulls().str.contains(f"^{YEAR}$").all():
        return part, said
    if month := _called(sample, MONTHS, 12):
        return filled(
            part, {"date": None}, {"date": _first_of(named(month), named(column), sample.texts[month])}
        ), said
    return replace(part, date_format="%Y"), [*said, OF_YEARS.format(column)]


def _without_totals(sample: RowSample, part: Part) -> tuple[Part, list[str]]:
    """The part without the rows that are called total, and what was decided."""
    totals, _ = header_words.phrases("words", "total")
    for name, texts in sample.texts.items():
        every = {
            header_words.plain(each): each
            for each in texts.drop_nulls().unique(maintain_order=True).to_list()
        }
        called = [
            each for said, each in every.items() if said in totals or _is_of_another(said, every, totals)
        ]
        if called:
            return only(part, is_none_of(name, called), "").part, [TOTALS.format(listed(called), name)]
    return part, []


def _is_of_another(said: str, every: Iterable[str], totals: Iterable[str]) -> bool:
    """Whether a value is the total of another one: North Total, Total North, Ergebnis Nord."""
    return any(
        said in (f"{other} {total}", f"{total} {other}")
        for total in totals
        if total in said
        for other in every
    )


def _of_headers(sample: RowSample, part: Part, headers: Sequence[str], called: str) -> tuple[Part, list[str]]:
    """The part with the date that the names of the columns tell, if they do."""
    assert part.shape.unpivot is not None
    column = part.shape.unpivot.name
    if re.fullmatch(HEADERS["short"], headers[0], re.IGNORECASE):
        text = f"concat('1-', replace({named(column)}, ' ', '-'))"
        return filled(part, {"date": None}, {"date": text}), []
    if re.fullmatch(YEAR, headers[0]):
        return replace(filled(part, {"date": column}, {}), date_format="%Y"), [OF_YEARS.format(column)]
    if not re.fullmatch(HEADERS["bare"], headers[0], re.IGNORECASE):
        return filled(part, {"date": column}, {}), []
    year = _called(sample, YEARS, 2199)
    told = named(year) if year else next(map(repr, re.findall(rf"(?<!\d){YEAR}(?!\d)", called)), "")
    if not told:
        return filled(part, {"date": None}, {}), [NO_YEAR.format(headers[0], headers[-1], column)]
    return filled(part, {"date": None}, {"date": f"concat('1 ', {named(column)}, ' ', {told})"}), []


def _first_of(month: str, year: str, texts: pl.Series) -> str:
    """The expression for the first day of a month, said by its number or its name."""
    if texts.drop_nulls().str.contains(r"^\d+$").all():
        return f"concat({year}, '-', {month}, '-01')"
    return f"concat('1 ', {month}, ' ', {year})"


def _called(sample: RowSample, names: frozenset[str], most: int) -> str | None:
    """The column that is called so and holds numbers up to `most`, or names of months."""
    for name, texts in sample.texts.items():
        values = texts.drop_nulls()
        if header_words.header(name) in names and len(values):
            numbers = values.cast(pl.Int32, strict=False)
            fits = not numbers.null_count() and bool(numbers.is_between(1, most).all())
            if fits or (most == 12 and values.str.contains(rf"^(?i:{MONTH})\pL*\.?$").all()):
                return name
    return None


def _follow(found: Sequence[str]) -> bool:
    """Whether columns are called like months that follow one another: not Gender, Market and Set."""
    stems = [re.compile(each, re.IGNORECASE) for each in STEMS.values()]
    at = [next(n for n, stem in enumerate(stems) if stem.match(name.strip())) for name in found]
    return all((other - one) % 12 == 1 for one, other in pairwise(at))


def _patterns(found: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The columns by what they have in common, their years, so that those of next month are meant too."""
    ends: Mapping[str, None] = dict.fromkeys(
        f"{year[1]}*" if (year := re.match(rf"({YEAR}[-/.])", name)) else f"*{name[-5:]}" for name in found
    )
    told = all(re.search(rf"^{YEAR}[-/.]|[-/. ]{YEAR}$", name) for name in found)
    return (
        tuple(ends)
        if told and not any(fnmatchcase(each, end) for each in others for end in ends)
        else tuple(found)
    )


def _unlike(name: str, others: Sequence[str]) -> str:
    return name if name not in others else f"{name} of the cell"
