"""Service insight in words: what the page says of contacts, costs, subjects and what came after, and their frames."""

from __future__ import annotations

from datetime import date

import polars as pl

from mining.service.after_contact import AfterContact
from mining.service.bad_contacts import UNHAPPY_UNTIL, BadContact
from mining.service.contact_moments import OUTCOMES
from mining.service.cost_to_serve import losing_customers
from mining.service.matched_moments import MomentMatching
from mining.service.rising_subjects import RisingSubjects
from mining.trends.trend_effect import TrendKind
from mining.trends.trend_finding import TrendFinding
from pages.service.found_insight import ORDER_DAYS, FoundAfter, FoundCosts, FoundInsight
from pages.service.insight_view import FIFTHS, InsightView
from pages.ui import session
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    count_text,
    format_month,
    format_span,
    format_value,
    money_text,
    number_text,
    share_text,
)

PRICES = {
    "minute": "A minute of handling", "call": "A call", "case": "A case", "visit": "A visit", "letter": "A letter",
    "chat": "A chat", "mail": "A mail",
}  # fmt: skip
BRINGS = {"margin": "Margin", "revenue": "Revenue", "value": "Predicted value"}
BADS = {
    BadContact.ANY: "Bad: any of them",
    BadContact.UNHAPPY: f"Bad: satisfaction {UNHAPPY_UNTIL} or less",
    BadContact.HUNG_UP: "Bad: hung up",
    BadContact.REOPENED: "Bad: case reopened",
    BadContact.WAITED: "Bad: waited long",
}
BESIDES = {"contacts": "Beside contacts that were not bad", "customers": "Beside customers not in touch"}
MATCHES = {
    MomentMatching.NEAREST: "Nearest within calipers",
    MomentMatching.EXACT: "Exact by classes",
}
HISTORIES = {
    "recency": "Days since the last",
    "frequency": "Purchase days, a year",
    "spend": "Spend, a year",
    "tenure": "Days since the first",
}
WHAT_CAME = {"purchases": "Purchase days a customer", "spent": "Spend a customer", "bought": "Bought again"}
MOST_DOTS, MOST_DRAWN = 15, 1_500
PER_ORDER_UNITS = {"contacts": "count", "customers": "count", "orders": "count", "per_order": "ratio", "low": "ratio",
                   "high": "ratio"}  # fmt: skip


def main_fact(found: FoundInsight, costs: FoundCosts) -> str:
    """Contacts per order, and who costs more than they bring."""
    per = found.incoming / found.orders if found.orders else 0.0
    losing = losing_customers(costs.served).height
    span = format_span(*found.events.span)
    return (
        f"{count_text(found.incoming, 'contact')} for {count_text(found.orders, 'order')} of known customers,"
        f" {span}: {number_text(per, 2)} an order. Of {count_text(costs.served.height, 'customer')}"
        f" {number_text(losing)} cost more to serve than they bring."
    )


def cautions(found: FoundInsight, costs: FoundCosts) -> list[str]:
    """What is to be known before anything is believed."""
    told = list(found.events.notes)
    if found.events.unknown:
        told.append(f"{count_text(found.events.unknown, 'contact')} of nobody who is known are left out.")
    if costs.untold:
        told.append(
            f"{count_text(costs.untold, 'contact')} of {number_text(costs.contacts)} tell no time of handling and cost"
            " no minute."
        )
    return told


def tiles(found: FoundInsight, costs: FoundCosts, currency: str) -> list[Kpi]:
    cost, brought = float(costs.served["cost"].sum()), float(costs.served["brought"].sum() or 0.0)
    losing = losing_customers(costs.served)
    lost = -float(losing["left"].sum() or 0.0)
    per = number_text(found.incoming / found.orders, 2) if found.orders else "–"
    return [
        Kpi("per-order", "Contacts an order", per,
            note=f"{number_text(found.incoming)} for {count_text(found.orders, 'order')}"),
        Kpi("cost", "Cost to serve", format_value(cost, "money", currency, compact=True),
            note=f"{share_text(cost / brought, 1)} of {BRINGS[costs.brings].lower()}" if brought > 0 else ""),
        Kpi("losing", "Cost more than they bring", number_text(losing.height),
            note=f"of {count_text(costs.served['left'].count(), 'customer')}, {money(lost, currency)} in all"),
    ]  # fmt: skip


def money(amount: float, currency: str) -> str:
    return format_value(amount, "money", currency, compact=True)


def prices_told(view: InsightView, currency: str) -> str:
    """The prices that hold, and which of them are assumed."""
    prices = view.prices
    every = {"minute": prices.minute} | dict(prices.contacts)
    stated = [name for name in every if view.is_stated(name)]

    def listed(names: list[str]) -> str:
        return ", ".join(f"{PRICES[name].lower()} {money_text(every[name], currency)}" for name in names)

    assumed = [name for name in every if name not in stated]
    said = [f"Stated: {listed(stated)}." if stated else ""]
    said += [f"Assumed, nobody stated them: {listed(assumed)}." if assumed else ""]
    return " ".join(filter(None, said))


def per_order_dots(frame: pl.DataFrame, member: str) -> pl.DataFrame:
    """Contacts per order as dots with intervals, those of most contacts."""
    shown = frame.head(MOST_DOTS)
    return shown.select(
        id=member, label=member, series=pl.lit("Contacts an order"), value="per_order", low="low", high="high"
    ).with_columns(
        text=pl.Series([_per_order_text(row) for row in shown.iter_rows(named=True)], dtype=pl.String)
    )


def _per_order_text(row: dict[str, float]) -> str:
    return (
        f"{number_text(row['per_order'], 3)} ({number_text(row['low'], 3)} to {number_text(row['high'], 3)}),"
        f" {count_text(int(row['contacts']), 'contact')}, {count_text(int(row['orders']), 'order')}"
    )


def per_order_alt(frame: pl.DataFrame, what: str) -> str:
    dots = frame.to_dicts()[:5]
    return (
        f"Contacts an order by {what}: " + "; ".join(f"{each['label']} {each['text']}" for each in dots) + "."
    )


def placed_told(found: FoundInsight) -> str:
    """Of how many contacts a category can be told."""
    return (
        f"{number_text(found.placed)} of {count_text(found.incoming, 'contact')} tell theirs: those within {ORDER_DAYS}"
        f" days of the customer's last order, where that was of one {found.category_level} alone. They stand beside the"
        " orders of such days."
    )


def parts_label(by: str) -> str:
    return "By fifth of what they bring" if by == FIFTHS else f"By {session.cube().level(by).label.lower()}"


def costs_told(view: InsightView, costs: FoundCosts, currency: str) -> str:
    """The group in which serving takes most of what is brought."""
    known = costs.groups.filter(pl.col("brought") > 0).with_columns(ratio=pl.col("cost") / pl.col("brought"))
    if known.is_empty():
        return "Nothing is known of what these customers bring."
    top = known.sort("ratio", "group", descending=[True, False]).row(0, named=True)
    return (
        f"Serving takes most of what is brought in “{top['group']}”: {money(top['cost_each'], currency)} of"
        f" {money(top['brought_each'], currency)} a customer ({share_text(top['ratio'], 1)}), n = "
        f"{number_text(top['customers'])}."
    )


def cost_dots(costs: FoundCosts, currency: str) -> pl.DataFrame:
    """The cost of a customer by group, with its interval, as a share of nothing: in money."""
    shown = costs.groups.head(MOST_DOTS)
    texts = [
        f"costs {money(row['cost_each'], currency)} a customer, brings"
        f" {money(row['brought_each'], currency) if row['brought_each'] is not None else 'what is not known'},"
        f" n = {number_text(row['customers'])}"
        for row in shown.iter_rows(named=True)
    ]
    return shown.select(
        id="group", label="group", series=pl.lit("Cost of a customer"), value="cost_each",
        low=pl.col("cost_low").clip(0), high="cost_high", text=pl.Series(texts, dtype=pl.String),
    )  # fmt: skip


def drawn_customers(costs: FoundCosts) -> tuple[pl.DataFrame, str]:
    """Customers as dots, `x` what they bring and `y` what they cost: of many, some drawn by chance on each side."""
    known = costs.served.filter(pl.col("brought").is_not_null(), pl.col("cost") > 0)
    sides = [known.filter(pl.col("left") < 0), known.filter(pl.col("left") >= 0)]
    drawn = [
        side.sort("customer").sample(min(side.height, MOST_DRAWN), seed=0)
        if side.height > MOST_DRAWN
        else side
        for side in sides
    ]
    some = [
        f"{number_text(few.height)} of {number_text(all_.height)} {where}"
        for few, all_, where in zip(drawn, sides, ("above the line", "below it"), strict=True)
        if few.height < all_.height
    ]
    said = f"Drawn by chance: {' and '.join(some)}." if some else ""
    idle = costs.served.filter(pl.col("cost") == 0).height
    said += f" {count_text(idle, 'customer')} cost nothing and are not drawn." if idle else ""
    return pl.concat(drawn).select(x="brought", y="cost"), said.strip()


def rising_words(found: RisingSubjects, finding: TrendFinding) -> str:
    """What a rising subject did, with how sure that is."""
    name, since = found.names[finding.series], format_month(finding.first)
    if finding.kind is TrendKind.SLOPE:
        low, high = (share_text(each, 1) for each in (finding.low, finding.high))
        return (
            f"{name}: its share of all contacts has grown since {since}, by {share_text(finding.size, 1)} a month more"
            f" than before ({low} to {high})."
        )
    low, high = (share_text(each) for each in (finding.low, finding.high))
    return f"{name}: its share of all contacts rose by {share_text(finding.size)} ({low} to {high}) from {since} on."


def began_words(finding: TrendFinding) -> str:
    return f"Began between {format_month(finding.earliest)} and {format_month(finding.latest)}."


def looked_words(found: RisingSubjects) -> str:
    """How much was looked at."""
    trends, periods = found.trends, found.trends.periods
    months = _months(periods[0], periods[-1])
    rest = (
        f" {count_text(len(found.others), 'other change')} of subjects beyond chance." if found.others else ""
    )
    untold = f" {count_text(found.untold, 'contact')} tell no subject." if found.untold else ""
    return (
        f"{count_text(len(found.names), 'subject')} from {months}, {count_text(trends.tests, 'test')}, at most"
        f" {share_text(trends.rate)} false.{rest}{untold}"
    )


def _months(first: date, last: date) -> str:
    return f"{format_month(first)} to {format_month(last)}"


def after_told(view: InsightView, found: FoundAfter) -> str:
    """The main finding in one sentence."""
    after = found.after
    assert after
    row = after.effects.row(by_predicate=pl.col("outcome") == "bought", named=True)
    side = "fewer" if row["difference"] < 0 else "more"
    sure = "" if row["low"] <= 0 <= row["high"] else " beyond chance"
    low, high = (number_text(each * 100, 1) for each in (row["low"], row["high"]))
    none = row["low"] <= 0 <= row["high"]
    told = f"Within {count_text(after.within_days, 'day')} {share_text(row['after'])} bought again after such a contact"
    beside = f"{share_text(row['others'])} of the others"
    if none:
        return (
            f"{told}, {beside}: no difference that chance would not make ({low} to {high} points of percent)."
        )
    points = number_text(abs(row["difference"]) * 100, 1)
    return f"{told}, {beside}: {points} points of percent {side}{sure} ({low} to {high})."


def who_told(view: InsightView, found: FoundAfter) -> str:
    """How many are compared, who is left out, and for how long they were watched."""
    after = found.after
    assert after
    said = (
        f"{count_text(after.pairs, 'pair')} of {count_text(after.bad, 'customer')} with such a contact and"
        f" {number_text(after.matched.others)} moments of others; each watched for"
        f" {count_text(after.within_days, 'day')}, {number_text(after.days_at_risk)} days at risk on each side."
    )
    if after.matched.unmatched:
        said += f" {count_text(after.matched.unmatched, 'customer')} had nobody alike and are left out."
    if found.unripe:
        said += (
            f" {count_text(found.unripe, 'moment')} too near to the end of the data to know what came after."
        )
    return f"{said} Each choice above is another look: of twenty where nothing differs, one seems to."


def balance_told(after: AfterContact) -> str:
    if after.is_even:
        return "After matching no measure of the past differs by a tenth of a standard deviation or more."
    return "A measure of the past still differs by a tenth of a standard deviation or more: take care."


def cause_told(after: AfterContact) -> str:
    """How strong an unseen cause would have to be."""
    cause = after.cause
    if cause.ratio is None or cause.e_value is None or cause.e_value_end is None:
        return "Of one side nobody bought again, so that no ratio can be told."
    low, high = (number_text(each or 0.0, 2) for each in (cause.low, cause.high))
    said = f"Chance to buy again, one side to the other: {number_text(cause.ratio, 2)} ({low} to {high})."
    if cause.e_value_end == 1:
        said += " The interval holds 1: there is nothing that an unseen cause would have to explain."
    else:
        said += (
            f" E-value {number_text(cause.e_value, 2)}; {number_text(cause.e_value_end, 2)} of the nearer end of the"
            " interval."
        )
    if cause.gamma is not None and cause.gamma > 1:
        said += (
            f" Rosenbaum's bound: {number_text(cause.gamma, 2)}, the odds by which an unseen cause may have chosen who"
            " of a pair it befell, with the difference still beyond chance."
        )
    return said


def balance_dots(after: AfterContact) -> pl.DataFrame:
    """Standardized differences before and after matching, a row each measure."""
    none = pl.lit(None, pl.Float64)
    parts = [
        after.matched.balance.select(
            id="measure",
            label=pl.col("measure").replace_strict(HISTORIES),
            series=pl.lit(series),
            value=column,
            low=none,
            high=none,
        )
        for column, series in (("before", "Before matching"), ("after", "After"))
    ]
    frame = pl.concat(parts).filter(pl.col("value").is_not_null())
    texts = [f"{row['series']}: {number_text(row['value'], 2)}" for row in frame.iter_rows(named=True)]
    return frame.with_columns(text=pl.Series(texts, dtype=pl.String))


def effect_table(after: AfterContact, currency: str) -> pl.DataFrame:
    """Each outcome as people read it."""
    units = dict(zip(OUTCOMES, ("ratio", "money", "percent"), strict=True))
    rows = []
    for row in after.effects.iter_rows(named=True):
        told = [_outcome_text(row[name], units[row["outcome"]], currency) for name in
                ("after", "others", "difference", "low", "high", "plain")]  # fmt: skip
        rows.append((WHAT_CAME[row["outcome"]], *told[:3], f"{told[3]} to {told[4]}", told[5]))
    names = (
        "what_came",
        "after_such_a_contact",
        "others",
        "difference",
        "interval_of_95%",
        "without_matching",
    )
    return pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")


def _outcome_text(value: float, unit: str, currency: str) -> str:
    if unit == "percent":
        return f"{number_text(value * 100, 1)}%"
    return money_text(round(value, 2), currency) if unit == "money" else number_text(value, 2)
