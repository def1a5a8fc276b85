"""Campaigns in the CRM: the arms that were drawn, by ERP number, and what those reached bought more because of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.export_papers import PLAIN, Exported
from data.demo.order_exports import customer_ids, order_ids
from data.demo.simulated_campaigns import BATH, CAMPAIGNS, SentCampaign, arms
from data.demo.simulated_world import World, choice, days, numbered

PLANTED = BATH.number


def deliveries(world: World) -> Iterator[Exported]:
    """The campaigns, whom each reached or held out, and who answered it."""
    rows = [(each.number, each.title, each.medium) for each in CAMPAIGNS]
    listed = pl.DataFrame(rows, schema=["Campaign", "Title", "Medium"], orient="row")
    yield Exported("crm", "campaigns", "crm.xlsx", listed, sheet="Campaigns", key="Campaign")
    yield Exported("crm", "campaign_contacts", "campaign_contacts.csv", _contacts(world), PLAIN, key="Contact",
                   date="Sent on", stranger="ERP customer", sums={"cost": "Cost"})  # fmt: skip
    yield Exported("crm", "campaign_responses", "campaign_responses.csv", _responses(world), PLAIN, key="Response",
                   date="Answered on", stranger="ERP customer", sums={"amount": "Amount"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """The sizes of the arms, and what each campaign added."""
    added = dict(world.lines.group_by("extra").agg(pl.col("revenue").sum() / 100).iter_rows())
    rows = []
    for place, each in enumerate(CAMPAIGNS, 1):
        found = arms(world.firm, world.people, each)
        rows.append((each.number, int((found == 1).sum()), int((found == 0).sum()), added.get(place, 0.0)))
    schema = ["campaign", "treated", "held_out", "extra_eur"]
    return {"campaign_arms": pl.DataFrame(rows, schema=schema, orient="row")}


def _contacts(world: World) -> pl.DataFrame:
    """Everyone of either arm of each campaign, in the week before it."""
    random = world.random("campaigns")
    found = pl.concat(_contacts_of(world, each, random) for each in reversed(CAMPAIGNS))
    return found.select(numbered("CC", len(found)).alias("Contact"), pl.all())


def _contacts_of(world: World, campaign: SentCampaign, random: np.random.Generator) -> pl.DataFrame:
    arm = arms(world.firm, world.people, campaign)
    code = np.flatnonzero(arm >= 0)
    reached = arm[code] == 1
    return pl.DataFrame({
        "Campaign": [campaign.number] * len(code), "ERP customer": customer_ids(pl.Series(code)),
        "Sent on": days(campaign.days[0] - random.integers(1, 8, len(code))),
        "Arm": choice(("held out", "treated"), reached), "Channel": choice((None, campaign.channel), reached),
        "Cost": np.where(reached, campaign.cost_eur, 0.0),
    })  # fmt: skip


def _responses(world: World) -> pl.DataFrame:
    """An order of those reached that holds what a campaign added, with the amount of that."""
    added = world.lines.filter(pl.col("extra") > 0).group_by("order_key", maintain_order=True).agg(
        pl.col("day", "customer", "channel", "extra").first(), pl.col("revenue").sum()
    )  # fmt: skip
    numbers = ("", *(each.number for each in CAMPAIGNS))
    return pl.DataFrame({
        "Response": numbered("CR", len(added)), "Campaign": choice(numbers, added["extra"].to_numpy()),
        "ERP customer": customer_ids(added["customer"]),
        "Answered on": days(added["day"].to_numpy()), "Kind": "purchase",
        "Channel": "CH" + added["channel"].cast(pl.String).str.zfill(2), "Amount": added["revenue"] / 100,
        "Order": order_ids(world, added["order_key"]),
    })  # fmt: skip
