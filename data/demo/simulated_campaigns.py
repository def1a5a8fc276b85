"""Campaigns with arms that were drawn, and what each truly added: more products in the orders of those it reached.

No campaign moves a purchase in time, so purchases stay those of BG/NBD. What is added is of the categories that the
customer likes anyway, never comes back, and is drawn from random streams of its own: without it all else is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.demo.demo_firm import Firm, day_index
from data.demo.simulated_customers import (
    CAMPAIGN,
    CAMPAIGN_FIRST,
    CAMPAIGN_KIND,
    CAMPAIGN_LAST,
    KINDS,
    SEGMENTS,
    People,
)

HOMES, TRADES = ("Household",), ("Professional",)


@dataclass(frozen=True, slots=True)
class SentCampaign:
    """`chances` (by segment, in the order of SEGMENTS) that an order of a customer it reached holds `at_once` more
    products, if they live in `country` (anywhere where that is ""); `held_out` is the share of those it was meant for
    who were not reached, `cost_eur` what reaching one cost."""

    number: str
    title: str
    medium: str
    kinds: tuple[str, ...]
    first: date
    last: date
    chances: tuple[float, ...]
    at_once: int
    held_out: float
    country: str
    channel: str
    cost_eur: float

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day, as days since the firm's first."""
        return day_index(self.first), day_index(self.last)


def _sent(number: str, title: str, medium: str, kinds: tuple[str, ...], first: date,
          chance: float, at_once: int, held_out: float, country: str = "") -> SentCampaign:  # fmt: skip
    channel, cost = MEDIA[medium]
    return SentCampaign(
        number, title, medium, kinds, first, first + timedelta(days=DAYS_LONG), (chance,) * len(SEGMENTS), at_once,
        held_out, country, channel, cost,
    )  # fmt: skip


DAYS_LONG = 79
MEDIA = {"E-mail": ("CH17", 0.02), "Mail": ("CH11", 0.85), "Phone": ("CH12", 4.5)}
MAILS, LETTERS, CALLS, NOTHING = 0.3, 0.9, 0.6, 0.0
BATH = SentCampaign(
    "CMP-2509", CAMPAIGN, "Mail", (CAMPAIGN_KIND,), CAMPAIGN_FIRST, CAMPAIGN_LAST,
    tuple(each.response for each in SEGMENTS), 2, 0.5, "", *MEDIA["Mail"],
)  # fmt: skip
# What is planted: e-mails add little, letters more but in Italy alone, calls much; the last e-mail adds nothing.
ADDING = (
    _sent("CMP-2303", "Spring fabrics preview", "E-mail", HOMES, date(2023, 3, 13), MAILS, 1, 0.3),
    _sent("CMP-2311", "Gifts for the house", "Mail", HOMES, date(2023, 10, 9), LETTERS, 3, 0.5, "Italy"),
    _sent("CMP-2404", "Workwear renewal", "Phone", TRADES, date(2024, 4, 8), CALLS, 2, 0.5),
    _sent("CMP-2410", "Warm wools", "E-mail", HOMES, date(2024, 9, 30), MAILS, 1, 0.3),
    _sent("CMP-2505", "Outdoor season", "E-mail", HOMES, date(2025, 4, 28), NOTHING, 1, 0.3),
)  # fmt: skip
CAMPAIGNS = (*ADDING, BATH)


def arms(firm: Firm, people: People, campaign: SentCampaign) -> np.ndarray:
    """By customer code 1 if the campaign reached them, 0 if held out, -1 if it was not meant for them: of another
    kind, or no purchase before it."""
    if campaign is BATH:
        return people.treated
    random = firm.random("campaigns", CAMPAIGNS.index(campaign))
    meant = np.isin(people.kind, [KINDS.index(kind) for kind in campaign.kinds])
    meant &= people.start < campaign.days[0]
    meant[0] = False
    reached = random.random(len(meant)) >= campaign.held_out
    found: np.ndarray = np.where(meant, reached, -1).astype(np.int8)
    return found
