"""Who looks: the person that this run of a page, fragment or click is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The name of an account, or what the provider calls the person; empty where sign-in is off."""

    person: str = ""
    groups: tuple[str, ...] = ()


def signed_in() -> SignedIn:
    """Who this run is for. Errors: BadRequest where the session has ended: nobody looks then, and nothing is shown."""
    return SignedIn()
