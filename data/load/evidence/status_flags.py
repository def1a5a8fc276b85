"""Columns of yes and no: cancelled, a draft; or the other way round, posted and paid, of which no tells."""

from __future__ import annotations

from collections.abc import Collection

from data.load.evidence import header_words

YES = frozenset([
    "true", "t", "yes", "y", "1", "x", "si", "sì", "sí", "ja", "j", "vero", "wahr", "oui", "да", "sim", "tak", "истина",
    "verdadero", "vrai", "s",
])  # fmt: skip
NO = frozenset([
    "false", "f", "no", "n", "0", "nein", "falso", "falsch", "non", "нет", "nee", "não", "nie", "ложь", "faux",
])  # fmt: skip
BY_YES = ("undone", "cancelled", "quoted", "failed")
BY_NO = ("quoted", "cancelled", "pending")


def flagged(column: str, values: Collection[str]) -> dict[str, str]:
    """The values of a column of yes and no that tell that a line is no plain sale, and the kind of standing."""
    yes = [value for value in values if value.casefold() in YES]
    no = [value for value in values if value.casefold() in NO]
    rest = [value for value in values if value not in (*yes, *no)]
    called = header_words.header(column)
    kind = next((each for each in BY_YES if header_words.says(called, "standing", each)), None)
    if kind and (not rest or (yes and no and all(len(value) == 1 for value in rest))):
        return dict.fromkeys([*yes, *rest], kind)  # SAP: yes, no, and C for what cancels another
    other = next((each for each in BY_NO if header_words.says(called, "flags", each)), None)
    return dict.fromkeys(no, other) if other and not kind and not rest else {}
