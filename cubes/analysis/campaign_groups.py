"""Who the customers of a campaign are: the groups by which arms that were not drawn show, and what was known before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl

from cubes import catalogue
from cubes.analysis.campaign_outcomes import CONTACTS, RunCampaign, assigned_arms
from cubes.analysis.customer_measures import customer_measures
from cubes.ask.answer import Answer
from cubes.drill_through import rows_behind
from cubes.members.member_names import names_of
from cubes.query import Cut, Query
from data.model.canonical_tables import MAIN_FACT, UNKNOWN
from data.store.warehouse import Warehouse

GROUPS = ("channel", "country", "kind", "day")
FEATURES = ("recency_days", "purchase_days", "revenue", "categories", "return_rate", "age_days")


def campaign_groups(warehouse: Warehouse, campaign: RunCampaign, cuts: Sequence[Cut] = ()) -> pl.DataFrame:
    """A row a known customer: `customer` (code), `arm` ("both" for who is in several), `channel`, `country` and `kind`
    as they were at the first contact, and its `day`. Raises BadRequest for cuts that are not on customers."""
    parameters: list[object] = []
    assigned = assigned_arms(warehouse, campaign, cuts, parameters)
    return warehouse.frame(
        f"""WITH {assigned},
  named AS (SELECT channel_code, arg_max(name, valid_to) AS channel FROM channel GROUP BY channel_code)
SELECT assigned.customer_code AS customer, if(arms > 1, 'both', arm) AS arm, channel, country, customer_kind AS kind,
  DATE '1970-01-01' + assigned.day AS day
FROM assigned JOIN customer USING (customer_key) LEFT JOIN named ON named.channel_code = assigned.channel_code
ORDER BY customer""",
        parameters,
    )


def telling_groups(frame: pl.DataFrame) -> tuple[str, ...]:
    """The columns of `GROUPS` that tell customers apart and are known of those held out too."""
    held = frame.filter(pl.col("arm") == "held out")

    def tells(name: str) -> bool:
        return frame[name].n_unique() > 1 and not (held[name].cast(pl.String) == UNKNOWN).all()

    return tuple(name for name in GROUPS if tells(name))


def campaign_features(
    warehouse: Warehouse, ask: Callable[[Query], Answer], campaign: RunCampaign, cuts: Sequence[Cut] = ()
) -> pl.DataFrame:
    """What was known of each customer before the campaign: `customer` (code), `told_LEVEL` for each level that
    describes customers and was not mined, attributes that the firm brought along among them, as at the first contact
    (codes as text), and where anything was sold by the day before it reached anybody the columns of `FEATURES` (null
    where they had not bought). Raises BadRequest for cuts that are not on customers."""
    groups = _described(warehouse, campaign, cuts)
    first = warehouse.profile.extents[MAIN_FACT.name].first_day
    if first is None or first >= campaign.first:
        return groups
    _, ids = names_of(warehouse).of("customer", groups["customer"].to_numpy())
    known = _bought(warehouse, ask, campaign.first - timedelta(days=1))
    joined = groups.with_columns(id=ids).join(known, on="id", how="left", maintain_order="left")
    return joined.drop("id")


def _described(warehouse: Warehouse, campaign: RunCampaign, cuts: Sequence[Cut]) -> pl.DataFrame:
    cube = catalogue.load(CONTACTS, warehouse.profile)
    levels = (each for each in cube.dimension("customer").levels if not (each.is_mined or each.is_derived))
    told = "".join(f", {each.column}::VARCHAR AS told_{each.name}" for each in levels if not each.is_customer)
    parameters: list[object] = []
    assigned = assigned_arms(warehouse, campaign, cuts, parameters)
    return warehouse.frame(
        f"""WITH {assigned}
SELECT assigned.customer_code AS customer{told} FROM assigned JOIN customer USING (customer_key) ORDER BY customer""",
        parameters,
    )


def _bought(warehouse: Warehouse, ask: Callable[[Query], Answer], day: date) -> pl.DataFrame:
    """What each customer (`id`) had bought by the close of a day: the columns of `FEATURES`."""
    query = Query(cuts=(Cut("day", until=day.isoformat()),))
    first = rows_behind.first_purchases(warehouse, query)
    frame = customer_measures(ask, warehouse.profile, query, first).frame
    past = {"recency_days": "last_purchase", "age_days": "first_purchase"}
    since = {name: (pl.lit(day) - pl.col(column)).dt.total_days() for name, column in past.items()}
    return frame.with_columns(**since).select(
        pl.col("customer").alias("id"), pl.col(FEATURES).cast(pl.Float64)
    )
