"""What each contact of a campaign is sent, from the warehouse: its variant chosen, its fields read and filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from cubes.analysis.content_variants import NO_ARMS, variant_of
from cubes.analysis.message_values import message_values
from data.campaigns.campaign_content import NO_OFFERS, MessagePreview, contents_of, fields_of_content, preview
from data.campaigns.message_fields import OF_CONTACT, OFFERS
from data.errors import BadRequest
from data.operational.campaign_contents import CampaignContent
from data.store.warehouse import Warehouse


def campaign_messages(
    warehouse: Warehouse,
    content: CampaignContent,
    contacts: pl.DataFrame,
    day: date,
    campaign: str,
    offers: Mapping[str, pl.DataFrame] = NO_OFFERS,
) -> pl.DataFrame:
    """What is sent on a day: `customer` (code), `variant`, `sent`, a row a row of `contacts`, in its order.

    `contacts` has `customer`, the `arm` where a variant asks for it, and the `code` of the contact where that is drawn
    (else `data.campaigns.campaign_content.with_codes` puts it in). `campaign` is what the campaign is called, `offers`
    are as `contents_of` takes them. Where no variant is written, nothing is sent: no rows. Raises BadRequest.
    """
    if not content.variants:
        return contents_of(
            content, contacts.select("customer").with_columns(variant=pl.lit("")).clear(), contacts
        )
    _check_given(content, contacts)
    customers = contacts["customer"].to_numpy()
    arms = contacts.select("customer", "arm") if "arm" in contacts.columns else NO_ARMS
    chosen = variant_of(warehouse, content, customers, day, arms).select("customer", "variant")
    given = contacts.select(each for each in ("code",) if each in contacts.columns)
    chosen = pl.concat([chosen, given], how="horizontal").with_columns(campaign=pl.lit(campaign))
    return contents_of(content, chosen, _values(warehouse, content, customers, day), offers)


def message_preview(
    warehouse: Warehouse,
    content: CampaignContent,
    customer: int,
    variant: str,
    day: date,
    given: Mapping[str, str],
    offers: Mapping[str, pl.DataFrame] = NO_OFFERS,
) -> MessagePreview:
    """What one customer (code) would be sent as a variant; `given` are the code of a contact and the campaign's name.

    Raises BadRequest.
    """
    values = _values(warehouse, content, np.array([customer], dtype=np.int32), day)
    known = values.with_columns(pl.lit(value).alias(name) for name, value in given.items())
    return preview(content, variant, known, offers)


def _values(warehouse: Warehouse, content: CampaignContent, customers: np.ndarray, day: date) -> pl.DataFrame:
    names = [each for each in fields_of_content(content) if each not in (*OFFERS, *OF_CONTACT)]
    return message_values(warehouse, customers, names, day, content.languages)


def _check_given(content: CampaignContent, contacts: pl.DataFrame) -> None:
    """Raises BadRequest where a message would be sent in the wrong arm."""
    asks = next((each for each in content.variants if each.arm), None)
    if asks and "arm" not in contacts.columns:
        raise BadRequest(f"“{asks.name}” is for an arm, and no arms are drawn yet.",
                         "Write the messages once arms are drawn.")  # fmt: skip
