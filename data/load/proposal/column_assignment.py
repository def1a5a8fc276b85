"""Which column is which field: by what it is called (synonyms.toml), if its values look like that."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from data.load.evidence import header_words, line_standing
from data.load.evidence.row_sample import RowSample
from data.load.mappings.canonical_fields import SUBJECT, CanonicalField, Subject
from data.load.notation import times_of_day
from data.load.notation.case_event_words import event
from data.load.notation.consent_words import verdict
from data.load.proposal.period_columns import are_periods

STEP = 0.002  # how much less a name counts than the one before it in its list
OWN = 0.02
STRIPPED = 0.85
MOSTLY = 0.8
DATE = (
    r"^\d{4}([-/.])\d{1,2}[-/.]\d{1,2}([T ].*)?$|^(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])$"
    r"|^\d{1,2}[-/. ]\d{1,2}[-/. ](\d{4}|\d{2})([T ,].*)?$"
    r"|^\d{1,2}[-/. ]+\pL{3,12}\.?[-/. ,]+\d{2,4}([ ,].*)?$|^\pL{3,9}[.]?[- ]\d{1,2},?[- ](\d{4}|\d{2})( .*)?$"
)
YES_OR_NO = frozenset(
    [
        "true",
        "false",
        "t",
        "f",
        "yes",
        "no",
        "y",
        "n",
        "1",
        "0",
        "x",
        "si",
        "sì",
        "ja",
        "nein",
        "j",
        "vero",
        "falso",
        "wahr",
        "falsch",
        "oui",
        "non",
        "да",
        "нет",
        "1.0",
        "0.0",
    ]
)
STANDING = ("cancelled", "returned", "undone", "quoted", "failed", "pending")
PLACES = ("country", "region", "city", "street", "customer_name", "email")
LEADS = frozenset(
    [
        "line",
        "lineitem",
        "lines",
        "item",
        "items",
        "order",
        "orders",
        "sales",
        "sale",
        "invoice",
        "transaction",
        "so",
        "po",
        "details",
        "detail",
    ]
)
TAILS = frozenset(["eur", "usd", "gbp", "chf", "euro", "euros", "in", "pln", "rub", "руб", "billing"])
A_TIME = r"\d[ T,]+(\d{1,2}:\d\d(?::\d\d)?)"  # in a moment
INTERACTIONS = ("contacts", "calls", "tickets", "surveys", "web_sessions", "emails")


def assign(
    sample: RowSample, subject: str, without: Collection[str] = (), taken: Collection[str] = ()
) -> dict[str, str]:
    """For each field of a subject the column that is called most like it, each column once.

    Fields in `without` and columns in `taken` are left out.
    """
    kind = SUBJECT[subject]
    rated = sorted(
        (-score(subject, field.name, name), at, position, field.name, name)
        for at, field in enumerate(kind.fields)
        for position, name in enumerate(sample.texts)
        if field.name not in without and name not in taken and score(subject, field.name, name)
        and (looks_like(sample, field, name) or _is_period(sample, subject, field.name, name))
    )  # fmt: skip
    found: dict[str, str] = {}
    for *_, field_name, name in rated:
        if field_name not in found and name not in found.values():
            found[field_name] = name
    return _named_members(kind, _of_one_time(sample, found))


def _of_one_time(sample: RowSample, found: dict[str, str]) -> dict[str, str]:
    """Without a column of times beside a date that tells the time by itself: that column tells something else."""
    if "at_second" not in found or "date" not in found:
        return found
    clocks = sample.texts[found["date"]].str.extract(A_TIME).drop_nulls()
    is_told = bool((clocks.str.replace_all(r"[0:]", "") != "").any())
    return {field: name for field, name in found.items() if field != "at_second" or not is_told}


def _is_period(sample: RowSample, subject: str, field: str, column: str) -> bool:
    """Whether a column may be the date of order lines though it holds but months or years."""
    cells = sample.part.shape.unpivot
    is_header = cells is not None and column == cells.name
    return subject == "order_lines" and field == "date" and (is_header or are_periods(sample.texts[column]))


def _named_members(kind: Subject, found: Mapping[str, str]) -> dict[str, str]:
    """Where only a name is there, it is what tells the members apart."""
    moved = dict(found)
    for name in ("customer", "product", "channel", "partner", "campaign"):
        if name not in moved and f"{name}_name" in moved:
            moved[name] = moved.pop(f"{name}_name")
    if "case_id" in moved and "number" not in moved and "case_id" not in kind.required:
        moved["number"] = moved.pop("case_id")
    return {field.name: moved[field.name] for field in kind.fields if field.name in moved}


@lru_cache(maxsize=50_000)
def score(subject: str, field: str, column: str) -> float:
    """How much the name of a column is the name of a field, from 0 to about 1."""
    said = header_words.header(column).split()
    best = max(_known(subject, field, " ".join(said)), _known(subject, field, header_words.plain(column)))
    looked_up = re.sub(r"^[\w-]+\.(?=\w)", "", column)  # orders.orderDate
    if not best and looked_up != column:
        return score(subject, field, looked_up)
    if not best and "(" in column:
        best = STRIPPED * score(subject, field, re.sub(r"\s*\([^)]*\)", "", column))
    if not best and len(said) > 1:
        best = STRIPPED * max(_known(subject, field, " ".join(each)) for each in _shorter(said))
    return best


def _shorter(said: list[str]) -> tuple[list[str], list[str]]:
    """The words of a name without what it is a part of, and without its unit: Lineitem quantity, Amount EUR."""
    head, tail = said[:], said[:]
    while len(head) > 1 and head[0] in LEADS:
        head = head[1:]
    while len(tail) > 1 and tail[-1] in TAILS:
        tail = tail[:-1]
    return head, tail


def _known(subject: str, field: str, said: str) -> float:
    own, every = _names(subject, field)
    joined = said.replace(" ", "")
    if joined in own:
        return 1 + OWN - STEP * own[joined]
    return 1 - STEP * every[joined] if joined in every else 0.0


@cache
def _names(subject: str, field: str) -> tuple[dict[str, int], dict[str, int]]:
    table = synonyms()
    section = "interaction" if subject in INTERACTIONS else subject
    own, every = table.get(section, {}).get(field), table["any"].get(field)
    own = table.get(subject, {}).get(field, own)
    if own is None and every is None:  # a field of which the words say nothing is called by its name
        own = [field.replace("_", " ")]
    return _ranked(own or []), _ranked(every or [])


def _ranked(lists: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for listed in lists:
        for rank, phrase in enumerate(listed.split(",")):
            joined = header_words.plain(phrase).replace(" ", "")
            found[joined] = min(rank, found.get(joined, rank))
    return found


def is_english(field: str, column: str) -> bool:
    """Whether a column is called in English, or in no language that is known."""
    lists, said = synonyms()["any"].get(field, []), header_words.header(column).replace(" ", "")
    return said in _ranked(lists[:1]) or said not in _ranked(lists[1:])


@cache
def synonyms() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "synonyms.toml").read_text(encoding="utf-8"))


def looks_like(sample: RowSample, field: CanonicalField, column: str) -> bool:
    """Whether the values of a column may be those of the field."""
    texts = sample.texts[column]
    filled = texts.drop_nulls()
    if not len(filled):
        return False
    if field.kind in ("date", "moment"):
        return are_dates(texts)
    if field.kind == "second":
        like = float(filled.str.contains(times_of_day.LIKE).mean() or 0)  # type: ignore[arg-type]
        return like >= MOSTLY and not filled.str.contains(times_of_day.WITHIN_AN_HOUR).all()
    if field.kind == "number":
        return sample.numbers(column) is not None and not are_dates(texts)
    if field.kind == "verdict":
        return all(verdict(value) for value in filled.unique().to_list())
    if field.kind == "event":
        said = filled.unique().to_list()
        return sum(event(value) is not None for value in said) >= MOSTLY * len(said)
    if field.kind == "boolean":
        return all(value.casefold() in YES_OR_NO for value in filled.unique().to_list())
    return _may_be_text(sample, field.name, column, filled)


def _may_be_text(sample: RowSample, name: str, column: str, filled: pl.Series) -> bool:
    digits = float(filled.str.contains(r"\d").mean() or 0)  # type: ignore[arg-type]
    if name in ("order", "number", "order_number", "line", "postcode", "phone"):
        return digits > MOSTLY and (name == "phone" or not are_dates(filled)) and not _are_fractions(filled)
    if name in PLACES:
        told = any(
            header_words.says(value, "standing", kind)
            for value in filled.unique().to_list()[:60]
            for kind in STANDING
        )
        return sample.numbers(column) is None and not told
    if name in line_standing.OF_PRODUCT and line_standing.tells_kinds(sample.texts[column]):
        return False
    if name == "currency":
        return all(header_words.currency(value) for value in filled.unique().to_list())
    if name in ("customer", "product", "partner", "campaign"):
        return not are_dates(filled) and not _are_fractions(filled)
    return True


def _are_fractions(filled: pl.Series) -> bool:
    """Whether values are amounts rather than numbers of something: 12.50, but not 17850.0."""
    return float(filled.str.contains(r"^\d+[.,]\d*[1-9]\d*$").mean() or 0) > 0.3  # type: ignore[arg-type]


def are_dates(texts: pl.Series) -> bool:
    """Whether most of the values are days or moments."""
    filled = texts.drop_nulls()
    return bool(len(filled)) and float(filled.str.contains(DATE).mean() or 0) >= MOSTLY  # type: ignore[arg-type]
