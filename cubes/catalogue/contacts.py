"""The contacts cube: whom campaigns reached and whom they held out, at what cost."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure(
        "contacts",
        "Contacts",
        Kind.ADDITIVE,
        "count",
        "Times that a campaign reached a customer; those held out were not reached.",
        aggregate="count",
        condition="lower(contact.arm) = 'treated'",
        rising=0,
    ),
    Measure(
        "held_out",
        "Held out",
        Kind.ADDITIVE,
        "count",
        "Times that a campaign left a customer alone on purpose, to compare with.",
        aggregate="count",
        condition="lower(contact.arm) = 'held out'",
        rising=0,
    ),
    Measure(
        "customers_contacted",
        "Customers contacted",
        Kind.DISTINCT,
        "count",
        "Different customers whom a campaign reached; (unknown) is not one.",
        column="contact.customer_code",
        condition="contact.customer_code > 0 AND lower(contact.arm) = 'treated'",
        rising=0,
    ),
    Measure(
        "campaigns",
        "Campaigns",
        Kind.DISTINCT,
        "count",
        "Different campaigns that reached or held out anybody; (unknown) is not one.",
        column="contact.campaign_code",
        condition="contact.campaign_code > 0",
        rising=0,
    ),
    Measure(
        "contact_cost",
        "Cost of contacts",
        Kind.ADDITIVE,
        "money",
        "What reaching customers cost.",
        column="contact.cost",
        empty="null",
        rising=-1,
    ),
    Measure(
        "cost_per_contact",
        "Cost per contact",
        Kind.RATIO,
        "money",
        "Cost of the contacts whose cost is known, divided by how many those are.",
        numerator="cost_of_contacts",
        denominator="contacts_costed",
        rising=-1,
    ),
    Measure(
        "cost_of_contacts",
        "Cost of those reached",
        Kind.ADDITIVE,
        "money",
        "What reaching customers cost, those held out left aside.",
        column="contact.cost",
        condition="lower(contact.arm) = 'treated'",
        rising=-1,
        hidden=True,
    ),
    Measure(
        "contacts_costed",
        "Contacts with a cost",
        Kind.ADDITIVE,
        "count",
        "Contacts whose cost is known.",
        aggregate="count",
        condition="lower(contact.arm) = 'treated' AND contact.cost IS NOT NULL",
        rising=0,
        hidden=True,
    ),
)

cube = DeclaredCube("contacts", "Campaign contacts", "contact", MEASURES)
