"""What a link to the portal carries: which link, until when and for whom, signed so that nothing of it can be changed.

64 bytes in base64url: the link's id (16), until when (8, seconds since 1970), a print of its subject (8) and an
HMAC-SHA256 (32) over all of that and the warehouse (RFC 2104).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import NamedTuple

WRITTEN = re.compile(r"[A-Za-z0-9_-]{86}")


class LinkToken(NamedTuple):
    """Which link (32 hexadecimal digits), until when (seconds since 1970), and the print of its subject."""

    link: str
    until: int
    subject: bytes


def subject_print(key: bytes, kind: str, numbering: str, number: str) -> bytes:
    """What tells one subject from another without telling who it is: 8 bytes."""
    return _mac(key, "subject", kind.encode(), numbering.encode(), number.encode())[:8]


def signed(key: bytes, warehouse: str, token: LinkToken) -> str:
    """The token as it stands in an address: 86 letters."""
    told = bytes.fromhex(token.link) + token.until.to_bytes(8) + token.subject
    return base64.urlsafe_b64encode(told + _mac(key, "link", warehouse.encode(), told)).rstrip(b"=").decode()


def read_token(key: bytes, warehouse: str, written: str) -> LinkToken | None:
    """The token that was signed with `key` for a warehouse (its id); None where it was not, or not so."""
    if not key or not WRITTEN.fullmatch(written):
        return None
    try:
        held = base64.b64decode(written + "==", altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    token = LinkToken(held[:16].hex(), int.from_bytes(held[16:24]), held[24:32])
    return token if hmac.compare_digest(signed(key, warehouse, token), written) else None


def form_mac(key: bytes, *parts: str) -> str:
    """The signature of a form: of which browser, for which address, and which form."""
    return _mac(key, "form", *(each.encode() for each in parts)).hex()


def _mac(key: bytes, purpose: str, *parts: bytes) -> bytes:
    """Each part with its length, so that no two ways to divide a text are one."""
    told = b"".join(len(each).to_bytes(4) + each for each in (purpose.encode(), *parts))
    return hmac.new(key, told, hashlib.sha256).digest()
