"""Short codes of documents, of which one is the invoice and one takes it back: FA and AV, RE and GU, F and R."""

from __future__ import annotations

from collections.abc import Iterable

from data.load.evidence import header_words

SHORT = 4
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщэюя")


def credit_codes(values: Iterable[str]) -> list[str]:
    """The values that are codes of credit notes beside their invoices; of several letters, and so told for sure."""
    return [value for value in _credits(values) if len(header_words.plain(value)) > 1]


def credit_letters(column: str, values: Iterable[str]) -> list[str]:
    """The single letters that may stand for credit notes, in a column of two that is called a type of document."""
    every = list(values)
    called = header_words.is_called(column, "document") and not header_words.is_called(column, "of_others")
    if not called or len(every) != 2:
        return []
    return [value for value in _credits(every) if len(header_words.plain(value)) == 1]


def _credits(values: Iterable[str]) -> list[str]:
    said = {header_words.plain(value): value for value in values}
    if any(not 0 < len(each) <= SHORT for each in said):
        return []
    pairs = header_words.table("words")["codes"]["pairs"]
    return [
        said[back] for back in dict.fromkeys(back for sale, back in pairs if sale in said and back in said)
    ]
