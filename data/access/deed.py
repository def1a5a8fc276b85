"""What people do beyond looking, as roles allow it or not."""

from __future__ import annotations

from enum import StrEnum


class Deed(StrEnum):
    """A deed that a role allows."""

    LOAD = "load"
    CURATE = "curate"
    ERASE = "erase"
    WRITE = "write"
    CAMPAIGN = "campaign"
    SERVE = "serve"
    PARTNER = "partner"
    PRICE = "price"
    EXPORT = "export"
    AUDIT = "audit"
    ADMINISTER = "administer"

    @property
    def label(self) -> str:
        """What it is, in words."""
        return LABELS[self]


LABELS = {
    Deed.LOAD: "load files, look after sources, mend rejected rows",
    Deed.CURATE: "decide who is who, product roles, roll-ups",
    Deed.ERASE: "tell and erase what is held of a person",
    Deed.WRITE: "write notes, views, boards, sets, targets, segments and scores",
    Deed.CAMPAIGN: "make audiences, plan campaigns, write contacts",
    Deed.SERVE: "record contacts and tickets of customers",
    Deed.PARTNER: "record what is agreed with partners and becomes of proposals, give out portal links",
    Deed.PRICE: "answer prices that customers name",
    Deed.EXPORT: "take files away",
    Deed.AUDIT: "read who saw and did what",
    Deed.ADMINISTER: "look after people and their sessions",
}
