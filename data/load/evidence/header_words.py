"""Words by which headers and values tell what they are, in the languages of words.toml and units.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from data.load.notation.currency_names import code_of

HERE = Path(__file__).parent
LONG = 5  # letters from which on a word is also found within a compound: Rabattbetrag


@cache
def table(name: str) -> dict[str, Any]:
    """The file `name` of words."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Small letters and digits without accents, other signs as single blanks.

    >>> plain("Nº Façture_Date ")
    'no facture date'
    """
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each)
    )
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


@lru_cache(maxsize=5_000)
def header(name: str) -> str:
    """The words of a column's name: `plain`, and split where small letters meet a capital.

    >>> header("InvoiceNo"), header("orderID"), header("Cod. articolo")
    ('invoice no', 'order id', 'cod articolo')
    """
    return plain(re.sub(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name))


@cache
def phrases(name: str, *path: str) -> tuple[frozenset[str], frozenset[str]]:
    """What stands under `path`, all languages together: phrases, and those that only count as a whole value."""
    entry: Any = table(name)
    for each in path:
        entry = entry[each]
    listed: Iterable[str] = (
        [text for texts in entry.values() for text in texts] if isinstance(entry, dict) else entry
    )
    found = [(text.startswith("="), plain(text)) for text in listed]
    return frozenset(text for whole, text in found if not whole), frozenset(
        text for whole, text in found if whole
    )


@lru_cache(maxsize=20_000)
def says(value: str, *path: str) -> bool:
    """Whether a value of a few words holds one of the phrases of words.toml under `path`."""
    loose, whole = phrases("words", *path)
    said = plain(value)
    return said in whole or (
        bool(said) and len(said.split()) <= 5 and any(f" {each} " in f" {said} " for each in loose)
    )


@lru_cache(maxsize=5_000)
def is_called(name: str, what: str) -> bool:
    """Whether a column's name holds one of the words of [headers]."""
    loose, whole = phrases("words", "headers", what)
    known, said = loose | whole, header(name)
    compound = (word for word in said.split() if len(word) > LONG)
    return (
        said in known
        or any(f" {each} " in f" {said} " for each in known)
        or any(
            word.startswith(each) or word.endswith(each)
            for word in compound
            for each in known
            if len(each) >= LONG
        )
    )


def is_tax(name: str) -> bool:
    """Whether a column is the tax itself, and not an amount with or without it."""
    return is_called(name, "tax") and not is_called(name, "net") and not is_called(name, "gross")


@cache
def nothing() -> frozenset[str]:
    return frozenset(table("words")["nothing"]["any"])


@cache
def _called(section: str) -> dict[str, str]:
    return {word: name for name, words in table("units")[section].items() for word in words}


def currency(text: str) -> str | None:
    """The code of the currency that a cell names.

    >>> currency("EUR"), currency("€"), currency("us dollars"), currency("USA")
    ('EUR', 'EUR', 'USD', None)
    """
    said = text.strip().casefold().rstrip(".")
    if said.upper() in table("units")["codes"]:
        return said.upper()
    return _called("names").get(said) or code_of(said)


def unit(text: str) -> str | None:
    """What a cell of a column of units counts: pieces, kilograms ..."""
    return _called("units").get(text.strip().casefold().rstrip("."))


def sign_pairs() -> list[frozenset[str]]:
    return [frozenset(pair) for pair in table("words")["signs"]["pairs"]]
