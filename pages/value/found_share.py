"""Customer share found: what the cubes know of customers handed to the miner of a tier, the result remembered."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from cubes.analysis.customer_spend import customer_spend, described_customers, wallet_rows
from cubes.analysis.slice_days import within_traffic
from cubes.model import Cube
from cubes.query import Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import UNKNOWN
from mining.customer_share import head_room as rolled
from mining.customer_share.attainable_ceiling import AttainableCeiling, Band
from mining.customer_share.breadth_share import breadth_share
from mining.customer_share.ceiling_check import CeilingCheck, ceiling_check
from mining.customer_share.share_tier import Tier, TieredShare
from mining.customer_share.told_share import ToldShare, observed_share, surveyed_share
from mining.customer_share.wallet_answers import WalletAnswers, wallet_answers
from pages.ui import session
from pages.ui.style.formats import count_text
from pages.value.found_ceiling import found_ceiling
from pages.value.share_view import ShareView


@dataclass(frozen=True, slots=True, eq=False)
class FoundShare:
    """A share of one tier. `members` has one row a customer: customer, label, group, own, wallet, head_room, share,
    revenue, contacts, sell (the best offer in words); `groups` and `categories` as `head_room` gives them, of breadth
    as `breadth_share` does; in the attainable tier with below and doubt as `category_calibration` gives them. `ceiling`
    is that tier's alone, as is `check`."""

    total: TieredShare
    by: str
    members: pl.DataFrame
    groups: pl.DataFrame
    categories: pl.DataFrame
    band: Band | None = None
    ceiling: AttainableCeiling | None = None
    check: CeilingCheck | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def tier(self) -> Tier:
        return self.total.tier


def group_levels() -> list[str]:
    """The levels that customers are grouped by: theirs, with more than one known member and few enough to read."""
    known = session.warehouse().profile.known
    return [name for name in grouping_levels(session.cube()) if 1 < known.get(name, 0) <= 60]


def grouping_levels(cube: Cube) -> list[str]:
    """The levels that each customer is of one member of, however many there are."""
    return [each.name for each in cube.dimension("customer").levels if each.name != "customer"]


def found_share(view: ShareView) -> FoundShare:
    """The share of the view's tier; not of the market model, which needs no customers. Raises BadRequest."""
    offered = grouping_levels(session.cube())
    if view.by and view.by not in offered:
        raise BadRequest(f"Customers are not grouped by {view.by!r}.", did_you_mean(view.by, offered))
    version, by = session.warehouse().version, view.by or next(iter(group_levels()), "")
    return _found(version, session.sets_read(view.cuts), view.tier, view.quantile, by, view)


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={Cut: repr})
def _found(
    version: str, cuts: tuple[Cut, ...], tier: Tier, quantile: float, by: str, _view: ShareView
) -> FoundShare:
    view = _view
    match view.tier:
        case Tier.ATTAINABLE:
            return _attainable(view, by)
        case Tier.BREADTH:
            return _breadth(view, by)
        case Tier.OBSERVED:
            told, notes = _answers(view.cuts)
            return _told(observed_share(told), view, by, notes)
        case Tier.SURVEYED:
            told, notes = _answers(view.cuts)
            return _told(surveyed_share(told), view, by, notes)
        case _:
            raise BadRequest("The market model is told of panels, not of customers.", "Choose another tier.")


def _attainable(view: ShareView, by: str) -> FoundShare:
    found = found_ceiling(view.cuts, view.quantile)
    try:
        check = ceiling_check(found.rows, observed_share(_answers(view.cuts)[0]).rows)
    except BadRequest:
        check = None
    members = _members(found.rows, rolled.offers(found.rows, 1), view.cuts, by)
    groups = rolled.by_group(members, Tier.ATTAINABLE, found.drawn)
    calibrated = found.categories.select("category", "below", "doubt")
    categories = rolled.by_category(found.rows).join(
        calibrated, on="category", how="left", maintain_order="left"
    )
    return FoundShare(found.total, by, members, groups, categories, found.band, found, check)


def _breadth(view: ShareView, by: str) -> FoundShare:
    found = breadth_share(customer_spend(session.warehouse(), session.ask_whole, Query(cuts=view.cuts)))
    members = _members(found.members, found.offers, view.cuts, by)
    groups = rolled.by_group(members, Tier.BREADTH)
    return FoundShare(found.total, by, members, groups, found.categories)


def _told(found: ToldShare, view: ShareView, by: str, notes: tuple[str, ...]) -> FoundShare:
    members = _members(found.rows, rolled.offers(found.rows, 1), view.cuts, by)
    silent = (
        (f"Left out, without what this tier needs: {count_text(found.silent, 'answer')}.",)
        if found.silent
        else ()
    )
    groups = rolled.by_group(members, found.total.tier)
    return FoundShare(
        found.total, by, members, groups, rolled.by_category(found.rows), notes=(*notes, *silent)
    )


def _members(rows: pl.DataFrame, offers: pl.DataFrame, cuts: tuple[Cut, ...], by: str) -> pl.DataFrame:
    """The customers of a tier's rows, with their group as they are now, what they brought, how often we spoke, and what
    to offer them."""
    kept = Query(("revenue",), cuts=within_traffic(cuts, session.warehouse().profile))
    known = described_customers(session.ask_whole, kept, [by] if by else [])
    described = known.select("customer", "label", "revenue", group=pl.col(by) if by else pl.lit("everybody"))
    people = rolled.by_customer(rows).join(described, on="customer", how="left")
    people = people.with_columns(
        pl.col("label").fill_null(pl.col("customer")), pl.col("group").fill_null(UNKNOWN)
    ).join(_contacts(cuts), on="customer", how="left")
    best = offers.select("customer", sell=pl.col("offer") + ": " + pl.col("category"))
    return people.join(best, on="customer", how="left").sort(
        "head_room", "customer", descending=[True, False]
    )


def _contacts(cuts: tuple[Cut, ...]) -> pl.DataFrame:
    """Interactions by customer within the cuts; none where they are not told by these."""
    none = pl.DataFrame(schema={"customer": pl.String, "contacts": pl.Int64})
    if not session.warehouse().profile.extents["interaction"].lines:
        return none
    try:
        found = session.ask_whole(
            Query(("interactions",), ("customer",), cuts=cuts, cube="interactions")
        ).plain()
    except BadRequest:
        return none
    return found.select(customer="customer.id", contacts=pl.col("interactions").cast(pl.Int64))


def _answers(cuts: tuple[Cut, ...]) -> tuple[WalletAnswers, tuple[str, ...]]:
    """What customers of the slice told of their wallets, and what of it was left out or mended, in words."""
    found = wallet_answers(wallet_rows(session.warehouse(), Query(cuts=cuts)))
    said = (
        (found.nameless, "Left out, of nobody known"),
        (found.unreadable, "Left out, without a wallet or with one below zero"),
        (found.earlier, "Left out for a later one of the same customer and category"),
        (found.raised, "A wallet below what is spent here, which stands as that"),
    )
    counted = tuple(f"{what}: {count_text(number, 'answer')}." for number, what in said if number)
    return found, (*found.doubts, *counted)
