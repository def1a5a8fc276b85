"""Campaigns in the CRM: exactly the arms of the planted one, by ERP number, and what those reached bought of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import day_index
from data.demo.export_papers import PLAIN, Exported
from data.demo.order_exports import customer_ids, order_ids
from data.demo.simulated_customers import CAMPAIGN, CAMPAIGN_FIRST
from data.demo.simulated_world import World, choice, days, numbered

PLANTED = "CMP-2509"
CAMPAIGNS = (
    ("CMP-2303", "Spring fabrics preview", "E-mail"), ("CMP-2311", "Gifts for the house", "Mail"),
    ("CMP-2404", "Workwear renewal", "Phone"), ("CMP-2410", "Warm wools", "E-mail"),
    ("CMP-2505", "Outdoor season", "E-mail"), (PLANTED, CAMPAIGN, "Mail"),
)  # fmt: skip
LETTER_EUR = 0.85
MAIL_ORDER = "CH11"


def deliveries(world: World) -> Iterator[Exported]:
    """The campaigns, whom the planted one reached or held out, and who answered it."""
    listed = pl.DataFrame(CAMPAIGNS, schema=["Campaign", "Title", "Medium"], orient="row")
    yield Exported("crm", "campaigns", "crm.xlsx", listed, sheet="Campaigns", key="Campaign")
    yield Exported("crm", "campaign_contacts", "campaign_contacts.csv", _contacts(world), PLAIN, key="Contact",
                   date="Sent on", stranger="ERP customer", sums={"cost": "Cost"})  # fmt: skip
    yield Exported("crm", "campaign_responses", "campaign_responses.csv", _responses(world), PLAIN, key="Response",
                   date="Answered on", stranger="ERP customer", sums={"amount": "Amount"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """The sizes of the arms, and what the campaign added."""
    treated = world.people.treated
    extra = world.lines.filter("extra")["revenue"].sum() / 100
    row = (PLANTED, int((treated == 1).sum()), int((treated == 0).sum()), extra)
    return {
        "campaign_arms": pl.DataFrame(
            [row], schema=["campaign", "treated", "held_out", "extra_eur"], orient="row"
        )
    }


def _contacts(world: World) -> pl.DataFrame:
    """Everyone of either arm, in the week before the campaign."""
    random, treated = world.random("campaigns"), world.people.treated
    code = np.flatnonzero(treated >= 0)
    reached = treated[code] == 1
    return pl.DataFrame({
        "Contact": numbered("CC", len(code)), "Campaign": PLANTED, "ERP customer": customer_ids(pl.Series(code)),
        "Sent on": days(day_index(CAMPAIGN_FIRST) - random.integers(1, 8, len(code))),
        "Arm": choice(("held out", "treated"), reached), "Channel": choice((None, MAIL_ORDER), reached),
        "Cost": np.where(reached, LETTER_EUR, 0.0),
    })  # fmt: skip


def _responses(world: World) -> pl.DataFrame:
    """An order of those reached that holds what the campaign added, with the amount of that."""
    extra = world.lines.filter("extra").group_by("order_key", maintain_order=True).agg(
        pl.col("day", "customer", "channel").first(), pl.col("revenue").sum()
    )  # fmt: skip
    return pl.DataFrame({
        "Response": numbered("CR", len(extra)), "Campaign": PLANTED, "ERP customer": customer_ids(extra["customer"]),
        "Answered on": days(extra["day"].to_numpy()), "Kind": "purchase",
        "Channel": "CH" + extra["channel"].cast(pl.String).str.zfill(2), "Amount": extra["revenue"] / 100,
        "Order": order_ids(world, extra["order_key"]),
    })  # fmt: skip
