"""What a proposal says, as words alone: the marks of HTML taken away, letters small and without accents."""

from __future__ import annotations

import re
from html import unescape

from data.model.bare_letters import bare

LONGEST = 20_000
HIDDEN = re.compile(r"<(script|style)\b[^>]*>.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
MARK = re.compile(r"<!--.*?(-->|$)|</?[a-z][^<>]*(>|$)", re.IGNORECASE | re.DOTALL)
NO_LETTER = re.compile(r"[\W_]+")


def plain_text(text: str | None) -> str:
    """A text without the marks of HTML and without what scripts and styles hold; its first LONGEST letters.

    >>> plain_text("<p>A &amp; B</p><script>alert(1)</script>")
    'A & B'
    """
    text = (text or "")[: 4 * LONGEST]
    if "<" in text:
        text = MARK.sub(" ", HIDDEN.sub(" ", text))
    if "&" in text:
        text = unescape(text)
    return " ".join(text.split())[:LONGEST]


def same_letters(text: str | None) -> str:
    """What two exact repeats have in common: the words in small letters, without accents, marks or stops.

    >>> same_letters("Parque  infantil, EL CAÑAVERAL!")
    'parque infantil el canaveral'
    """
    return " ".join(NO_LETTER.sub(" ", bare(plain_text(text))).split())
