"""What the page Virtual warehouse says and draws: sentences, tiles and frames, pure functions of what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from mining.partners.delivery_plans import DeliveryOptions, DeliveryPlan
from mining.partners.supply_concentration import Concentration, SupplyConcentration, sources_seen
from pages.collaborate.found_virtual_warehouse import FoundLoss, FoundProduct, FoundWarehouse
from pages.collaborate.virtual_warehouse_view import VirtualWarehouseView
from pages.ui.figures import SERIES
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    ABSENT,
    count_text,
    format_day,
    format_value,
    money_text,
    number_text,
    share_text,
)

INDEPENDENT = "Partners are taken to be late independently of each other."
TENTHS = ("daily", "cover", "cover_low", "cover_high", "lasts")
HUNDREDTHS = ("leaves_a_day",)
LEAST_POINTS, NEARLY = 3, 0.01
MOST_PLANS = 8
FEW_ORDERS = 10
RISK_UNITS = {"revenue": "money", "free": "count", "expected": "count", "promise": "count"}
HOLDER_UNITS = {"chance": "percent", "low": "percent", "high": "percent", "unit_cost": "money", "free": "count",
                "on_hand": "count", "reserved": "count", "largest_order": "count"}  # fmt: skip
PLAN_UNITS = {"cost": "money", "chance": "percent", "low": "percent", "high": "percent"}
SUPPLY_UNITS = {"revenue": "money", "sole_revenue": "money", "share": "percent"}
MOVE_UNITS = {"value": "money", "pieces": "count", "lies": "count", "on_hand": "count"}
LOSS_UNITS = {"revenue": "money", "at_risk": "money", "share": "percent", "elsewhere": "count"}
BUYER_UNITS = {"revenue": "money", "share": "percent"}


def as_of_told(found: FoundWarehouse) -> str:
    house = found.house
    told = f"As of {format_day(house.as_of)}: of each product, partner and place the last count of the 92 days before."
    return told + ("" if house.has_reserved else " No count tells what is reserved.")


def main_fact(found: FoundWarehouse, view: VirtualWarehouseView) -> str:
    """How much hangs on one source each, and how much of that is gone soon."""
    products, sole = found.products, found.products.filter(pl.col("only").is_not_null())
    supplied = products.filter(pl.col("sources") > 0)
    whole = float(supplied["revenue"].sum())
    part = (
        f", {share_text(float(sole['revenue'].sum()) / whole)} of their revenue of a year"
        if whole > 0
        else ""
    )
    told = (
        f"{number_text(sole.height)} of {count_text(supplied.height, 'product')} that anybody supplies"
        f" {'has' if sole.height == 1 else 'have'} one source alone{part}."
    )
    gone = found.at_risk.height
    days = count_text(view.short, "day")
    last = "lasts" if gone == 1 else "last"
    return f"{told} {number_text(gone)} of them {last} less than {days} at the demand of late."


def cautions(found: FoundWarehouse, seen: str = "") -> Iterator[str]:
    """What is to be known before anything is believed; `seen` is what a policy leaves of the rows, in words."""
    house = found.house
    if seen:
        yield sources_seen(seen)
    if house.told:
        yield f"{count_text(house.told, 'stock')} as partners told, newer than any count."
    if house.below_zero:
        yield (
            f"{count_text(house.below_zero, 'count')} of less than nothing: taken as none free. Correct them where"
            " stock is counted."
        )
    if house.leads.before:
        yield f"{count_text(house.leads.before, 'order')} received before being made: left out of lead times."
    undated = house.due.filter(pl.col("expected").is_null()).height
    if undated:
        yield f"{count_text(undated, 'open order')} without a day on which anybody can expect it: not promised."
    if house.counts.is_empty():
        yield f"Nothing was counted in the 92 days before {format_day(house.as_of)}: only orders are known."


def tiles(found: FoundWarehouse, view: VirtualWarehouseView, currency: str) -> list[Kpi]:
    products, index = found.products, found.supply.index
    held = products.filter(pl.col("free") > 0)
    short = products.filter(pl.col("cover") < view.short)
    dead = found.moves.dead
    free, lies = number_text(float(held["free"].sum())), number_text(float(dead["on_hand"].sum()))
    moved = number_text(float(found.moves.moves["pieces"].sum()))
    return [
        Kpi("held", "Products free somewhere", number_text(held.height),
            note=f"{free} pieces{_of_partners(found)}"),
        Kpi("promise", f"To promise by {format_day(found.by)}", number_text(float(products["promise"].sum())),
            note=f"{number_text(float(products['expected'].sum()))} of them on order"),
        Kpi("short", f"Short: under {count_text(view.short, 'day')}", number_text(short.height),
            note=f"Demand of the last {count_text(view.weeks, 'week')}"),
        Kpi("sole", "One source alone", number_text(products.filter(pl.col('only').is_not_null()).height),
            note=f"of {count_text(products.filter(pl.col('sources') > 0).height, 'product')} supplied"),
        Kpi("index", "As many equal partners", number_text(index.as_many, 1) if index.as_many else ABSENT,
            note=index_told(index)),
        Kpi("dead", f"Dead for {count_text(view.idle, 'day')}", number_text(dead.height),
            note=f"{lies} pieces; {moved} sell elsewhere"),
    ]  # fmt: skip


def _of_partners(found: FoundWarehouse) -> str:
    """How many partners have pieces free; nobody is none of them."""
    is_free = pl.col("on_hand") > pl.col("reserved").fill_null(0)
    many = found.house.counts.filter(is_free, pl.col("partner") > 0)["partner"].n_unique()
    return f", of {count_text(many, 'partner')}" if many else ""


def index_told(index: Concentration) -> str:
    """The Herfindahl index with its interval."""
    if index.index is None or index.low is None or index.high is None:
        return "Herfindahl: no data"
    return f"Herfindahl {number_text(index.index, 3)} ({number_text(index.low, 3)} to {number_text(index.high, 3)})"


def delivery_fact(found: FoundProduct, by: date, currency: str) -> str:
    """Whether it can be delivered, by whom, how surely and at which cost."""
    options, pieces = found.options, count_text(found.pieces, "piece")
    if found.holders.is_empty():
        return f"{found.member.label} was never counted anywhere of late, and nobody delivered it within the year."
    if options.short:
        free = found.pieces - options.short
        return (
            f"All partners together have {number_text(free)} of {pieces} free:"
            f" {number_text(options.short)} {'is' if options.short == 1 else 'are'} missing. {_expected(found, by)}"
        )
    best = options.surest
    if best is None:
        return f"{pieces} are there, but no order tells how long those who have them take: no data."
    surest = (
        f"{_best(best, found)}{plan_words(best, found)}: {chance_words(best)} on time by {format_day(by)}"
    )
    return f"{surest}{_cheaper(options, found, currency)}."


def _best(best: DeliveryPlan, found: FoundProduct) -> str:
    return (
        "Surest: "
        if len(found.options.plans) > 1
        else "The one way: "
        if best.is_whole
        else "The only split: "
    )


def _cheaper(options: DeliveryOptions, found: FoundProduct, currency: str) -> str:
    best, least = options.surest, options.cheapest
    if best is None or least is None:
        return "; what it costs is not known, since no order tells the cost of one"
    cost = f"; it costs {money_text(best.cost, currency)}" if best.cost is not None else ""
    if least.parts == best.parts:
        return f"{cost}, the least" if cost else ""
    return (
        f"{cost}; cheapest: {plan_words(least, found)} for {money_text(least.cost, currency)},"
        f" {chance_words(least)} on time"
    )


def _expected(found: FoundProduct, by: date) -> str:
    coming = float(found.due.filter(pl.col("expected_on") <= by)["pieces"].sum())
    return (
        f"On order and expected by {format_day(by)}: {number_text(coming)}."
        if coming
        else "None is expected by then."
    )


def plan_words(plan: DeliveryPlan, found: FoundProduct) -> str:
    """Who delivers how many."""
    names = partner_names(found)
    if plan.is_whole:
        return f"all from {names[plan.parts[0][0]]}"
    return " + ".join(f"{number_text(pieces)} from {names[partner]}" for partner, pieces in plan.parts)


def chance_words(plan: DeliveryPlan) -> str:
    """A chance with its interval; no data where nobody knows.

    >>> chance_words(DeliveryPlan(((1, 5),), None, 0.5, 0.25, 0.75))
    '50% (25% to 75%)'
    """
    if plan.chance is None or plan.low is None or plan.high is None:
        return "no data on how surely"
    return f"{_near_whole(plan.chance)} ({_near_whole(plan.low)} to {_near_whole(plan.high)})"


def _near_whole(share: float) -> str:
    """A share; what is nearly all or nothing with a decimal, so that it is not taken for that."""
    return share_text(share, 1 if 0 < share < NEARLY or 1 - NEARLY < share < 1 else 0)


def partner_names(found: FoundProduct) -> Mapping[int, str]:
    return dict(zip(found.codes, found.holders["partner"], strict=True))


def plan_table(found: FoundProduct) -> pl.DataFrame:
    """All plans: what marks them, chance, low, high, cost, how many partners, and who delivers how many."""
    rows = [
        (_mark(each, found.options), each.chance, each.low, each.high, each.cost, len(each.parts),
         plan_words(each, found))
        for each in found.options.plans
    ]  # fmt: skip
    kinds = {"mark": pl.String, "chance": pl.Float64, "low": pl.Float64, "high": pl.Float64, "cost": pl.Float64,
             "partners": pl.Int64, "plan": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _mark(plan: DeliveryPlan, options: DeliveryOptions) -> str:
    marks = [
        name
        for name, best in (("surest", options.surest), ("cheapest", options.cheapest))
        if best is not None and best.parts == plan.parts
    ]
    return ", ".join([*marks, *(["whole"] if plan.is_whole else [])])


def holder_table(found: FoundProduct) -> pl.DataFrame:
    """Who holds it, as it is read: what the notes tell is left out."""
    bare = found.holders.drop("at_least")
    return bare if bare["is_told"].any() else bare.drop("is_told")


def rounded(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame as it is read: days to a tenth, slow speeds to a hundredth."""
    shown = [pl.col(name).round(1) for name in TENTHS if name in frame.columns]
    return frame.with_columns(
        *shown, *(pl.col(name).round(2) for name in HUNDREDTHS if name in frame.columns)
    )


def plan_points(found: FoundProduct, currency: str) -> pl.DataFrame:
    """Plans of known cost and chance, as their picture takes them."""
    unbeaten = {each.parts for each in found.options.unbeaten}
    rows = [
        (str(at), plan_words(each, found), each.cost, each.chance, each.low, each.high, each.parts in unbeaten,
         f"{chance_words(each)} on time for {money_text(each.cost, currency)}")
        for at, each in enumerate(found.options.plans) if each.cost is not None and each.chance is not None
    ]  # fmt: skip
    kinds = {"id": pl.String, "label": pl.String, "cost": pl.Float64, "chance": pl.Float64, "low": pl.Float64,
             "high": pl.Float64, "is_unbeaten": pl.Boolean, "text": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def plan_dots(found: FoundProduct) -> pl.DataFrame:
    """The surest plans as dots with intervals, where costs are not known."""
    shown = [each for each in found.options.plans if each.chance is not None][:MOST_PLANS]
    rows = [
        {"id": str(at), "label": plan_words(each, found), "series": "On time", "value": each.chance, "low": each.low,
         "high": each.high, "text": chance_words(each)}
        for at, each in enumerate(shown)
    ]  # fmt: skip
    kinds = {"id": pl.String, "label": pl.String, "series": pl.String, "value": pl.Float64, "low": pl.Float64,
             "high": pl.Float64, "text": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds)


def delivery_notes(found: FoundProduct) -> Iterator[str]:
    """What stands beside the chances."""
    if found.options.plans:
        yield f"A plan is on time where each of its partners is: the product of their chances. {INDEPENDENT}"
    few = [
        f"{row['partner']} ({row['orders']})"
        for row in found.holders.iter_rows(named=True)
        if 0 < row["orders"] < FEW_ORDERS
    ]
    if few:
        yield f"Few orders tell of {', '.join(few)}: their intervals are wide."
    silent = found.holders.filter(pl.col("orders") == 0)["partner"].to_list()
    if silent:
        yield f"No order tells how long {', '.join(silent)} {'takes' if len(silent) == 1 else 'take'}: no data."
    longer = found.holders.filter(pl.col("at_least").fill_null(False))["partner"].to_list()
    if longer:
        yield f"No order was watched for so long with {', '.join(longer)}: the chance is at least that."
    uncounted = found.holders.filter(pl.col("free").is_null())["partner"].to_list()
    if uncounted:
        yield f"Delivered it within the year, but tells no stock: {', '.join(uncounted)}."
    if found.options.plans and not found.options.all_seen:
        yield "Of so many partners the surest and the cheapest plan are exact; between them stand plans of one or two."


def product_fact(found: FoundProduct) -> str:
    """What stands of a product: pieces, promise, cover with its interval, sources."""
    row = found.row
    if not row:
        return "Nothing is known of its stock, orders or sales."
    told = (
        f"{number_text(_number(row['free']))} pieces free with {count_text(int(_number(row['partners'])), 'partner')},"
        f" {number_text(_number(row['expected']))} expected."
    )
    return f"{told} {cover_told(row)} {sources_told(found)}"


def cover_told(row: Mapping[str, object]) -> str:
    """How long it lasts, with the interval."""
    if row["cover"] is None:
        return "Nobody asked for it of late: days of cover cannot be told."
    high = _number(row["cover_high"])
    low = number_text(_number(row["cover_low"]))
    least = count_text(round(_number(row["cover_low"])), "day")
    within = (
        f"at least {least}; too few were sold to say how long at most" if row["cover_high"] is None else ""
    )
    return (
        f"It lasts {count_text(round(_number(row['cover'])), 'day')} at {number_text(_number(row['daily']), 1)} a day"
        f" (95%: {within or f'{low} to {number_text(high)} days'})."
    )


def sources_told(found: FoundProduct) -> str:
    index, count = found.orders, int(_number(found.row["sources"]))
    if not count:
        return "No partner is known to supply it."
    told = f"{count_text(count, 'source')}."
    if index.index is None:
        return f"{told} No order of it came within the year."
    return f"{told} Of {count_text(index.seen, 'order')} received: {index_told(index)}."


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def stock_bars(found: FoundProduct) -> pl.DataFrame:
    """Pieces free by partner."""
    held = found.holders.filter(pl.col("free") > 0).sort("free", descending=True)
    return held.select(id="partner_id", label="partner", value=pl.col("free").cast(pl.Float64))


def course_lines(found: FoundProduct) -> pl.DataFrame:
    """Counts over time, a line for each partner and place, of those that were counted most: as many as have colours."""
    place = pl.when(pl.col("place") != "").then(pl.format("{}, {}", "partner", "place")).otherwise("partner")
    lines = found.course.select(
        id=pl.format("{}/{}", "partner_id", "place"), label=place, period="day", value="on_hand"
    )
    most = lines.group_by("id").agg(pl.col("value").sum()).sort("value", "id", descending=[True, False])
    return lines.filter(pl.col("id").is_in(most["id"].head(SERIES).to_list()))


def shown_plans(table: pl.DataFrame) -> pl.DataFrame:
    """The plans of which the chance is known, where there are any."""
    known = table.filter(pl.col("chance").is_not_null())
    return known if known.height else table


def supply_bars(named: pl.DataFrame) -> pl.DataFrame:
    return named.filter(pl.col("revenue") > 0).select(id="partner_id", label="partner", value="revenue")


def supply_fact(supply: SupplyConcentration, currency: str) -> str:
    """How concentrated supply is."""
    index = supply.index
    if index.index is None or index.as_many is None:
        return "No partner is known to supply what was sold in the year: no data."
    told = (
        f"{count_text(index.parts, 'partner')} supply {count_text(index.seen, 'product')} that sold, as concentrated"
        f" as if {number_text(index.as_many, 1)} shared it equally. {index_told(index)}."
    )
    return told + (
        f" {money_text(supply.untold, currency)} of products that nobody is known to supply."
        if supply.untold
        else ""
    )


def moves_fact(found: FoundWarehouse, named: pl.DataFrame, currency: str) -> str:
    """What lies dead, and what of it sells elsewhere; `named` are the moves with what each is worth, where known."""
    moves, dead = found.moves, found.moves.dead
    days = count_text(moves.idle_days, "day")
    if dead.is_empty():
        return f"Nothing that lies with a partner and was counted for {days} stayed there all the time."
    lies = number_text(float(dead["on_hand"].sum()))
    cases = count_text(dead.height, "case", "cases")
    told = f"In {cases} what lies there did not leave for {days}: {lies} pieces."
    if moves.moves.is_empty():
        return f"{told} None of these products leaves another place that lacks it."
    priced = named.drop_nulls("value")
    worth = f", worth {money_text(float(priced['value'].sum()), currency)} at cost" if priced.height else ""
    if 0 < priced.height < named.height:
        worth += f" as far as that is known, of {number_text(float(priced['pieces'].sum()))}"
    return f"{told} {number_text(float(moves.moves['pieces'].sum()))} of them sell elsewhere{worth}."


def loss_tiles(found: FoundLoss, currency: str, smallest: int) -> list[Kpi]:
    loss, sole = found.loss, found.loss.sole
    whole = loss.whole_revenue
    covered = found.products.filter(~pl.col("is_sole"))
    customers = found.buyers.height
    sole_revenue, at_risk = (
        format_value(each, "money", currency, compact=True) for each in (loss.sole_revenue, loss.at_risk)
    )
    return [
        Kpi("sole-revenue", "Revenue nobody else supplies", sole_revenue,
            note=f"{share_text(loss.sole_revenue / whole, 1)} of the year's" if whole > 0 else ""),
        Kpi("at-risk", "At risk, with shared products", at_risk,
            note="Shared ones by its share of their pieces"),
        Kpi("products", "Products of this source alone", number_text(sole.height),
            note=f"{count_text(covered.height, 'other')} supplied by others too"),
        Kpi("customers", "Customers who buy those", number_text(customers) if customers >= smallest else ABSENT,
            note=f"{money_text(found.unknown, currency)} with nobody known" if found.unknown else "In the last year"),
    ]  # fmt: skip


def loss_fact(found: FoundLoss, currency: str) -> str:
    sole = found.loss.sole.height
    if not sole:
        return f"Without {found.member.label} every product would have another source."
    return (
        f"Without {found.member.label}, {count_text(sole, 'product')} would have no source:"
        f" {money_text(found.loss.sole_revenue, currency)} of revenue in the last year."
    )
