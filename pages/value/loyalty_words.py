"""What the page Loyalty says of its finding: pure functions from the finding to words, tiles and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from mining.loyalty.cell_movement import RESAMPLES
from mining.loyalty.duration_profit import Correlation
from mining.loyalty.loyalty_cells import BARNACLES, BUTTERFLIES, CELLS, STRANGERS, TOO_NEW, TRUE_FRIENDS
from pages.discover.segment_frames import sized_rows
from pages.ui.kpi_row import Kpi
from pages.ui.segment_list import SegmentRow
from pages.ui.style.formats import (
    ABSENT,
    count_text,
    format_day,
    format_value,
    number_text,
    share_text,
)
from pages.value.found_loyalty import FoundLoyalty
from pages.value.found_movement import FoundMovement
from pages.value.loyalty_view import WORTHS

ADVICE: Mapping[str, str] = {
    TRUE_FRIENDS: "Look after them, and ask them whom they know; do not crowd them with offers.",
    BUTTERFLIES: "Earn while they are here, and stop paying for them once they have gone.",
    BARNACLES: "Find out whether they buy more elsewhere. If so, win that; if not, serve them at less cost.",
    STRANGERS: "Pay nothing for the relationship: let each purchase earn by itself.",
    TOO_NEW: "Nobody could yet have been here for long: wait before you judge.",
}
DEFINITION = """
**Duration** is the days from a customer's first purchase of all to the last one up to the end of the period; who bought
once has lasted 0 days. **{worth}** is what the customer brought within the filters{net}.

| | above the line in {lower} | not above |
|---|---|---|
| **above the line in days** | true friend | barnacle |
| **not above** | butterfly | stranger |

Both lines are those of the middle customer (the median) until you move them; only who lies strictly above is above.
Who first bought so lately that the days could not yet be above the line is **too new to tell**, in none of the four.

Source: Reinartz and Kumar, “The mismanagement of customer loyalty”, Harvard Business Review 80 (7), 2002. Intervals of
the correlations: {method}. Scores: 100 (p - d), of which a customer is one draw however often asked; interval
1.96 x 100 x √((p + d - (p - d)²) / n) for one answer each.
"""
NET = {"margin": ": revenue less cost, net of returns", "revenue": ", net of returns"}


def worth(found: FoundLoyalty) -> str:
    """margin or revenue, as a sentence has it."""
    return WORTHS[found.by].lower()


def interval(told: Correlation) -> str:
    return f"{number_text(told.low, 2)} to {number_text(told.high, 2)}"


def main_fact(found: FoundLoyalty) -> str:
    """What there is to know, in two sentences."""
    friends = found.cells.cells.filter(pl.col("cell") == TRUE_FRIENDS).to_dicts()
    said = f"There are no true friends by these lines: nobody is above both in days and in {worth(found)}."
    if friends:
        part = _share(friends[0]["share_profit"])
        brought = (
            f"bring {part} of the {worth(found)}"
            if part
            else f"are above both lines in days and {worth(found)}"
        )
        said = f"True friends are {share_text(friends[0]['share_customers'])} of customers and {brought}."
    return f"{_related(found)} {said}".strip()


def _related(found: FoundLoyalty) -> str:
    if found.relation is None:
        return found.unrelated
    told = found.relation.spearman
    between = f"(rank correlation {number_text(told.value, 2)}, 95% interval {interval(told)})"
    if told.low > 0:
        return f"Who has bought for longer brings more {worth(found)} {between}."
    if told.high < 0:
        return f"Who has bought for longer brings less {worth(found)} {between}."
    return f"Whether long customers bring more {worth(found)} cannot be told here {between}."


def tiles(found: FoundLoyalty, currency: str) -> list[Kpi]:
    """Customers, what true friends bring, how duration and profit go together, who is too new."""
    cells = {row["cell"]: row for row in found.cells.cells.to_dicts()}
    friends, new = cells.get(TRUE_FRIENDS), cells.get(TOO_NEW)
    total = float(found.cells.members["profit"].sum())
    everybody = found.cells.members.height
    return [
        Kpi("customers", "Customers", number_text(everybody), help="Known customers with a line within the filters.",
            note=f"{format_value(total, 'money', currency, True)} {worth(found)}"),
        Kpi("friends", "True friends", number_text(friends["customers"] if friends else 0),
            note=f"{_share(friends['share_profit']) or ABSENT} of {worth(found)}" if friends else "nobody",
            help=ADVICE[TRUE_FRIENDS]),
        _relation_tile(found),
        Kpi("new", TOO_NEW, number_text(new["customers"] if new else 0),
            note=f"of {count_text(everybody, 'customer')}, as of {format_day(found.cells.as_of)}",
            help=f"First bought at most {number_text(found.cells.thresholds.duration_days, 1)} days before the end of "
            "the period: they could not yet have been here for longer."),
    ]  # fmt: skip


def _relation_tile(found: FoundLoyalty) -> Kpi:
    label = f"Duration and {worth(found)}"
    if found.relation is None:
        return Kpi("relation", label, ABSENT, note=found.unrelated)
    rank, amounts = found.relation.spearman, found.relation.pearson
    return Kpi(
        "relation",
        label,
        number_text(rank.value, 2),
        note=f"rank correlation, 95% {interval(rank)}",
        help=f"Spearman's correlation of ranks. Of amounts, which a few large customers decide (Pearson): "
        f"{number_text(amounts.value, 2)}, 95% {interval(amounts)}. Intervals: {found.relation.method}.",
    )


def rows(found: FoundLoyalty, tints: Mapping[str, str], currency: str) -> list[SegmentRow]:
    """The cells as a list, in their order."""
    cells = found.cells.cells
    sizes = cells.rename({"cell": "segment", "profit": "revenue", "share_profit": "share_revenue"})
    return [
        replace(
            each,
            revenue_share=max(each.revenue_share, 0.0),
            sentence=f"The middle one: {count_text(round(row['median_days']), 'day')}, "
            f"{format_value(row['median_profit'], 'money', currency)}. {ADVICE[row['cell']]}",
            advice=ADVICE[row["cell"]],
        )
        for each, row in zip(sized_rows(sizes, tints, currency), cells.to_dicts(), strict=True)
    ]


def cautions(found: FoundLoyalty) -> list[str]:
    """What to know before the cells are believed."""
    cells, said = found.cells, []
    if found.by == "revenue" and found.unweighed:
        said.append(
            f"Weighed by revenue: the margin of {count_text(found.unweighed, 'customer')} is not known. "
            "Large customers who cost much look better than they are."
        )
    elif found.by == "revenue":
        said.append("Weighed by revenue, not by margin: customers who cost much look better than they are.")
    once = cells.members.filter(pl.col("duration_days") == 0).height - cells.never_bought
    if once:
        said.append(
            f"{share_text(once / cells.members.height)} bought on one day alone: they have lasted 0 days."
        )
    if cells.never_bought:
        said.append(f"{count_text(cells.never_bought, 'customer')} of them only returned.")
    return said


def scores_table(found: FoundLoyalty) -> pl.DataFrame:
    """Net promoter score by cell with its interval and number of answers, in the order of the cells."""
    place = {name: at for at, name in enumerate(CELLS)}
    shown = found.scores.sort(pl.col("cell").replace_strict(place, return_dtype=pl.Int64))
    return shown.select(
        degree="cell",
        net_promoter_score=pl.col("score").round(1),
        from_=(pl.col("score") - pl.col("margin")).round(1),
        to=(pl.col("score") + pl.col("margin")).round(1),
        answers="answers",
        customers="respondents",
    ).rename({"from_": "from"})


def scores_told(found: FoundLoyalty) -> str:
    """Which cells are more content than others, and not by chance."""
    if found.unasked:
        return found.unasked
    if found.scores.height < 2:
        return "Too few customers answered to hold the cells against each other."
    differ = found.differences.filter(pl.col("differ"))
    if differ.is_empty():
        return "No two cells differ beyond chance: every interval of a difference holds 0."
    most = differ.sort(pl.col("difference").abs(), descending=True).row(0, named=True)
    above, below = (most["one"], most["other"]) if most["difference"] > 0 else (most["other"], most["one"])
    return (
        f"The widest gap: {above.lower()} above {below.lower()}, by {number_text(abs(most['difference']), 1)} ± "
        f"{number_text(most['margin'], 1)} points. {_of_pairs(differ.height, found.differences.height)}"
    )


def _of_pairs(differ: int, pairs: int) -> str:
    if pairs == 1:
        return ""
    return (
        f"{number_text(differ)} of {count_text(pairs, 'pair')} differ beyond chance, the rest may be alike."
    )


def differences_table(found: FoundLoyalty) -> pl.DataFrame:
    """Every two cells held against each other: which is the more content, by how much, and whether that is chance."""
    ahead = pl.col("difference") > 0
    return found.differences.sort(pl.col("difference").abs(), descending=True).select(
        more_content=pl.when(ahead).then("one").otherwise("other"),
        than=pl.when(ahead).then("other").otherwise("one"),
        by=pl.col("difference").abs().round(1),
        plus_or_minus=pl.col("margin").round(1),
        beyond_chance=pl.when("differ").then(pl.lit("yes")).otherwise(pl.lit("may be chance")),
    )


def moved_told(moved: FoundMovement, by: str) -> str:
    """How many moved, whether that is beyond chance, and between which dates."""
    told = moved.movement
    chance = f"where nobody changes {share_text(told.low, 1)} to {share_text(told.high, 1)} move"
    said = "beyond chance" if told.beyond_chance else "no more and no less than chance makes"
    new = f" {count_text(told.newcomers, 'newcomer')} since then are not counted." if told.newcomers else ""
    return (
        f"{share_text(told.moved, 1)} of {count_text(told.customers, 'customer')} are in another degree on "
        f"{format_day(moved.end)} than on {format_day(moved.start)}: {said} ({chance}, 95% of {RESAMPLES} draws of "
        f"each one's own months). Both by {WORTHS[by].lower()} of the {moved.span} months before.{new}"
    )


def moves_table(moved: FoundMovement) -> pl.DataFrame:
    """From, to, customers, and their share of those who began there."""
    share = pl.col("members") / pl.col("members").sum().over("before")
    return moved.movement.flow.select(
        pl.col("before").alias("from"),
        pl.col("after").alias("to"),
        pl.col("members").alias("customers"),
        share=share,
    )


def listed(found: FoundLoyalty, cell: str = "") -> pl.DataFrame:
    """The customers of one cell, or of all, whoever brought most first."""
    members = found.cells.members
    chosen = members.filter(pl.col("cell") == cell) if cell else members
    columns = ("customer", "label", "cell", "duration_days", "first_purchase", "last_purchase", "purchase_days",
               "margin", "revenue")  # fmt: skip
    return (
        chosen.sort("profit", "customer", descending=[True, False]).select(columns).rename({"label": "name"})
    )


def described_cells(found: FoundLoyalty, currency: str) -> str:
    """The picture in words, for those who do not see it."""
    each = (
        f"{row['cell']}: {count_text(row['customers'], 'customer')}, {format_value(row['profit'], 'money', currency)}"
        for row in found.cells.cells.to_dicts()
    )
    at = found.cells.thresholds
    lines = (
        f"Lines at {number_text(at.duration_days, 1)} days and {format_value(at.profit, 'money', currency)}."
    )
    return f"Customers by duration and {worth(found)}. {'; '.join(each)}. {lines}"


def _share(share: float | None) -> str:
    return "" if share is None else share_text(share)
