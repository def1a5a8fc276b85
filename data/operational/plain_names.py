"""Names and texts that people give to what they keep: text, not too long, and nothing in it that cannot be seen."""

from __future__ import annotations

from unicodedata import category

from data.errors import BadRequest

UNSEEN = frozenset(("Cc", "Cf", "Cs", "Mn", "Zl", "Zp", "Zs"))
LONGEST_NAME = 80
LONGEST_TEXT = 2000
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # the direction of what follows


def is_seen(text: str) -> bool:
    """Whether anything of it is seen: joiners, blanks and accents alone are nothing."""
    return any(category(each) not in UNSEEN for each in text)


def plain_name(text: str) -> str:
    """A name as it is kept: one line, its blanks single. Errors: BadRequest where it is none, or too long.

    >>> plain_name("  Revenue   by country ")
    'Revenue by country'
    """
    name = _without_unseen(" ".join(text.split()))
    if not is_seen(name):
        raise BadRequest("It has no name.", "Give it one.")
    if len(name) > LONGEST_NAME:
        raise BadRequest(
            f"That name has {len(name):,} letters.", f"Give it one of {LONGEST_NAME} letters at most."
        )
    return name


def plain_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text of several lines as it is kept. Errors: BadRequest where nothing is written, or too much."""
    kept = "\n".join(_without_unseen(line).rstrip() for line in text.strip().splitlines())
    if not is_seen(kept):
        raise BadRequest("There is nothing written.", "Write something.")
    if len(kept) > longest:
        raise BadRequest(f"That text has {len(kept):,} letters.", f"Write {longest:,} at most.")
    return kept


def _without_unseen(line: str) -> str:
    return "".join(each for each in line if category(each) not in ("Cc", "Cs") and each not in TURNING)
