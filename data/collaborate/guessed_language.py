"""The language of a short text, guessed from its letters and its small words; empty where that tells too little."""

from __future__ import annotations

import re
from collections import Counter

WORD = re.compile(r"[^\W\d_]+")
LONGEST = 600  # letters that are looked at
FEWEST = 2  # small words of a language that a text needs
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
SMALL_WORDS = {
    "it": "il lo la gli le un una di del della dei delle che per con non sono è anche più nel nella al alla da questo",
    "es": "el la los las un una de del que para con no son es también más en al por se su como este esta y",
    "en": "the a an of to and in for with is are that this it on be by not would should more please we you",
    "de": "der die das ein eine und zu mit für nicht ist sind auch mehr im den dem von auf es wir",
    "fr": "le la les un une des du de et pour avec ne pas est sont aussi plus dans au aux que ce cette nous",
}  # fmt: skip
OF_WORD: dict[str, list[str]] = {}
for language, words in SMALL_WORDS.items():
    for word in words.split():
        OF_WORD.setdefault(word, []).append(language)


def guessed_language(text: str) -> str:
    """it, es, en, de, fr or ru; "" where no language has clearly the most small words.

    >>> guessed_language("Una lampada con il cavo più lungo"), guessed_language("Метро у дома"), guessed_language("Cup")
    ('it', 'ru', '')
    """
    text = text[:LONGEST]
    if len(CYRILLIC.findall(text)) > len(text) / 4:
        return "ru"
    counted = Counter(
        language for word in WORD.findall(text.lower()) for language in OF_WORD.get(word, ())
    ).most_common(2)
    if not counted or counted[0][1] < FEWEST or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return ""
    return counted[0][0]
