"""The rules of who may be reached, as a planned campaign and all that run beside it say them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from data.campaigns.contact_rules import CampaignWindow, ContactRules
from data.operational.planned_campaigns import DRAFT, PlannedCampaign


def planned_rules(campaign: PlannedCampaign, every: Iterable[PlannedCampaign], day: date) -> ContactRules:
    """What must hold of customers whom `campaign` may reach on `day`; `every` are all that are planned.

    Raises BadRequest for what no rule can be.
    """
    design = campaign.design
    started = (each for each in every if each.state != DRAFT)
    return ContactRules(
        channel=campaign.channel,
        day=day,
        campaign=campaign.id,
        purpose=campaign.purpose,
        most_contacts=design.most_contacts,
        in_days=design.in_days,
        quiet_days=design.quiet_days,
        quiet_hours=design.quiet_hours,
        windows=tuple(CampaignWindow(each.id, each.starts, each.ends, each.type) for each in started),
        reentry_days=design.reentry_days,
    )
