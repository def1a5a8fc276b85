"""Sentences of cubes and mining as a reader's language writes them: the words are theirs, numbers and days are not."""

from __future__ import annotations

import re
from datetime import date

from data.model.said import Said, SaidPeriod, SaidValue
from pages.ui.style import locales
from pages.ui.style.formats import days_named, format_day
from pages.ui.style.period_names import period_name

NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?%?|\d+\.\d+%?|\d+%")


def in_language(sentence: str) -> str:
    """A sentence with its values as this run writes them; one that knows none stays."""
    return sentence.written(_written) if isinstance(sentence, Said) else sentence


def noted(sentence: str) -> str:
    """A note of an answer: as `in_language`, and of one that knows no values the days, which the cube has in ISO."""
    return in_language(sentence) if isinstance(sentence, Said) else days_named(sentence)


def numbers_told(sentence: str) -> str:
    """A text of words and English numbers alone, without any name, with its numbers as this run writes them."""
    return NUMBER.sub(lambda found: _signed(found[0]), sentence)


def _written(each: SaidValue) -> str:
    if isinstance(each.value, SaidPeriod):
        return period_name(each.value.level, each.value.id)
    return format_day(each.value) if isinstance(each.value, date) else _signed(str(each))


def _signed(number: str) -> str:
    """An English number with the signs of the language."""
    here = locales.current()
    return number.translate({ord(","): here.group, ord("."): here.decimal, ord("%"): here.percent})
