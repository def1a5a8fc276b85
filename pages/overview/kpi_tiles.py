"""What the overview's tiles need and no page: courses without the unfinished month, and where a tile leads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile
from mining.customer_share.attainable_wallet import FEWEST, Wallet
from mining.retention.repeat_rate import repeat_rate
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import ABSENT, format_value, number_text, share_text
from pages.ui.time_course import in_traffic, is_partial

COURSE_MONTHS = 13
LOOK_ALIKES = {"customer_kind": "kind", "country": "country"}


def whole_months(points: pl.DataFrame) -> tuple[float | None, ...]:
    """The last whole months of a course by month."""
    return tuple(points.filter(~pl.col("partial"))["value"].tail(COURSE_MONTHS))


def repeat_course(customers: pl.DataFrame, profile: Profile) -> tuple[float | None, ...]:
    """The repeat rate of the last whole months, from orders by month and customer; None for months without any."""
    known = customers.filter(pl.col("customer.id") != UNKNOWN)
    if known.is_empty():
        return ()
    days = in_traffic(known.with_columns(period=pl.col("month.id").str.to_date("%Y-%m")), "month", profile)
    rates = repeat_rate(days, "period").upsample("period", every="1mo")
    return tuple(rates.filter(~is_partial("period", "month", profile))["rate"].tail(COURSE_MONTHS))


def telling(profile: Profile, levels: Iterable[str]) -> list[str]:
    """Those levels that hold more than one known member."""
    return [level for level in levels if profile.known.get(level, 0) > 1]


def look_alikes(frame: pl.DataFrame, told: Sequence[str]) -> pl.DataFrame:
    """Known customers (customer, spend, alike) from revenue by the levels that tell look-alikes apart and customer.

    `alike` is null where one of these levels is not known of a customer.
    """
    known = frame.filter(pl.col("customer.id") != UNKNOWN)
    parts = [pl.when(pl.col(f"{level}.id") != UNKNOWN).then(pl.col(f"{level}.id")) for level in told]
    alike = pl.concat_str(parts, separator="|") if parts else pl.lit(None, dtype=pl.String)
    people = known.select("revenue", customer="customer.id", alike=alike)
    return people.group_by("customer", maintain_order=True).agg(
        pl.col("revenue").sum().alias("spend"), pl.col("alike").first()
    )


def wallet_tile(wallet: Wallet, told: Sequence[str]) -> Kpi:
    """The index from look-alikes, with whom customers were held against; no number where they are too few."""
    people = wallet.members
    few, everybody = people.height < FEWEST, wallet.against_everybody == people.height
    whom = (
        "all customers"
        if everybody
        else f"customers of their {' and '.join(LOOK_ALIKES[each] for each in told)}"
    )
    share = None if few else wallet.share
    return Kpi(
        id="wallet",
        label="Share of attainable wallet",
        value=ABSENT if few else format_value(share, "percent"),
        note=f"too few customers to compare ({number_text(people.height)})" if few else _against(wallet, told),
        target=share,
        target_text="" if share is None else f"{share_text(wallet.quantile)} quantile of {whom}",
        help=f"What customers spend, of what the best fifth of {whom} spend (Perlich and Rosset 2007); with fewer than "
        f"{FEWEST} of their like, of all. Nobody was asked what they buy elsewhere. A first look: the page "
        "Customer share tells look-alikes by more, category by category.",
    )  # fmt: skip


def _against(wallet: Wallet, told: Sequence[str]) -> str:
    """Whom customers were held against, where that is not look-alikes of their own."""
    people = wallet.members.height
    if not told:
        return "index against all customers: neither kind nor country is known"
    if wallet.against_everybody == people:
        kinds = " and ".join(LOOK_ALIKES[each] for each in told)
        return f"index against all customers: no {kinds} sets {FEWEST} of them apart"
    if wallet.against_everybody:
        return f"index, not market share; {share_text(wallet.against_everybody / people)} held against all customers"
    return "index, not market share"
