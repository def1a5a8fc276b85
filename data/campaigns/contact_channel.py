"""The channel by which a campaign reaches people: which consents speak of it, and what address it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.errors import BadRequest, did_you_mean

Frames = Callable[[str, list[Any]], pl.DataFrame]
# The fields of an address, by the words of a channel's name or type that ask for it; the first that is found.
ADDRESSES = (
    ("email", ("e-mail", "email", "newsletter", "posta elettronica", "courriel", "correo electr")),
    (
        "phone",
        ("phone", "telephone", "sms", "whatsapp", "call", "telef", "telemarketing", "voice", "телефон"),
    ),
    ("street", ("mail", "post", "letter", "brief", "lettera", "courrier", "correo", "catalog", "почта")),
)
ADDRESS_WORDS = {"email": "an e-mail address", "phone": "a phone number", "street": "a postal address"}
MEMBERS = """SELECT DISTINCT channel_code, name, channel_type, [lower(trim(id)), lower(trim(name))] AS own,
lower(trim(nullif(channel_type, '(unknown)'))) AS type FROM channel WHERE channel_code > 0 ORDER BY ALL"""
PURPOSES = "SELECT DISTINCT trim(purpose) AS purpose FROM consent WHERE trim(purpose) <> '' ORDER BY purpose"


@dataclass(frozen=True, slots=True)
class ContactChannel:
    """A channel as people call it, the codes of the channels whose consents speak of it, and the field of customers
    that reaches them by it ("" where none does, as in a store)."""

    name: str
    codes: tuple[int, ...]
    address: str

    @property
    def address_words(self) -> str:
        return ADDRESS_WORDS.get(self.address, "")


def contact_channel(frame: Frames, name: str) -> ContactChannel:
    """The channel, or all channels of the type, that is called `name`. Raises BadRequest where there is none.

    A consent to a channel speaks of it alone, one to its type of every channel of that type. `frame` answers SQL and
    its values by a frame: of a warehouse, or of one that is being written.
    """
    members, wanted = frame(MEMBERS, []), name.strip().lower()
    rows = list(members.select("channel_code", "own", "type").iter_rows())
    meant = [row for row in rows if wanted in (*row[1], row[2])]
    address = _address([wanted]) or _address([text for _, own, type in meant for text in (*own, type or "")])
    if not meant and not address:
        raise BadRequest(f"There is no channel {name!r}.", did_you_mean(name, _called(members)))
    types = {type for _, own, type in meant if wanted in own}
    codes = {code for code, own, _ in rows if types.intersection(own)} | {code for code, *_ in meant}
    return ContactChannel(name, tuple(sorted(codes)), address)


def purposes_said(frame: Frames) -> list[str]:
    """The purposes of the consents that are loaded, as they are written, in order."""
    return frame(PURPOSES, [])["purpose"].to_list()


def _called(members: pl.DataFrame) -> list[str]:
    return [*members["name"], *members["channel_type"].unique(maintain_order=True)]


def _address(texts: list[str]) -> str:
    """The field that texts of a channel ask for: its name says more than its type."""
    for text in texts:
        for field, words in ADDRESSES:
            if any(re.search(rf"\b{word}", text) for word in words):
                return field
    return ""
