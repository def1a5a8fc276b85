"""Secrets are never repeated: what looks like the password of an address, or a token, is struck out of any text."""

from __future__ import annotations

import re

STRUCK = "[…]"
# Behind a name and a colon; a port alone is none. Blanks may stand in it, or the @ be forgotten.
ADDRESS = re.compile(
    r"(?P<kept>\b[a-z][a-z0-9+.-]*:/{1,2}[^\s:/'\"]*):(?:\S+(?=@)|(?!\d+\b)(?:[^\n@]{1,80}(?=@)|[^\s/'\"]+))",
    re.IGNORECASE,
)
BARE_ADDRESS = re.compile(r"(?P<kept>(?<![\w/])[\w.%+-]+):[^\s/@'\"]+(?=@[\w.-]+(?::\d+|/))")
NAMED = re.compile(
    r"(?P<kept>\b(?:password|passwd|pwd|secret|token|api[_-]?key|authorization)\b\W{0,3}+(?:bearer |basic )?)"
    r"(?!…)[^\s,;&)\]}]+",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"(?P<kept>\b\w*(?:pass|password|passwd|pwd)['\"]?\s*[=:]\s*)"
    r"(?:'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|[^\s'\"&]+)",
    re.IGNORECASE,
)


def without_passwords(text: str) -> str:
    """`text` without the passwords of addresses, whether they are written as URLs or as settings.

    >>> without_passwords("postgresql://clerk:hun/t@r2@erp/sales")
    'postgresql://clerk:[…]@erp/sales'
    >>> without_passwords("host=erp password='hunter 2' user=clerk")
    'host=erp password=[…] user=clerk'
    """
    for address in (ADDRESS, BARE_ADDRESS):
        text = address.sub(lambda found: f"{found['kept']}:{STRUCK}", text)
    return SETTING.sub(lambda found: f"{found['kept']}{STRUCK}", text)


def without_secrets(text: str) -> str:
    """The same, and without whatever follows a word such as token or secret."""
    return NAMED.sub(lambda found: f"{found['kept']}{STRUCK}", without_passwords(text))
