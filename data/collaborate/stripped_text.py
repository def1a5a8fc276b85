"""The text of what sources bring as HTML: marks are taken away, never rendered; what scripts hold goes with them."""

from __future__ import annotations

import re
from html import unescape

LONGEST = 20_000  # letters of a text that are read; pages say where there were more
MARK = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*|!)[^<>]*>")
BLOCKS = frozenset(["p", "br", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6"])
HIDDEN = frozenset(("script", "style"))


def stripped(text: str, longest: int = LONGEST) -> str:
    """The words of a text that may be HTML, a line a paragraph; at most the first `longest` letters are read.

    >>> stripped("<p>A &amp; B</p><p>two<br>lines</p><script>alert(1)</script>")
    'A & B\\ntwo\\nlines'
    >>> stripped("2 < 3 and 5 > 4")
    '2 < 3 and 5 > 4'
    """
    text = text[:longest]
    if "<" not in text and "&" not in text:
        return _lines(text)
    return _lines(unescape("".join(_shown(text))))


def _shown(text: str) -> list[str]:
    parts, at, inside = list[str](), 0, ""
    for mark in MARK.finditer(text):
        is_end, name = bool(mark[1]), mark[2].lower()
        if inside and not (is_end and name == inside):
            continue
        if not inside:
            parts.append(text[at : mark.start()])
        inside = name if name in HIDDEN and not is_end else ""
        at = mark.end()
        if name in BLOCKS:
            parts.append("\n")
    return parts if inside else [*parts, text[at:]]


def _lines(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
