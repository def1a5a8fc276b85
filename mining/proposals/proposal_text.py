"""What a proposal says, as words alone: the marks of HTML taken away, letters small and without accents."""

from __future__ import annotations

import re

from data.collaborate.stripped_text import stripped
from data.model.bare_letters import bare

NO_LETTER = re.compile(r"[\W_]+")


def plain_text(text: str | None) -> str:
    """A text in a line, without marks of HTML, of a text that is very long the beginning (`stripped`).

    >>> plain_text("<p>A &amp; B</p><script>alert(1)</script>")
    'A & B'
    """
    return " ".join(stripped(text or "").split())


def same_letters(text: str | None) -> str:
    """What two exact repeats have in common: the words in small letters, without accents, marks or stops.

    >>> same_letters("Parque  infantil, EL CAÑAVERAL!")
    'parque infantil el canaveral'
    """
    plain = plain_text(text)
    small = plain.lower() if plain.isascii() else bare(plain)
    return " ".join(NO_LETTER.sub(" ", small).split())
