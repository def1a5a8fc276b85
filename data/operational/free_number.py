"""Numbers of things that begin here, short enough to be said on the phone."""

from __future__ import annotations

import secrets
from collections.abc import Collection

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
LENGTH = 6


def free_number(mark: str, taken: Collection[str]) -> str:
    """A number that nothing has yet: a mark, and six letters or digits."""
    while True:
        number = f"{mark}-" + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        if number not in taken:
            return number
