"""Bad contacts: by what a contact counts as one, and of which contacts nobody knows whether they were."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

UNHAPPY_UNTIL, WAITED_FROM = 4, 180


class BadContact(StrEnum):
    """What makes a contact a bad one."""

    ANY = "any"
    UNHAPPY = "unhappy"
    HUNG_UP = "hung-up"
    REOPENED = "reopened"
    WAITED = "waited"


def marked_contacts(
    contacts: pl.DataFrame, reopenings: pl.DataFrame, what: BadContact, waited_from: float = WAITED_FROM
) -> pl.DataFrame:
    """Contacts as moments: `customer`, `day`, `kind`, `is_bad` (null where not known).

    `contacts` has `customer`, `day`, `kind`, `satisfaction` (0 to 10), `hung_up`, `waited` (seconds) and `outgoing`,
    null where not told; `reopenings` of cases `customer` and `day`. Unhappy is an answer of UNHAPPY_UNTIL or less;
    whether somebody hung up is known of calls that tell how long they waited; a case that was not reopened that day is
    held to be a contact that was not bad. ANY is bad by one of them, and not bad where one is known and none holds.
    """
    of_case = pl.when(pl.col("kind") == "case").then(pl.lit(value=False))
    is_call = ~pl.col("outgoing") & (pl.col("kind") == "call")
    is_known = pl.col("waited").is_not_null() | pl.col("hung_up")
    marks = {
        BadContact.UNHAPPY: pl.col("satisfaction") <= UNHAPPY_UNTIL,
        BadContact.HUNG_UP: pl.when(is_call & is_known).then("hung_up"),
        BadContact.REOPENED: of_case,
        BadContact.WAITED: pl.when(~pl.col("outgoing")).then(pl.col("waited") >= waited_from),
    }
    is_bad = pl.max_horizontal(*marks.values()) if what is BadContact.ANY else marks[what]
    found = contacts.select("customer", "day", "kind", is_bad=is_bad)
    if what not in (BadContact.ANY, BadContact.REOPENED):
        return found
    bad = {"kind": pl.lit("case"), "is_bad": pl.lit(value=True)}
    again = reopenings.select(pl.col("customer", "day").cast(found.schema["day"]), **bad)
    return pl.concat([found, again.select(found.columns)])
