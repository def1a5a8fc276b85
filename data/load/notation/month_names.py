"""Names of months as programs write them in the languages of Europe, turned into English ones."""

from __future__ import annotations

import re

STEMS = {
    "Jan": "jan|jän|gen|ene|янв",
    "Feb": "feb|fev|fév|фев",
    "Mar": "mar|mär|mrz|mrt|maa|мар",
    "Apr": "apr|avr|abr|апр",
    "May": "may|mai|mag|mei|май|мая",
    "Jun": "jun|juin|giu|июн",
    "Jul": "jul|juil|lug|июл",
    "Aug": "aug|ago|aoû|aou|авг",
    "Sep": "sep|set|сен",
    "Oct": "oct|okt|ott|out|окт",
    "Nov": "nov|ноя",
    "Dec": "dec|dez|dic|déc|дек",
}
ENGLISH = re.compile(
    r"jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(tember)?|oct(ober)?|nov(ember)?"
    r"|dec(ember)?|mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?|[ap]m|t|z"
)
WORD = re.compile(r"[^\W\d_]+")


def are_english(value: str) -> bool:
    """Whether the words of a date are those that the engine knows."""
    return all(ENGLISH.fullmatch(word.casefold()) for word in WORD.findall(value))


def english_sql(text: str) -> str:
    """SQL for the SQL text `text` with its month in English; "1 de enero de 2024" loses its de."""
    sql = rf"regexp_replace({text}, '(?i)\sde\s', ' ', 'g')"
    for month, stems in STEMS.items():
        sql = rf"regexp_replace({sql}, '(?i)(^|[^\pL])(?:{stems})\pL*\.?', '\1{month}')"
    return sql
