"""First-contact resolution: contacts of a customer on a subject after which none on it followed within n days.

It is counted three ways. By event: each contact. By case: contacts of one customer on one subject, each within n days
of the one before, are one case, settled where the first remained alone. By customer: all of the customer's cases were.
A contact whose n days are not over tells nothing yet, and counts in none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data.errors import BadRequest
from mining.service.clustered_share import ClusteredShare, clustered_share

WITHIN_DAYS, MOST_DAYS, MOST_SUBJECTS = 7, 90, 12


@dataclass(frozen=True, slots=True, eq=False)
class ContactResolution:
    """The share settled at the first contact by event, case and customer. `immature` contacts are too late to tell,
    `unplaced` have no known customer or no subject; `busiest` is the share of all contacts that one customer made.
    `subjects` has the cases of the most frequent ones: `subject`, `cases`, `settled`, `share`, `low`, `high`."""

    within_days: int
    by_event: ClusteredShare
    by_case: ClusteredShare
    by_customer: ClusteredShare
    immature: int
    unplaced: int
    busiest: float
    subjects: pl.DataFrame


def contact_resolution(
    contacts: pl.DataFrame, last_day: date, within_days: int = WITHIN_DAYS, first_day: date | None = None
) -> ContactResolution:
    """What was settled of contacts, a row each: `customer` (0 is unknown), `subject`, `day`, `second` of the day or
    null, up to the last day that is known of. Contacts before `first_day` say what was followed, and are not counted.

    Errors: BadRequest for a number of days that is none.
    """
    if not 1 <= within_days <= MOST_DAYS:
        raise BadRequest(f"{within_days} days cannot be waited for.", f"Choose 1 to {MOST_DAYS} days.")
    known = contacts.filter(pl.col("customer") > 0, pl.col("subject").is_not_null())
    begun = pl.col("day") >= (first_day or date.min)
    followed = _followed(known, within_days).filter(begun)
    placed, counted = known.filter(begun), contacts.filter(begun).height
    mature = followed.filter(pl.col("day") <= last_day - timedelta(within_days))
    cases = mature.filter("is_first")
    customers = cases.group_by("customer").agg(pl.col("settled").all())
    most = placed.group_by("customer").len()["len"].max() if placed.height else 0
    return ContactResolution(
        within_days,
        clustered_share(mature, "customer", "settled"),
        clustered_share(cases, "customer", "settled"),
        clustered_share(customers, "customer", "settled"),
        placed.height - mature.height,
        counted - placed.height,
        int(str(most)) / counted if counted else 0.0,
        _by_subject(cases),
    )


def _followed(placed: pl.DataFrame, within_days: int) -> pl.DataFrame:
    """Each contact with whether it is the first of a case, and whether none followed it in time."""
    own = pl.col("subject").str.to_lowercase()
    rows = placed.with_columns(own=own).sort("customer", "own", "day", "second", nulls_last=True)
    of_one = ["customer", "own"]
    since = (pl.col("day") - pl.col("day").shift(1).over(of_one)).dt.total_days()
    until = (pl.col("day").shift(-1).over(of_one) - pl.col("day")).dt.total_days()
    return rows.with_columns(
        is_first=since.is_null() | (since > within_days), settled=until.is_null() | (until > within_days)
    )


def _by_subject(cases: pl.DataFrame) -> pl.DataFrame:
    """The cases of the most frequent subjects."""
    found = []
    most = cases["own"].value_counts(sort=True).head(MOST_SUBJECTS)["own"]
    for (_,), rows in cases.filter(pl.col("own").is_in(most.to_list())).group_by("own"):
        share = clustered_share(rows, "customer", "settled")
        found.append(
            (rows["subject"][0], share.whole, share.part, share.share, share.low, share.high)
        )  # fmt: skip
    kinds = {"subject": pl.String, "cases": pl.Int64, "settled": pl.Int64,
             "share": pl.Float64, "low": pl.Float64, "high": pl.Float64}  # fmt: skip
    return pl.DataFrame(found, schema=kinds, orient="row").sort("cases", "subject", descending=[True, False])
