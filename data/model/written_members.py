r"""Members side by side in one text, bars between them: a bar of a member's own has a backslash before it."""

from __future__ import annotations

import re
from collections.abc import Iterable

BAR = re.compile(r"(\\*)\|")
END = re.compile(r"(\\+)\Z")


def joined(members: Iterable[str]) -> str:
    r"""The members as one text. Backslashes before a bar are doubled, all others stand as they are.

    >>> print(joined(["France", "A|B", r"C\D"]))
    France|A\|B|C\D
    """
    *before, last = [BAR.sub(r"\1\1\\|", each) for each in members] or [""]
    return "|".join([*(END.sub(r"\1\1", each) for each in before), last])


def apart(text: str) -> list[str]:
    r"""What `joined` wrote.

    >>> apart(r"France|A\|B|C\D")
    ['France', 'A|B', 'C\\D']
    """
    parts, held, at = [], "", 0
    for bar in BAR.finditer(text):
        slashes = len(bar[1])
        held += text[at : bar.start()] + "\\" * (slashes // 2)
        at = bar.end()
        if slashes % 2:
            held += "|"
        else:
            parts.append(held)
            held = ""
    return [*parts, held + text[at:]]
