"""The rules that a planned campaign sets itself, beside those that all other campaigns set it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from data.campaigns.contact_rules import CampaignWindow, ContactRules
from data.operational.planned_campaigns import RUNNING, PlannedCampaign


def planned_rules(campaign: PlannedCampaign, every: Iterable[PlannedCampaign], day: date) -> ContactRules:
    """Whom the campaign may reach on a day, beside those of `every` planned campaign that run by then.

    Raises BadRequest for rules that cannot be.
    """
    design = campaign.design
    return ContactRules(
        campaign.channel,
        day,
        campaign.id,
        campaign.purpose,
        most_contacts=design.most_contacts,
        in_days=design.in_days,
        quiet_days=design.quiet_days,
        quiet_hours=design.quiet_hours,
        windows=tuple(
            CampaignWindow(each.id, each.starts, each.ends, each.type)
            for each in every
            if each.state == RUNNING and each.id != campaign.id
        ),
        reentry_days=design.reentry_days,
    )
