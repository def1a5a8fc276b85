"""What a campaign sends, as its card shows it: read, spread over those reached, and written to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
import streamlit as st

from cubes.analysis import content_variants
from cubes.analysis.campaign_messages import campaign_messages
from cubes.analysis.content_variants import NO_ARMS
from cubes.query import parse_cut
from data.campaigns.contact_messages import Messages, offer_lists
from data.operational import campaign_contents, operational_store
from data.operational.campaign_contents import CampaignContent
from mining.offers.offer_words import first_offers
from mining.offers.scoreboard import OfferList
from pages.discover.found_offers import FoundOffers, asked_offers
from pages.discover.offers_view import OffersView
from pages.ui import session
from pages.ui.sought_work import AskedWork


@dataclass(frozen=True, slots=True, eq=False)
class ContentSetting:
    """The campaign whose content is written: its id, what it is called, whom it reaches (`customers`, codes), from and
    until when, the `day` as of which customers are described, and where there are several `arms` their names, with the
    one that each customer is `drawn` in (`customer`, `arm`).

    What runs (not `is_open`) can still be changed: it is sent so to whoever is reached from then on.
    """

    campaign: str
    name: str
    customers: np.ndarray
    first: date
    last: date
    day: date
    arms: tuple[str, ...] = ()
    drawn: pl.DataFrame = field(default_factory=lambda: NO_ARMS)
    is_open: bool = True


def read_content(campaign: str) -> CampaignContent:
    """Errors: WarehouseError."""
    return campaign_contents.campaign_content(operational_store.of(session.warehouse()), campaign)


def found_coverage(setting: ContentSetting, content: CampaignContent) -> pl.DataFrame:
    """How those reached are spread over the variants, as `coverage` tells it. Raises BadRequest."""
    cuts = tuple(parse_cut(text) for each in content.variants for text in each.cuts)
    read = repr(session.sets_read(cuts)) if any(each.by_rule for each in cuts) else ""
    return _coverage(
        session.warehouse().version, content, setting.customers, setting.day, setting.drawn, read
    )


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs={CampaignContent: repr})
def _coverage(
    version: str, content: CampaignContent, customers: np.ndarray, day: date, drawn: pl.DataFrame, read: str
) -> pl.DataFrame:
    return content_variants.coverage(session.warehouse(), content, customers, day, drawn)


def offers_sought() -> AskedWork[FoundOffers]:
    """The offers of the page Offers with its usual terms. Raises BadRequest."""
    return asked_offers(OffersView())


def offers_by_list(found: FoundOffers, lists: tuple[str, ...]) -> Mapping[str, pl.DataFrame]:
    """The first offers of every customer, of each list."""
    return {each: first_offers(found.found, OfferList(each), found.products) for each in lists}


def messages_of(setting: ContentSetting, content: CampaignContent) -> Messages | None:
    """Who writes what each contact is sent; None where nothing is written. Offers are waited for. Raises BadRequest."""
    if not content.variants:
        return None
    lists = offer_lists(content)
    offers = offers_by_list(offers_sought().found(), lists) if lists else {}
    return lambda store, contacts: campaign_messages(
        store, content, contacts, setting.day, setting.name, offers
    )
