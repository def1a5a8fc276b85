"""What the page Customer share says of its finding, its tier beside every number: pure functions to words and tiles."""

from __future__ import annotations

import polars as pl

from data.model.canonical_tables import UNKNOWN
from mining.customer_share.attainable_ceiling import RESAMPLES
from mining.customer_share.category_calibration import ENOUGH, FEW_BUYERS, FEW_CUSTOMERS, OFF
from mining.customer_share.share_tier import INDEX, TIER_WORDS, Tier
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import ABSENT, count_text, format_value, number_text, share_text
from pages.value.found_share import FoundShare

COSTLY = 1.25
CATEGORIES = " categories"
MOST_NAMED = 5
BREADTH_COLUMNS = {"own": "buyers", "wallet": "customers", "head_room": "not_yet_buyers"}
DOUBTS = {
    FEW_CUSTOMERS: f"Too few customers to calibrate each category by itself ({2 * ENOUGH} are wanted)",
    FEW_BUYERS: "So few buy that the ceiling of some is nothing, and more stay at it",
    OFF: "Off by more than two points, so read head-room there with care",
}
DEFINITIONS = {
    Tier.OBSERVED: """
Share = spent here / spent with anyone, summed over the last answer of each customer on each category, both amounts as
customers told them. Head-room is the rest. Those who were not asked are not in it.""",
    Tier.SURVEYED: """
Share = (1 - rank / (n + 1)) x 2 / n of the wallet told, for the rank that a customer gives us among the n brands used.
Source: Keiningham, Aksoy, Williams and Buoye, *The Wallet Allocation Rule*, 2015.""",
    Tier.ATTAINABLE: """
The wallet of a customer in a category is what {quantile} of their look-alikes stay below, or what the customer spends
where that is more; head-room is wallet less spend; share = spend / wallet, sum over sum. Look-alikes are told by kind,
country, days since the first purchase, and how much of how many **other** categories they buy. Each ceiling comes from
models that never saw the customer ({resamples} resamples, gradient boosting of the quantile), moved by how far those of
other customers were off in the same category. The band is a 95% interval by bootstrap of customers with the model
fitted anew.

Source: Perlich, Rosset, Lawrence and Zadrozny, “High-quantile modeling for customer wallet estimation and other
applications”, KDD 2007; Romano, Patterson and Candès, “Conformalized quantile regression”, NeurIPS 2019.""",
    Tier.BREADTH: """
Share = categories bought / categories that anybody buys within the filters, summed over customers. Of a category it is
customers who buy it / all who could. Each customer is offered the category most bought of those not bought yet.""",
    Tier.DIRICHLET: """
Purchases of the category a household are negative binomial (m, k), the choice among its brands is Dirichlet (s).
From the panel's totals: m = penetration x rate, 1 - penetration = (1 + m / k) to the power -k, and s that gives each
brand its penetration, averaged by share. Share of requirements is what a brand gets of its buyers' purchases.

Source: Goodhardt, Ehrenberg and Chatfield, “The Dirichlet”, Journal of the Royal Statistical Society A 147, 1984.""",
}
UNITS = {
    "own": "money",
    "wallet": "money",
    "head_room": "money",
    "share": "percent",
    "low": "percent",
    "high": "percent",
    "below": "percent",
    "share_revenue": "percent",
    "share_contacts": "percent",
    "revenue": "money",
    "customers": "count",
    "cross_sell": "count",
    "up_sell": "count",
}
BY_COUNT = {name: unit for name, unit in UNITS.items() if unit != "money" or name == "revenue"}


def units(tier: Tier) -> dict[str, str]:
    """Units of a tier's columns: money, but categories counted for breadth."""
    return BY_COUNT if tier is Tier.BREADTH else UNITS


def definition(found_tier: Tier, quantile: float) -> str:
    return (
        DEFINITIONS[found_tier]
        .replace("{quantile}", share_text(quantile))
        .replace("{resamples}", str(RESAMPLES))
    )


def amount(found: FoundShare, value: float, currency: str) -> str:
    """An amount in the tier's unit."""
    if found.tier is Tier.BREADTH:
        return f"{format_value(value, 'count', compact=True)}{CATEGORIES}"
    return format_value(value, "money", currency, True)


def main_fact(found: FoundShare, currency: str) -> str:
    """What there is to know, with its tier."""
    share = found.total.share
    if share is None:
        return f"There is no wallet to have a share of ({TIER_WORDS[found.tier]})."
    band = f" ({share_text(found.band.low, 1)} to {share_text(found.band.high, 1)})" if found.band else ""
    room = amount(found, found.total.head_room, currency)
    most = found.groups.row(0, named=True) if found.groups.height > 1 else None
    where = (
        f" Most of it lies with {most['group']}: {amount(found, most['head_room'], currency)}."
        if most and most["head_room"] > 0
        else ""
    )
    of = "categories offered (breadth)" if found.tier is Tier.BREADTH else f"{found.tier} wallet"
    return f"We have {share_text(share, 1)}{band} of the {of}; head-room {room}.{where}"


def tiles(found: FoundShare, quantile: float, currency: str) -> list[Kpi]:
    """Share, head-room, customers, and how far the tier is to be believed."""
    share, people = found.total.share, found.members.height
    band = f"95% {share_text(found.band.low, 1)} to {share_text(found.band.high, 1)}; " if found.band else ""
    index = "" if found.tier is Tier.OBSERVED else INDEX
    whole = amount(found, found.total.whole, currency)
    return [
        Kpi("share", f"Share, {found.tier}", ABSENT if share is None else share_text(share, 1),
            note=f"{band}{index}" or "of what they told", target=share, help=TIER_WORDS[found.tier]),
        Kpi("room", f"Head-room, {found.tier}", amount(found, found.total.head_room, currency).removesuffix(CATEGORIES),
            note=f"of a wallet of {whole}", help=f"Wallet less spend: {TIER_WORDS[found.tier]}"),
        Kpi("customers", "Customers", number_text(people), note="told of their wallet"
            if found.tier in (Tier.OBSERVED, Tier.SURVEYED) else "known by name, who bought here"),
        _belief(found, quantile),
    ]  # fmt: skip


def _belief(found: FoundShare, quantile: float) -> Kpi:
    """How the tier stands the test that it allows."""
    if found.ceiling is not None:
        return Kpi("belief", "Below their ceiling", share_text(found.ceiling.below, 1),
                   note=f"held out; {share_text(quantile)} is right",
                   help="Of each customer and category, judged by models that never saw the customer.")  # fmt: skip
    if found.tier is Tier.BREADTH:
        return Kpi("belief", "Categories offered", number_text(found.members["wallet"].max() or 0),  # type: ignore[arg-type]
                   note="that anybody buys here")  # fmt: skip
    return Kpi(
        "belief",
        "Categories asked of",
        number_text(found.categories.height),
        note="each one's last answer counts",
    )


def checked(found: FoundShare) -> str:
    """The attainable index against what some customers told; empty where too few did."""
    check = found.check
    if check is None:
        return ""
    return (
        f"Held against {count_text(check.customers, 'customer')} who told their wallet: head-room ranks them with "
        f"{number_text(check.rank_correlation, 2)} (1 is alike, 0 chance). Of nine in ten the told wallet is "
        f"{number_text(check.low, 1)} to {number_text(check.high, 1)} times the index in the categories asked; of "
        f"those held out, {share_text(check.covered)} lie between."
    )


def groups_table(found: FoundShare, label: str) -> pl.DataFrame:
    """The groups as a table, the tier in each row."""
    columns = ("group", "head_room", "share", "low", "high", "customers", "share_revenue", "share_contacts", "own",
               "wallet")  # fmt: skip
    shown = found.groups.select(*columns, tier=pl.lit(found.tier.value))
    empty = [
        name for name in ("low", "high", "share_revenue", "share_contacts") if shown[name].is_null().all()
    ]
    return shown.drop(empty).rename({"group": label.lower().replace(" ", "_")})


def groups_bars(found: FoundShare) -> pl.DataFrame:
    """Head-room by group for `figures.bars`."""
    return found.groups.head(15).select(id="group", label="group", value="head_room")


def costly(found: FoundShare) -> str:
    """Which groups take more of the contacts than they bring of the revenue; empty where no contact is known."""
    known = found.groups.filter(
        pl.col("share_contacts").is_not_null() & pl.col("share_revenue").is_not_null()
    )
    named_ones = known.filter(pl.col("group") != UNKNOWN)
    more = named_ones.filter(pl.col("share_contacts") > COSTLY * pl.col("share_revenue"))
    if known.is_empty():
        return ""
    if more.is_empty():
        return "No group takes over a quarter more of the contacts than it brings of the revenue."
    named = [
        f"{group} ({share_text(contacts)} of contacts, {share_text(revenue)} of revenue)"
        for group, contacts, revenue in more.select("group", "share_contacts", "share_revenue").rows()[:4]
    ]
    return f"Cost more to serve than they bring: {'; '.join(named)}."


def listed(found: FoundShare, group: str = "") -> pl.DataFrame:
    """The customers of one group, or of all, the greatest head-room first, the tier in each row."""
    chosen = found.members.filter(pl.col("group") == group) if group else found.members
    columns = (
        "customer",
        "label",
        "group",
        "own",
        "wallet",
        "head_room",
        "share",
        "sell",
        "revenue",
        "contacts",
    )
    return chosen.select(*columns, tier=pl.lit(found.tier.value)).rename({"label": "name"})


def categories_table(found: FoundShare) -> pl.DataFrame:
    """The categories as a table, the tier in each row; of the attainable one how many stay below their ceiling, and
    why that is in doubt."""
    breadth = ("category", "own", "share", "cross_sell", "up_sell", "head_room", "wallet")
    money = ("category", "head_room", "share", "cross_sell", "up_sell", "own", "wallet")
    columns = breadth if found.tier is Tier.BREADTH else money
    known = [each for each in ("below", "doubt") if each in found.categories.columns]
    kept = [each for each in known if found.categories[each].null_count() < found.categories.height]
    table = found.categories.select(*columns, *kept, tier=pl.lit(found.tier.value))
    return table.rename(BREADTH_COLUMNS) if found.tier is Tier.BREADTH else table


def calibrated(found: FoundShare) -> str:
    """Whether ceilings hold category by category, and where that cannot be told; empty of other tiers."""
    if found.ceiling is None:
        return ""
    quantile, told = found.ceiling.quantile, found.categories
    sure = told.filter(pl.col("doubt").is_null())["below"]
    said = [f"{share_text(quantile)} of customers held out should stay below the ceiling of each category."]
    if len(sure):
        low, high = (share_text(each, 1) for each in (sure.min(), sure.max()))  # type: ignore[arg-type]
        said.append(
            f"In {count_text(len(sure), 'category', 'categories')} {low if low == high else f'{low} to {high}'} do."
        )
    for doubt, why in DOUBTS.items():
        names = told.filter(doubt=doubt)["category"].to_list()
        if names:
            rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            said.append(f"{why}: {', '.join(names[:MOST_NAMED])}{rest}.")
    return " ".join(said)


def where_to_sell(tier: Tier) -> str:
    """What the table of categories tells, in a sentence."""
    if tier is Tier.BREADTH:
        return (
            "Who buys each category of those who could. Cross-sell counts who do not and buy as many others as its "
            "median buyer; up-sell who buy it for less than half of what that one spends."
        )
    return "Head-room by category, and to how many customers."
