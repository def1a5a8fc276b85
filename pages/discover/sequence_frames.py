"""What the page Sequences draws, as frames and words: pure functions of what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import polars as pl

from mining.patterns.mined_sequences import FoundSequences, element_text, sequence_text
from mining.patterns.next_purchase import NextPurchase
from mining.patterns.purchase_days import PurchaseDays
from pages.ui.figures import BETWEEN_IDS
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import count_text, format_day, format_value, number_text, share_text

DRAWN, MATRIX = 30, 15
UNITS = {"support": "percent", "confidence": "percent", "chance": "percent"}


def about(frame: pl.DataFrame, item: str) -> pl.DataFrame:
    """The sequences that hold an item whose name contains this text, whatever its case."""
    if not item:
        return frame
    sought = item.lower()
    holds = [
        any(sought in each.lower() for element in steps for each in element)
        for steps in frame["sequence"].to_list()
    ]
    return frame.filter(pl.Series(holds, dtype=pl.Boolean))


def table(frame: pl.DataFrame) -> pl.DataFrame:
    """The sequences to read and to take along: both parts as text, every measure, every count."""
    steps = frame["sequence"].to_list()
    sides = {
        "bought": [sequence_text(each[:-1]) for each in steps],
        "then": [element_text(each[-1]) for each in steps],
    }
    return pl.DataFrame(sides, schema={"bought": pl.String, "then": pl.String}).hstack(frame.drop("sequence"))


def read_table(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of `table` that the page shows, rounded to what is read; the files have all."""
    return table(frame).select(
        "bought",
        "then",
        "customers",
        of_customers="customers_before",
        support="support",
        confidence="confidence",
        by_chance=pl.col("expected").round(1),
        order_lift=pl.col("order_lift").round(2),
        adjusted_p=pl.col("adjusted_p").round(4),
        half_within_days="half_days",
        waiting="waiting",
    )


def tiles(days: PurchaseDays, found: FoundSequences) -> list[Kpi]:
    """Customers, sequences, those whose order is not chance, and the greatest of these."""
    sure = found.significant()
    best = next(sure.sort("order_lift", descending=True, nulls_last=True).iter_rows(named=True), None)
    return [
        Kpi(
            "customers",
            "Customers",
            number_text(len(days)),
            note=f"{number_text(len(days.day) / len(days), 1)} days with a purchase each on average",
        ),
        Kpi(
            "sequences",
            "Sequences",
            number_text(found.frame.height),
            note=f"beside {count_text(found.single, 'set')} of one day",
        ),
        Kpi(
            "significant",
            "Order not by chance",
            number_text(sure.height),
            note="false discoveries held to 5%",
        ),
        Kpi(
            "lift",
            "Best order lift",
            number_text(best["order_lift"], 2) if best and best["order_lift"] else "–",
            note="times what the order chance gives",
            help=sequence_text(best["sequence"]) if best else "",
        ),
    ]


def edges_and_nodes(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes and edges for `figures.rules_network`: elements, and from each the next; an edge's id is its two ends.

    Of several sequences over one edge the first counts.
    """
    weights: dict[str, int] = {}
    edges: dict[tuple[str, str], tuple[float, str]] = {}
    for row in frame.head(DRAWN).iter_rows(named=True):
        elements = [element_text(each) for each in row["sequence"]]
        for element in elements:
            weights[element] = max(weights.get(element, 0), row["customers"])
        for pair in pairwise(elements):
            edges.setdefault(pair, (row["order_lift"] or 1.0, _goes_on(row)))
    nodes = [
        {"id": name, "label": name, "value": count, "text": f"in paths of {count_text(count, 'customer')}"}
        for name, count in weights.items()
    ]
    links = [
        {"id": BETWEEN_IDS.join(pair), "source": pair[0], "target": pair[1], "value": lift, "text": text}
        for pair, (lift, text) in edges.items()
    ]
    return pl.DataFrame(nodes), pl.DataFrame(links)


def bubbles(frame: pl.DataFrame) -> pl.DataFrame:
    """Sequences for `figures.rules_matrix`: what was bought by what came then."""
    shown = table(frame)
    sides = {side: shown[side].unique(maintain_order=True).head(MATRIX) for side in ("bought", "then")}
    kept = shown.filter(*(pl.col(side).is_in(names.implode()) for side, names in sides.items()))
    return kept.select(
        antecedent="bought",
        consequent="then",
        lift=pl.col("order_lift").fill_null(1.0),
        id=pl.concat_str("bought", "then", separator=BETWEEN_IDS),
        support="support",
        text=pl.Series([_goes_on(row) for row in kept.iter_rows(named=True)], dtype=pl.String),
    )


def sequence_clicked(frame: pl.DataFrame, ids: tuple[str, ...]) -> list[list[str]] | None:
    """The first sequence that a click on a bubble (its two parts) or an edge (two elements in turn) means."""
    if len(ids) != 2:
        return None
    every: Sequence[list[list[str]]] = frame["sequence"].to_list()
    for steps in every:
        if (sequence_text(steps[:-1]), element_text(steps[-1])) == ids:
            return steps
    for steps in every:
        names = [element_text(each) for each in steps]
        if ids in pairwise(names):
            return steps
    return None


def _goes_on(row: Mapping[str, Any]) -> str:
    half = row["half_days"]
    after = f", half of them within {number_text(half)} days" if half is not None else ""
    return f"{share_text(row['confidence'])} of {count_text(row['customers_before'], 'customer')}{after}"


def numbers(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Every measure of a sequence: its name, its value, and what it says."""
    lift, adjusted = row["order_lift"], row["adjusted_p"]
    return [
        (
            "Support",
            format_value(row["support"], "percent"),
            f"{count_text(row['customers'], 'customer')} of all",
        ),
        (
            "Confidence",
            format_value(row["confidence"], "percent"),
            f"{number_text(row['customers'])} of {number_text(row['customers_before'])} who had what comes before",
        ),
        (
            "Order lift",
            "–" if lift is None else number_text(lift, 2),
            f"{number_text(row['expected'], 1)} would have it with their own days shuffled",
        ),
        (
            "Order by chance?",
            "No" if adjusted <= 0.05 else "It may be",
            f"adjusted p {number_text(adjusted, 3) if adjusted >= 0.001 else 'below ' + number_text(0.001, 3)}",
        ),
    ]


def pace_words(pace: NextPurchase) -> str:
    """How long it takes, of whom, and what stays open."""
    curve = pace.curve
    open_ = curve.spells - curve.finished
    whom = f"Of {count_text(curve.spells, 'customer')} {number_text(curve.finished)} came"
    still = f"{number_text(open_)} had not by {format_day(pace.until)} and are counted as waiting"
    if pace.half is None or pace.early is None or pace.late is None:
        return f"{whom}; {still}."
    times = ", ".join(
        f"{part} within {number_text(days)}"
        for part, days in (("a quarter", pace.early), ("half", pace.half), ("nine tenths", pace.late))
    )
    return (
        f"{whom}; {still}. Of those who come within the {number_text(curve.longest)} days watched, {times} days. "
        "Counted from the first time and however late, whatever the longest gap."
    )


def pace_curve(pace: NextPurchase) -> pl.DataFrame:
    """The share that has come, by days since, for `figures.age_curves`."""
    steps = pace.curve.frame.select(
        age="time", value=1 - pl.col("surviving"), low=1 - pl.col("high"), high=1 - pl.col("low")
    )
    begin = pl.DataFrame({"age": [0.0], "value": [0.0], "low": [0.0], "high": [0.0]})
    whole = pl.concat([begin, steps, steps.tail(1).with_columns(age=pl.lit(pace.curve.longest))])
    return whole.unique("age", keep="last", maintain_order=True).with_columns(
        id=pl.lit("came"), label=pl.lit("Came")
    )
