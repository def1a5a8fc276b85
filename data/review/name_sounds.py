"""Names as they are written and as they sound: Italian, Cyrillic and Latin spellings of one name come to one key.

Letters of any script are written in Latin ones by `anyascii`. What they sound like is coarse: spellings that differ by
language alone (č, ch, cz, tsch, ci before a vowel) read alike, as do doubled letters and i, j, y.
"""

from __future__ import annotations

import re
from functools import cache

from anyascii import anyascii

NOT_LETTERS, APOSTROPHES = re.compile(r"[^a-z0-9]+"), re.compile("['’ʼ`´]")
# In this order; what is written here is looked for in a word of small Latin letters.
SPELLINGS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"tsch|tch|cz", "k"),
        (r"shch|sci(?=[aou])|sc(?=[ie])|sch|sh|sz", "s"),
        (r"ci(?=[aou])|ch|kh|ck|qu|q|c", "k"),
        (r"dzh|dj|gi(?=[aou])|gh", "g"),
        (r"zh|ts|tz|z", "s"),
        (r"ph", "f"),
        (r"w|ff$", "v"),
        (r"x", "ks"),
        (r"(?<=[bdfgklmnprstv])[yj]o", "e"),
        (r"[yj]", "i"),
        (r"h", ""),
        (r"(.)\1+", r"\1"),
    )
)


@cache
def _latin(letter: str) -> str:
    said = anyascii(letter).lower()
    return NOT_LETTERS.sub("", said) if letter.isalnum() else said


def latin(text: str) -> str:
    """A text in small Latin letters, digits and single blanks.

    >>> latin("Кьяра  Łukasiewicz-D'Àngelo")
    'kyara lukasiewicz dangelo'
    """
    small = APOSTROPHES.sub("", text.lower())
    plain = small if small.isascii() else "".join(map(_latin, small))
    return NOT_LETTERS.sub(" ", plain).strip()


def sound(word: str) -> str:
    """What a word of small Latin letters sounds like.

    >>> {sound(latin(each)) for each in ("Чайковский", "Ciaikovskij", "Tchaikovsky", "Čajkovskij", "Tschaikowsky")}
    {'kaikovski'}
    >>> sound("giovanni") == sound(latin("Джованни"))
    True
    """
    for pattern, said in SPELLINGS:
        word = pattern.sub(said, word)
    return word
