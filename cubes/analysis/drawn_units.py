"""What was drawn where arms are not drawn customer by customer: groups, regions, or units by days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import polars as pl

from cubes import catalogue
from cubes.analysis.campaign_outcomes import (
    CONTACTS,
    DAYS_BEFORE,
    PURCHASES,
    CampaignOutcomes,
    RunCampaign,
    assigned_arms,
)
from cubes.analysis.whole_history import whole_history
from cubes.members.member_names import names_of
from cubes.query import Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import day_key
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

SUMMED = tuple(each for each in PURCHASES if each != "buyers")
PERIOD_DAYS = 7


@dataclass(frozen=True, slots=True, eq=False)
class RegionPeriods:
    """`frame`: a row a region and week with `region` (name), `period` (0 the first that begins with the campaign) and
    `value`, of weeks that are over; `treated` are the regions of customers whom it reached."""

    frame: pl.DataFrame
    treated: tuple[str, ...]


def customer_groups(warehouse: Warehouse, campaign: RunCampaign, level: str) -> pl.DataFrame:
    """`customer` (code) and `cluster`, the member of a level of customers that each was in at the first contact; null
    where that is not known. Raises BadRequest for what is no level of customers."""
    column, parameters = _column(warehouse, level), list[object]()
    assigned = assigned_arms(warehouse, campaign, (), parameters)
    frame = warehouse.frame(
        f"""WITH {assigned}
SELECT assigned.customer_code AS customer, {column} AS cluster
FROM assigned JOIN customer USING (customer_key) ORDER BY customer""",
        parameters,
    )
    return frame.with_columns(cluster=_named(warehouse, level, frame["cluster"]))


def grouped(warehouse: Warehouse, told: CampaignOutcomes, level: str) -> CampaignOutcomes:
    """The same with `cluster` for each customer, those of no known group left out and told.

    Raises BadRequest for what is no level of customers."""
    groups = customer_groups(warehouse, told.campaign, level)
    joined = told.frame.join(groups, on="customer", how="left", maintain_order="left")
    frame = joined.drop_nulls("cluster")
    lost = joined.height - frame.height
    note = (f"Customers of no known {level}, left out: {lost:,}.",) if lost else ()
    return replace(told, frame=frame, notes=(*told.notes, *note))


def region_periods(
    warehouse: Warehouse, campaign: RunCampaign, measure: str, level: str, days: int
) -> RegionPeriods:
    """What everybody of each region bought by week, from half a year before the campaign to so many days after its
    beginning. Raises BadRequest for a measure that does not add up, and for what is no level of customers."""
    groups = customer_groups(warehouse, campaign, level)
    arms = _arms_of_days(warehouse, campaign)
    reached = arms.filter(arm="treated").join(groups, on="customer").drop_nulls("cluster")
    done = _done(warehouse, campaign, measure, level, days)
    periods = done.group_by(
        pl.col("unit").alias("region"), (pl.col("day") // PERIOD_DAYS).alias("period")
    ).agg(pl.col("value").sum())
    over = days // PERIOD_DAYS
    last = min(over - 1, _last_full(warehouse, campaign, measure))
    kept = periods.filter(pl.col("period").is_between(-(DAYS_BEFORE // PERIOD_DAYS), last))
    return RegionPeriods(kept.sort("region", "period"), tuple(sorted(set(reached["cluster"]))))


def unit_days(
    warehouse: Warehouse, campaign: RunCampaign, measure: str, level: str, block_days: int
) -> pl.DataFrame:
    """A row a unit and day of the schedule, which the days of contacts tell: `unit` (name), `day` (0 the campaign's
    first), `arm` of the unit in that block ("treated" where it was on) and `value`. Raises BadRequest likewise."""
    groups = customer_groups(warehouse, campaign, level)
    said = _arms_of_days(warehouse, campaign).join(groups, on="customer").drop_nulls("cluster")
    arms = said.select(unit="cluster", block=pl.col("day") // block_days, arm="arm").unique()
    whole = pl.DataFrame({"since": range(block_days)}, schema={"since": pl.Int64})
    scheduled = arms.join(whole, how="cross").select(
        "unit", "arm", day=pl.col("block") * block_days + pl.col("since")
    )
    last = int(scheduled["day"].max() or 0)  # type: ignore[arg-type]
    done = _done(warehouse, campaign, measure, level, last + 1)
    known = _until(warehouse, campaign, measure)
    joined = scheduled.filter(pl.col("day") <= known).join(done, on=["unit", "day"], how="left")
    return joined.with_columns(pl.col("value").fill_null(0.0)).sort("unit", "day", "arm")


def _column(warehouse: Warehouse, level: str) -> str:
    cube = catalogue.load(CONTACTS, warehouse.profile)
    known = {each.name: each for each in cube.dimension("customer").levels if not each.is_customer}
    if level not in known:
        raise BadRequest(f"{level!r} is no level of customers.", did_you_mean(level, known))
    return known[level].column


def _arms_of_days(warehouse: Warehouse, campaign: RunCampaign) -> pl.DataFrame:
    """`customer`, `arm` and `day` (0 the campaign's first) of each contact."""
    return warehouse.frame(
        """SELECT DISTINCT customer_code AS customer, if(lower(arm) = 'open', 'treated', lower(arm)) AS arm,
          (day_key - ?)::BIGINT AS day FROM contact WHERE campaign_code = ? AND customer_code > 0
        ORDER BY customer, day, arm""",
        [day_key(campaign.first), campaign.code],
    )


def _done(warehouse: Warehouse, campaign: RunCampaign, measure: str, level: str, days: int) -> pl.DataFrame:
    """`unit`, `day` (0 the campaign's first) and `value` of what all customers of a unit bought on a day."""
    if measure not in SUMMED:
        raise BadRequest(
            f"{measure!r} does not add up by region and day.", f"Choose one of these: {', '.join(SUMMED)}."
        )
    column = _column(warehouse, level)
    cells = whole_history(warehouse, Query((measure,))).cells(("customer", "day"), (measure,))
    first = day_key(campaign.first)
    frame = warehouse.frame(
        f"""WITH done AS (SELECT "customer.code" AS code, "day.code" AS day, {measure} AS value FROM ({cells.text})),
  described AS (SELECT customer_code AS code, arg_max({column}, valid_to) AS unit FROM customer
    WHERE customer_code > 0 GROUP BY customer_code)
SELECT unit, (day - ?)::BIGINT AS day, coalesce(sum(value), 0)::DOUBLE AS value FROM done JOIN described USING (code)
WHERE day - ? BETWEEN ? AND ? GROUP BY unit, day ORDER BY unit, day""",
        [*cells.parameters, first, first, -DAYS_BEFORE, days - 1],
    )
    return frame.with_columns(unit=_named(warehouse, level, frame["unit"])).drop_nulls("unit")


def _named(warehouse: Warehouse, level: str, codes: pl.Series) -> pl.Series:
    """The name of each member of a level, its id where two bear one name; null for the unknown one."""
    names, array = names_of(warehouse), codes.to_numpy()
    labels, ids = names.of(level, array)
    told = ids if names.places_by_name(level, array) is None else labels
    return told.set(labels == UNKNOWN, None)


def _until(warehouse: Warehouse, campaign: RunCampaign, measure: str) -> int:
    """The last day that is known, counted from the campaign's first."""
    until = whole_history(warehouse, Query((measure,))).until
    return (until - campaign.first) // timedelta(days=1)


def _last_full(warehouse: Warehouse, campaign: RunCampaign, measure: str) -> int:
    """The last week that is over."""
    return (_until(warehouse, campaign, measure) + 1) // PERIOD_DAYS - 1
