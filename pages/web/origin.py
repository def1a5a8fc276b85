"""An origin, as browsers tell it: scheme, host and port of the page that asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

PARTS = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([0-9]{1,5}))?")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Origin | None:
        """The origin that `text` names; None where it is no address of a page, such as `null`.

        >>> Origin.parse("https://CRM.example.com")
        Origin(scheme='https', host='crm.example.com', port=443)
        """
        parts = PARTS.fullmatch(text.lower())
        if parts is None:
            return None
        scheme, host, port = parts.groups()
        return cls(scheme, host.strip("[]"), int(port or PORTS[scheme]))


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine's own: reached from nowhere else."""
    address = ip(host)
    return address.is_loopback if address else host.lower() == "localhost"


def ip(host: str) -> IPv4Address | IPv6Address | None:
    """The address that `host` is; None where it is a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
