"""How far the dashboard may be reached: where nobody has to sign in, on this machine only, unless its keeper says more.

`python -m pages.web.exposure ADDRESS` ends with a sentence where that address may not be listened on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from data.errors import BadInput, ClientelaError
from pages.web.origin import Origin, ip, is_loopback

ANYONE = "CLIENTELA_ALLOW_ANYONE_ON_THE_NETWORK"
ORIGINS = "CLIENTELA_ORIGINS"
REMEDY = (
    "Set up sign-in first: python -m data people add NAME, or a provider (docs/sign_in.md). Or leave HOST"
    " (server.address) at 127.0.0.1, and reach it through an SSH tunnel (ssh -L 8501:127.0.0.1:8501 HERE) or a reverse"
    f" proxy that asks who comes. {ANYONE}=yes lets in everyone who can reach this machine."
)


@dataclass(frozen=True, slots=True)
class Exposure:
    """The origins that a reverse proxy serves the dashboard at, whether anyone on the network is let in, and whether
    who comes must sign in."""

    origins: frozenset[Origin] = frozenset()
    anyone: bool = False
    signs_in: bool = False

    @classmethod
    def read(cls, settings: Mapping[str, str], signs_in: bool = False) -> Exposure:
        """What the settings say. Errors: BadInput where an origin is none."""
        named = settings.get(ORIGINS, "").replace(",", " ").split()
        return cls(
            frozenset(_origin(each) for each in named),
            settings.get(ANYONE, "").strip().lower() == "yes",
            signs_in,
        )

    @classmethod
    def of(cls, address: str) -> Exposure:
        """What holds where the dashboard is to listen on `address`; who must sign in is asked where that decides.

        Errors: BadInput, WarehouseError where a setting or a way to sign in is broken.
        """
        from pages.ui.sign_in_ways import checked_ways

        return cls.read(os.environ, not is_loopback(address) and checked_ways())

    @property
    def is_wide(self) -> bool:
        """Whether other machines may ask."""
        return self.anyone or self.signs_in

    def check(self, address: str | None) -> None:
        """Errors: BadInput where listening on `address` would let the network in unasked."""
        if self.is_wide or is_loopback(address or ""):
            return
        where = f"on {address}" if address else "on all addresses of this machine"
        raise BadInput(
            f"Clientela does not start {where}: nobody has to sign in,"
            " so that anyone on the network could read and change customers' data.",
            REMEDY,
        )

    def is_reached_at(self, host: str) -> bool:
        """Whether a browser that asks for `host` can mean us; a foreign name led here by DNS cannot."""
        return self._is_direct(host) or host in {each.host for each in self.origins}

    def trusts(self, page: Origin | None, here: Origin) -> bool:
        """Whether a page of the origin `page` may ask the dashboard at `here`."""
        return page is not None and (page in self.origins or (page == here and self._is_direct(here.host)))

    def _is_direct(self, host: str) -> bool:
        return is_loopback(host) or (self.is_wide and ip(host) is not None)


def _origin(text: str) -> Origin:
    origin = Origin.parse(text.removesuffix("/"))
    if origin is None:
        raise BadInput(
            f"{ORIGINS} holds {text!r}, which is no origin.",
            "Give scheme, host and, if need be, port, as in https://crm.example.com or http://crm:8080.",
        )
    return origin


if __name__ == "__main__":
    try:
        Exposure.of(sys.argv[1]).check(sys.argv[1])
    except ClientelaError as error:
        sys.exit(str(error))
