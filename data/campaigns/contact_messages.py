"""Who writes the messages of contacts: what describes customers is asked of cubes, which this room does not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import polars as pl

from data.campaigns.checked_content import fields_of
from data.campaigns.message_fields import OFFERS
from data.errors import BadRequest
from data.operational.campaign_contents import CampaignContent
from data.operational.planned_campaigns import PlannedCampaign
from data.store.warehouse import Warehouse

# From contacts (`customer`, a code, and `arm`) to what each is sent: `customer`, `variant`, `sent`.
Messages = Callable[[Warehouse, pl.DataFrame], pl.DataFrame]
WriteMessages = Callable[[Warehouse, CampaignContent, pl.DataFrame, date, str], pl.DataFrame]

_REGISTERED: list[WriteMessages] = []


def register(write: WriteMessages) -> None:
    """From now on, this writes the messages of this process."""
    _REGISTERED[:] = [write]


def offer_lists(content: CampaignContent) -> tuple[str, ...]:
    """The lists of offers that its messages name any of."""
    lists = (each.offers for each in content.variants if set(fields_of(each)) & set(OFFERS))
    return tuple(sorted({each for each in lists if each}))


def messages_of(campaign: PlannedCampaign, content: CampaignContent, day: date) -> Messages | None:
    """Who writes what the campaign sends on a day; None where nothing is written. Raises BadRequest for offers, which
    are found by a page, and where nobody is registered."""
    if not content.variants:
        return None
    if offer_lists(content) or not _REGISTERED:
        raise BadRequest(
            f"What “{campaign.name}” sends names offers, and these are found on a page.",
            "Write its contacts on the page Plan.",
        )
    write = _REGISTERED[0]
    return partial(_written, write, campaign, content, day)


def _written(
    write: WriteMessages,
    campaign: PlannedCampaign,
    content: CampaignContent,
    day: date,
    warehouse: Warehouse,
    contacts: pl.DataFrame,
) -> pl.DataFrame:
    return write(warehouse, content, contacts, day, campaign.name)
