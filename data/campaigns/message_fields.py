"""The fields that a message may name: what is known of customers, and whatever else the firm's sources say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.model.canonical_tables import CUSTOMER
from data.model.warehouse_profile import Profile

OFFERS = ("offer_1", "offer_2", "offer_3")
OF_CONTACT = ("code", "campaign")
# What stands for the code of a contact that is not drawn yet; no value of a customer holds that letter.
CODE_PLACE = "\ue000"


@dataclass(frozen=True, slots=True)
class MessageField:
    """A field by its name: in words, and as an example. Every customer has one that `is_always` there; a `level` of
    the customer's tells what is no field of its own."""

    name: str
    words: str
    example: str | int
    is_always: bool = False
    level: str = ""


FIELDS = (
    MessageField("name", "the customer's whole name", "Anna Rossi"),
    MessageField("first_name", "the first name of a person, never of a company", "Anna"),
    MessageField("country", "the country", "Italy", level="country"),
    MessageField("region", "the region", "Tuscany", level="region"),
    MessageField("city", "the city", "Prato", level="city"),
    MessageField("kind", "the kind of customer", "Household", level="customer_kind"),
    MessageField("language", "the language, as this campaign tells it", "it"),
    MessageField("last_purchase", "the day of the last purchase", "3 November 2026"),
    MessageField("days_since", "days since the last purchase, a number", 42),
    MessageField(
        "favourite_category", "the category that brought the most revenue of this customer", "Curtains"
    ),
    *(
        MessageField(name, f"offer {place} of the list", "Linen curtain")
        for place, name in enumerate(OFFERS, 1)
    ),
    MessageField("code", "the code of the contact, which a response names", "K7M2Q9", is_always=True),
    MessageField("campaign", "the name of the campaign", "Autumn letter", is_always=True),
)


def message_fields(profile: Profile) -> Mapping[str, MessageField]:
    """All fields of a warehouse by name; an attribute of customers that is called like one of ours is that one."""
    own = [
        MessageField(each.name, each.label, "something", level=each.name)
        for each in profile.attributes
        if each.dimension == CUSTOMER.name
    ]
    return {each.name: each for each in (*own, *FIELDS)}
